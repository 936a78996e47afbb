"""Convert the records of the stock to rows of the journal, and back."""

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from gateway.config import StockItem
from gateway.records.transaction import Transaction
from gateway.stock.ledger.books import Books, Holding
from gateway.stock.ledger.ledger import Account
from gateway.stock.ledger.lots import Lot
from gateway.stock.ledger.movements import Entry, Movement, MovementKind
from gateway.stock.sessions.session import Session
from gateway.stock.weighing.containers import Container

Row = tuple[object, ...]

BATCH_OF_SCALE = "stock:batch:"
"""Key in the table `meta`, followed by a bin scale's point: the batch of food for which its item is issued."""
BARCODES = "stock:barcodes"
"""Key in the table `meta`: the barcodes that people have assigned, as JSON: GTIN → item."""


class StockPlan(msgspec.Struct, frozen=True, kw_only=True):
    """The stock reserved for a batch of food: its portions, and the grams of each item in one portion."""

    batch: str
    recipe: str
    portions: int
    open: bool
    at: int
    grams: dict[str, Decimal]


def movement_row(movement: Movement) -> Row:
    """Return a movement as a row, in the order of the journal's columns, without recorded_at."""
    weights = [movement.quantity, movement.before, movement.after, movement.gross, movement.tare]
    quantity, before, after, gross, tare = [None if kg is None else str(kg) for kg in weights]
    return (
        *(movement.key, movement.item, movement.lot, movement.kind.value),
        *(str(movement.source), str(movement.destination), quantity, before, after, gross, tare),
        *(movement.container, movement.scale, movement.at, movement.while_offline, movement.entry.value),
        *(movement.who, movement.reason, movement.note, movement.session, movement.reverses),
    )


def movement_of(row: tuple[Any, ...]) -> Movement:
    """Read a movement from a row of the journal; further columns are ignored."""
    key, item, lot, kind, source, destination, *weights = row[:11]
    quantity, before, after, gross, tare = [None if text is None else Decimal(text) for text in weights]
    container, scale, at, offline, entry, who, reason, note, session, reverses = row[11:21]
    return Movement(
        key=key,
        item=item,
        lot=lot,
        kind=MovementKind(kind),
        source=source,
        destination=destination,
        quantity=quantity or Decimal(0),
        before=before,
        after=after,
        gross=gross,
        tare=tare,
        container=container,
        scale=scale,
        at=at,
        while_offline=bool(offline),
        entry=Entry(entry),
        who=who,
        reason=reason,
        note=note,
        session=session,
        reverses=reverses,
    )


def lot_of(row: tuple[Any, ...]) -> Lot:
    """Read a lot from a row of the table `lot`."""
    name, item, number, expires_on, supplier, receipt, received_at = row
    return Lot(
        id=name,
        item=item,
        number=number,
        expires_on=None if expires_on is None else date.fromisoformat(expires_on),
        supplier=supplier,
        receipt=receipt,
        received_at=received_at,
    )


def holding_of(row: tuple[Any, ...]) -> tuple[Account, Holding]:
    """Read a balance from a row of the table `holding`."""
    item, lot, place, quantity, since, until = row
    return Account(item, lot, place), Holding(Decimal(quantity), since, until)


def plan_of(row: tuple[Any, ...]) -> StockPlan:
    """Read a reservation from a row of the table `stock_plan`."""
    batch, recipe, portions, is_open, at, grams = row
    exact = {item: Decimal(text) for item, text in json.loads(grams).items()}
    return StockPlan(batch=batch, recipe=recipe, portions=portions, open=bool(is_open), at=at, grams=exact)


def keep_lot(transaction: Transaction, lot: Lot) -> None:
    """Write a lot into its table."""
    expires_on = None if lot.expires_on is None else lot.expires_on.isoformat()
    row = (lot.id, lot.item, lot.number, expires_on, lot.supplier, lot.receipt, lot.received_at)
    transaction.tables["lot", lot.id] = row


def keep_account(transaction: Transaction, books: Books, account: Account) -> None:
    """Write the balance of an account into its table."""
    holding = books.holdings[account]
    row = (account.item, account.lot, str(account.place), str(holding.quantity), holding.since, holding.until)
    transaction.tables["holding", "\n".join(account)] = row


def keep_session(transaction: Transaction, session: Session) -> None:
    """Write a weighing session into its table."""
    transaction.tables["weighing_session", session.id] = (
        *(session.id, session.purpose.value, session.item or "", session.scale, session.lot, session.who),
        *(session.opened_at, session.closed_at, session.to_json()),
    )


def keep_plan(transaction: Transaction, plan: StockPlan) -> None:
    """Write a reservation into its table."""
    grams = json.dumps({item: str(kg) for item, kg in plan.grams.items()})
    transaction.tables["stock_plan", plan.batch] = (plan.batch, plan.recipe, plan.portions, plan.open, plan.at, grams)


def keep_container(transaction: Transaction, container: Container) -> None:
    """Write a container into its table."""
    transaction.tables["stock_container", container.id] = (container.id, msgspec.json.encode(container).decode())


def keep_item(transaction: Transaction, item: StockItem) -> None:
    """Write an added item into its table."""
    transaction.tables["stock_item", item.id] = (item.id, json.dumps(settings_of(item), ensure_ascii=False))


def settings_of(item: StockItem) -> Mapping[str, Any]:
    """Return an item's settings as kitchen.yaml writes them."""
    settings = item.model_dump(exclude_defaults=True)
    # As numbers: the file has no decimals in quotes. A double holds the few digits of a weight exactly.
    return {key: float(value) if isinstance(value, Decimal) else value for key, value in settings.items()}
