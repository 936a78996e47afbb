"""Stock and batches of food: what a batch needs, and what of it goes to which school."""

from decimal import ROUND_HALF_UP, Decimal

from msgspec.structs import replace

from gateway.monitoring.kitchen import Kitchen
from gateway.records.commands import CommandCall
from gateway.records.transaction import Event, Transaction
from gateway.stock.commands import arguments as said
from gateway.stock.commands.sessions import session_id
from gateway.stock.ledger.allot import Allotted
from gateway.stock.ledger.movements import Entry, Kind, Movement, Place
from gateway.stock.ledger.units import GRAM
from gateway.stock.rows import Plan, keep_plan

MOST_PORTIONS = 100_000


def plan(kitchen: Kitchen, transaction: Transaction, order: CommandCall) -> Plan:
    """`batch`, `recipe`, `portions`: reserve what a batch of food needs; with 0 portions nothing any more."""
    stores = kitchen.stores
    order.person(kitchen)
    name, recipe = _batch(kitchen, order), order.text("recipe")
    if recipe not in stores.catalogue.recipes:
        known = ", ".join(stores.catalogue.recipes) or "none"
        raise said.refused("unknown_recipe", f"no recipe is called {recipe!r}; under stock.recipes there are: {known}")
    portions = _portions(order, least=0)
    grams = dict(stores.catalogue.recipes[recipe].ingredients)
    made = Plan(batch=name, recipe=recipe, portions=portions, open=portions > 0, at=order.now, grams=grams)
    _keep(kitchen, transaction, made)
    return made


def done(kitchen: Kitchen, transaction: Transaction, name: str) -> None:
    """A batch needs nothing more: it is closed, or on its way."""
    made = kitchen.stores.plans.get(name)
    if made is not None and made.open:
        _keep(kitchen, transaction, replace(made, open=False))


def _keep(kitchen: Kitchen, transaction: Transaction, made: Plan) -> None:
    stores = kitchen.stores
    old = stores.plans.get(made.batch)
    stores.plans[made.batch] = made
    for item in {*made.grams, *(old.grams if old is not None else ())}:
        stores.changes.items[item] = True
        stores.dirty.add(item)
    stores.changes.plans = True
    keep_plan(transaction, made)


def _batch(kitchen: Kitchen, order: CommandCall) -> str:
    name = said.batch(order, kitchen.stores)
    if name is None:
        raise said.refused("bad_request", "'batch' must be given")
    return name


def _portions(order: CommandCall, *, least: int) -> int:
    value = order.args.get("portions")
    if isinstance(value, int) and not isinstance(value, bool) and least <= value <= MOST_PORTIONS:
        return value
    raise said.refused("bad_request", f"'portions' is a whole number from {least} to {MOST_PORTIONS}")


def deliver(kitchen: Kitchen, transaction: Transaction, order: CommandCall) -> list[str]:
    """`batch`, `school`, `portions`: what leaves for a school, and with it its share of every ingredient's lot.

    The share is the portions of those that have not left yet, by the batch's plan; without a plan the first delivery
    takes everything, for nobody said how many there are.

    Returns:
        keys of the movements.
    """
    stores = kitchen.stores
    who, name, school = order.person(kitchen), _batch(kitchen, order), order.text("school")
    if school not in stores.catalogue.schools:
        known = ", ".join(stores.catalogue.schools) or "none"
        raise said.refused("unknown_school", f"no school is called {school!r}; under stock.schools there are: {known}")
    portions = _portions(order, least=1)
    movements = _to_school(kitchen, order, name, school, share=_share(kitchen, name, portions), who=who)
    stores.book(transaction, Allotted(movements, []))
    stores.delivered[name] = stores.delivered.get(name, 0) + portions
    transaction.tables["school_delivery", order.key] = (order.key, name, school, portions, order.now, who)
    done(kitchen, transaction, name)
    return [movement.key for movement in movements]


def depart(kitchen: Kitchen, transaction: Transaction, order: CommandCall) -> None:
    """As `deliver`, of a command that marks the departure, too: the delivery is noted beside that mark."""
    deliver(kitchen, transaction, order)
    transaction.events.append(
        Event(
            key=f"{order.event_key}:delivery",
            kind="stock_delivered",
            subject=order.text("batch"),
            at=order.now,
            person=order.person(kitchen),
            body={"school": order.text("school"), "portions": order.args["portions"]},
        )
    )


def _to_school(
    kitchen: Kitchen, order: CommandCall, name: str, school: str, *, share: Decimal, who: str
) -> list[Movement]:
    held = kitchen.stores.books.at(Place.BATCH.of(name))
    return [
        Movement(
            key=f"{session_id(order.key)}:{number}",
            item=item,
            lot=one.lot.id,
            kind=Kind.DELIVERY,
            source=Place.BATCH.of(name),
            destination=Place.SCHOOL.of(school),
            quantity=min(one.quantity, (one.quantity * share).quantize(GRAM, ROUND_HALF_UP)),
            at=order.now,
            entry=Entry.TYPED,
            who=who,
            note=order.note(),
        )
        for number, (item, one) in enumerate(held, start=1)
    ]


def _share(kitchen: Kitchen, name: str, portions: int) -> Decimal:
    made = kitchen.stores.plans.get(name)
    if made is None or not made.portions:
        return Decimal(1)
    left = made.portions - kitchen.stores.delivered.get(name, 0)
    return min(Decimal(1), Decimal(portions) / left) if left > 0 else Decimal(1)
