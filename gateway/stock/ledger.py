"""Double entry: what leaves one place arrives at another, so the sum over all places is zero for every item."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from gateway.stock.changes import ZERO
from gateway.stock.movements import Movement, Place


class Account(NamedTuple):
    """One item at one place."""

    item: str
    place: Place


@dataclass(frozen=True, slots=True)
class Balances:
    """What every account holds, kg, and the keys of the movements that made it so."""

    amounts: Mapping[Account, Decimal] = field(default_factory=dict)
    posted: frozenset[str] = frozenset()


def post(balances: Balances, movement: Movement) -> Balances:
    """Book one movement; one whose key is booked changes nothing."""
    return post_all(balances, [movement])


def post_all(balances: Balances, movements: Iterable[Movement]) -> Balances:
    """Book many, in any order: the result is the same."""
    amounts, posted = dict(balances.amounts), set(balances.posted)
    for movement in movements:
        if movement.key in posted:
            continue
        posted.add(movement.key)
        source = Account(movement.item, movement.source)
        destination = Account(movement.item, movement.destination)
        amounts[source] = amounts.get(source, ZERO) - movement.quantity
        amounts[destination] = amounts.get(destination, ZERO) + movement.quantity
    return Balances(amounts, frozenset(posted))


def on_hand(balances: Balances, item: str) -> Decimal | None:
    """What is in the stores, kg; None as long as nothing was ever booked: unknown is not empty."""
    return balances.amounts.get(Account(item, Place.STORES))
