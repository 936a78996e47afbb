"""Judge the check of a probe in ice and in boiling water.

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

from gateway.haccp.models.boiling_point import boiling_point
from gateway.haccp.models.errors import ModelError
from gateway.haccp.models.guard_band import exact

STEADY = Decimal("0.1")
STORE_FROM = Decimal("0.3")
LARGEST_OFFSET = Decimal("1.0")
LARGEST_ERROR = 1.0
"""K"""
ICE_UNCERTAINTY = 0.06
"""K, expanded: an ice bath that is made with care is good to 0.1 °F."""
BOILING_UNCERTAINTY = 0.56
"""K, expanded: boiling water is good to 1 °F."""


class CheckOutcome(StrEnum):
    """Say what becomes of a probe after its check."""

    ACCEPTED = "ACCEPTED"
    OFFSET_STORED = "OFFSET_STORED"
    QUARANTINE = "QUARANTINE"


class QuarantineCause(StrEnum):
    """Say why a probe is set aside. An unsteady ice point says nothing of the past: stir, wait, repeat."""

    UNSTEADY = "unsteady"
    OFFSET = "offset"
    BOILING = "boiling"


@dataclass(frozen=True, slots=True)
class ProbeCheck:
    """Hold the result of one check.

    Attributes:
        offset: K, what is added to a reading: −0.6 for a probe that reads 0.6 in ice.
        sigma: K, standard deviation of the readings in ice, or in boiling water when that was all.
        error: K, reading + offset − boiling point; None when boiling water was not tried.
        causes: of QUARANTINE, else empty.
    """

    offset: float
    sigma: float
    error: float | None
    outcome: CheckOutcome
    causes: tuple[QuarantineCause, ...]

    def uncertainty(self, in_force: float) -> float:
        """Return the expanded uncertainty (U, k = 2) in K of readings from now on, with the offset `in_force`.

        JCGM 100:2008, 5.1 and F.2.4.5: the ice bath and the spread of the readings together, and what the probe is
        known to read wrong and is not corrected for added to them. Of an error in boiling water only what the water
        does not explain is known.
        """
        left = abs(in_force - self.offset)
        if self.error is not None:
            left = max(left, abs(self.error + in_force - self.offset) - BOILING_UNCERTAINTY)
        return math.hypot(ICE_UNCERTAINTY, 2 * self.sigma) + left


def check(ice: Sequence[float], boiling: Sequence[float] | None = None, altitude_m: float | None = None) -> ProbeCheck:
    """Judge the readings (Cel) of a check; `altitude_m` is needed with `boiling`.

    Raises:
        ModelError: a list is empty, or the altitude is missing or none.
    """
    mean, square = _mean_and_square("ice", ice)
    error = None if boiling is None else _boiling_error(boiling, mean, altitude_m)
    causes = tuple(
        cause
        for cause, is_so in (
            (QuarantineCause.UNSTEADY, _is_unsteady(square)),
            (QuarantineCause.OFFSET, abs(mean) > LARGEST_OFFSET),
            (QuarantineCause.BOILING, error is not None and abs(error) > LARGEST_ERROR),
        )
        if is_so
    )
    return ProbeCheck(float(-mean) + 0.0, math.sqrt(square), error, _outcome(mean, causes), causes)


def check_boiling(boiling: Sequence[float], offset: float, altitude_m: float | None) -> ProbeCheck:
    """Judge readings (Cel) in boiling water alone, with the offset in force, which such a check never changes.

    Boiling water is good to 1 °F only, and the weather moves it: it tells a probe that is wrong, not by how little.

    Raises:
        ModelError: the list is empty, or the altitude is missing or none.
    """
    _, square = _mean_and_square("boiling", boiling)
    error = _boiling_error(boiling, exact(-offset), altitude_m)
    reasons = ((QuarantineCause.UNSTEADY, _is_unsteady(square)), (QuarantineCause.BOILING, abs(error) > LARGEST_ERROR))
    causes = tuple(cause for cause, is_so in reasons if is_so)
    outcome = CheckOutcome.QUARANTINE if causes else CheckOutcome.ACCEPTED
    return ProbeCheck(offset, math.sqrt(square), error, outcome, causes)


@dataclass(frozen=True, slots=True)
class CheckCourse:
    """Summarise the readings of a check so far: mean in Cel and standard deviation in K."""

    mean: float
    sigma: float
    steady: bool


def course(readings: Sequence[float]) -> CheckCourse | None:
    """Summarise the readings so far; None before the first."""
    if not readings:
        return None
    mean, square = _mean_and_square("readings", readings)
    return CheckCourse(float(mean), math.sqrt(square), not _is_unsteady(square))


def _mean_and_square(parameter: str, readings: Sequence[float]) -> tuple[Decimal, Decimal]:
    mean = _mean(parameter, readings)
    return mean, sum(((exact(value) - mean) ** 2 for value in readings), Decimal(0)) / len(readings)


def _is_unsteady(square: Decimal) -> bool:
    return square >= STEADY**2


def _outcome(mean: Decimal, causes: tuple[QuarantineCause, ...]) -> CheckOutcome:
    if causes:
        return CheckOutcome.QUARANTINE
    return CheckOutcome.OFFSET_STORED if abs(mean) >= STORE_FROM else CheckOutcome.ACCEPTED


def _boiling_error(boiling: Sequence[float], ice_mean: Decimal, altitude_m: float | None) -> float:
    if altitude_m is None:
        raise ModelError("altitude_m", "is missing: the boiling point depends on it")
    return float(_mean("boiling", boiling) - ice_mean) - boiling_point(altitude_m)


def _mean(parameter: str, readings: Sequence[float]) -> Decimal:
    if not readings:
        raise ModelError(parameter, "is empty")
    return sum((exact(value) for value in readings), Decimal(0)) / len(readings)
