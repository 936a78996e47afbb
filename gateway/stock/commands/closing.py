"""A weighing session is closed, taken back, or found to have been of another item.

A receipt is compared with what was expected and its core is judged by the plan's profile; a count is compared with the
books. What was wrong is reversed by linked movements, never edited.
"""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta
from msgspec.structs import replace

from gateway.config import StockItem
from gateway.records.commands import Asked, Call, Celsius, RefusedError
from gateway.records.transaction import Transaction
from gateway.stock.commands import lookup
from gateway.stock.commands.booking import booked, goods_of
from gateway.stock.commands.lookup import Code, Text
from gateway.stock.commands.request import place_of
from gateway.stock.commands.scope import StockScope
from gateway.stock.commands.sessions import keep, tell
from gateway.stock.commands.weighing import OfSession
from gateway.stock.ledger.allot import Allotted
from gateway.stock.ledger.entries import Goods, count
from gateway.stock.ledger.lots import lot_id
from gateway.stock.ledger.movements import Entry, Movement, reversal
from gateway.stock.rows import keep_lot
from gateway.stock.sessions.receiving import TemperatureCheck, Warmth, limit_of, quantity_check, temperature_check
from gateway.stock.sessions.session import Purpose, Session
from gateway.stock.stores import Stores


class Decision(StrEnum):
    """What a person does with a delivery beyond its limit."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"


class CloseWeighing(OfSession, frozen=True, kw_only=True):
    """End a session: a receipt is judged, a count is compared with the books."""

    command = "weigh_close"
    temperature: Annotated[Celsius | None, Meta(description="of receive: its core")] = None
    temperature_point: Annotated[Text | None, Meta(description="of receive: the point that measures its core")] = None
    decision: Annotated[Decision | None, Meta(description="of receive, when its core is beyond the limit")] = None
    zero: Annotated[bool, Meta(description="of count: nothing is left")] = False


def close(scope: StockScope, transaction: Transaction, call: Call[CloseWeighing], session: Session) -> Session:
    """Close a session: a receipt is compared with what was expected and judged, a count with the books.

    Raises:
        RefusedError: something must be asked first; the session stays open.
    """
    session = judged(scope, call.asked, replace(session, note=call.asked.note or session.note))
    session = replace(session, closed_at=call.now, closed_by=call.asked.who)
    if session.decision == Decision.REJECTED:
        session = _taken_back(scope.stores, transaction, call, session)
    elif session.purpose is Purpose.COUNT:
        _book_count(scope.stores, transaction, session, at=call.now)
    elif not session.total:
        session = replace(session, cancelled=True)
    return _closed(scope.stores, transaction, call, session)


def judged(scope: StockScope, asked: CloseWeighing, session: Session) -> Session:
    """The session with what is to be said of it at its end.

    Raises:
        RefusedError: a delivery beyond its limit that nobody has decided on, or a count of nothing.
    """
    match session.purpose:
        case Purpose.RECEIVE if session.total:
            return _judged_receipt(scope, asked, session)
        case Purpose.COUNT if not session.total and not asked.zero:
            raise RefusedError(
                "count_of_zero", "nothing was counted: is there really nothing left? Confirm with zero: true"
            )
    return session


def _closed(stores: Stores, transaction: Transaction, call: Call[OfSession], session: Session) -> Session:
    keep(stores, transaction, session)
    if session.scale is not None:
        bench = stores.scales.benches.get(session.scale)
        if bench is not None and bench.session == session.id:
            bench.session = None
            bench.state = bench.scale.close(bench.state)
            stores.save(transaction, bench)
    tell(transaction, "weighing_closed", session, call)
    return session


def _judged_receipt(scope: StockScope, asked: CloseWeighing, session: Session) -> Session:
    check = _core_check(scope, asked, scope.stores.catalogue.items[session.item or ""])
    if check.verdict is Warmth.FAIL and asked.decision is None:
        raise RefusedError(
            "too_warm",
            f"the core has {check.value:g} °C, the limit is {check.limit:g} °C ({check.source}): "
            "send it back (decision: rejected), or accept it with a note (decision: accepted)",
        )
    if check.verdict is Warmth.FAIL and asked.decision is Decision.ACCEPTED and not session.note:
        raise RefusedError("bad_request", "'note' must be given: why is a delivery beyond its limit accepted?")
    arrived = quantity_check(session.total, session.expected, session.tolerance)
    decision = None if asked.decision is None else asked.decision.value
    return replace(session, temperature=check, arrived=arrived, decision=decision)


def _core_check(scope: StockScope, asked: CloseWeighing, item: StockItem) -> TemperatureCheck:
    """Judge the core temperature that was typed, or that a point shows, by the profile."""
    value = asked.temperature
    if value is None and asked.temperature_point is not None:
        value = scope.temperature_of(asked.temperature_point)
        if value is None:
            raise RefusedError("bad_request", f"{asked.temperature_point!r} shows no temperature now: type it")
    return temperature_check(value, limit_of(item.storage, scope.profile))


def _book_count(stores: Stores, transaction: Transaction, session: Session, *, at: int) -> None:
    goods = Goods(
        key=f"{session.id}:count",
        item=session.item or "",
        quantity=session.total,
        at=at,
        entry=Entry.SCALE if session.scale else Entry.TYPED,
        who=session.who,
        scale=session.scale,
        session=session.id,
        note=session.note,
    )
    stores.book(transaction, _counted(stores, session, goods))


def _counted(stores: Stores, session: Session, goods: Goods) -> Allotted:
    """What a count changes in the books."""
    item = stores.catalogue.items[goods.item]
    today = stores.today(goods.at)
    held = [
        one
        for one in lookup.ordered(stores, item, session.place, None, today)
        if session.lot is None or one.lot.id == session.lot
    ]
    names = stores.books.names(goods.item)
    allotted, _ = count(goods, held, place=session.place, names=names, day=today)
    return allotted


class CancelWeighing(OfSession, frozen=True, kw_only=True):
    """Take back all that the session booked, and close it."""

    command = "weigh_cancel"


def cancel(scope: StockScope, transaction: Transaction, call: Call[CancelWeighing], session: Session) -> Session:
    """Take back all that the session booked, and close it."""
    asked = call.asked
    session = _taken_back(scope.stores, transaction, call, session)
    note = asked.note or session.note
    session = replace(session, cancelled=True, closed_at=call.now, closed_by=asked.who, note=note)
    return _closed(scope.stores, transaction, call, session)


class UndoLoad(OfSession, frozen=True, kw_only=True):
    """Take back the last load."""

    command = "weigh_undo"


def undo(scope: StockScope, transaction: Transaction, call: Call[UndoLoad], session: Session) -> Session:
    """Take back the last load."""
    session, last = session.without_last()
    if last is None:
        raise RefusedError("not_allowed", "nothing was weighed yet: there is nothing to take back")
    _reverse_all(scope.stores, transaction, call, last.keys)
    keep(scope.stores, transaction, session)
    tell(transaction, "weighing_undone", session, call)
    return session


def _taken_back(stores: Stores, transaction: Transaction, call: Call[OfSession], session: Session) -> Session:
    while True:
        session, last = session.without_last()
        if last is None:
            return session
        _reverse_all(stores, transaction, call, last.keys)


def _reverse_all(stores: Stores, transaction: Transaction, call: Call[OfSession], keys: tuple[str, ...]) -> None:
    for key in reversed(keys):
        found = stores.booked.find(key)
        if found is not None and not found[1]:
            back = reversed_by(found[0], call, note=call.asked.note)
            stores.book(transaction, Allotted([back], []))


def reversed_by(movement: Movement, call: Call[Asked], *, note: str | None) -> Movement:
    """The movement that takes another one back."""
    return reversal(movement, key=f"back:{movement.key}", at=call.now, who=call.asked.who, note=note)


class CorrectItem(OfSession, frozen=True, kw_only=True):
    """It was another item: what was booked is taken back and booked anew, load by load."""

    command = "weigh_item"
    item: Annotated[Text | None, Meta(description="its id")] = None
    code: Annotated[Code | None, Meta(description="in place of the item: its barcode")] = None
    store: Annotated[Text | None, Meta(description="where it lies; the item's own when it is left out")] = None


def correct_item(scope: StockScope, transaction: Transaction, call: Call[CorrectItem], session: Session) -> Session:
    """Take back what was booked and book it anew as another item."""
    stores, asked = scope.stores, call.asked
    barcode = None if asked.code is None else lookup.scanned(asked.code, stores, call.now)
    item = lookup.item(asked.item, barcode, stores)
    if item.id == session.item:
        raise RefusedError("not_allowed", f"it is {item.id} already")
    loads = [load for load in session.taken if not load.undone]
    session = _taken_back(stores, transaction, call, session)
    lot = _lot_of(stores, transaction, session, item, now=call.now)
    place = place_of(stores, session.purpose, item, batch=session.batch, store=asked.store)
    session = replace(session, item=item.id, lot=lot, place=place)
    for load in loads:
        goods = goods_of(session, load, key=f"{session.id}:{load.at}:{session.item}")
        session = session.with_load(replace(load, keys=booked(stores, transaction, session, goods)))
    keep(stores, transaction, session)
    tell(transaction, "weighing_corrected", session, call)
    return session


def _lot_of(stores: Stores, transaction: Transaction, session: Session, item: StockItem, *, now: int) -> str | None:
    """The lot that a receipt begins for another item than it was booked as."""
    old = stores.books.lots.get(session.lot or "")
    if session.purpose is not Purpose.RECEIVE or old is None:
        return None
    name = lot_id(item.id, stores.today(now), stores.books.names(item.id))
    fresh = replace(old, id=name, item=item.id)
    stores.books.post((), [fresh])
    keep_lot(transaction, fresh)
    return fresh.id
