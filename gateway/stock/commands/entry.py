"""Stock entered by hand, or weighed by a scale that other software reads: as on a bench, in one step.

A person who types more than the books hold is asked; a scale that weighs more is believed, and the books say so.
"""

from dataclasses import replace as with_
from decimal import Decimal
from typing import Annotated

from msgspec import Meta
from msgspec.structs import replace

from gateway.records.commands import Call, Celsius, PastMoment, RefusedError
from gateway.records.transaction import Transaction
from gateway.stock.commands import lookup
from gateway.stock.commands.booking import booked
from gateway.stock.commands.closing import CloseWeighing, Decision, close, judged
from gateway.stock.commands.lookup import Quantity, Text
from gateway.stock.commands.request import WeighingRequest, described
from gateway.stock.commands.scope import StockScope
from gateway.stock.commands.sessions import keep
from gateway.stock.ledger.entries import Goods
from gateway.stock.ledger.ledger import Account, LotShortError
from gateway.stock.ledger.movements import Entry
from gateway.stock.records import SessionRecord
from gateway.stock.rows import keep_lot
from gateway.stock.sessions.session import Purpose, Session, Taken
from gateway.stock.snapshot import session_now
from gateway.stock.stores import Stores
from gateway.stock.weighing.changes import ZERO
from gateway.stock.weighing.containers import Net, TareError, net_of

LONGEST_AGO = 60 * 86_400_000_000
"""Microseconds: two months of paper."""


class Entered(WeighingRequest, frozen=True, kw_only=True):
    """A quantity that is booked in one step."""

    quantity: Annotated[Quantity | None, Meta(description="net, in `unit`")] = None
    gross: Annotated[Quantity | None, Meta(description="in kg, in place of the quantity")] = None
    tare: Annotated[Quantity | None, Meta(description="in kg, off the gross")] = None
    explain: Annotated[Text | None, Meta(description="where more came from than the books hold")] = None
    temperature: Annotated[Celsius | None, Meta(description="of receive: its core")] = None
    temperature_point: Annotated[Text | None, Meta(description="of receive: the point that measures its core")] = None
    decision: Annotated[Decision | None, Meta(description="of receive, when its core is beyond the limit")] = None
    zero: Annotated[bool, Meta(description="of count: nothing is left")] = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.quantity is None and self.gross is None:
            raise ValueError("'quantity' or 'gross' must be given: how much is it?")


class EnterStock(Entered, frozen=True, kw_only=True):
    """Enter by hand what no scale weighs, or what was written on paper while none did."""

    command = "stock_entry"
    at: Annotated[PastMoment | None, Meta(description="when it was written down; now when it is left out")] = None


class PostWeighing(Entered, frozen=True, kw_only=True):
    """Take a weighing of a scale that other software reads."""

    command = "stock_weighing"
    scale: Annotated[Text | None, Meta(description="what the other software calls it")] = None


def stock_entry(scope: StockScope, transaction: Transaction, call: Call[EnterStock]) -> SessionRecord:
    """Book what was typed; answers the session."""
    at = call.moment(call.asked.at, earliest=call.now - LONGEST_AGO)
    session = _enter(scope, transaction, with_(call, now=at), entry=Entry.TYPED, scale=None)
    return session_now(session, scope.stores)


def stock_weighing(scope: StockScope, transaction: Transaction, call: Call[PostWeighing]) -> SessionRecord:
    """Book what another software weighed; answers the session."""
    session = _enter(scope, transaction, call, entry=Entry.POSTED, scale=call.asked.scale)
    return session_now(session, scope.stores)


def _enter(
    scope: StockScope, transaction: Transaction, call: Call[Entered], *, entry: Entry, scale: str | None
) -> Session:
    """Receive, issue, throw away or count a quantity: a session that is closed as soon as it is opened.

    Raises:
        RefusedError: something must be asked first; nothing was booked.
    """
    stores, asked = scope.stores, call.asked
    opened = described(scope, call, scale=None)
    session = opened.session
    net = _net(asked, stores, session)
    taken = Taken(at=call.now, gross=net.gross, tare=net.tare, net=net.net, container=session.container)
    closing = _closing(asked, session)
    # Judged before anything is booked: a delivery that is too warm is a question, and leaves nothing behind.
    judged(scope, closing, session.with_load(taken))
    if entry is Entry.TYPED and session.purpose in {Purpose.ISSUE, Purpose.WASTE}:
        _enough(stores, asked, session, net.net)
    if opened.lot is not None:
        stores.books.post((), [opened.lot])
        keep_lot(transaction, opened.lot)
    goods = with_(_goods(call, session, net), entry=entry, scale=scale)
    session = session.with_load(replace(taken, keys=booked(stores, transaction, session, goods)))
    keep(stores, transaction, session)
    return close(scope, transaction, Call(closing, call.key, call.now), session)


def _closing(asked: Entered, session: Session) -> CloseWeighing:
    """How the session ends, as a command of its own would say it."""
    return CloseWeighing(
        who=asked.who,
        session=session.id,
        note=asked.note,
        temperature=asked.temperature,
        temperature_point=asked.temperature_point,
        decision=asked.decision,
        zero=asked.zero,
    )


def _net(asked: Entered, stores: Stores, session: Session) -> Net:
    """`quantity` in `unit` is net; `gross` in kg is less `tare`, or less the container."""
    if asked.gross is not None:
        return _weighed(asked, stores, session, lookup.weight(asked.gross))
    item, typed = stores.catalogue.items.get(session.item or ""), asked.quantity or "0"
    quantity = lookup.weight(typed) if item is None else lookup.kilograms(typed, asked.unit, item, stores)
    if not quantity and session.purpose is not Purpose.COUNT:
        raise RefusedError("bad_quantity", "0 is no quantity to book")
    return Net(quantity, ZERO, quantity)


def _weighed(asked: Entered, stores: Stores, session: Session, gross: Decimal) -> Net:
    tare = None if asked.tare is None else lookup.weight(asked.tare)
    container = stores.catalogue.containers.get(session.container or "")
    try:
        net = net_of(gross - (tare or ZERO), scale_tare=tare, container=container)
    except TareError as error:
        raise RefusedError("bad_quantity", str(error)) from None
    if net.net <= 0 and session.purpose is not Purpose.COUNT:
        raise RefusedError("bad_quantity", f"{gross} kg gross less {net.tare} kg tare leaves nothing to book")
    return net


def _enough(stores: Stores, asked: Entered, session: Session, wanted: Decimal) -> None:
    """More than the books hold is a question to whoever typed it, unless `explain` says where it came from."""
    if asked.explain is not None or session.item is None:
        return
    held = stores.books.held(session.item, session.place)
    if session.lot is not None:
        held = [one for one in held if one.lot.id == session.lot]
    there = sum((one.quantity for one in held), ZERO)
    if there < wanted:
        account = Account(session.item, session.lot or session.item, session.place)
        raise RefusedError("lot_short", str(LotShortError(account, held=there, wanted=wanted)) + " (explain: …)")


def _goods(call: Call[Entered], session: Session, net: Net) -> Goods:
    return Goods(
        key=f"{session.id}:1",
        item=session.item or "",
        quantity=net.net,
        at=call.now,
        entry=Entry.TYPED,
        who=session.who,
        reason=session.reason,
        note=call.asked.explain or session.note,
        gross=net.gross if net.tare else None,
        tare=net.tare or None,
        container=session.container,
        session=session.id,
    )
