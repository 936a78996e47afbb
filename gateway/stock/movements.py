"""Movements: what went from one place to another, with what the scale showed before and after.

A movement is a fact: it is appended and never edited. Its key follows from scale, item and time of the change, so
that folding the same weighings again, after a crash or from the journal, makes the same movement and no second one.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from gateway.stock.changes import ZERO, Change


class Place(StrEnum):
    """Where goods are, or where the books say that they came from."""

    SUPPLIER = "supplier"
    STORES = "stores"
    KITCHEN = "kitchen"
    ADJUSTMENT = "adjustment"


class Kind(StrEnum):
    """Why goods moved."""

    RECEIPT = "receipt"
    ISSUE = "issue"
    OPENING = "opening"


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """Goods that went from `source` to `destination`.

    Attributes:
        key: unique for the change that it stands for.
        quantity: kg, never negative.
        before, after: what the scale accounted for and showed, kg; their difference is the quantity.
        tare: kg, None when the scale does not tell.
        at: UTC microseconds at which the change began; when it was noticed, if `while_offline`.
        while_offline: it happened while the scale was silent.
    """

    key: str
    item: str
    kind: Kind
    source: Place
    destination: Place
    quantity: Decimal
    before: Decimal
    after: Decimal
    tare: Decimal | None
    scale: str
    at: int
    while_offline: bool


# first level ever, weight grew or stayed → what it was
_MEANING = {
    (True, True): (Kind.OPENING, Place.ADJUSTMENT, Place.STORES),
    # An empty scale may show a division or two below zero.
    (True, False): (Kind.OPENING, Place.STORES, Place.ADJUSTMENT),
    (False, True): (Kind.RECEIPT, Place.SUPPLIER, Place.STORES),
    (False, False): (Kind.ISSUE, Place.STORES, Place.KITCHEN),
}


def of_bin(change: Change, *, item: str, scale: str) -> Movement:
    """What a change means on a scale where the item is stored: more is a receipt, less is an issue."""
    before = ZERO if change.before is None else change.before
    quantity = change.after - before
    kind, source, destination = _MEANING[change.before is None, quantity >= 0]
    return Movement(
        key=f"{scale}:{item}:{change.at}",
        item=item,
        kind=kind,
        source=source,
        destination=destination,
        quantity=abs(quantity),
        before=before,
        after=change.after,
        tare=change.tare,
        scale=scale,
        at=change.at,
        while_offline=change.unseen,
    )
