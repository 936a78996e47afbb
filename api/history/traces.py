"""Traces through the ledger: lots → batches of food → schools, and back to the deliveries that they came by.

Every question is a few look-ups by an index, so that it takes as long on a year's ledger as on a week's.
"""

from collections.abc import Iterable
from decimal import Decimal
from itertools import chain

import msgspec

from api.history.journal import JournalReader
from api.live.board import Json
from api.schemas.stock import (
    BatchShare,
    LotInStore,
    PlaceShare,
    SchoolDelivery,
    SchoolPortions,
    Trace,
    TracedFood,
    TracedLot,
)
from gateway.stock.ledger.movements import Place, kind_of
from gateway.stock.reports.trace import LotStep, Stood, issued_to, stood, went_to
from gateway.stock.rows import lot_of


def of_store(journal: JournalReader, place: str, *, since: int, until: int) -> Trace:
    """What stood at a place during a span, and what became of it."""
    lots = [row[0] for row in journal.rows("trace_at", place=place, since=since, until=until)]
    steps = _steps(journal, lots)
    there = {each.lot: each for each in stood(steps, place, since=since, until=until)}
    return _trace(journal, [step for step in steps if step.lot in there], there)


def of_lots(journal: JournalReader, name: str) -> Trace:
    """A lot by our name for it, or all that bear a supplier's number."""
    return _of(journal, [row[0] for row in journal.rows("trace_named", lot=name)])


def of_batches(journal: JournalReader, batches: Iterable[str]) -> Trace:
    """The lots that went into batches of food."""
    rows = [journal.rows("trace_of_batch", batch=batch) for batch in batches]
    return _of(journal, sorted({row[0] for row in chain.from_iterable(rows)}))


def of_school(journal: JournalReader, school: str, *, since: int, until: int) -> Trace:
    """The lots that a school has eaten of during a span."""
    rows = journal.rows("trace_of_school", school=school, since=since, until=until)
    return of_batches(journal, [row[0] for row in rows])


def _of(journal: JournalReader, lots: list[str]) -> Trace:
    return _trace(journal, _steps(journal, lots), {})


def _steps(journal: JournalReader, lots: Iterable[str]) -> list[LotStep]:
    rows = journal.rows("trace_steps", lots=_list(lots))
    return [LotStep(lot, source, destination, Decimal(quantity), at) for lot, source, destination, quantity, at in rows]


def _list(names: Iterable[str]) -> str:
    return msgspec.json.encode(sorted(names)).decode()


def _trace(journal: JournalReader, steps: list[LotStep], there: dict[str, Stood]) -> Trace:
    batches = issued_to(steps)
    wasted, held, received = went_to(steps, Place.WASTE), _held(steps), _received(steps)
    lots = [
        TracedLot.of(
            lot,
            received=received.get(lot.id, Decimal(0)),
            stood=LotInStore.of(there[lot.id]) if lot.id in there else None,
            batches=[BatchShare(batch=batch, quantity=kg) for batch, kg in batches.get(lot.id, {}).items()],
            wasted=sum(wasted.get(lot.id, {}).values(), Decimal(0)),
            held=[PlaceShare(place=place, quantity=kg) for place, kg in held.get(lot.id, {}).items()],
        )
        for lot in map(lot_of, journal.rows("trace_lots", lots=_list({step.lot for step in steps})))
    ]
    foods = _foods(journal, sorted({batch for shares in batches.values() for batch in shares}))
    return Trace(
        lots=lots,
        exposed=sum((each.exposed for each in there.values()), Decimal(0)) if there else None,
        batches=foods,
        schools=_schools(foods),
        portions=sum(delivery.portions for food in foods for delivery in food.schools),
    )


def _received(steps: list[LotStep]) -> dict[str, Decimal]:
    """What came in of each lot, less what went back."""
    totals: dict[str, Decimal] = {}
    for step in steps:
        for place, sign in ((step.source, 1), (step.destination, -1)):
            if kind_of(place) is Place.SUPPLIER:
                totals[step.lot] = totals.get(step.lot, Decimal(0)) + sign * step.quantity
    return totals


def _held(steps: list[LotStep]) -> dict[str, dict[str, Decimal]]:
    """Where each lot lies now, of places where it can still be reached."""
    totals: dict[str, dict[str, Decimal]] = {}
    reachable = {Place.RECEIVING, Place.STORES, Place.KITCHEN, Place.BATCH}
    for step in steps:
        for place, sign in ((step.destination, 1), (step.source, -1)):
            if kind_of(place) in reachable:
                places = totals.setdefault(step.lot, {})
                places[place] = places.get(place, Decimal(0)) + sign * step.quantity
    return {lot: {place: kg for place, kg in places.items() if kg > 0} for lot, places in totals.items()}


def _foods(journal: JournalReader, names: list[str]) -> list[TracedFood]:
    asked = _list(names)
    plans = {batch: (recipe, portions) for batch, recipe, portions in journal.rows("trace_plans", batches=asked)}
    foods = {batch: (product, portions) for batch, product, portions in journal.rows("trace_foods", batches=asked)}
    deliveries: dict[str, list[SchoolDelivery]] = {name: [] for name in names}
    for row in journal.records("trace_deliveries", batches=asked):
        deliveries[row["batch"]].append(SchoolDelivery.of(row))
    nothing = (None, None)
    return [
        TracedFood(
            batch=name,
            product=foods.get(name, nothing)[0],
            recipe=plans.get(name, nothing)[0],
            portions=plans.get(name, nothing)[1] or foods.get(name, nothing)[1],
            schools=deliveries[name],
        )
        for name in names
    ]


def _schools(foods: list[TracedFood]) -> list[SchoolPortions]:
    totals: dict[str, int] = {}
    for food in foods:
        for delivery in food.schools:
            totals[delivery.school] = totals.get(delivery.school, 0) + delivery.portions
    return [SchoolPortions(school=school, portions=portions) for school, portions in sorted(totals.items())]


def place_of(point: str, stores: Iterable[Json]) -> str | None:
    """The store that a point measures, as a place of the ledger."""
    return next((Place.STORES.of(store["id"]) for store in stores if point in store["points"]), None)


def named(place: str) -> str:
    """A store's id as a place; a place stays what it is. ValueError for neither."""
    return place if ":" in place or place in set(Place) else Place.STORES.of(place)
