"""Forecast how long stock lasts and when to order, from the use of the last weeks.

A school kitchen cooks by the weekday: one Friday is like another, Sundays use nothing. So the use of each coming day is
the mean of its weekday over the last four weeks, and the spread of the days around their means shows how wrong that may
be. The interval is the span in which the stock runs out with 80 % probability, if days are independent and normally
distributed: a guide for ordering, not a promise.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from math import sqrt

import msgspec

WEEKS = 4
LEAST_DAYS = 7
"""Each weekday once; a shorter history allows no forecast."""
HORIZON = 60
"""Days of forecast: no kitchen buys for longer."""
LEVEL = 80
Z = 1.2816
"""Of the normal distribution: 80 % lie within ± Z, so one in ten beyond on each side."""
Z_ORDER = 1.6449
"""One order in twenty may come too late."""
ORDER_DAYS = 7
"""An order should last a week beyond its arrival."""

Uses = Mapping[date, Decimal]
"""Kilograms used by day of the kitchen; a missing day used nothing."""


class DaysOfCover(msgspec.Struct, frozen=True):
    """Days until the stock on hand is used up; `low` to `high` with `level` percent. HORIZON means: longer."""

    days: float
    low: float
    high: float
    level: int = LEVEL
    history_days: int = 0


class Ordering(msgspec.Struct, frozen=True):
    """When and how much to order, kg: `quantity`, as soon as the stock is at or below `point`."""

    point: Decimal
    quantity: Decimal
    from_history: bool


@dataclass(frozen=True, slots=True)
class Pattern:
    """Mean use of each weekday (Monday is 0), and the spread of a day around it, kg."""

    means: tuple[float, ...]
    spread: float
    days: int

    def ahead(self, today: date, used_today: Decimal, reserved: Decimal) -> Iterator[float]:
        """Yield the use of the coming days; today's is the rest of its mean, or the reserved stock if more."""
        yield max(0.0, self.means[today.weekday()] - float(used_today), float(reserved))
        for after in range(1, HORIZON):
            yield self.means[(today + timedelta(after)).weekday()]

    def demand(self, today: date, days: int) -> float:
        """Return the use of the given number of days after today."""
        return sum(self.means[(today + timedelta(after)).weekday()] for after in range(1, days + 1))


def pattern(uses: Uses, today: date) -> Pattern | None:
    """Return the weekly pattern of the last WEEKS whole weeks; None with less than LEAST_DAYS of history."""
    first = min((day for day, kg in uses.items() if kg > 0 and day < today), default=today)
    begin = max(first, today - timedelta(7 * WEEKS))
    days = (today - begin).days
    if days < LEAST_DAYS:
        return None
    by_weekday: dict[int, list[float]] = defaultdict(list)
    for after in range(days):
        day = begin + timedelta(after)
        by_weekday[day.weekday()].append(max(0.0, float(uses.get(day, 0))))
    means = tuple(sum(by_weekday[each]) / len(by_weekday[each]) for each in range(7))
    residuals = [used - means[each] for each, all_used in by_weekday.items() for used in all_used]
    freedom = days - 7
    # One week alone does not show the spread: the mean use itself is a cautious guess.
    spread = sqrt(sum(r * r for r in residuals) / freedom) if freedom > 0 else sum(means) / 7
    return Pattern(means, spread, days)


def cover(on_hand: Decimal, uses: Uses, today: date, reserved: Decimal = Decimal(0)) -> DaysOfCover | None:
    """Return how many days the kilograms on hand last from now on; None when the history is too short.

    Stock that is `reserved` for open batches is part of today's use, not added to it.
    """
    weekly = pattern(uses, today)
    if weekly is None or not any(weekly.means):
        return None
    used_today = uses.get(today, Decimal(0))
    middle, low, high = (
        _lasts(float(on_hand), weekly.ahead(today, used_today, reserved), sign * Z * weekly.spread)
        for sign in (0, 1, -1)
    )
    return DaysOfCover(middle, min(low, middle), max(high, middle), LEVEL, weekly.days)


def _lasts(available: float, ahead: Iterable[float], wide: float) -> float:
    """Return the days until the demand, `wide`·√days above its mean, exceeds what is available."""
    if available <= 0:
        return 0.0
    before = demand = 0.0
    for day, use in enumerate(ahead, start=1):
        demand += use
        reached = demand + wide * sqrt(day)
        if reached >= available:
            share = (available - before) / (reached - before) if reached > before else 0.0
            return round(day - 1 + max(0.0, min(1.0, share)), 1)
        before = max(before, reached)
    return float(HORIZON)


def ordering(
    available: Decimal, uses: Uses, today: date, *, lead_days: int, fixed_point: Decimal | None = None
) -> Ordering | None:
    """Return when and how much to order; None without a history and a fixed reorder point."""
    weekly = pattern(uses, today)
    if weekly is None:
        return None if fixed_point is None else Ordering(fixed_point, max(Decimal(0), fixed_point - available), False)
    wait = lead_days + 1  # an order goes out once a day
    safety = Z_ORDER * weekly.spread * sqrt(wait)
    point = _kg(weekly.demand(today, wait) + safety) if fixed_point is None else fixed_point
    target = _kg(weekly.demand(today, wait + ORDER_DAYS) + safety)
    return Ordering(point, max(Decimal(0), target - available), from_history=fixed_point is None)


def _kg(value: float) -> Decimal:
    return Decimal(value).quantize(Decimal("0.01"))
