"""A load becomes movements of the books, as the purpose of its session says."""

from decimal import Decimal

from gateway.records.transaction import Transaction
from gateway.stock.commands import lookup
from gateway.stock.ledger.allot import Allotted
from gateway.stock.ledger.entries import Goods, leave, receive, shared
from gateway.stock.ledger.movements import Entry, MovementKind, Place
from gateway.stock.sessions.session import Purpose, Session, Taken
from gateway.stock.stores import Stores


def goods_of(session: Session, taken: Taken, *, key: str) -> Goods:
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


def booked(stores: Stores, transaction: Transaction, session: Session, goods: Goods) -> tuple[str, ...]:
    """Book goods as the session's purpose says; returns the keys of the movements."""
    keys: list[str] = []
    for allotted in _movements(stores, session, goods):
        stores.book(transaction, allotted)
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
            return [_left(stores, session, goods, MovementKind.ISSUE, eater)]
        case Purpose.WASTE if session.item is None:
            return _of_batch(stores, session, goods)
        case Purpose.WASTE:
            return [_left(stores, session, goods, MovementKind.WASTE, Place.WASTE)]


def _left(stores: Stores, session: Session, goods: Goods, kind: MovementKind, destination: str) -> Allotted:
    today = stores.today(goods.at)
    what = stores.catalogue.items[goods.item]
    chosen = stores.books.lots.get(session.lot or "")
    return leave(
        goods,
        kind,
        lookup.ordered(stores, what, session.place, chosen, today),
        source=session.place,
        destination=destination,
        names=stores.books.names(goods.item),
        day=today,
    )


def _of_batch(stores: Stores, session: Session, goods: Goods) -> list[Allotted]:
    """Waste of cooked food: its ingredients by their share; cooking may have made it heavier, which is lookup."""
    held = stores.books.at(session.place)
    today = stores.today(goods.at)
    split = []
    for number, (item, one, kg) in enumerate(shared(held, goods.quantity), start=1):
        part = _part(goods, item, kg, number)
        names = stores.books.names(item)
        split.append(
            leave(
                part, MovementKind.WASTE, [one], source=session.place, destination=Place.WASTE, names=names, day=today
            )
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
