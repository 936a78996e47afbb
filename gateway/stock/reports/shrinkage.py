"""Compare the ingredients weighed into batches with the recipes, by item and week.

    expected   grams a portion by the recipe × portions of each batch
    weighed    issued to those batches, less what came back
    unexplained = weighed + waste from the stores + adjustments out - expected

Batches without a recipe or portions cannot be compared; their kilograms are shown separately. Batches that still
receive ingredients are left out: what they lack is not lost.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple

import msgspec

from gateway.stock.ledger.movements import Place, kind_of, name_of
from gateway.stock.ledger.units import GRAMS, ZERO


class Moved(NamedTuple):
    """The facts of a movement that this report needs; `day` is the kitchen's."""

    item: str
    source: str
    destination: str
    quantity: Decimal
    day: date


class Planned(NamedTuple):
    """A batch's portions, and the grams of each item in one portion; `open`: it still receives ingredients."""

    batch: str
    portions: int
    grams: Mapping[str, Decimal]
    open: bool = False


class ShrinkageRow(msgspec.Struct, frozen=True):
    """An item's week, kg. `share`: unexplained of expected, None without an expectation."""

    item: str
    week: str
    expected: Decimal
    weighed: Decimal
    without_recipe: Decimal
    wasted: Decimal
    adjusted: Decimal
    unexplained: Decimal
    share: float | None


class _Sums:
    def __init__(self) -> None:
        self.expected = self.weighed = self.without_recipe = self.wasted = self.adjusted = ZERO


def shrinkage(moved: Iterable[Moved], planned: Iterable[Planned]) -> list[ShrinkageRow]:
    """Return the rows by week, newest first, then by item."""
    plans = {plan.batch: plan for plan in planned}
    sums: dict[tuple[str, str], _Sums] = defaultdict(_Sums)
    week_of: dict[str, str] = {}
    pots = {Place.BATCH.of(plan.batch) for plan in plans.values() if plan.open}
    for movement in moved:
        if movement.source in pots or movement.destination in pots:
            continue
        week = _week(movement.day)
        _add(sums[week, movement.item], movement, plans)
        for batch in filter(None, (_batch(movement.source), _batch(movement.destination))):
            week_of.setdefault(batch, week)
    for batch, week in week_of.items():
        for item, grams in plans[batch].grams.items() if batch in plans else ():
            sums[week, item].expected += grams * plans[batch].portions / GRAMS
    rows = [_row(item, week, of_item) for (week, item), of_item in sums.items()]
    return sorted(rows, key=lambda row: (tuple(-int(part) for part in row.week.split("-W")), row.item))


def _batch(place: str) -> str | None:
    return name_of(place) if kind_of(place) is Place.BATCH else None


def _add(sums: _Sums, movement: Moved, plans: Mapping[str, Planned]) -> None:
    for place, other, sign in (
        (movement.destination, movement.source, 1),
        (movement.source, movement.destination, -1),
    ):
        quantity, kind = sign * movement.quantity, kind_of(place)
        if kind_of(other) not in {Place.STORES, Place.RECEIVING, Place.KITCHEN}:
            continue
        match kind:
            case Place.BATCH if movement.item in _grams(plans, place):
                sums.weighed += quantity
            case Place.BATCH:
                sums.without_recipe += quantity
            case Place.WASTE:
                sums.wasted += quantity
            case Place.ADJUSTMENT:
                sums.adjusted += quantity


def _grams(plans: Mapping[str, Planned], place: str) -> Mapping[str, Decimal]:
    plan = plans.get(name_of(place) or "")
    return {} if plan is None else plan.grams


def _row(item: str, week: str, sums: _Sums) -> ShrinkageRow:
    unexplained = sums.weighed + sums.wasted + sums.adjusted - sums.expected
    share = round(float(unexplained / sums.expected), 4) if sums.expected else None
    return ShrinkageRow(
        item,
        week,
        sums.expected,
        sums.weighed,
        sums.without_recipe,
        sums.wasted,
        sums.adjusted,
        unexplained,
        share,
    )


def _week(day: date) -> str:
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"
