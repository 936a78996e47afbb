"""Count what really happened to the goods of a simulated kitchen, whatever any scale or software reports.

A person carries goods to a scale for a purpose: to receive, issue, throw away or only count them. Kilograms are added
up exactly, without the weight of the crates.
"""

from collections import defaultdict
from decimal import Decimal

PURPOSES = ("receive", "issue", "waste", "count")
CRATES = {"none": Decimal(0), "crate-blue": Decimal("1.85"), "basin": Decimal("0.62"), "pot": Decimal("4.20")}
"""Crate → its empty weight in kg."""


class CarriedGoods:
    """Kilograms by purpose and item."""

    def __init__(self) -> None:
        self._moved: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        self._loads: dict[tuple[str, str], int] = defaultdict(int)

    def move(self, purpose: str, item: str, kilograms: Decimal) -> None:
        """Count one load; a load without an item is not counted."""
        if not item:
            return
        self._moved[purpose, item] += kilograms
        self._loads[purpose, item] += 1

    def moved(self) -> dict[str, dict[str, dict[str, str | int]]]:
        """Return kilograms and number of loads, by purpose and item."""
        totals: dict[str, dict[str, dict[str, str | int]]] = {}
        for (purpose, item), kilograms in sorted(self._moved.items()):
            loads = self._loads[purpose, item]
            totals.setdefault(purpose, {})[item] = {"kg": str(kilograms), "loads": loads}
        return totals

    def left(self) -> dict[str, str]:
        """Return the kg of each item that should be on hand: received less issued and wasted."""
        items = {item for purpose, item in self._moved if purpose != "count"}
        return {
            item: str(self._moved["receive", item] - self._moved["issue", item] - self._moved["waste", item])
            for item in sorted(items)
        }
