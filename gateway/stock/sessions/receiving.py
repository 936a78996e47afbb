"""A delivery at the door: is it as much as was ordered, and is it cold or hot enough.

Limits come from the food-safety profile: what must be kept at 5 °C may not arrive warmer. Vegetables and fruit are
asked for 10 °C (Kepmenkes 1098/MENKES/SK/VII/2003, table of storage); dry goods have no core temperature.
"""

from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

import msgspec

from gateway.config.stock import Storage
from gateway.haccp.profiles.choose import holding_for
from gateway.haccp.profiles.model import Food, HoldingLimit, Profile
from gateway.stock.weighing.changes import ZERO

PRODUCE_AT_MOST = 10.0
DEFAULT_TOLERANCE = Decimal("0.02")
"""Of the expected quantity: what two scales in order and a wet crate may differ by."""


class Arrived(StrEnum):
    """How the quantity compares with what was ordered."""

    AS_EXPECTED = "as_expected"
    SHORT = "short"
    OVER = "over"
    NOTHING_EXPECTED = "nothing_expected"


class Warmth(StrEnum):
    """How the core temperature compares with its limit."""

    PASS = "pass"  # noqa: S105 - a verdict
    WARNING = "warning"
    FAIL = "fail"
    NOT_MEASURED = "not_measured"
    NOT_ASKED = "not_asked"


class Limit(NamedTuple):
    """°C; `above` True: a warmer core fails, else a colder one. `warning` None: there is none."""

    value: float
    warning: float | None
    above: bool
    source: str


class TemperatureCheck(msgspec.Struct, frozen=True):
    """What the core probe said of a delivery, and what it was judged by."""

    verdict: Warmth
    value: float | None = None
    limit: float | None = None
    source: str | None = None


def quantity_check(received: Decimal, expected: Decimal | None, tolerance: Decimal | None) -> Arrived:
    """Compare kilograms; `tolerance` in kg, or the usual share of what was expected."""
    if expected is None:
        return Arrived.NOTHING_EXPECTED
    allowed = DEFAULT_TOLERANCE * expected if tolerance is None else tolerance
    difference = received - expected
    if abs(difference) <= allowed:
        return Arrived.AS_EXPECTED
    return Arrived.SHORT if difference < ZERO else Arrived.OVER


_FOOD = {Storage.FISH: Food.FISH, Storage.DAIRY: Food.MILK}


def limit_of(storage: Storage | None, profile: Profile) -> Limit | None:
    """What a delivery's core is judged by; None when it is not measured."""
    limits = profile.limits
    match storage:
        case None | Storage.DRY:
            return None
        case Storage.PRODUCE:
            return Limit(PRODUCE_AT_MOST, None, above=True, source="Kepmenkes 1098/MENKES/SK/VII/2003, storage")
        case Storage.FROZEN:
            return _coldest(limits.frozen_holding, None, profile)
        case Storage.HOT:
            return _hottest(limits.hot_holding, profile)
        case Storage.MEAT | Storage.FISH | Storage.DAIRY:
            return _coldest(limits.cold_holding, _FOOD.get(storage), profile)


def _coldest(limits: tuple[HoldingLimit, ...], food: Food | None, profile: Profile) -> Limit | None:
    found = holding_for(limits, food)
    critical = [one for one in found if one.critical_max is not None]
    if not critical:
        return None
    strictest = min(critical, key=lambda one: one.value)
    warning = min((one.value for one in found if one.warning_max is not None), default=None)
    return Limit(strictest.value, warning, above=True, source=_source(strictest, profile))


def _hottest(limits: tuple[HoldingLimit, ...], profile: Profile) -> Limit | None:
    critical = [one for one in limits if one.critical_min is not None]
    if not critical:
        return None
    strictest = max(critical, key=lambda one: one.value)
    warning = max((one.value for one in limits if one.warning_min is not None), default=None)
    return Limit(strictest.value, warning, above=False, source=_source(strictest, profile))


def _source(limit: HoldingLimit, profile: Profile) -> str:
    return f"{profile.id}: {limit.document or profile.document}, {limit.section}"


def temperature_check(value: float | None, limit: Limit | None) -> TemperatureCheck:
    """Judge a core temperature, °C; exactly at the limit is within it."""
    if limit is None:
        return TemperatureCheck(Warmth.NOT_ASKED, value)
    if value is None:
        return TemperatureCheck(Warmth.NOT_MEASURED, None, limit.value, limit.source)
    beyond = value - limit.value if limit.above else limit.value - value
    if beyond > 0:
        verdict = Warmth.FAIL
    elif limit.warning is not None and (value - limit.warning if limit.above else limit.warning - value) > 0:
        verdict = Warmth.WARNING
    else:
        verdict = Warmth.PASS
    return TemperatureCheck(verdict, value, limit.value, limit.source)
