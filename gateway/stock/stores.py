"""The stores as the scales see them: weighings become movements, movements become balances by lot and place."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import msgspec

from gateway.config import Config
from gateway.records.transaction import Event, Fold, Transaction
from gateway.stock.catalogue import Catalogue
from gateway.stock.changes import StockChanges
from gateway.stock.ledger.allot import Allotted, Shelf, allot
from gateway.stock.ledger.books import Books
from gateway.stock.ledger.movements import Movement, Place
from gateway.stock.ledger.units import ZERO
from gateway.stock.rows import Plan, keep_account, keep_lot, movement_row
from gateway.stock.scales.bench_scale import BenchState, Load
from gateway.stock.scales.live_scales import LiveBench, LiveScale
from gateway.stock.sessions.session import Session

CHECKPOINT_EVERY = 10_000_000
"""Microseconds of weighings that a start folds again at most."""
RECENT = 1_000
"""Movements that can be looked up although the journal may be away."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Stores:
    """All scales of a kitchen, and the books that follow from what they say and what people enter."""

    def __init__(
        self,
        config: Config,
        catalogue: Catalogue,
        books: Books,
        *,
        changes: StockChanges,
        take_load: Callable[["Stores", Transaction, LiveBench, Load], None],
        lookup: Callable[[str], tuple[Movement, bool] | None] = lambda _: None,
    ) -> None:
        """Begin with what the journal has.

        Args:
            config: the plan of the scales.
            catalogue: what there may be in store.
            books: what there is.
            changes: notes what changes.
            take_load: books a load that is stable on a bench scale.
            lookup: finds a movement of the journal, and whether it was taken back.
        """
        self.catalogue = catalogue
        self.books = books
        self.zone: ZoneInfo = config.kitchen.timezone
        self.scales = {
            plan.point: LiveScale(plan, plan.item, catalogue.store_of(plan.item))
            for plan in config.stock.scales
            if plan.item is not None
        }
        self.benches = {plan.point: LiveBench(plan) for plan in config.stock.scales if plan.item is None}
        self.blind = False
        """The journal could not be read at the start: what is in store is not known, so nothing may be booked on it."""
        self.sessions: dict[str, Session] = {}
        self.plans: dict[str, Plan] = {}
        self.delivered: dict[str, int] = {}
        """Portions of each batch that have left for schools."""
        self.receipts: dict[tuple[str | None, str | None, str, str | None], str] = {}
        """Supplier, delivery note, item, the supplier's lot → session, to know a delivery again."""
        self.changes = changes
        self.dirty: set[str] = set(catalogue.items)
        """Items whose alarms have to be looked at."""
        self._take_load = take_load
        self._recent: dict[str, Movement] = {}
        self._taken_back: set[str] = set()
        self._lookup = lookup

    def on_hand(self, item: str) -> Decimal | None:
        """Kg in the stores; None as long as nothing ever was."""
        return self.books.on_hand(item)

    def today(self, at: int) -> date:
        """The kitchen's day of a moment."""
        return (EPOCH + timedelta(microseconds=at)).astimezone(self.zone).date()

    def has_bin(self, item: str) -> bool:
        """Whether the item stands on a scale that sees what comes and goes by itself."""
        return any(scale.item == item for scale in self.scales.values())

    @property
    def points(self) -> list[str]:
        """Every scale, by its point."""
        return [*self.scales, *self.benches]

    def weigh(
        self,
        transaction: Transaction,
        point: str,
        at: int,
        value: Decimal | None,
        *,
        stable: bool | None,
        ok: bool,
        tare: Decimal | None,
    ) -> None:
        """Take a weighing (kg) of one of the points; those that weigh nothing of the stock are nothing to us."""
        if self.blind:
            return  # the next start compares the first plateau with the last one that it knows
        if point in self.scales:
            self._weigh_bin(transaction, self.scales[point], at, value, stable=stable, ok=ok, tare=tare)
        elif point in self.benches:
            self._weigh_bench(transaction, self.benches[point], at, value, stable=stable, ok=ok, tare=tare)

    def _weigh_bin(
        self,
        transaction: Transaction,
        scale: LiveScale,
        at: int,
        value: Decimal | None,
        *,
        stable: bool | None,
        ok: bool,
        tare: Decimal | None,
    ) -> None:
        scale.state, movements, live = scale.scale.fold(scale.state, at, value, stable=stable, ok=ok, tare=tare)
        if live != scale.live or movements:
            scale.live = live
            scale.updated_at = at
            self.changes.items.setdefault(scale.item, False)
        for movement in movements:
            self.book(transaction, self._of_lots(scale, movement))
        if movements or at - scale.saved_at >= CHECKPOINT_EVERY:
            scale.saved_at = at
            transaction.folds[scale.point] = scale.fold()

    def _of_lots(self, scale: LiveScale, movement: Movement) -> Allotted:
        places: Mapping[str, str] = {Place.STORES: scale.place, Place.KITCHEN: self._eater(scale)}
        source, destination = (places.get(place, place) for place in (movement.source, movement.destination))
        shelf = Shelf(
            here=self.books.held(scale.item, scale.place),
            arriving=self.books.held(scale.item, Place.RECEIVING),
            day=self.today(movement.at),
            names=self.books.names(scale.item),
        )
        return allot(replace(movement, source=source, destination=destination), shelf)

    def _eater(self, scale: LiveScale) -> str:
        return Place.BATCH.of(scale.batch) if scale.batch else Place.KITCHEN

    def _weigh_bench(
        self,
        transaction: Transaction,
        bench: LiveBench,
        at: int,
        value: Decimal | None,
        *,
        stable: bool | None,
        ok: bool,
        tare: Decimal | None,
    ) -> None:
        bench.state, load = bench.scale.fold(bench.state, at, value, stable=stable, ok=ok, tare=tare)
        live = bench.scale.live(bench.state)
        if live != bench.live:
            if bench.live is None or bench.live.stable != live.stable:
                bench.still_since = at
            bench.live, bench.updated_at = live, at
            self.changes.benches[bench.point] = None
        if load is not None:
            self._take_load(self, transaction, bench, load)
        if load is not None or at - bench.saved_at >= CHECKPOINT_EVERY:
            self.save(transaction, bench)

    def save(self, transaction: Transaction, bench: LiveBench) -> None:
        """Have the journal keep where a bench stands; people are told, too."""
        bench.saved_at = bench.state.plateau.last_at
        transaction.folds[bench.point] = bench.fold()
        self.changes.benches[bench.point] = None

    def go_on_from(self, saved: Fold) -> bool:
        """Take up the saved fold of a scale; False when it is of another plan or version."""
        scale = self.scales.get(saved.subject) or self.benches.get(saved.subject)
        if scale is None or scale.version != saved.version:
            return False
        try:
            if isinstance(scale, LiveScale):
                scale.state = scale.scale.start(saved.state)
            else:
                state = BenchState.from_json(saved.state)
                scale.state = msgspec.structs.replace(state, opened=scale.session is not None)
        except msgspec.DecodeError:
            return False
        scale.saved_at = saved.at
        return True

    # Booking

    def book(self, transaction: Transaction, allotted: Allotted) -> None:
        """Book movements and the lots that they begin, all or none.

        Raises:
            LotShortError: a place would give more of a lot than it holds.
        """
        if allotted.movements and self.movement(allotted.movements[0].key) is not None:
            return  # the same weighings, folded again: what they were is booked
        for account in self.books.post(allotted.movements, allotted.lots):
            keep_account(transaction, self.books, account)
        for lot in allotted.lots:
            keep_lot(transaction, lot)
        for movement in allotted.movements:
            self._booked(transaction, movement)

    def _booked(self, transaction: Transaction, movement: Movement) -> None:
        transaction.movements.append(movement_row(movement))
        transaction.events.append(_event(movement))
        day = self.today(movement.at)
        self.books.use(movement.item, day, movement.source, movement.destination, movement.quantity)
        self.changes.movements.append(movement)
        self.changes.items[movement.item] = True
        self.dirty.add(movement.item)
        self._recent[movement.key] = movement
        if movement.reverses is not None:
            self._taken_back.add(movement.reverses)
        if len(self._recent) > RECENT:
            del self._recent[next(iter(self._recent))]

    def movement(self, key: str) -> tuple[Movement, bool] | None:
        """A movement, and whether it was taken back; None when there is none."""
        if key in self._recent:
            return self._recent[key], key in self._taken_back
        found = self._lookup(key)
        return None if found is None else (found[0], found[1] or key in self._taken_back)

    # Reserved

    def needs(self, plan: Plan) -> dict[str, Decimal]:
        """What a batch still needs by its recipe, kg by item."""
        place = Place.BATCH.of(plan.batch)
        needed: dict[str, Decimal] = {}
        for item, grams in plan.grams.items():
            there = sum(
                (self.books.amount(account) for account in self.books.accounts(item) if account.place == place), ZERO
            )
            needed[item] = max(ZERO, grams * plan.portions / 1000 - there)
        return needed

    def reserved(self, item: str) -> Decimal:
        """What open batches still need of an item, kg."""
        open_plans = (plan for plan in self.plans.values() if plan.open and item in plan.grams)
        return sum((self.needs(plan)[item] for plan in open_plans), ZERO)


def _event(movement: Movement) -> Event:
    facts = {
        name: value.value if hasattr(value, "value") else str(value) if isinstance(value, Decimal) else value
        for name in Movement.__slots__
        if (value := getattr(movement, name)) is not None
    }
    return Event(
        key=f"movement:{movement.key}",
        kind="stock_moved",
        subject=movement.item,
        at=movement.at,
        person=movement.who,
        body=facts,
    )


def used_since(books: Books, rows: Iterable[tuple[str, str, str, str, int]], day: Callable[[int], date]) -> None:
    """Count what the journal has of the last weeks."""
    for item, source, destination, quantity, at in rows:
        books.use(item, day(at), source, destination, Decimal(quantity))
