"""Hold the balances: every lot at every place, and the use of each item by day.

They are the sum of all movements, held in memory and written to the journal account by account. `post` books several
movements or none of them.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from gateway.stock.ledger.ledger import Account, check, entries, is_on_hand
from gateway.stock.ledger.lots import Held, Lot, fefo
from gateway.stock.ledger.movements import Movement, Place, kind_of
from gateway.stock.ledger.units import ZERO

USED_IN = frozenset({Place.KITCHEN, Place.BATCH, Place.WASTE})


class Holding(NamedTuple):
    """The balance of an account, kg; when the first of it came and the last of it left (UTC microseconds)."""

    quantity: Decimal
    since: int
    until: int | None


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

    def post(self, movements: Iterable[Movement], lots: Iterable[Lot] = ()) -> list[Account]:
        """Book movements in their order; return the accounts that changed.

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
        """Add a movement to the use of its day; goods that come back are subtracted."""
        used = is_on_hand(source) and kind_of(destination) in USED_IN
        back = is_on_hand(destination) and kind_of(source) in USED_IN
        if used or back:
            uses = self.uses[item]
            uses[day] = uses.get(day, ZERO) + (quantity if used else -quantity)

    # Queries

    def amount(self, account: Account) -> Decimal:
        holding = self.holdings.get(account)
        return ZERO if holding is None else holding.quantity

    def accounts(self, item: str) -> set[Account]:
        """Return every account that the item ever had."""
        return self._of_item.get(item, set())

    def held(self, item: str, place: str) -> list[Held]:
        """Return the lots of an item at a place in FEFO order; used-up lots come last."""
        lots = [
            Held(self.lots[account.lot], self.holdings[account].quantity)
            for account in self.accounts(item)
            if account.place == place
        ]
        return [*fefo(lots), *(held for held in lots if held.quantity <= 0)]

    def usable(self, item: str) -> list[tuple[Held, str]]:
        """Return the lots that can be used, with their places, in FEFO order over all stores."""
        places = sorted({account.place for account in self.accounts(item) if is_on_hand(account.place)})
        lots = [(held, place) for place in places for held in fefo(self.held(item, place))]
        order = {held.lot.id: number for number, held in enumerate(fefo(held for held, _ in lots))}
        return sorted(lots, key=lambda each: (order[each[0].lot.id], each[1]))

    def at(self, place: str) -> list[tuple[str, Held]]:
        """Return everything at a place, as item and lot."""
        return [
            (account.item, Held(self.lots[account.lot], holding.quantity))
            for account, holding in self.holdings.items()
            if account.place == place and holding.quantity > 0
        ]

    def on_hand(self, item: str) -> Decimal | None:
        """Return kg in the stores and at receiving; None if there never was any: unknown is not empty."""
        held = [account for account in self.accounts(item) if is_on_hand(account.place)]
        return sum((self.holdings[account].quantity for account in held), ZERO) if held else None

    def names(self, item: str) -> frozenset[str]:
        """Return the names of all lots that the item ever had."""
        return frozenset(self._names.get(item, ()))

    def uses_of(self, item: str) -> Mapping[date, Decimal]:
        return self.uses.get(item, {})
