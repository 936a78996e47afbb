"""A weighing session is closed, taken back, or found to have been of another item.

A receipt is compared with what was expected and its core is judged by the plan's profile; a count is compared with the
books. What was wrong is reversed by linked movements, never edited.
"""

from msgspec.structs import replace

from gateway.config import StockItem
from gateway.monitoring.kitchen import Kitchen
from gateway.records.commands import CommandCall
from gateway.records.transaction import Transaction
from gateway.stock.commands import arguments as said
from gateway.stock.commands.booking import booked, goods_of
from gateway.stock.commands.request import place_of
from gateway.stock.commands.sessions import keep, tell
from gateway.stock.ledger.allot import Allotted
from gateway.stock.ledger.entries import Goods, count
from gateway.stock.ledger.lots import lot_id
from gateway.stock.ledger.movements import Entry, Movement, reversal
from gateway.stock.rows import keep_lot
from gateway.stock.sessions.receiving import TemperatureCheck, Warmth, limit_of, quantity_check, temperature_check
from gateway.stock.sessions.session import Purpose, Session
from gateway.stock.stores import Stores

DECISIONS = ("accepted", "rejected")


def close(kitchen: Kitchen, transaction: Transaction, order: CommandCall, session: Session) -> Session:
    """Close a session: a receipt is compared with what was expected and judged, a count with the books.

    Raises:
        RefusedError: something must be asked first; the session stays open.
    """
    stores = kitchen.stores
    who = order.person(kitchen)
    session = judged(kitchen, order, replace(session, note=order.note() or session.note))
    session = replace(session, closed_at=order.now, closed_by=who)
    if session.decision == "rejected":
        session = _taken_back(stores, transaction, order, session)
    elif session.purpose is Purpose.COUNT:
        _book_count(stores, transaction, order, session)
    elif not session.total:
        session = replace(session, cancelled=True)
    return _closed(stores, transaction, order, session)


def judged(kitchen: Kitchen, order: CommandCall, session: Session) -> Session:
    """The session with what is to be said of it at its end.

    Raises:
        RefusedError: a delivery beyond its limit that nobody has decided on, or a count of nothing.
    """
    match session.purpose:
        case Purpose.RECEIVE if session.total:
            return _judged_receipt(kitchen, order, session)
        case Purpose.COUNT if not session.total and not said.flag(order, "zero"):
            raise said.refused(
                "count_of_zero", "nothing was counted: is there really nothing left? Confirm with zero: true"
            )
    return session


def _closed(stores: Stores, transaction: Transaction, order: CommandCall, session: Session) -> Session:
    keep(stores, transaction, session)
    if session.scale is not None:
        bench = stores.benches.get(session.scale)
        if bench is not None and bench.session == session.id:
            bench.session = None
            bench.state = bench.scale.close(bench.state)
            stores.save(transaction, bench)
    tell(transaction, "weighing_closed", session, order)
    return session


def _judged_receipt(kitchen: Kitchen, order: CommandCall, session: Session) -> Session:
    what = kitchen.stores.catalogue.items[session.item or ""]
    check = core_check(kitchen, order, what)
    decision = said.text(order, "decision")
    if decision not in {None, *DECISIONS}:
        raise said.refused("bad_request", f"'decision' is {' or '.join(DECISIONS)}")
    if check.verdict is Warmth.FAIL and decision is None:
        raise said.refused(
            "too_warm",
            f"the core has {check.value:g} °C, the limit is {check.limit:g} °C ({check.source}): "
            "send it back (decision: rejected), or accept it with a note (decision: accepted)",
        )
    if check.verdict is Warmth.FAIL and decision == "accepted" and not session.note:
        raise said.refused("bad_request", "'note' must be given: why is a delivery beyond its limit accepted?")
    arrived = quantity_check(session.total, session.expected, session.tolerance)
    return replace(session, temperature=check, arrived=arrived, decision=decision)


def core_check(kitchen: Kitchen, order: CommandCall, what: StockItem) -> TemperatureCheck:
    """Judge the core temperature in `temperature`, or that of the point in `temperature_point`, by the profile."""
    limit = limit_of(what.storage, kitchen.plan.profile)
    value = order.args.get("temperature")
    if value is None and (name := said.text(order, "temperature_point")) is not None:
        point = kitchen.by_id.get(name)
        if point is None or point.latest is None or point.latest.value is None or point.stale:
            raise said.refused("bad_request", f"{name!r} shows no temperature now: type it")
        value = point.latest.value
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise said.refused("bad_request", "'temperature' is a number in °C, such as 3.4")
    return temperature_check(value, limit)


