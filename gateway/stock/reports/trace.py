"""Trace goods forward and back: lot → receipt → batches → schools (pure).

The caller passes the movements of the lots in question.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

import msgspec

from gateway.stock.ledger.movements import Place, kind_of, name_of
from gateway.stock.ledger.units import ZERO


class LotStep(NamedTuple):
    """One movement of a lot; `at` in UTC microseconds, `quantity` in kg."""

    lot: str
    source: str
    destination: str
    quantity: Decimal
    at: int


class Stood(msgspec.Struct, frozen=True):
    """The quantity of a lot in a store during a span, kg: at its beginning, and what arrived and left within it."""

    lot: str
    at_start: Decimal
    arrived: Decimal
    left: Decimal

    @property
    def exposed(self) -> Decimal:
        """The quantity that was there at any time of the span."""
        return self.at_start + self.arrived


def stood(steps: Iterable[LotStep], place: str, *, since: int, until: int) -> list[Stood]:
    """Return the quantities at a place between two moments, by lot; lots that were not there are left out."""
    start: dict[str, Decimal] = defaultdict(Decimal)
    arrived: dict[str, Decimal] = defaultdict(Decimal)
    left: dict[str, Decimal] = defaultdict(Decimal)
    for step in steps:
        if step.at > until or place not in {step.source, step.destination}:
            continue
        into = step.destination == place
        if step.at <= since:
            start[step.lot] += step.quantity if into else -step.quantity
        else:
            (arrived if into else left)[step.lot] += step.quantity
    lots = sorted({*start, *arrived})
    quantities = [Stood(lot, max(ZERO, start[lot]), arrived[lot], left[lot]) for lot in lots]
    return [each for each in quantities if each.exposed > 0]


def went_to(steps: Iterable[LotStep], kind: Place) -> dict[str, dict[str, Decimal]]:
    """Return lot → name of each place of a kind → kg that went there and did not come back."""
    totals: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for step in steps:
        for place, sign in ((step.destination, 1), (step.source, -1)):
            if kind_of(place) is kind:
                totals[step.lot][name_of(place) or ""] += sign * step.quantity
    return {lot: {name: kg for name, kg in places.items() if kg > 0} for lot, places in totals.items()}


def issued_to(steps: Sequence[LotStep]) -> dict[str, dict[str, Decimal]]:
    """Return lot → batch → kg that were issued to it, including what went on to schools or waste."""
    totals: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    onward = {Place.SCHOOL, Place.WASTE}
    for step in steps:
        into, out = kind_of(step.destination) is Place.BATCH, kind_of(step.source) is Place.BATCH
        if into and kind_of(step.source) not in onward:
            totals[step.lot][name_of(step.destination) or ""] += step.quantity
        if out and kind_of(step.destination) not in onward:
            totals[step.lot][name_of(step.source) or ""] -= step.quantity
    return {lot: {batch: kg for batch, kg in batches.items() if kg > 0} for lot, batches in totals.items()}
