"""Restore the stock from the journal."""

from collections.abc import Callable

import msgspec

from gateway.config import Config, StockItem
from gateway.journal.journal import Journal
from gateway.journal.reads.stock import StockReads
from gateway.records.transaction import Transaction
from gateway.stock.catalogue import Catalogue
from gateway.stock.changes import StockChanges
from gateway.stock.commands.weighing import take
from gateway.stock.ledger.allot import Allotted
from gateway.stock.ledger.booked import BookedMovements
from gateway.stock.ledger.books import Books
from gateway.stock.ledger.lots import fefo
from gateway.stock.ledger.movements import Entry, Movement, MovementKind, Place
from gateway.stock.reports.foresight import WEEKS
from gateway.stock.rows import BARCODES, BATCH_OF_SCALE, holding_of, lot_of, movement_of, plan_of
from gateway.stock.scales.bench_scale import BenchState
from gateway.stock.sessions.session import Session
from gateway.stock.stores import Stores, count_uses
from gateway.stock.weighing.containers import Container

DAY = 86_400_000_000


def stores_of(config: Config, journal: Journal, changes: StockChanges, now: int) -> Stores:
    """Return books, sessions and reservations from the journal; the states of the scales follow separately."""
    reads = journal.reads.stock
    items = [StockItem.model_validate_json(body) for body in reads.items()]
    containers = [msgspec.json.decode(body, type=Container) for body in reads.containers()]
    books = Books(map(lot_of, reads.lots()), map(holding_of, reads.holdings()))
    catalogue = Catalogue(config, items, containers)
    stores = Stores(config, catalogue, books, changes=changes, take_load=take, booked=BookedMovements(_lookup(journal)))
    stores.blind = journal.lost_since is not None
    count_uses(books, reads.moved_since(now - (7 * WEEKS + 1) * DAY), stores.today)
    stores.reservations.plans = {plan.batch: plan for plan in map(plan_of, reads.open_plans())}
    stores.reservations.delivered = dict(reads.portions_delivered())
    _sessions(stores, reads)
    barcodes = journal.reads.state.meta(BARCODES)
    for gtin, item in msgspec.json.decode(barcodes or "{}", type=dict[str, str]).items():
        if item in stores.catalogue.items:
            stores.catalogue.learn(gtin, item)
    for scale in stores.scales.bins.values():
        scale.batch = journal.reads.state.meta(BATCH_OF_SCALE + scale.point) or None
    return stores


def _lookup(journal: Journal) -> Callable[[str], tuple[Movement, bool] | None]:
    def look(key: str) -> tuple[Movement, bool] | None:
        row = journal.reads.stock.movement(key)
        return None if row is None else (movement_of(row), bool(row[-1]))

    return look


def _sessions(stores: Stores, reads: StockReads) -> None:
    for body in reads.open_sessions():
        session = Session.from_json(body)
        stores.sessions[session.id] = session
        bench = stores.scales.benches.get(session.scale or "")
        if bench is not None:
            bench.session = session.id
            bench.state = BenchState(opened=True)  # unless its saved state follows
    for body in reads.receipts():
        session = Session.from_json(body)
        lot = stores.books.lots.get(session.lot or "")
        if not session.cancelled and session.item is not None:
            same = (session.supplier, session.delivery_note, session.item, None if lot is None else lot.number)
            stores.receipts.setdefault(same, session.id)


def settle(stores: Stores, transaction: Transaction, now: int) -> None:
    """Move goods from the unnamed store to the one that kitchen.yaml names for their item by now."""
    for item in stores.catalogue.items:
        place = stores.catalogue.store_of(item)
        if place == Place.STORES:
            continue
        for held in fefo(stores.books.held(item, Place.STORES)):
            named = Movement(
                key=f"named:{held.lot.id}:{place}:{now}",
                item=item,
                lot=held.lot.id,
                kind=MovementKind.TRANSFER,
                source=Place.STORES,
                destination=place,
                quantity=held.quantity,
                at=now,
                entry=Entry.BOOKS,
                reason="store_named",
            )
            stores.book(transaction, Allotted([named], []))
