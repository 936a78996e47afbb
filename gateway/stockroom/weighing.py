"""Weighing sessions at bench scales: opened by a person, filled by the scale, booked load by load.

Every function draws up what the journal has to keep; nothing is booked that a person would have to be asked about.
`weighing_end.py` closes and corrects them.
"""

import dataclasses
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from hashlib import sha256

from msgspec.structs import replace

from gateway.commands import Order
from gateway.config import StockItem
from gateway.journal.records import Batch, Event
from gateway.kitchen import Kitchen
from gateway.stock.allot import Allotted
from gateway.stock.bench_scale import Load
from gateway.stock.changes import ZERO
from gateway.stock.containers import Net, TareError, net_of
from gateway.stock.entries import Goods, leave, receive, shared
from gateway.stock.gs1 import Scanned
from gateway.stock.lots import Lot, lot_id
from gateway.stock.movements import Entry, Kind, Place
from gateway.stock.session import Purpose, Session, Taken
from gateway.stock.thresholds import SILENCE
from gateway.stockroom import said
from gateway.stockroom.rows import keep_lot, keep_session
from gateway.stockroom.stores import LiveBench, Stores


def session_id(key: str) -> str:
    """Derived from the command's key, so that a repeated command finds its session; short enough to be read aloud."""
    return f"w-{sha256(key.encode()).hexdigest()[:10]}"


@dataclass(frozen=True)
class Opened:
    """A session as the command described it, and the lot that it begins."""

    session: Session
    lot: Lot | None


def described(kitchen: Kitchen, order: Order, purpose: Purpose, *, scale: str | None) -> Opened:
    """What is to be weighed, received, issued, thrown away or counted, checked against the books.

    Raises:
        RefusedError: something must be asked first.
    """
    stores = kitchen.stores
    found = said.scanned(order, stores)
    batch = said.batch(order, stores)
    whole_batch = purpose is Purpose.WASTE and batch is not None and said.text(order, "item") is None and found is None
    what = None if whole_batch else said.item(order, stores, found)
    session = Session(
        id=session_id(order.key),
        purpose=purpose,
        who=order.person(kitchen),
        opened_at=order.now,
        item=None if what is None else what.id,
        place=place_of(order, stores, purpose, what, batch),
        scale=scale,
        batch=batch,
        reason=said.text(order, "reason"),
        container=None if (known := said.container(order, stores)) is None else known.id,
        photo=said.text(order, "photo"),
        note=order.note(),
    )
    if purpose is Purpose.WASTE and session.reason is None:
        raise said.refused("bad_request", "'reason' must be given: why is it thrown away?")
    if what is None:
        return Opened(session, None)
    if purpose is Purpose.RECEIVE:
        return _receipt(order, stores, what, session, found)
    return Opened(_from_store(order, stores, what, session), None)


def place_of(order: Order, stores: Stores, purpose: Purpose, what: StockItem | None, batch: str | None) -> str:
    if what is None:
        return Place.BATCH.of(batch)
    if purpose is Purpose.RECEIVE and stores.has_bin(what.id) and said.text(order, "store") is None:
        return Place.RECEIVING
    if purpose is Purpose.WASTE and batch is not None:
        return Place.BATCH.of(batch)
    if purpose is Purpose.WASTE and stores.has_bin(what.id):
        return Place.KITCHEN  # its scale has booked that it was taken out
    return said.store(order, stores, what)


def _receipt(order: Order, stores: Stores, what: StockItem, session: Session, found: Scanned | None) -> Opened:
    expires_on = said.day(order, "expires_on") or (found.expires_on if found else None)
    number = said.text(order, "number") or (found.lot if found else None)
    fresh = said.fresh_enough(stores, what, expires_on, stores.today(order.now))
    supplier, delivery_note = said.text(order, "supplier"), said.text(order, "delivery_note")
    same = (supplier, delivery_note, what.id, number)
    if delivery_note is not None and same in stores.receipts and not said.flag(order, "again"):
        raise said.refused(
            "duplicate_receipt",
            f"{what.id} of delivery note {delivery_note} was received already ({stores.receipts[same]}): "
            "is it a second part of it (again: true), or the same one?",
        )
    lot = Lot(
        id=lot_id(what.id, stores.today(order.now), stores.books.names(what.id)),
        item=what.id,
        number=number,
        expires_on=expires_on,
        supplier=supplier,
        receipt=session.id,
        received_at=order.now,
    )
    session = replace(
        session,
        lot=lot.id,
        supplier=supplier,
        delivery_note=delivery_note,
        expected=said.kilograms(order, stores, what, "expected"),
        tolerance=said.kilograms(order, stores, what, "tolerance"),
        expired=not fresh,
    )
    return Opened(session, lot)


