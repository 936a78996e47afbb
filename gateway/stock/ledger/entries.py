"""Turn entries of people and loads of bench scales into movements: receive, issue, waste, count, move, deliver.

Quantities are kilograms net. `Goods` holds the facts that all movements of an entry share.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from gateway.stock.ledger.allot import Allotted, take
from gateway.stock.ledger.lots import Held, Lot, lot_id
from gateway.stock.ledger.movements import Entry, Movement, MovementKind, Place
from gateway.stock.ledger.units import GRAM, ZERO

COUNTED = "count"


@dataclass(frozen=True, slots=True, kw_only=True)
class Goods:
    """The goods of an entry; every movement of it repeats these facts, so they are the movement's own attributes."""

    key: str
    item: str
    quantity: Decimal
    at: int
    entry: Entry
    who: str
    reason: str | None = None
    note: str | None = None
    scale: str | None = None
    before: Decimal | None = None
    after: Decimal | None = None
    gross: Decimal | None = None
    tare: Decimal | None = None
    container: str | None = None
    session: str | None = None
    while_offline: bool = False

    def moved(self, kind: MovementKind, source: str, destination: str, lot: str = "") -> Movement:
        """Return the movement of these goods from one place to another."""
        return Movement(
            key=self.key,
            item=self.item,
            lot=lot,
            kind=kind,
            source=source,
            destination=destination,
            quantity=self.quantity,
            before=self.before,
            after=self.after,
            gross=self.gross,
            tare=self.tare,
            container=self.container,
            scale=self.scale,
            at=self.at,
            while_offline=self.while_offline,
            entry=self.entry,
            who=self.who,
            reason=self.reason,
            note=self.note,
            session=self.session,
        )


def receive(goods: Goods, lot: Lot, destination: str) -> Allotted:
    """Receive goods of one lot."""
    return Allotted([goods.moved(MovementKind.RECEIPT, Place.SUPPLIER, destination, lot.id)], [lot])


def leave(
    goods: Goods,
    kind: MovementKind,
    held: Sequence[Held],
    *,
    source: str,
    destination: str,
    names: frozenset[str],
    day: date,
) -> Allotted:
    """Take goods of a place from the lots in the given order; more than the books hold is booked in first."""
    return take(goods.moved(kind, source, destination), held, names, day)


def count(
    goods: Goods, held: Sequence[Held], *, place: str, names: frozenset[str], day: date
) -> tuple[Allotted, Decimal]:
    """Compare a count with the books.

    A shortage is taken from the lots in the given order, which would have been used first; a surplus is added to the
    last of them that is there. `held` names the counted lots.

    Returns:
        the adjustments, and counted less booked.
    """
    booked = sum((lot.quantity for lot in held), ZERO)
    difference = goods.quantity - booked
    if difference < 0:
        lost = _differs(goods, booked, -difference).moved(MovementKind.ADJUSTMENT, place, Place.ADJUSTMENT)
        return take(lost, held, names, day), difference
    if difference == 0 and held:
        return Allotted([], []), ZERO
    there = [each.lot for each in held if each.quantity > 0] or [each.lot for each in held]
    lots = [] if there else [Lot(id=lot_id(goods.item, day, names), item=goods.item, received_at=goods.at)]
    lot = (there or lots)[-1]
    surplus = _differs(goods, booked, difference).moved(MovementKind.ADJUSTMENT, Place.ADJUSTMENT, place, lot.id)
    return Allotted([surplus], lots), difference


def _differs(goods: Goods, booked: Decimal, difference: Decimal) -> Goods:
    return Goods(
        key=goods.key,
        item=goods.item,
        quantity=difference,
        at=goods.at,
        entry=goods.entry,
        who=goods.who,
        reason=COUNTED,
        note=goods.note,
        scale=goods.scale,
        before=booked,
        after=goods.quantity,
        session=goods.session,
    )


def shared(held: Sequence[tuple[str, Held]], quantity: Decimal) -> list[tuple[str, Held, Decimal]]:
    """Divide a quantity among the ingredients of a batch of food, in proportion and to the gram; nothing is lost."""
    total = sum((lot.quantity for _, lot in held), ZERO)
    shares, divided, reached = [], ZERO, ZERO
    for item, lot in held:
        reached += lot.quantity
        # Rounding the running sum, and not each share, keeps the total exact.
        upto = (quantity * reached / total).quantize(GRAM, ROUND_HALF_UP)
        shares.append((item, lot, upto - divided))
        divided = upto
    return [share for share in shares if share[2] > 0]
