"""What people say, or what a bench scale weighs, as movements: receive, issue, waste, count, move, deliver.

Quantities are kilograms net. `Goods` carries what the movements have in common.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from gateway.stock.ledger.allot import Allotted, take
from gateway.stock.ledger.lots import Held, Lot, lot_id
from gateway.stock.ledger.movements import Entry, Kind, Movement, Place
from gateway.stock.ledger.units import GRAM
from gateway.stock.weighing.changes import ZERO

COUNTED = "count"


@dataclass(frozen=True, slots=True, kw_only=True)
class Goods:
    """What moves: facts that every movement of it carries."""

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

    def moved(self, kind: Kind, source: str, destination: str, lot: str = "") -> Movement:
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
    """Goods of one lot come in."""
    return Allotted([goods.moved(Kind.RECEIPT, Place.SUPPLIER, destination, lot.id)], [lot])


def leave(
    goods: Goods, kind: Kind, held: Sequence[Held], *, source: str, destination: str, names: frozenset[str], day: date
) -> Allotted:
    """Goods leave a place from the lots in the given order; what was weighed beyond the books says so."""
    return take(goods.moved(kind, source, destination), held, names, day)


def count(
    goods: Goods, held: Sequence[Held], *, place: str, names: frozenset[str], day: date
) -> tuple[Allotted, Decimal]:
    """Compare a count with the books.

    What is missing is taken from the lots in the given order, which would have been used first; what is too much goes
    to the last of them that is there. `held` names the lots that were counted.

    Returns:
        the adjustments, and counted less booked.
    """
    booked = sum((one.quantity for one in held), ZERO)
    difference = goods.quantity - booked
    if difference < 0:
        lost = _differs(goods, booked, -difference).moved(Kind.ADJUSTMENT, place, Place.ADJUSTMENT)
        return take(lost, held, names, day), difference
    if difference == 0 and held:
        return Allotted([], []), ZERO
    there = [one.lot for one in held if one.quantity > 0] or [one.lot for one in held]
    lots = [] if there else [Lot(id=lot_id(goods.item, day, names), item=goods.item, received_at=goods.at)]
    lot = (there or lots)[-1]
    found = _differs(goods, booked, difference).moved(Kind.ADJUSTMENT, Place.ADJUSTMENT, place, lot.id)
    return Allotted([found], lots), difference


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
    """Divide a quantity over what a batch of food was made of, in proportion and to the gram; nothing is lost."""
    total = sum((one.quantity for _, one in held), ZERO)
    shares, given, reached = [], ZERO, ZERO
    for item, one in held:
        reached += one.quantity
        # Rounding the running sum, and not each share, keeps the total exact.
        upto = (quantity * reached / total).quantize(GRAM, ROUND_HALF_UP)
        shares.append((item, one, upto - given))
        given = upto
    return [share for share in shares if share[2] > 0]