def _book_count(stores: Stores, transaction: Transaction, order: CommandCall, session: Session) -> None:
    goods = Goods(
        key=f"{session.id}:count",
        item=session.item or "",
        quantity=session.total,
        at=order.now,
        entry=Entry.SCALE if session.scale else Entry.TYPED,
        who=session.who,
        scale=session.scale,
        session=session.id,
        note=session.note,
    )
    stores.book(transaction, counted(stores, session, goods))


def counted(stores: Stores, session: Session, goods: Goods) -> Allotted:
    """What a count changes in the books."""
    what = stores.catalogue.items[goods.item]
    today = stores.today(goods.at)
    held = [
        one
        for one in said.ordered(stores, what, session.place, None, today)
        if session.lot is None or one.lot.id == session.lot
    ]
    names = stores.books.names(goods.item)
    allotted, _ = count(goods, held, place=session.place, names=names, day=today)
    return allotted


def cancel(kitchen: Kitchen, transaction: Transaction, order: CommandCall, session: Session) -> Session:
    """Take back all that the session booked, and close it."""
    who = order.person(kitchen)
    session = _taken_back(kitchen.stores, transaction, order, session)
    session = replace(session, cancelled=True, closed_at=order.now, closed_by=who, note=order.note() or session.note)
    return _closed(kitchen.stores, transaction, order, session)


def undo(kitchen: Kitchen, transaction: Transaction, order: CommandCall, session: Session) -> Session:
    """Take back the last load."""
    order.person(kitchen)
    session, last = session.without_last()
    if last is None:
        raise said.refused("not_allowed", "nothing was weighed yet: there is nothing to take back")
    _reverse_all(kitchen.stores, transaction, order, last.keys)
    keep(kitchen.stores, transaction, session)
    tell(transaction, "weighing_undone", session, order)
    return session


def _taken_back(stores: Stores, transaction: Transaction, order: CommandCall, session: Session) -> Session:
    while True:
        session, last = session.without_last()
        if last is None:
            return session
        _reverse_all(stores, transaction, order, last.keys)


def _reverse_all(stores: Stores, transaction: Transaction, order: CommandCall, keys: tuple[str, ...]) -> None:
    for key in reversed(keys):
        found = stores.movement(key)
        if found is not None and not found[1]:
            stores.book(transaction, Allotted([reversed_by(found[0], order)], []))


def reversed_by(movement: Movement, order: CommandCall) -> Movement:
    who = order.args.get("who")
    return reversal(
        movement,
        key=f"back:{movement.key}",
        at=order.now,
        who=who if isinstance(who, str) else None,
        note=order.note(),
    )


def change_item(kitchen: Kitchen, transaction: Transaction, order: CommandCall, session: Session) -> Session:
    """It was another item: what was booked is taken back and booked anew, load by load."""
    stores = kitchen.stores
    order.person(kitchen)
    what = said.item(order, stores, said.scanned(order, stores))
    if what.id == session.item:
        raise said.refused("not_allowed", f"it is {what.id} already")
    loads = [one for one in session.taken if not one.undone]
    session = _taken_back(stores, transaction, order, session)
    old = stores.books.lots.get(session.lot or "")
    fresh = None
    if session.purpose is Purpose.RECEIVE and old is not None:
        name = lot_id(what.id, stores.today(order.now), stores.books.names(what.id))
        fresh = replace(old, id=name, item=what.id)
        stores.books.post((), [fresh])
        keep_lot(transaction, fresh)
    place = place_of(order, stores, session.purpose, what, session.batch)
    session = replace(session, item=what.id, lot=None if fresh is None else fresh.id, place=place)
    for one in loads:
        goods = goods_of(session, one, key=f"{session.id}:{one.at}:{session.item}")
        session = session.with_load(replace(one, keys=booked(stores, transaction, session, goods)))
    keep(stores, transaction, session)
    tell(transaction, "weighing_corrected", session, order)
    return session
