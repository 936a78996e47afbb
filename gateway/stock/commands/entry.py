"""Stock entered by hand, or weighed by a scale that other software reads: as on a bench, in one step.

A person who types more than the books hold is asked; a scale that weighs more is believed, and the books say so.
"""

from collections.abc import Sequence
from decimal import Decimal

from msgspec.structs import replace

from gateway.config import StockItem
from gateway.monitoring.kitchen import Kitchen
from gateway.records.commands import CommandCall
from gateway.records.transaction import Transaction
from gateway.stock.commands import arguments as said
from gateway.stock.commands.booking import booked
from gateway.stock.commands.closing import close, judged
from gateway.stock.commands.request import described, purpose_of
from gateway.stock.commands.sessions import keep, session_id
from gateway.stock.ledger.entries import Goods, leave
from gateway.stock.ledger.ledger import Account, LotShortError
from gateway.stock.ledger.lots import Held, Lot
from gateway.stock.ledger.movements import Entry, Kind
from gateway.stock.rows import keep_lot
from gateway.stock.sessions.session import Purpose, Session, Taken
from gateway.stock.stores import Stores
from gateway.stock.weighing.changes import ZERO
from gateway.stock.weighing.containers import Net, TareError, net_of


def enter(kitchen: Kitchen, transaction: Transaction, order: CommandCall, entry: Entry) -> Session:
    """Receive, issue, throw away or count a quantity: a session that is closed as soon as it is opened.

    Raises:
        RefusedError: something must be asked first; nothing was booked.
    """
    stores = kitchen.stores
    opened = described(kitchen, order, purpose_of(order), scale=None)
    session = opened.session
    net = _net(order, stores, session)
    taken = Taken(at=order.now, gross=net.gross, tare=net.tare, net=net.net, container=session.container)
    # Judged before anything is booked: a delivery that is too warm is a question, and leaves nothing behind.
    judged(kitchen, order, session.with_load(taken))
    if entry is Entry.TYPED and session.purpose in {Purpose.ISSUE, Purpose.WASTE}:
        _enough(stores, order, session, net.net)
    if opened.lot is not None:
        stores.books.post((), [opened.lot])
        keep_lot(transaction, opened.lot)
    keys = booked(stores, transaction, session, _goods(order, session, net, entry))
    session = session.with_load(replace(taken, keys=keys))
    keep(stores, transaction, session)
    return close(kitchen, transaction, order, session)


def _net(order: CommandCall, stores: Stores, session: Session) -> Net:
    """`quantity` in `unit` is net; `gross` in kg is less `tare`, or less the container."""
    if (gross := said.weight(order, "gross")) is not None:
        return _weighed(order, stores, session, gross)
    what: StockItem | None = stores.catalogue.items.get(session.item or "")
    quantity = said.weight(order, "quantity") if what is None else said.kilograms(order, stores, what, "quantity")
    if quantity is None:
        raise said.refused("bad_request", "'quantity' or 'gross' must be given: how much is it?")
    if not quantity and session.purpose is not Purpose.COUNT:
        raise said.refused("bad_quantity", "0 is no quantity to book")
    return Net(quantity, ZERO, quantity)


def _weighed(order: CommandCall, stores: Stores, session: Session, gross: Decimal) -> Net:
    tare, container = said.weight(order, "tare"), stores.catalogue.containers.get(session.container or "")
    try:
        net = net_of(gross - (tare or ZERO), scale_tare=tare, container=container)
    except TareError as error:
        raise said.refused("bad_quantity", str(error)) from None
    if net.net <= 0 and session.purpose is not Purpose.COUNT:
        raise said.refused("bad_quantity", f"{gross} kg gross less {net.tare} kg tare leaves nothing to book")
    return net


def _enough(stores: Stores, order: CommandCall, session: Session, wanted: Decimal) -> None:
    """More than the books hold is a question to whoever typed it, unless `explain` says where it came from."""
    if said.text(order, "explain") is not None or session.item is None:
        return
    held = stores.books.held(session.item, session.place)
    if session.lot is not None:
        held = [one for one in held if one.lot.id == session.lot]
    there = sum((one.quantity for one in held), ZERO)
    if there < wanted:
        account = Account(session.item, session.lot or session.item, session.place)
        raise said.refused("lot_short", str(LotShortError(account, held=there, wanted=wanted)) + " (explain: …)")


def _goods(order: CommandCall, session: Session, net: Net, entry: Entry) -> Goods:
    return Goods(
        key=f"{session.id}:1",
        item=session.item or "",
        quantity=net.net,
        at=order.now,
        entry=entry,
        who=session.who,
        reason=session.reason,
        note=said.text(order, "explain") or session.note,
        scale=said.text(order, "scale") if entry is Entry.POSTED else None,
        gross=net.gross if net.tare else None,
        tare=net.tare or None,
        container=session.container,
        session=session.id,
    )


def move(kitchen: Kitchen, transaction: Transaction, order: CommandCall) -> list[str]:
    """Put goods elsewhere: `item`, `quantity`, `from` and `to`; by FEFO, or of the lot that is named.

    Returns:
        keys of the movements.
    """
    stores = kitchen.stores
    who, what = order.person(kitchen), said.item(order, stores, said.scanned(order, stores))
    quantity = said.kilograms(order, stores, what, "quantity")
    if not quantity:
        raise said.refused("bad_quantity", "'quantity' must be given, and more than 0")
    source, destination = said.place(order.text("from"), stores), said.place(order.text("to"), stores)
    if source == destination:
        raise said.refused("bad_request", "'from' and 'to' are the same place")
    lot = said.lot(order, stores, what)
    today = stores.today(order.now)
    held = _of(said.ordered(stores, what, source, lot, today), lot)
    there = sum((one.quantity for one in held), ZERO)
    if there < quantity:
        account = Account(what.id, what.id if lot is None else lot.id, source)
        raise said.refused("lot_short", str(LotShortError(account, held=there, wanted=quantity)))
    goods = Goods(
        key=session_id(order.key),
        item=what.id,
        quantity=quantity,
        at=order.now,
        entry=Entry.TYPED,
        who=who,
        note=order.note(),
    )
    names = stores.books.names(what.id)
    allotted = leave(goods, Kind.TRANSFER, held, source=source, destination=destination, names=names, day=today)
    stores.book(transaction, allotted)
    return [movement.key for movement in allotted.movements]


def _of(held: Sequence[Held], lot: Lot | None) -> list[Held]:
    return [one for one in held if lot is None or one.lot.id == lot.id]
