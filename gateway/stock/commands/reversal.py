"""A movement is taken back by a linked one; what was used of it meanwhile must be explained first."""

from dataclasses import replace
from typing import Annotated

from msgspec import Meta

from gateway.records.commands import Asked, Call, Name, Note, RefusedError
from gateway.records.transaction import Transaction
from gateway.stock.commands.closing import reversed_by
from gateway.stock.commands.lookup import Text
from gateway.stock.commands.scope import StockScope
from gateway.stock.ledger.allot import Allotted
from gateway.stock.ledger.ledger import Account, LotShortError
from gateway.stock.ledger.movements import BOUNDLESS, Entry, Movement, MovementKind, Place, kind_of
from gateway.stock.records import MovementRecord, movement_record
from gateway.stock.stores import Stores
from gateway.stock.weighing.changes import ZERO

EXPLAINED = "explained"


class ReverseMovement(Asked, frozen=True, kw_only=True):
    """Take a movement back."""

    command = "stock_reverse"
    movement: Name
    note: Note | None = None
    explain: Annotated[Text | None, Meta(description="where the goods have gone that are not there any more")] = None


def stock_reverse(scope: StockScope, transaction: Transaction, call: Call[ReverseMovement]) -> MovementRecord:
    """Take a movement back; answers the movement that does.

    Raises:
        RefusedError: there is no such movement, it was taken back, or its goods are gone and nobody said how.
    """
    stores, key = scope.stores, call.asked.movement
    found = stores.booked.find(key)
    if found is None:
        raise RefusedError("unknown_movement", f"no movement is called {key!r}")
    wrong, taken_back = found
    if taken_back or wrong.reverses is not None:
        what = "was taken back already" if taken_back else "takes another one back: book it anew instead"
        raise RefusedError("not_allowed", f"{key} {what}")
    back = reversed_by(wrong, call, note=call.asked.note)
    stores.book(transaction, Allotted([*_explained(stores, back, why=call.asked.explain), back], []))
    transaction.events.append(call.event("stock_reversed", back.item, {"movement": back.reverses}))
    return movement_record(back, call.now)


def reversed_already(scope: StockScope, call: Call[ReverseMovement]) -> MovementRecord:
    """The movement that took it back."""
    found = scope.stores.booked.find(f"back:{call.asked.movement}")
    if found is None:
        raise RefusedError("unknown_movement", f"no movement takes {call.asked.movement!r} back")
    return movement_record(found[0], call.now)


def _explained(stores: Stores, back: Movement, *, why: str | None) -> list[Movement]:
    """What its place lacks by now, booked first."""
    account = Account(back.item, back.lot, back.source)
    held = stores.books.amount(account)
    missing = back.quantity - held
    if missing <= 0 or kind_of(back.source) in BOUNDLESS:
        return []
    if why is None:
        raise RefusedError("lot_short", str(LotShortError(account, held=held, wanted=back.quantity)) + " (explain: …)")
    adjusted = replace(
        back,
        key=f"{back.key}:{EXPLAINED}",
        kind=MovementKind.ADJUSTMENT,
        source=Place.ADJUSTMENT,
        destination=back.source,
        quantity=max(missing, ZERO),
        before=None,
        after=None,
        gross=None,
        tare=None,
        entry=Entry.BOOKS,
        reason=EXPLAINED,
        note=why,
        reverses=None,
    )
    return [adjusted]
