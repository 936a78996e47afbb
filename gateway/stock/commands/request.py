"""What is to be weighed, as a person's command describes it, checked against the books; nothing is booked here."""

from dataclasses import dataclass

from msgspec.structs import replace

from gateway.config import StockItem
from gateway.monitoring.kitchen import Kitchen
from gateway.records.commands import CommandCall
from gateway.stock.commands import arguments as said
from gateway.stock.commands.sessions import session_id
from gateway.stock.formats.gs1 import Scanned
from gateway.stock.ledger.lots import Lot, lot_id
from gateway.stock.ledger.movements import Place
from gateway.stock.sessions.session import Purpose, Session
from gateway.stock.stores import Stores
from gateway.stock.weighing.thresholds import SILENCE


@dataclass(frozen=True)
class Opened:
    """A session as the command described it, and the lot that it begins."""

    session: Session
    lot: Lot | None


def described(kitchen: Kitchen, order: CommandCall, purpose: Purpose, *, scale: str | None) -> Opened:
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


def purpose_of(order: CommandCall) -> Purpose:
    name = order.text("purpose")
    if name not in set(Purpose):
        raise said.refused("bad_request", f"{name!r} is no purpose: write {', '.join(Purpose)}")
    return Purpose(name)


def place_of(order: CommandCall, stores: Stores, purpose: Purpose, what: StockItem | None, batch: str | None) -> str:
    if what is None:
        return Place.BATCH.of(batch)
    if purpose is Purpose.RECEIVE and stores.has_bin(what.id) and said.text(order, "store") is None:
        return Place.RECEIVING
    if purpose is Purpose.WASTE and batch is not None:
        return Place.BATCH.of(batch)
    if purpose is Purpose.WASTE and stores.has_bin(what.id):
        return Place.KITCHEN  # its scale has booked that it was taken out
    return said.store(order, stores, what)


def _receipt(order: CommandCall, stores: Stores, what: StockItem, session: Session, found: Scanned | None) -> Opened:
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


def _from_store(order: CommandCall, stores: Stores, what: StockItem, session: Session) -> Session:
    lot = said.lot(order, stores, what)
    if session.purpose is Purpose.ISSUE:
        _not_counted_twice(order, stores, what, session)
        if lot is not None:
            fresh = said.fresh_enough(stores, what, lot.expires_on, stores.today(order.now))
            session = replace(session, expired=not fresh)
    return replace(session, lot=None if lot is None else lot.id)


def _not_counted_twice(order: CommandCall, stores: Stores, what: StockItem, session: Session) -> None:
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
