"""What is to be weighed, as a person's command describes it, checked against the books; nothing is booked here."""

from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta
from msgspec.structs import replace

from gateway.config import StockItem
from gateway.records.commands import Asked, Call, Note, RefusedError
from gateway.stock.commands import lookup
from gateway.stock.commands.lookup import Code, Day, OfUnit, Quantity, Text
from gateway.stock.commands.scope import StockScope
from gateway.stock.commands.sessions import session_id
from gateway.stock.formats.gs1 import Scanned
from gateway.stock.ledger.lots import Lot, lot_id
from gateway.stock.ledger.movements import Place
from gateway.stock.sessions.session import Purpose, Session
from gateway.stock.stores import Stores
from gateway.stock.weighing.thresholds import SILENCE


class WeighingRequest(Asked, frozen=True, kw_only=True):
    """What is received, issued, thrown away or counted."""

    purpose: Purpose
    item: Annotated[Text | None, Meta(description="its id")] = None
    code: Annotated[Code | None, Meta(description="in place of the item: its barcode, with lot and date")] = None
    unit: Annotated[OfUnit | None, Meta(description="of the quantities; the item's own when it is left out")] = None
    store: Annotated[Text | None, Meta(description="where it lies; the item's own when it is left out")] = None
    container: Annotated[Text | None, Meta(description="what it is weighed in")] = None
    lot: Annotated[Text | None, Meta(description="of issue, waste and count; by FEFO when it is left out")] = None
    batch: Annotated[Text | None, Meta(description="of issue and waste: the batch of food")] = None
    reason: Annotated[Text | None, Meta(description="of waste: why it is thrown away")] = None
    by_hand: Annotated[bool, Meta(description="of issue: the scale under the item is broken")] = False
    supplier: Annotated[Text | None, Meta(description="of receive")] = None
    delivery_note: Annotated[Text | None, Meta(description="of receive")] = None
    number: Annotated[Text | None, Meta(description="of receive: the supplier's lot")] = None
    expires_on: Annotated[Day | None, Meta(description="of receive: its last good day")] = None
    expected: Annotated[Quantity | None, Meta(description="of receive: how much was ordered")] = None
    tolerance: Annotated[Quantity | None, Meta(description="of receive: by how much it may differ")] = None
    again: Annotated[bool, Meta(description="of receive: a second part of the same delivery note")] = False
    photo: Annotated[Text | None, Meta(description="of receive: where it is kept")] = None
    note: Note | None = None

    def __post_init__(self) -> None:
        if self.purpose is Purpose.WASTE and self.reason is None:
            raise ValueError("'reason' must be given: why is it thrown away?")
        if self.item is None and self.code is None and not self.is_of_whole_batch:
            raise ValueError("'item' or 'code' must be given: what is weighed?")

    @property
    def is_of_whole_batch(self) -> bool:
        """Waste of cooked food, whose ingredients are not told apart."""
        return self.purpose is Purpose.WASTE and self.batch is not None and self.item is None and self.code is None


@dataclass(frozen=True)
class Opened:
    """A session as the command described it, and the lot that it begins."""

    session: Session
    lot: Lot | None


def described(scope: StockScope, call: Call[WeighingRequest], *, scale: str | None) -> Opened:
    """Begin a session, checked against the books.

    Raises:
        RefusedError: something must be asked first.
    """
    asked, stores = call.asked, scope.stores
    barcode = None if asked.code is None else lookup.scanned(asked.code, stores, call.now)
    batch = None if asked.batch is None else scope.batch(asked.batch)
    item = None if asked.is_of_whole_batch else lookup.item(asked.item, barcode, stores)
    container = lookup.container(asked.container, stores)
    session = Session(
        id=session_id(call.key),
        purpose=asked.purpose,
        who=asked.who,
        opened_at=call.now,
        item=None if item is None else item.id,
        place=place_of(stores, asked.purpose, item, batch=batch, store=asked.store),
        scale=scale,
        batch=batch,
        reason=asked.reason,
        container=None if container is None else container.id,
        photo=asked.photo,
        note=asked.note,
    )
    if item is None:
        return Opened(session, None)
    if asked.purpose is Purpose.RECEIVE:
        return _receipt(call, stores, item, session=session, barcode=barcode)
    return Opened(_from_store(call, stores, item, session=session), None)


def place_of(stores: Stores, purpose: Purpose, item: StockItem | None, *, batch: str | None, store: str | None) -> str:
    """Where the goods go to, or come from."""
    if item is None:
        return Place.BATCH.of(batch)
    if purpose is Purpose.RECEIVE and stores.scales.bins_of(item.id) and store is None:
        return Place.RECEIVING
    if purpose is Purpose.WASTE and batch is not None:
        return Place.BATCH.of(batch)
    if purpose is Purpose.WASTE and stores.scales.bins_of(item.id):
        return Place.KITCHEN  # its scale has booked that it was taken out
    return lookup.store(store, stores, item)


def _receipt(
    call: Call[WeighingRequest], stores: Stores, item: StockItem, *, session: Session, barcode: Scanned | None
) -> Opened:
    asked, today = call.asked, stores.today(call.now)
    expires_on = asked.expires_on or (barcode.expires_on if barcode else None)
    number = asked.number or (barcode.lot if barcode else None)
    fresh = lookup.fresh_enough(stores, item, expires_on, today)
    same = (asked.supplier, asked.delivery_note, item.id, number)
    if asked.delivery_note is not None and same in stores.receipts and not asked.again:
        raise RefusedError(
            "duplicate_receipt",
            f"{item.id} of delivery note {asked.delivery_note} was received already ({stores.receipts[same]}): "
            "is it a second part of it (again: true), or the same one?",
        )
    lot = Lot(
        id=lot_id(item.id, today, stores.books.names(item.id)),
        item=item.id,
        number=number,
        expires_on=expires_on,
        supplier=asked.supplier,
        receipt=session.id,
        received_at=call.now,
    )
    session = replace(
        session,
        lot=lot.id,
        supplier=asked.supplier,
        delivery_note=asked.delivery_note,
        expected=None if asked.expected is None else lookup.kilograms(asked.expected, asked.unit, item, stores),
        tolerance=None if asked.tolerance is None else lookup.kilograms(asked.tolerance, asked.unit, item, stores),
        expired=not fresh,
    )
    return Opened(session, lot)


def _from_store(call: Call[WeighingRequest], stores: Stores, item: StockItem, *, session: Session) -> Session:
    lot = lookup.lot(call.asked.lot, stores, item)
    if session.purpose is Purpose.ISSUE:
        _not_counted_twice(call, stores, item, session=session)
        if lot is not None:
            fresh = lookup.fresh_enough(stores, item, lot.expires_on, stores.today(call.now))
            session = replace(session, expired=not fresh)
    return replace(session, lot=None if lot is None else lot.id)


def _not_counted_twice(call: Call[WeighingRequest], stores: Stores, item: StockItem, *, session: Session) -> None:
    """A scale under the item books what is taken; a person may do it for one that is broken."""
    counting = stores.scales.bins_of(item.id)
    if session.scale is None:
        # One that sends nothing now, or did not see what was written on paper for another time.
        counting = [scale for scale in counting if 0 <= call.now - scale.state.plateau.last_at <= SILENCE]
    if counting and not call.asked.by_hand:
        raise RefusedError(
            "scale_counts",
            f"{item.id} stands on {counting[0].point}, which books what is taken: name the batch for that scale, "
            "or say that it is broken (by_hand: true)",
        )