def _from_store(order: Order, stores: Stores, what: StockItem, session: Session) -> Session:
    lot = said.lot(order, stores, what)
    if session.purpose is Purpose.ISSUE:
        _not_counted_twice(order, stores, what, session)
        if lot is not None:
            fresh = said.fresh_enough(stores, what, lot.expires_on, stores.today(order.now))
            session = replace(session, expired=not fresh)
    return replace(session, lot=None if lot is None else lot.id)


def _not_counted_twice(order: Order, stores: Stores, what: StockItem, session: Session) -> None:
    """A scale under the item books what is taken; a person may do it for one that is broken."""
    counting = [scale for scale in stores.scales.values() if scale.item == what.id]
    if session.scale is None:
        # One that sends nothing now, or did not see what was written on paper for another time.
        counting = [scale for scale in counting if 0 <= order.now - scale.state.plateau.last_at <= SILENCE]
    if counting and not said.flag(order, "by_hand"):
        raise said.refused(
            "scale_counts",
            f"{what.id} stands on {counting[0].point}, which books what is taken: name the batch for that scale, "
            "or say that it is broken (by_hand: true)",
        )


# At a scale


def open_at(kitchen: Kitchen, batch: Batch, order: Order) -> Session:
    """Open a session at the bench scale in `scale`; what stands on it already is its first load."""
    stores = kitchen.stores
    bench = said.bench(order, stores)
    purpose = purpose_of(order)
    if purpose.value not in bench.uses:
        raise said.refused("not_allowed", f"{bench.point} is not used to {purpose.value}: see stock.scales")
    if bench.session is not None:
        busy = stores.sessions[bench.session]
        raise said.refused(
            "scale_busy", f"{busy.item or busy.batch} is being weighed on {bench.point}: close that first"
        )
    opened = described(kitchen, order, purpose, scale=bench.point)
    keep(stores, batch, opened.session)
    if opened.lot is not None:
        stores.books.post((), [opened.lot])
        keep_lot(batch, opened.lot)
    bench.session = opened.session.id
    bench.state, waiting = bench.scale.open(bench.state)
    if waiting is not None:
        take(stores, batch, bench, waiting)
    stores.save(batch, bench)
    tell(batch, "weighing_opened", stores.sessions[opened.session.id], order)
    return stores.sessions[opened.session.id]


def purpose_of(order: Order) -> Purpose:
    name = order.text("purpose")
    if name not in set(Purpose):
        raise said.refused("bad_request", f"{name!r} is no purpose: write {', '.join(Purpose)}")
    return Purpose(name)


def keep(stores: Stores, batch: Batch, session: Session) -> None:
    """Have the journal keep the session, and people told of it."""
    keep_session(batch, session)
    stores.changed_sessions[session.id] = session
    if session.scale is not None:
        stores.changed_benches[session.scale] = None
    if session.open:
        stores.sessions[session.id] = session
    else:
        stores.sessions.pop(session.id, None)
    if session.purpose is Purpose.RECEIVE and not session.cancelled and session.item is not None:
        lot = stores.books.lots.get(session.lot or "")
        number = None if lot is None else lot.number
        stores.receipts[session.supplier, session.delivery_note, session.item, number] = session.id


def taker(stores: Stores) -> None:
    """Let the loads of all bench scales go into their sessions."""
    stores.take_load = partial(take, stores)


def take(stores: Stores, batch: Batch, bench: LiveBench, load: Load) -> None:
    """A load stands still on a scale with an open session: book it."""
    session = stores.sessions.get(bench.session or "")
    if session is None:
        return
    try:
        net = _net(stores, bench, session, load)
    except TareError as error:
        keep(stores, batch, replace(session, problem=str(error)))
        return
    if net is None:
        return
    taken = Taken(
        at=load.at,
        gross=net.gross,
        tare=net.tare,
        net=net.net,
        container=session.container,
        while_offline=load.unseen,
    )
    goods = dataclasses.replace(
        taken_again(session, taken, key=f"{session.id}:{load.at}"), before=load.before, after=load.after
    )
    keep(stores, batch, session.with_load(replace(taken, keys=booked(stores, batch, session, goods))))


def _net(stores: Stores, bench: LiveBench, session: Session, load: Load) -> Net | None:
    """Gross, tare and net of a load; None for the pot alone, set down again.

    Raises:
        TareError: there is no net weight.
    """
    weight, pot = load.weight, session.standing
    if pot is not None and load.before * 2 < pot:
        weight -= pot
        if weight < bench.scale.thresholds.commit(ZERO, load.after):
            return None
    net = net_of(weight, scale_tare=load.tare, container=stores.catalogue.containers.get(session.container or ""))
    return net if pot is None else Net(net.gross + pot, net.tare + pot, net.net)


