"""Define double entry: every movement has two entries, so the sum over all places is zero for every lot.

A movement can be booked only if no balance goes below zero by it: a place cannot give what it does not hold. Only
suppliers and adjustments may be negative: goods come from the former, differences go to the latter.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from gateway.stock.ledger.movements import BOUNDLESS, Movement, Place, kind_of
from gateway.stock.ledger.units import ZERO


class Account(NamedTuple):
    """One lot of one item at one place."""

    item: str
    lot: str
    place: str


class LotShortError(Exception):
    """A place would have to give more of a lot than it holds; nothing was booked."""

    def __init__(self, account: Account, *, held: Decimal, wanted: Decimal) -> None:
        super().__init__(
            f"{account.place} holds {held} kg of lot {account.lot}, and {wanted} kg are to leave it: "
            f"correct the quantity, choose another lot, or say where the {wanted - held} kg came from"
        )
        self.account = account
        self.held = held
        self.wanted = wanted


def entries(movement: Movement) -> tuple[tuple[Account, Decimal], tuple[Account, Decimal]]:
    """Return the two entries of a movement: source and destination."""
    source = Account(movement.item, movement.lot, movement.source)
    destination = Account(movement.item, movement.lot, movement.destination)
    return (source, -movement.quantity), (destination, movement.quantity)


def check(amounts: Mapping[Account, Decimal], movement: Movement) -> None:
    """Check that a movement can be booked.

    Raises:
        LotShortError: its source would go below zero.
    """
    (source, change), _ = entries(movement)
    held = amounts.get(source, ZERO)
    if change and held + change < 0 and kind_of(movement.source) not in BOUNDLESS:
        raise LotShortError(source, held=held, wanted=movement.quantity)


def is_on_hand(place: str) -> bool:
    """Tell whether goods at a place can still be used for any meal."""
    return kind_of(place) in {Place.STORES, Place.RECEIVING}
