"""Which of a profile's limits are meant: by food and by variant."""

from collections.abc import Iterable
from typing import TypeVar

from gateway.haccp.profiles.load import tables
from gateway.haccp.profiles.model import HOLDING_KEYS, Cited, CookingLimit, Food, HoldingLimit

L = TypeVar("L", bound=Cited)


def variants(limits: Iterable[Cited]) -> list[str]:
    """The names of what can be chosen beside the usual."""
    return sorted({limit.variant for limit in limits if limit.variant is not None})


def of_variant(limits: Iterable[L], variant: str | None) -> list[L]:
    """The limits of a variant; None is the usual one."""
    return [limit for limit in limits if limit.variant == variant]


def for_food(limits: Iterable[L], food: Food | None) -> list[L]:
    """The limits that name the food, else those that name none."""
    found = list(limits)
    named = [limit for limit in found if food is not None and food in limit.food]
    return named or [limit for limit in found if not limit.food]


def holding_for(limits: Iterable[HoldingLimit], food: Food | None) -> list[HoldingLimit]:
    """Per level and side: the limits that name the food, else the general ones."""
    found = list(limits)
    return [one for key in HOLDING_KEYS for one in for_food([each for each in found if each.key == key], food)]


def strictest(limits: Iterable[CookingLimit]) -> CookingLimit:
    """The hottest one: what is asked of a food that nobody named."""
    return max(limits, key=_hottest)


def _hottest(limit: CookingLimit) -> tuple[float, float]:
    if limit.temperature is not None:
        return limit.temperature, limit.hold_s
    rows = tables().tables[str(limit.table)].in_celsius()
    return max(rows)
