"""Hold the stock of a kitchen in memory: weighings and entries become movements, movements become balances."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from gateway.config import Config
from gateway.records.transaction import Event, Transaction
from gateway.stock.catalogue import Catalogue
from gateway.stock.changes import StockChanges
from gateway.stock.ledger.allot import Allotted, Shelf, allot
from gateway.stock.ledger.booked import BookedMovements
from gateway.stock.ledger.books import Books
from gateway.stock.ledger.movements import Movement, Place
from gateway.stock.reservations import Reservations
from gateway.stock.rows import keep_account, keep_lot, movement_row
from gateway.stock.scales.bench_scale import Load
from gateway.stock.scales.live_scales import LiveBench, LiveScale, Scales
from gateway.stock.sessions.session import Session
from gateway.stock.weighing.plateau import WeightReading

CHECKPOINT_EVERY = 10_000_000
"""Microseconds of weighings that a start has to apply again at most."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

TakeLoad = Callable[["Stores", Transaction, LiveBench, Load], None]
"""Book a load that is certain on a bench scale."""


class Stores:
    """The present state of the stock, and the only place where movements are booked.

    Attributes:
        blind: the journal could not be read at the start: the balances are unknown, so nothing may be booked on them.
        sessions: open weighing sessions, by their ids.
        receipts: (supplier, delivery note, item, the supplier's lot) → session, to recognise a repeated delivery.
        unchecked: items whose alarms must be checked.
    """

    def __init__(
        self,
        config: Config,
        catalogue: Catalogue,
        books: Books,
        *,
        changes: StockChanges,
        take_load: TakeLoad,
        booked: BookedMovements,
    ) -> None:
        self.catalogue = catalogue
        self.books = books
        self.booked = booked
        self.changes = changes
        self.zone: ZoneInfo = config.kitchen.timezone
        self.scales = Scales(config.stock.scales, catalogue.store_of)
        self.reservations = Reservations(books)
        self.blind = False
        self.sessions: dict[str, Session] = {}
        self.receipts: dict[tuple[str | None, str | None, str, str | None], str] = {}
        self.unchecked: set[str] = set(catalogue.items)
        self._take_load = take_load

    def on_hand(self, item: str) -> Decimal | None:
        """Return kg in the stores; None if there never was any."""
        return self.books.on_hand(item)

    def today(self, at: int) -> date:
        """Return the kitchen's day at a time, UTC microseconds."""
        return (EPOCH + timedelta(microseconds=at)).astimezone(self.zone).date()

    def weigh(self, transaction: Transaction, point: str, weighing: WeightReading) -> None:
        """Apply a weighing (kg) of a scale of the stock; other points are ignored."""
        if self.blind:
            return  # the next start compares the first plateau with the last one in the journal
        if point in self.scales.bins:
            self._weigh_bin(transaction, self.scales.bins[point], weighing)
        elif point in self.scales.benches:
            self._weigh_bench(transaction, self.scales.benches[point], weighing)

    def _weigh_bin(self, transaction: Transaction, scale: LiveScale, weighing: WeightReading) -> None:
        scale.state, movements, live = scale.scale.fold(scale.state, weighing)
        if live != scale.live or movements:
            scale.live = live
            scale.updated_at = weighing.at
            self.changes.items.setdefault(scale.item, False)
        for movement in movements:
            self.book(transaction, self._of_lots(scale, movement))
        if movements or weighing.at - scale.saved_at >= CHECKPOINT_EVERY:
            scale.saved_at = weighing.at
            transaction.folds[scale.point] = scale.fold()

    def _of_lots(self, scale: LiveScale, movement: Movement) -> Allotted:
        used_in = Place.BATCH.of(scale.batch) if scale.batch else Place.KITCHEN
        places: Mapping[str, str] = {Place.STORES: scale.place, Place.KITCHEN: used_in}
        source, destination = (places.get(place, place) for place in (movement.source, movement.destination))
        shelf = Shelf(
            here=self.books.held(scale.item, scale.place),
            arriving=self.books.held(scale.item, Place.RECEIVING),
            day=self.today(movement.at),
            names=self.books.names(scale.item),
        )
        return allot(replace(movement, source=source, destination=destination), shelf)

    def _weigh_bench(self, transaction: Transaction, bench: LiveBench, weighing: WeightReading) -> None:
        bench.state, load = bench.scale.fold(bench.state, weighing)
        live = bench.scale.live(bench.state)
        if live != bench.live:
            if bench.live is None or bench.live.stable != live.stable:
                bench.still_since = weighing.at
            bench.live, bench.updated_at = live, weighing.at
            self.changes.benches[bench.point] = None
        if load is not None:
            self._take_load(self, transaction, bench, load)
        if load is not None or weighing.at - bench.saved_at >= CHECKPOINT_EVERY:
            self.save(transaction, bench)

    def save(self, transaction: Transaction, bench: LiveBench) -> None:
        """Write the state of a bench scale into the journal, and note it as changed."""
        bench.saved_at = bench.state.plateau.last_at
        transaction.folds[bench.point] = bench.fold()
        self.changes.benches[bench.point] = None

    def book(self, transaction: Transaction, allotted: Allotted) -> None:
        """Book movements and their new lots, all or none.

        Raises:
            LotShortError: a place would give more of a lot than it holds.
        """
        if allotted.movements and self.booked.find(allotted.movements[0].key) is not None:
            return  # the same weighings, applied again: their movements are booked
        for account in self.books.post(allotted.movements, allotted.lots):
            keep_account(transaction, self.books, account)
        for lot in allotted.lots:
            keep_lot(transaction, lot)
        for movement in allotted.movements:
            self._record(transaction, movement)

    def _record(self, transaction: Transaction, movement: Movement) -> None:
        transaction.movements.append(movement_row(movement))
        transaction.events.append(_event(movement))
        day = self.today(movement.at)
        self.books.use(movement.item, day, movement.source, movement.destination, movement.quantity)
        self.booked.add(movement)
        self.changes.movements.append(movement)
        self.changes.moved([movement.item])
        self.unchecked.add(movement.item)


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


def count_uses(books: Books, rows: Iterable[tuple[str, str, str, str, int]], day: Callable[[int], date]) -> None:
    """Add stored movements (item, source, destination, kg, time) to the daily use of their items."""
    for item, source, destination, quantity, at in rows:
        books.use(item, day(at), source, destination, Decimal(quantity))
