"""A probe checked in ice and in boiling water.

Sources: ice point method, 0 ± 1.1 °C (2 °F), FDA Food Code 4-203.11 and 4-502.11 with the method of the University of
Wisconsin extension (ice is good to 0.1 °F, boiling water to 1 °F); second point at the boiling point of the altitude.
Limits, of our own within these: the mean of a steady minute, σ < 0.1 K; from 0.3 K an offset is kept and added when
read, raw values stay; above 1 K, or with an error above 1 K in boiling water after the offset, the probe is set aside.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from gateway.models.boiling_point import boiling_point
from gateway.models.errors import ModelError
from gateway.models.guard_band import exact

STEADY = Decimal("0.1")
STORE_FROM = Decimal("0.3")
LARGEST_OFFSET = Decimal("1.0")
LARGEST_ERROR = 1.0
"""K"""


class Outcome(StrEnum):
    """What becomes of the probe."""

    ACCEPTED = "ACCEPTED"
    OFFSET_STORED = "OFFSET_STORED"
    QUARANTINE = "QUARANTINE"


class Cause(StrEnum):
    """Why a probe is set aside. An unsteady ice point says nothing of the past: stir, wait, repeat."""

    UNSTEADY = "unsteady"
    OFFSET = "offset"
    BOILING = "boiling"


@dataclass(frozen=True, slots=True)
class Check:
    """The result of one check.

    Attributes:
        offset: K, what is added to a reading: −0.6 for a probe that reads 0.6 in ice.
        sigma: K, standard deviation of the readings in ice.
        error: K, reading + offset − boiling point; None when boiling water was not tried.
        causes: of QUARANTINE, else empty.
    """

    offset: float
    sigma: float
    error: float | None
    outcome: Outcome
    causes: tuple[Cause, ...]


def check(ice: Sequence[float], boiling: Sequence[float] | None = None, altitude_m: float | None = None) -> Check:
    """Judge the readings (Cel) of a check; `altitude_m` is needed with `boiling`.

    Raises:
        ModelError: a list is empty, or the altitude is missing or none.
    """
    mean = _mean("ice", ice)
    square = sum((exact(value) - mean) ** 2 for value in ice) / len(ice)
    error = None if boiling is None else _boiling_error(boiling, mean, altitude_m)
    causes = tuple(
        cause
        for cause, found in (
            (Cause.UNSTEADY, square >= STEADY**2),
            (Cause.OFFSET, abs(mean) > LARGEST_OFFSET),
            (Cause.BOILING, error is not None and abs(error) > LARGEST_ERROR),
        )
        if found
    )
    return Check(float(-mean) + 0.0, math.sqrt(square), error, _outcome(mean, causes), causes)


def _outcome(mean: Decimal, causes: tuple[Cause, ...]) -> Outcome:
    if causes:
        return Outcome.QUARANTINE
    return Outcome.OFFSET_STORED if abs(mean) >= STORE_FROM else Outcome.ACCEPTED


def _boiling_error(boiling: Sequence[float], ice_mean: Decimal, altitude_m: float | None) -> float:
    if altitude_m is None:
        raise ModelError("altitude_m", "is missing: the boiling point depends on it")
    return float(_mean("boiling", boiling) - ice_mean) - boiling_point(altitude_m)


def _mean(parameter: str, readings: Sequence[float]) -> Decimal:
    if not readings:
        raise ModelError(parameter, "is empty")
    return sum((exact(value) for value in readings), Decimal(0)) / len(readings)
