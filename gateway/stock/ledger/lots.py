"""Order lots by first expired, first out (FEFO). A lot is goods of one item that came together.

The lot with the nearest date comes first, one without a date last; of equal lots the one that was received first.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

import msgspec


class Lot(msgspec.Struct, frozen=True, kw_only=True):
    """Goods of one item that came together.

    Attributes:
        id: our own; the supplier's is `number`, and two suppliers may use the same number.
        expires_on: the last good day; None when it is unknown.
        receipt: the weighing session or entry by which it came.
        received_at: UTC microseconds.
    """

    id: str
    item: str
    number: str | None = None
    expires_on: date | None = None
    supplier: str | None = None
    receipt: str | None = None
    received_at: int


class Freshness(StrEnum):
    """The state of a lot by its expiry date."""

    FRESH = "fresh"
    EXPIRING = "expiring"
    EXPIRED = "expired"
    UNDATED = "undated"


class Held(NamedTuple):
    """The quantity of a lot at a place, kg."""

    lot: Lot
    quantity: Decimal


def freshness(lot: Lot, today: date, *, soon: int) -> Freshness:
    """Return the state of a lot today; EXPIRING from `soon` days before its last good day on."""
    if lot.expires_on is None:
        return Freshness.UNDATED
    left = (lot.expires_on - today).days
    if left < 0:
        return Freshness.EXPIRED
    return Freshness.EXPIRING if left <= soon else Freshness.FRESH


def fefo(held: Iterable[Held]) -> list[Held]:
    """Return the lots that are there, in the order in which they should be used."""
    return sorted((lot for lot in held if lot.quantity > 0), key=_order)


def _order(held: Held) -> tuple[date, int, str]:
    lot = held.lot
    return lot.expires_on or date.max, lot.received_at, lot.id


def lot_id(item: str, day: date, taken: Iterable[str]) -> str:
    """Return a readable name for a new lot: rice-20261124, then rice-20261124-2."""
    base = f"{item}-{day:%Y%m%d}"
    names = set(taken)
    if base not in names:
        return base
    return next(name for number in range(2, len(names) + 3) if (name := f"{base}-{number}") not in names)
