"""Collect what has changed of the stock since it was last taken, for whoever shows it."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from gateway.stock.ledger.movements import Movement
from gateway.stock.sessions.session import Session


@dataclass(slots=True)
class StockChanges:
    """What changed of the stock. The stores note it; `take` is the only way to clear it.

    Attributes:
        items: by item; True: its stock, False: only what the scale under it shows.
        benches: bench scales, by their point.
        sessions: weighing sessions, as they are now.
        movements: booked ones, oldest first.
        plans: the reservations of batches.
        catalogue: items, containers or barcodes.
    """

    items: dict[str, bool] = field(default_factory=dict)
    benches: dict[str, None] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    movements: list[Movement] = field(default_factory=list)
    plans: bool = False
    catalogue: bool = False

    @property
    def is_urgent(self) -> bool:
        """Whether anything changed that people wait for: what is more than the number on a scale."""
        return bool(self.movements or self.sessions or self.plans or self.catalogue)

    def moved(self, items: Iterable[str]) -> None:
        """Note that the stock of these items changed."""
        self.items.update(dict.fromkeys(items, True))

    def take(self) -> "StockChanges":
        """Return what is noted, and begin anew."""
        taken = StockChanges()
        taken.merge(self)
        for noted in (self.items, self.benches, self.sessions, self.movements):
            noted.clear()
        self.plans = self.catalogue = False
        return taken

    def merge(self, later: "StockChanges") -> None:
        """Join later changes to these."""
        for item, stock in later.items.items():
            self.items[item] = stock or self.items.get(item, False)
        self.benches |= later.benches
        self.sessions |= later.sessions
        self.movements += later.movements
        self.plans |= later.plans
        self.catalogue |= later.catalogue
