"""Divide a bin scale's movement among lots: a scale measures kilograms, it cannot tell lots apart.

    more in a bin      first goods that wait at receiving are put away, the rest is a new lot
    less in a bin      the lots in the bin, in FEFO order
    first level ever   compared with the books of that place; without books it is a new lot

A change of several lots becomes as many movements, each with its share of before → after. If a scale shows more than
the books hold, the goods were there, so the difference is booked first as an adjustment with a reason: no lot goes
below zero.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from gateway.stock.ledger.lots import Held, Lot, fefo, lot_id
from gateway.stock.ledger.movements import Entry, Movement, MovementKind, Place
from gateway.stock.ledger.units import ZERO

BEYOND_BOOKS = "scale_shows_more_than_the_books"
SCALES_DIFFER = "two_scales_differ"
COMPARED = "scale_began_anew"
SCALES_AGREE = Decimal("0.01")
"""Two correct scales may differ by this share of the load: a division or two of each."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """The balances that one change concerns.

    Attributes:
        here: lots at the place that changed.
        arriving: lots of the item at receiving.
        day: of the kitchen, for the name of a new lot.
        names: of all lots of the item.
    """

    here: Sequence[Held]
    arriving: Sequence[Held]
    day: date
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class Allotted:
    """Movements to book in this order, and the new lots among them."""

    movements: list[Movement]
    lots: list[Lot]


def allot(movement: Movement, shelf: Shelf) -> Allotted:
    """Divide a bin scale's movement among lots."""
    match movement.kind:
        case MovementKind.OPENING if shelf.here:
            return _compared(movement, shelf)
        case MovementKind.RECEIPT:
            return _received(movement, shelf)
        case MovementKind.ISSUE:
            return _taken(movement, shelf)
    return _new_lot(movement, shelf)


def take(movement: Movement, held: Sequence[Held], names: frozenset[str], day: date) -> Allotted:
    """Take a quantity from lots in the given order; what exceeds their balance is booked in first, with a reason."""
    shelf = Shelf(held, (), day, names)
    return _taken(movement, shelf, ordered=True)


def _taken(movement: Movement, shelf: Shelf, *, ordered: bool = False) -> Allotted:
    held = list(shelf.here) if ordered else fefo(shelf.here)
    shares = _shares(movement.quantity, held)
    missing = movement.quantity - sum((kg for _, kg in shares), ZERO)
    lots: list[Lot] = []
    adjustments: list[Movement] = []
    if missing:
        if shares:
            last, kg = shares.pop()
        else:
            last, kg = (held[-1].lot if held else _lot_of(movement, shelf)), ZERO
            lots = [] if held else [last]
        shares.append((last, kg + missing))
        adjustments = [_adjustment(movement, last, missing, BEYOND_BOOKS)]
    return Allotted([*adjustments, *_split(movement, shares)], lots)


def _shares(quantity: Decimal, held: Sequence[Held]) -> list[tuple[Lot, Decimal]]:
    shares, left = [], quantity
    for lot, kg in held:
        if left <= 0:
            break
        share = min(kg, left)
        if share > 0:
            shares.append((lot, share))
            left -= share
    return shares


def _received(movement: Movement, shelf: Shelf) -> Allotted:
    waiting = fefo(shelf.arriving)
    shares = _shares(movement.quantity, waiting)
    put_away = sum((kg for _, kg in shares), ZERO)
    rest = movement.quantity - put_away
    stored = replace(movement, kind=MovementKind.PUT_AWAY, source=Place.RECEIVING, quantity=put_away)
    moved = _split(stored, shares) if shares else []
    if not shares:
        return _new_lot(movement, shelf)
    last, share = shares[-1]
    if rest > 0 and rest > SCALES_AGREE * movement.quantity:
        remainder = replace(movement, key=f"{movement.key}:new", before=moved[-1].after, quantity=rest)
        received = _new_lot(remainder, shelf)
        return Allotted([*moved, *received.movements], received.lots)
    if rest > 0:
        return Allotted([*moved, _adjustment(movement, last, rest, SCALES_DIFFER)], [])
    left = next(kg for lot, kg in waiting if lot.id == last.id) - share
    if 0 < left <= SCALES_AGREE * (share + left):
        lost = replace(_adjustment(movement, last, left, SCALES_DIFFER), source=Place.RECEIVING)
        return Allotted([*moved, replace(lost, destination=Place.ADJUSTMENT)], [])
    return Allotted(moved, [])


def _compared(movement: Movement, shelf: Shelf) -> Allotted:
    """Compare the first level of a scale that starts again with the books, and book the difference."""
    booked = sum((kg for _, kg in shelf.here), ZERO)
    shows = ZERO if movement.after is None else movement.after
    difference = shows - booked
    if not difference:
        return Allotted([], [])
    if difference > 0:
        newest = fefo(shelf.here)[-1].lot if fefo(shelf.here) else shelf.here[-1].lot
        surplus = _adjustment(movement, newest, difference, COMPARED)
        return Allotted([replace(surplus, key=movement.key, before=booked, after=shows)], [])
    lost = replace(
        movement,
        kind=MovementKind.ADJUSTMENT,
        quantity=-difference,
        before=booked,
        reason=COMPARED,
        source=movement.destination if movement.source == Place.ADJUSTMENT else movement.source,
        destination=Place.ADJUSTMENT,
    )
    shares = _shares(lost.quantity, fefo(shelf.here))
    return Allotted(_split(lost, shares), [])


def _new_lot(movement: Movement, shelf: Shelf) -> Allotted:
    lot = _lot_of(movement, shelf)
    if movement.source not in {Place.SUPPLIER, Place.ADJUSTMENT}:
        # An empty scale that shows a division below zero: nothing can leave it.
        movement = replace(movement, quantity=ZERO)
    return Allotted([replace(movement, lot=lot.id)], [lot])


def _lot_of(movement: Movement, shelf: Shelf) -> Lot:
    name = lot_id(movement.item, shelf.day, shelf.names)
    return Lot(id=name, item=movement.item, receipt=movement.key, received_at=movement.at)


def _adjustment(movement: Movement, lot: Lot, quantity: Decimal, reason: str) -> Movement:
    """Return the adjustment that books unknown goods at the place of the change."""
    place = movement.destination if movement.kind in {MovementKind.RECEIPT, MovementKind.OPENING} else movement.source
    return Movement(
        key=f"{movement.key}:{reason}",
        item=movement.item,
        lot=lot.id,
        kind=MovementKind.ADJUSTMENT,
        source=Place.ADJUSTMENT,
        destination=place,
        quantity=quantity,
        scale=movement.scale,
        at=movement.at,
        entry=Entry.BOOKS,
        who=movement.who,
        reason=reason,
        note=movement.key,
        session=movement.session,
    )


def _split(movement: Movement, shares: Sequence[tuple[Lot, Decimal]]) -> list[Movement]:
    """Return one movement for each lot; the `after` of one is the `before` of the next."""
    split, level = [], movement.before
    falls = movement.before is not None and movement.after is not None and movement.after < movement.before
    for number, (lot, kg) in enumerate(shares):
        after = None if level is None else level - kg if falls else level + kg
        key = movement.key if number == 0 else f"{movement.key}:{number + 1}"
        split.append(replace(movement, key=key, lot=lot.id, quantity=kg, before=level, after=after))
        level = after
    return split
