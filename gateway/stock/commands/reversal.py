"""A movement is taken back by a linked one; what was used of it meanwhile must be explained first."""

from dataclasses import replace

from gateway.monitoring.kitchen import Kitchen
from gateway.records.commands import CommandCall
from gateway.records.transaction import Transaction
from gateway.stock.commands import arguments as said
from gateway.stock.commands.closing import reversed_by
from gateway.stock.ledger.allot import Allotted
from gateway.stock.ledger.ledger import Account, LotShortError
from gateway.stock.ledger.movements import BOUNDLESS, Entry, Kind, Movement, Place, kind_of
from gateway.stock.weighing.changes import ZERO

EXPLAINED = "explained"


def reverse(kitchen: Kitchen, transaction: Transaction, order: CommandCall) -> Movement:
    """Take back `movement`; `explain` books what its place lacks by now.

    Raises:
        RefusedError: there is no such movement, it was taken back, or its goods are gone and nobody said how.
    """
    stores = kitchen.stores
    order.person(kitchen)
    key = order.text("movement")
    found = stores.movement(key)
    if found is None:
        raise said.refused("unknown_movement", f"no movement is called {key!r}")
    wrong, taken_back = found
    if taken_back or wrong.reverses is not None:
        what = "was taken back already" if taken_back else "takes another one back: book it anew instead"
        raise said.refused("not_allowed", f"{key} {what}")
    back = reversed_by(wrong, order)
    stores.book(transaction, Allotted([*_explained(kitchen, order, back), back], []))
    return back


def _explained(kitchen: Kitchen, order: CommandCall, back: Movement) -> list[Movement]:
    account = Account(back.item, back.lot, back.source)
    held = kitchen.stores.books.amount(account)
    missing = back.quantity - held
    if missing <= 0 or kind_of(back.source) in BOUNDLESS:
        return []
    why = said.text(order, "explain")
    if why is None:
        raise said.refused("lot_short", str(LotShortError(account, held=held, wanted=back.quantity)) + " (explain: …)")
    adjusted = replace(
        back,
        key=f"{back.key}:{EXPLAINED}",
        kind=Kind.ADJUSTMENT,
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
