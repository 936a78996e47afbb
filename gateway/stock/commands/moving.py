"""The command that puts goods elsewhere."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

from msgspec import Meta, field

from gateway.records.commands import Asked, Call, Note, PastMoment, RefusedError
from gateway.records.transaction import Transaction
from gateway.stock.commands import lookup
from gateway.stock.commands.answers import movements
from gateway.stock.commands.entry import LONGEST_AGO
from gateway.stock.commands.lookup import Code, OfUnit, Quantity, Text
from gateway.stock.commands.scope import StockScope
from gateway.stock.commands.sessions import session_id
from gateway.stock.ledger.entries import Goods, leave
from gateway.stock.ledger.ledger import Account, LotShortError
from gateway.stock.ledger.lots import Held, Lot
from gateway.stock.ledger.movements import Entry, MovementKind
from gateway.stock.records import MovementRecords
from gateway.stock.stores import Stores
from gateway.stock.weighing.changes import ZERO


class MoveStock(Asked, frozen=True, kw_only=True):
    """Put goods elsewhere, by FEFO or of the lot that is named."""

    command = "stock_move"
    item: Annotated[Text | None, Meta(description="its id")] = None
    code: Annotated[Code | None, Meta(description="in place of the item: its barcode")] = None
    quantity: Quantity
    unit: Annotated[OfUnit | None, Meta(description="of the quantity; the item's own when it is left out")] = None
    source: Text = field(name="from")
    destination: Text = field(name="to")
    lot: Text | None = None
    at: Annotated[PastMoment | None, Meta(description="when it was written down; now when it is left out")] = None
    note: Note | None = None

    def __post_init__(self) -> None:
        if self.item is None and self.code is None:
            raise ValueError("'item' or 'code' must be given: what is weighed?")


def stock_move(scope: StockScope, transaction: Transaction, call: Call[MoveStock]) -> MovementRecords:
    """Put goods elsewhere; answers the movements."""
    stores, asked = scope.stores, call.asked
    call = replace(call, now=call.moment(asked.at, earliest=call.now - LONGEST_AGO))
    keys = _move(stores, transaction, call)
    transaction.events.append(call.event("stock_put_elsewhere", asked.destination, {"movements": keys}))
    return movements(keys, stores, call.now)


def _move(stores: Stores, transaction: Transaction, call: Call[MoveStock]) -> list[str]:
    """Book the movements; returns their keys."""
    asked, today = call.asked, stores.today(call.now)
    barcode = None if asked.code is None else lookup.scanned(asked.code, stores, call.now)
    item = lookup.item(asked.item, barcode, stores)
    quantity = lookup.kilograms(asked.quantity, asked.unit, item, stores)
    if not quantity:
        raise RefusedError("bad_quantity", "'quantity' must be more than 0")
    source, destination = lookup.place(asked.source, stores), lookup.place(asked.destination, stores)
    if source == destination:
        raise RefusedError("bad_request", "'from' and 'to' are the same place")
    lot = lookup.lot(asked.lot, stores, item)
    held = _of(lookup.ordered(stores, item, source, lot, today), lot)
    there = sum((one.quantity for one in held), ZERO)
    if there < quantity:
        account = Account(item.id, item.id if lot is None else lot.id, source)
        raise RefusedError("lot_short", str(LotShortError(account, held=there, wanted=quantity)))
    goods = Goods(
        key=session_id(call.key),
        item=item.id,
        quantity=quantity,
        at=call.now,
        entry=Entry.TYPED,
        who=asked.who,
        note=asked.note,
    )
    names = stores.books.names(item.id)
    allotted = leave(goods, MovementKind.TRANSFER, held, source=source, destination=destination, names=names, day=today)
    stores.book(transaction, allotted)
    return [movement.key for movement in allotted.movements]


def _of(held: Sequence[Held], lot: Lot | None) -> list[Held]:
    return [one for one in held if lot is None or one.lot.id == lot.id]
