"""Book movements by double entry: the sum over all places is zero for every lot.

Balances follow from movements alone. A movement is booked once, even if it is repeated, and only if no balance goes
below zero: a place cannot give what it does not hold. Only suppliers and adjustments may be negative: goods come from
the former, differences go to the latter.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from gateway.stock.ledger.movements import BOUNDLESS, Movement, Place, kind_of
from gateway.stock.weighing.changes import ZERO


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


@dataclass(frozen=True, slots=True)
class Balances:
    """The balance of every account, kg, and the keys of the booked movements."""

    amounts: Mapping[Account, Decimal] = field(default_factory=dict)
    posted: frozenset[str] = frozenset()

    def of(self, account: Account) -> Decimal:
        return self.amounts.get(account, ZERO)


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


def post(balances: Balances, movement: Movement) -> Balances:
    """Book one movement; one whose key is booked changes nothing.

    Raises:
        LotShortError: its source would go below zero.
    """
    return post_all(balances, [movement])


def post_all(balances: Balances, movements: Iterable[Movement]) -> Balances:
    """Book movements in their order, all of them or none.

    Raises:
        LotShortError: the source of one would go below zero.
    """
    amounts, posted = dict(balances.amounts), set(balances.posted)
    for movement in movements:
        if movement.key in posted:
            continue
        check(amounts, movement)
        posted.add(movement.key)
        for account, change in entries(movement):
            amounts[account] = amounts.get(account, ZERO) + change
    return Balances(amounts, frozenset(posted))


def on_hand(amounts: Mapping[Account, Decimal], item: str) -> Decimal | None:
    """Return kg in the stores and at receiving; None if there never was any: unknown is not empty."""
    held = [kg for account, kg in amounts.items() if account.item == item and is_on_hand(account.place)]
    return sum(held, ZERO) if held else None


def is_on_hand(place: str) -> bool:
    """Tell whether goods at a place can still be used for any meal."""
    return kind_of(place) in {Place.STORES, Place.RECEIVING}
