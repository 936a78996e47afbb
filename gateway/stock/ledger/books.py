"""The books as they stand: every lot at every place, and what each day used.

It is the fold of all movements, kept in memory and written to the journal account by account. `post` takes several
movements or none of them.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple

import msgspec

from gateway.stock.ledger.ledger import Account, check, entries, is_on_hand
from gateway.stock.ledger.lots import Held, Lot, fefo
from gateway.stock.ledger.movements import Movement, Place, kind_of
from gateway.stock.weighing.changes import ZERO

USED_IN = frozenset({Place.KITCHEN, Place.BATCH, Place.WASTE})


class Holding(NamedTuple):
    """What an account holds, kg; when the first of it came and the last of it left (UTC microseconds)."""

    quantity: Decimal
    since: int
    until: int | None


class _Kept(msgspec.Struct, frozen=True):
    lots: list[Lot]
    holdings: list[tuple[Account, Holding]]
    uses: dict[str, dict[date, Decimal]]


class Books:
    """Balances by lot and place, and uses by item and day."""

    def __init__(self, lots: Iterable[Lot] = (), holdings: Iterable[tuple[Account, Holding]] = ()) -> None:
        self.lots = {lot.id: lot for lot in lots}
        self.holdings: dict[Account, Holding] = {}
        self.uses: dict[str, dict[date, Decimal]] = defaultdict(dict)
        self._of_item: dict[str, set[Account]] = defaultdict(set)
        self._names: dict[str, set[str]] = defaultdict(set)
        for lot in self.lots.values():
            self._names[lot.item].add(lot.id)
        for account, holding in holdings:
            self._keep(account, holding)

    def to_json(self) -> str:
        kept = _Kept(list(self.lots.values()), list(self.holdings.items()), self.uses)
        return msgspec.json.encode(kept).decode()

    @classmethod
    def from_json(cls, text: str) -> "Books":
        """Raises msgspec.DecodeError for what `to_json` did not write."""
        kept = msgspec.json.decode(text, type=_Kept)
        books = cls(kept.lots, kept.holdings)
        for item, uses in kept.uses.items():
            books.uses[item] = uses
        return books

    def post(self, movements: Iterable[Movement], lots: Iterable[Lot] = ()) -> list[Account]:
        """Book movements in their order; returns the accounts that changed.

        Raises:
            LotShortError: the source of one would go below zero; none of them is booked.
        """
        booked = list(movements)
        amounts: dict[Account, Decimal] = {}
        for movement in booked:
            for account, _ in entries(movement):
                amounts.setdefault(account, self.amount(account))
            check(amounts, movement)
            for account, change in entries(movement):
                amounts[account] += change
        for lot in lots:
            self.lots[lot.id] = lot
            self._names[lot.item].add(lot.id)
        for movement in booked:
            self._book(movement)
        return list(amounts)

    def _book(self, movement: Movement) -> None:
        for account, change in entries(movement):
            old = self.holdings.get(account)
            quantity = change + (ZERO if old is None else old.quantity)
            since = movement.at if old is None else min(old.since, movement.at)
            self._keep(account, Holding(quantity, since, None if quantity else movement.at))

    def _keep(self, account: Account, holding: Holding) -> None:
        self.holdings[account] = holding
        self._of_item[account.item].add(account)

    def use(self, item: str, day: date, source: str, destination: str, quantity: Decimal) -> None:
        """Count a movement into what the day used; one that comes back counts less."""
        used = is_on_hand(source) and kind_of(destination) in USED_IN
        back = is_on_hand(destination) and kind_of(source) in USED_IN
        if used or back:
            uses = self.uses[item]
            uses[day] = uses.get(day, ZERO) + (quantity if used else -quantity)

    # Asking

    def amount(self, account: Account) -> Decimal:
        holding = self.holdings.get(account)
        return ZERO if holding is None else holding.quantity

    def accounts(self, item: str) -> set[Account]:
        """Every account that the item ever had."""
        return self._of_item.get(item, set())

    def held(self, item: str, place: str) -> list[Held]:
        """The lots of an item at a place, in the order of FEFO; those that were there and are gone come last."""
        known = [
            Held(self.lots[account.lot], self.holdings[account].quantity)
            for account in self.accounts(item)
            if account.place == place
        ]
        return [*fefo(known), *(one for one in known if one.quantity <= 0)]

    def usable(self, item: str) -> list[tuple[Held, str]]:
        """What can be used, with its place, in the order of FEFO over all stores."""
        places = sorted({account.place for account in self.accounts(item) if is_on_hand(account.place)})
        found = [(one, place) for place in places for one in fefo(self.held(item, place))]
        order = {one.lot.id: number for number, one in enumerate(fefo(one for one, _ in found))}
        return sorted(found, key=lambda each: (order[each[0].lot.id], each[1]))

    def at(self, place: str) -> list[tuple[str, Held]]:
        """Everything at a place: item and lot."""
        return [
            (account.item, Held(self.lots[account.lot], holding.quantity))
            for account, holding in self.holdings.items()
            if account.place == place and holding.quantity > 0
        ]

    def on_hand(self, item: str) -> Decimal | None:
        """Kg in the stores and at receiving; None as long as nothing ever was: unknown is not empty."""
        held = [account for account in self.accounts(item) if is_on_hand(account.place)]
        return sum((self.holdings[account].quantity for account in held), ZERO) if held else None

    def names(self, item: str) -> frozenset[str]:
        """Of all lots that the item ever had."""
        return frozenset(self._names.get(item, ()))

    def uses_of(self, item: str) -> Mapping[date, Decimal]:
        return self.uses.get(item, {})