def taken_again(session: Session, taken: Taken, *, key: str) -> Goods:
    """A load of a session as goods that move."""
    return Goods(
        key=key,
        item=session.item or "",
        quantity=taken.net,
        at=taken.at,
        entry=Entry.SCALE if session.scale else Entry.TYPED,
        who=session.who,
        reason=session.reason,
        scale=session.scale,
        gross=taken.gross,
        tare=taken.tare,
        container=taken.container,
        session=session.id,
        while_offline=taken.while_offline,
    )


def booked(stores: Stores, batch: Batch, session: Session, goods: Goods) -> tuple[str, ...]:
    """Book goods as the session's purpose says; returns the keys of the movements."""
    keys: list[str] = []
    for allotted in _movements(stores, session, goods):
        stores.book(batch, allotted)
        keys += [movement.key for movement in allotted.movements]
    return tuple(keys)


def _movements(stores: Stores, session: Session, goods: Goods) -> list[Allotted]:
    match session.purpose:
        case Purpose.COUNT:
            return []
        case Purpose.RECEIVE:
            return [receive(goods, stores.books.lots[session.lot or ""], session.place)]
        case Purpose.ISSUE:
            eater = Place.BATCH.of(session.batch) if session.batch else Place.KITCHEN
            return [_left(stores, session, goods, Kind.ISSUE, eater)]
        case Purpose.WASTE if session.item is None:
            return _of_batch(stores, session, goods)
        case Purpose.WASTE:
            return [_left(stores, session, goods, Kind.WASTE, Place.WASTE)]


def _left(stores: Stores, session: Session, goods: Goods, kind: Kind, destination: str) -> Allotted:
    today = stores.today(goods.at)
    what = stores.catalogue.items[goods.item]
    chosen = stores.books.lots.get(session.lot or "")
    return leave(
        goods,
        kind,
        said.ordered(stores, what, session.place, chosen, today),
        source=session.place,
        destination=destination,
        names=stores.books.names(goods.item),
        day=today,
    )


def _of_batch(stores: Stores, session: Session, goods: Goods) -> list[Allotted]:
    """Waste of cooked food: its ingredients by their share; cooking may have made it heavier, which is said."""
    held = stores.books.at(session.place)
    today = stores.today(goods.at)
    split = []
    for number, (item, one, kg) in enumerate(shared(held, goods.quantity), start=1):
        part = _part(goods, item, kg, number)
        names = stores.books.names(item)
        split.append(
            leave(part, Kind.WASTE, [one], source=session.place, destination=Place.WASTE, names=names, day=today)
        )
    return split


def _part(goods: Goods, item: str, quantity: Decimal, number: int) -> Goods:
    return Goods(
        key=f"{goods.key}:{number}",
        item=item,
        quantity=quantity,
        at=goods.at,
        entry=goods.entry,
        who=goods.who,
        reason=goods.reason,
        note=f"share of {goods.quantity} kg",
        scale=goods.scale,
        session=goods.session,
        while_offline=goods.while_offline,
    )


def set_down(kitchen: Kitchen, batch: Batch, order: Order, session: Session) -> Session:
    """What stands on the scale now is the container, known by nothing but its weight."""
    stores = kitchen.stores
    bench = stores.benches.get(session.scale or "")
    state = None if bench is None else bench.scale.set_down(bench.state)
    if bench is None or state is None:
        raise said.refused("not_still", "the scale does not stand still: wait until it does, then tare")
    if session.total:
        raise said.refused("not_allowed", "something was weighed already: tare comes before the first load")
    bench.state = state
    session = replace(session, container=None, standing=state.floor)
    keep(stores, batch, session)
    stores.save(batch, bench)
    tell(batch, "weighing_tared", session, order)
    return session


def choose_container(kitchen: Kitchen, batch: Batch, order: Order, session: Session) -> Session:
    """The next loads come in another container, or in none."""
    known = said.container(order, kitchen.stores)
    session = replace(session, container=None if known is None else known.id, standing=None, problem=None)
    keep(kitchen.stores, batch, session)
    tell(batch, "weighing_container", session, order)
    return session


def tell(batch: Batch, kind: str, session: Session, order: Order) -> None:
    """Note the command, by its key, with what the session has come to."""
    facts: dict[str, object] = {
        "purpose": session.purpose.value,
        "item": session.item,
        "lot": session.lot,
        "batch": session.batch,
        "total": str(session.total),
        "scale": session.scale,
    }
    if session.temperature is not None:
        facts["temperature"] = session.temperature.verdict.value
    if session.decision is not None:
        facts["decision"] = session.decision
    who = session.closed_by or session.who
    event = Event(key=order.event_key, kind=kind, subject=session.id, at=order.now, person=who, body=facts)
    batch.events.append(event)
