"""Check a delivery at the door: its quantity against the order, its core temperature against the limit.

Limits come from the food-safety profile: goods kept at 5 °C may not arrive warmer. Vegetables and fruit must be
at 10 °C or below (Kepmenkes 1098/MENKES/SK/VII/2003, table of storage); dry goods have no core temperature.
"""

from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

import msgspec

from gateway.config.stock import Storage
from gateway.haccp.limits.holding import COLD_HOLDING, FROZEN_HOLDING, HOT_HOLDING, HoldingLimit, holding_for
from gateway.haccp.profiles.model import Food, Profile
from gateway.stock.ledger.units import ZERO

PRODUCE_AT_MOST = 10.0
DEFAULT_TOLERANCE = Decimal("0.02")
"""Of the expected quantity: the allowed difference between two correct scales and a wet crate."""


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
    """A limit for the core, °C. `above` True: a warmer core fails, else a colder one. `warning` None: there is none."""

    value: float
    warning: float | None
    above: bool
    source: str


class TemperatureCheck(msgspec.Struct, frozen=True):
    """The core temperature of a delivery, its limit and the verdict."""

    verdict: Warmth
    value: float | None = None
    limit: float | None = None
    source: str | None = None


def quantity_check(received: Decimal, expected: Decimal | None, tolerance: Decimal | None) -> Arrived:
    """Compare received and expected kg; `tolerance` in kg, or a default share of the expected quantity."""
    if expected is None:
        return Arrived.NOTHING_EXPECTED
    allowed = DEFAULT_TOLERANCE * expected if tolerance is None else tolerance
    difference = received - expected
    if abs(difference) <= allowed:
        return Arrived.AS_EXPECTED
    return Arrived.SHORT if difference < ZERO else Arrived.OVER


_FOOD = {Storage.FISH: Food.FISH, Storage.DAIRY: Food.MILK}


def limit_of(storage: Storage | None, profile: Profile) -> Limit | None:
    """Return the limit for a delivery's core; None when the core is not measured."""
    match storage:
        case None | Storage.DRY:
            return None
        case Storage.PRODUCE:
            return Limit(PRODUCE_AT_MOST, None, above=True, source="Kepmenkes 1098/MENKES/SK/VII/2003, storage")
        case Storage.FROZEN:
            return _coldest(FROZEN_HOLDING.limits_in(profile), None, profile)
        case Storage.HOT:
            return _hottest(HOT_HOLDING.limits_in(profile), profile)
        case Storage.MEAT | Storage.FISH | Storage.DAIRY:
            return _coldest(COLD_HOLDING.limits_in(profile), _FOOD.get(storage), profile)


def _coldest(limits: tuple[HoldingLimit, ...], food: Food | None, profile: Profile) -> Limit | None:
    of_food = holding_for(limits, food)
    critical = [limit for limit in of_food if limit.critical_max is not None]
    if not critical:
        return None
    strictest = min(critical, key=lambda limit: limit.value)
    warning = min((limit.value for limit in of_food if limit.warning_max is not None), default=None)
    return Limit(strictest.value, warning, above=True, source=_source(strictest, profile))


def _hottest(limits: tuple[HoldingLimit, ...], profile: Profile) -> Limit | None:
    critical = [limit for limit in limits if limit.critical_min is not None]
    if not critical:
        return None
    strictest = max(critical, key=lambda limit: limit.value)
    warning = max((limit.value for limit in limits if limit.warning_min is not None), default=None)
    return Limit(strictest.value, warning, above=False, source=_source(strictest, profile))


def _source(limit: HoldingLimit, profile: Profile) -> str:
    return f"{profile.id}: {limit.document or profile.document}, {limit.section}"


def temperature_check(value: float | None, limit: Limit | None) -> TemperatureCheck:
    """Judge a core temperature, °C; a value equal to the limit passes."""
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
