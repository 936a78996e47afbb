"""Traces through the ledger: lots → batches of food → schools, and back to the deliveries that they came by.

Every question is a few look-ups by an index, so that it takes as long on a year's ledger as on a week's.
"""

from collections.abc import Iterable
from decimal import Decimal
from itertools import chain

import msgspec

from api.history.journal import JournalReader
from api.live.render import Json
from api.times import iso
from gateway.stock.ledger.movements import Place, kind_of
from gateway.stock.reports.trace import Step, Stood, issued_to, stood, went_to


def of_store(journal: JournalReader, place: str, *, since: int, until: int) -> Json:
    """What stood at a place during a span, and what became of it."""
    lots = [row["lot"] for row in journal.records("trace_at", place=place, since=since, until=until)]
    steps = _steps(journal, lots)
    there = {one.lot: one for one in stood(steps, place, since=since, until=until)}
    return _told(journal, [step for step in steps if step.lot in there], there)


def of_lots(journal: JournalReader, name: str) -> Json:
    """A lot by our name for it, or all that bear a supplier's number."""
    return _of(journal, [row["id"] for row in journal.records("trace_named", lot=name)])


def of_batches(journal: JournalReader, batches: Iterable[str]) -> Json:
    """The lots that went into batches of food."""
    rows = [journal.records("trace_of_batch", batch=batch) for batch in batches]
    return _of(journal, sorted({row["lot"] for row in chain.from_iterable(rows)}))


def of_school(journal: JournalReader, school: str, *, since: int, until: int) -> Json:
    """The lots that a school has eaten of during a span."""
    rows = journal.records("trace_of_school", school=school, since=since, until=until)
    return of_batches(journal, [row["batch"] for row in rows])


def _of(journal: JournalReader, lots: list[str]) -> Json:
    return _told(journal, _steps(journal, lots), {})


def _steps(journal: JournalReader, lots: Iterable[str]) -> list[Step]:
    rows = journal.records("trace_steps", lots=_list(lots))
    return [Step(row["lot"], row["source"], row["destination"], Decimal(row["quantity"]), row["at"]) for row in rows]


def _list(names: Iterable[str]) -> str:
    return msgspec.json.encode(sorted(names)).decode()


def _told(journal: JournalReader, steps: list[Step], there: dict[str, Stood]) -> Json:
    batches = issued_to(steps)
    wasted, held = went_to(steps, Place.WASTE), _held(steps)
    received = _received(steps)
    lots = journal.records("trace_lots", lots=_list({step.lot for step in steps}))
    told = [
        row
        | {
            "received_at": iso(row["received_at"]),
            "received": str(received.get(row["id"], Decimal(0))),
            "stood": _stood(there.get(row["id"])),
            "batches": [{"batch": batch, "quantity": str(kg)} for batch, kg in batches.get(row["id"], {}).items()],
            "wasted": str(sum(wasted.get(row["id"], {}).values(), Decimal(0))),
            "held": [{"place": place, "quantity": str(kg)} for place, kg in held.get(row["id"], {}).items()],
        }
        for row in lots
    ]
    names = sorted({batch for found in batches.values() for batch in found})
    foods = _foods(journal, names)
    exposed = sum((one.exposed for one in there.values()), Decimal(0)) if there else None
    return {
        "lots": told,
        "exposed": None if exposed is None else str(exposed),
        "batches": foods,
        "schools": _schools(foods),
        "portions": sum(school["portions"] for food in foods for school in food["schools"]),
    }


def _stood(one: Stood | None) -> Json | None:
    if one is None:
        return None
    figures = {"at_start": one.at_start, "arrived": one.arrived, "left": one.left, "exposed": one.exposed}
    return {name: str(kg) for name, kg in figures.items()}


def _received(steps: list[Step]) -> dict[str, Decimal]:
    """What came in of each lot, less what went back."""
    totals: dict[str, Decimal] = {}
    for step in steps:
        for place, sign in ((step.source, 1), (step.destination, -1)):
            if kind_of(place) is Place.SUPPLIER:
                totals[step.lot] = totals.get(step.lot, Decimal(0)) + sign * step.quantity
    return totals


def _held(steps: list[Step]) -> dict[str, dict[str, Decimal]]:
    """Where each lot lies now, of places where it can still be reached."""
    totals: dict[str, dict[str, Decimal]] = {}
    reachable = {Place.RECEIVING, Place.STORES, Place.KITCHEN, Place.BATCH}
    for step in steps:
        for place, sign in ((step.destination, 1), (step.source, -1)):
            if kind_of(place) in reachable:
                places = totals.setdefault(step.lot, {})
                places[place] = places.get(place, Decimal(0)) + sign * step.quantity
    return {lot: {place: kg for place, kg in places.items() if kg > 0} for lot, places in totals.items()}


def _foods(journal: JournalReader, names: list[str]) -> list[Json]:
    asked = _list(names)
    plans = {row["batch"]: row for row in journal.records("trace_plans", batches=asked)}
    foods = {row["batch"]: row for row in journal.records("trace_foods", batches=asked)}
    deliveries: dict[str, list[Json]] = {name: [] for name in names}
    for row in journal.records("trace_deliveries", batches=asked):
        told = {"school": row["school"], "portions": row["portions"], "at": iso(row["at"]), "who": row["who"]}
        deliveries[row["batch"]].append(told)
    return [
        {
            "batch": name,
            "product": foods.get(name, {}).get("product"),
            "recipe": plans.get(name, {}).get("recipe"),
            "portions": plans.get(name, {}).get("portions") or foods.get(name, {}).get("portions"),
            "schools": deliveries[name],
        }
        for name in names
    ]


def _schools(foods: list[Json]) -> list[Json]:
    totals: dict[str, int] = {}
    for food in foods:
        for delivery in food["schools"]:
            totals[delivery["school"]] = totals.get(delivery["school"], 0) + delivery["portions"]
    return [{"school": school, "portions": portions} for school, portions in sorted(totals.items())]


def place_of(point: str, stores: Iterable[Json]) -> str | None:
    """The store that a point measures, as a place of the ledger."""
    return next((Place.STORES.of(store["id"]) for store in stores if point in store["points"]), None)


def named(place: str) -> str:
    """A store's id as a place; a place stays what it is. ValueError for neither."""
    return place if ":" in place or place in set(Place) else Place.STORES.of(place)
