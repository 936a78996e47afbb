"""Choose among a profile's limits, by food and by variant."""

from collections.abc import Iterable
from typing import TypeVar

from gateway.haccp.profiles.model import Cited, Food

L = TypeVar("L", bound=Cited)


def variants(limits: Iterable[Cited]) -> list[str]:
    """Return the names of what can be chosen beside the usual."""
    return sorted({limit.variant for limit in limits if limit.variant is not None})


def of_variant(limits: Iterable[L], variant: str | None) -> list[L]:
    """Return the limits of a variant; None is the usual one."""
    return [limit for limit in limits if limit.variant == variant]


def for_food(limits: Iterable[L], food: Food | None) -> list[L]:
    """Return the limits that name the food, else those that name none."""
    candidates = list(limits)
    named = [limit for limit in candidates if food is not None and food in limit.food]
    return named or [limit for limit in candidates if not limit.food]
