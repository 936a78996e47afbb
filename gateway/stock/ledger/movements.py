"""Define movements: goods of a lot that went from one place to another, and who or what recorded it.

A movement is appended and never edited; a mistake is reversed by a second one that names the first. The key of a
scale's movement follows from scale, item and time of the change: applying the same weighings again, after a crash or
from the journal, makes the same movement and no second one.
"""

from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum


class Place(StrEnum):
    """A kind of place of the ledger: where goods are, come from or go to.

    As text a place may have a name: "stores:chiller-1", "batch:b-7", "school:sdn-2".
    """

    SUPPLIER = "supplier"
    RECEIVING = "receiving"
    STORES = "stores"
    KITCHEN = "kitchen"
    BATCH = "batch"
    WASTE = "waste"
    SCHOOL = "school"
    ADJUSTMENT = "adjustment"

    def of(self, name: str | None) -> str:
        """Return a place of this kind as text; the kind itself without a name."""
        return f"{self.value}:{name}" if name else self.value


BOUNDLESS = frozenset({Place.SUPPLIER, Place.ADJUSTMENT})
"""Places with a negative balance: it shows how much came from there. No other place can go below zero."""


def kind_of(place: str) -> Place:
    """Return the kind of a place. Raises ValueError for an unknown one."""
    return Place(place.partition(":")[0])


def name_of(place: str) -> str | None:
    """Return the name of a place within its kind; None without a name."""
    return place.partition(":")[2] or None


class MovementKind(StrEnum):
    """Why goods moved."""

    RECEIPT = "receipt"
    PUT_AWAY = "put_away"
    ISSUE = "issue"
    WASTE = "waste"
    DELIVERY = "delivery"
    TRANSFER = "transfer"
    OPENING = "opening"
    ADJUSTMENT = "adjustment"
    REVERSAL = "reversal"


class Entry(StrEnum):
    """The origin of a movement."""

    SCALE = "scale"
    TYPED = "typed"
    POSTED = "posted"
    """Weighed by a scale that other software reads."""
    BOOKS = "books"
    """Not weighed: it follows from another movement, which its note names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """Goods that went from `source` to `destination`. Its attributes are the columns of the table `movement`.

    Attributes:
        key: unique for the change that it records.
        lot: which lot of the item; "" until the quantity is divided among lots (see allot.py).
        quantity: kg, never negative.
        before, after: the accounted weight and the weight shown, kg; None without a scale.
        gross, tare: kg; the tare is the scale's or the container's.
        at: UTC microseconds at which the change began; when it was noticed, if `while_offline`.
        while_offline: it happened while the scale was silent.
        reason: why; waste and adjustments always have one.
        reverses: key of the movement that this one takes back.
    """

    key: str
    item: str
    lot: str = ""
    kind: MovementKind
    source: str
    destination: str
    quantity: Decimal
    before: Decimal | None = None
    after: Decimal | None = None
    gross: Decimal | None = None
    tare: Decimal | None = None
    container: str | None = None
    scale: str | None = None
    at: int
    while_offline: bool = False
    entry: Entry = Entry.SCALE
    who: str | None = None
    reason: str | None = None
    note: str | None = None
    session: str | None = None
    reverses: str | None = None


def reversal(movement: Movement, *, key: str, at: int, who: str | None, note: str | None) -> Movement:
    """Return the movement that reverses another."""
    return replace(
        movement,
        key=key,
        kind=MovementKind.REVERSAL,
        source=movement.destination,
        destination=movement.source,
        before=movement.after,
        after=movement.before,
        at=at,
        who=who,
        note=note,
        entry=Entry.TYPED,
        reverses=movement.key,
    )
