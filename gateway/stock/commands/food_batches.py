"""Stock and batches of food: what a batch needs, and what of it goes to which school."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace

from gateway.config import Recipe
from gateway.records.commands import Asked, Call, Json, Name, Note, RefusedError
from gateway.records.transaction import Transaction
from gateway.stock.commands.answers import movements
from gateway.stock.commands.scope import StockScope
from gateway.stock.commands.sessions import session_id
from gateway.stock.ledger.allot import Allotted
from gateway.stock.ledger.movements import Entry, Movement, MovementKind, Place
from gateway.stock.ledger.units import GRAM
from gateway.stock.records import MovementRecords
from gateway.stock.rows import StockPlan, keep_plan
from gateway.stock.snapshot import StockPlans, plans_now
from gateway.stock.stores import Stores

Portions = Annotated[int, Meta(ge=1, le=100_000, description="a whole number from 1 to 100000")]
NeededPortions = Annotated[int, Meta(ge=0, le=100_000, description="a whole number from 0 to 100000")]


class PlanBatch(Asked, frozen=True, kw_only=True):
    """Reserve what a batch of food needs; with 0 portions nothing any more."""

    command = "stock_plan"
    batch: Name
    recipe: Name
    portions: NeededPortions


def stock_plan(scope: StockScope, transaction: Transaction, call: Call[PlanBatch]) -> StockPlans:
    """Reserve what a batch of food needs; answers all plans."""
    asked, stores = call.asked, scope.stores
    batch, recipe = scope.batch(asked.batch), recipe_called(asked.recipe, stores)
    reserve(stores, transaction, recipe, batch=batch, portions=asked.portions, at=call.now)
    body = {"recipe": recipe.id, "portions": asked.portions}
    transaction.events.append(call.event("stock_planned", batch, body))
    return planned(scope, call)


def planned(scope: StockScope, _: Call[PlanBatch]) -> StockPlans:
    """The plans as they stand."""
    return StockPlans(plans=plans_now(scope.stores))


def recipe_called(name: str, stores: Stores) -> Recipe:
    """A recipe of the stock.

    Raises:
        RefusedError: there is none of this id.
    """
    recipe = stores.catalogue.recipes.get(name)
    if recipe is None:
        known = ", ".join(stores.catalogue.recipes) or "none"
        raise RefusedError("unknown_recipe", f"no recipe is called {name!r}; under stock.recipes there are: {known}")
    return recipe


def reserve(stores: Stores, transaction: Transaction, recipe: Recipe, *, batch: str, portions: int, at: int) -> None:
    """Keep in store what a batch needs by its recipe."""
    grams = dict(recipe.ingredients)
    _keep(
        stores,
        transaction,
        StockPlan(batch=batch, recipe=recipe.id, portions=portions, open=portions > 0, at=at, grams=grams),
    )


def need_no_more(stores: Stores, transaction: Transaction, batch: str) -> None:
    """Reserve nothing any more for a batch: it is closed, or on its way."""
    plan = stores.reservations.plans.get(batch)
    if plan is not None and plan.open:
        _keep(stores, transaction, replace(plan, open=False))


def _keep(stores: Stores, transaction: Transaction, plan: StockPlan) -> None:
    old = stores.reservations.plans.get(plan.batch)
    stores.reservations.plans[plan.batch] = plan
    for item in {*plan.grams, *(old.grams if old is not None else ())}:
        stores.changes.items[item] = True
        stores.unchecked.add(item)
    stores.changes.plans = True
    keep_plan(transaction, plan)


class DeliverPortions(Asked, frozen=True, kw_only=True):
    """Let portions of a batch leave for a school, and with them their share of every ingredient's lot."""

    command = "stock_deliver"
    batch: Name
    school: Name
    portions: Portions
    note: Note | None = None


def stock_deliver(scope: StockScope, transaction: Transaction, call: Call[DeliverPortions]) -> MovementRecords:
    """Book what leaves for a school; answers the movements."""
    asked = call.asked
    departure = Departure(
        key=call.key,
        batch=scope.batch(asked.batch),
        school=asked.school,
        portions=asked.portions,
        at=call.now,
        who=asked.who,
        note=asked.note,
    )
    keys = depart(scope.stores, transaction, departure)
    transaction.events.append(call.event("stock_delivered", departure.batch, departure.body))
    return movements(keys, scope.stores, call.now)


class Departure(Struct, frozen=True, kw_only=True):
    """Portions of a batch that leave for a school; `key` is that of the command."""

    key: str
    batch: str
    school: str
    portions: int
    at: int
    who: str
    note: str | None

    @property
    def body(self) -> Json:
        """What their event says."""
        return {"school": self.school, "portions": self.portions}


def depart(stores: Stores, transaction: Transaction, departure: Departure) -> list[str]:
    """Book portions to a school.

    Their share of every lot is the portions of those that have not left yet, by the batch's plan; without a plan the
    first delivery takes everything, for nobody said how many there are.

    Returns:
        keys of the movements.
    """
    batch, school = departure.batch, departure.school
    if school not in stores.catalogue.schools:
        known = ", ".join(stores.catalogue.schools) or "none"
        raise RefusedError("unknown_school", f"no school is called {school!r}; under stock.schools there are: {known}")
    movements = _to_school(stores, departure, share=_share(stores, batch, departure.portions))
    stores.book(transaction, Allotted(movements, []))
    stores.reservations.delivered[batch] = stores.reservations.delivered.get(batch, 0) + departure.portions
    row = (departure.key, batch, school, departure.portions, departure.at, departure.who)
    transaction.tables["school_delivery", departure.key] = row
    need_no_more(stores, transaction, batch)
    return [movement.key for movement in movements]


def _to_school(stores: Stores, departure: Departure, *, share: Decimal) -> list[Movement]:
    held = stores.books.at(Place.BATCH.of(departure.batch))
    return [
        Movement(
            key=f"{session_id(departure.key)}:{number}",
            item=item,
            lot=one.lot.id,
            kind=MovementKind.DELIVERY,
            source=Place.BATCH.of(departure.batch),
            destination=Place.SCHOOL.of(departure.school),
            quantity=min(one.quantity, (one.quantity * share).quantize(GRAM, ROUND_HALF_UP)),
            at=departure.at,
            entry=Entry.TYPED,
            who=departure.who,
            note=departure.note,
        )
        for number, (item, one) in enumerate(held, start=1)
    ]


def _share(stores: Stores, batch: str, portions: int) -> Decimal:
    plan = stores.reservations.plans.get(batch)
    if plan is None or not plan.portions:
        return Decimal(1)
    left = plan.portions - stores.reservations.delivered.get(batch, 0)
    return min(Decimal(1), Decimal(portions) / left) if left > 0 else Decimal(1)
