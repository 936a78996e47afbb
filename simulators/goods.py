"""What really happened to the goods of a simulated kitchen, whatever any scale or software says about it.

A person carries something to a scale for a purpose: it arrives, goes into a pot, is thrown away or is only counted.
Kilograms are added up exactly, without the crates that they lay in.
"""

from collections import defaultdict
from decimal import Decimal

PURPOSES = ("receive", "issue", "waste", "count")
CRATES = {"none": Decimal(0), "crate-blue": Decimal("1.85"), "basin": Decimal("0.62"), "pot": Decimal("4.20")}
"""What goods are carried in, and what each weighs empty, kg."""


class CarriedGoods:
    """Kilograms by purpose and item."""

    def __init__(self) -> None:
        self._moved: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        self._times: dict[tuple[str, str], int] = defaultdict(int)

    def move(self, purpose: str, item: str, kilograms: Decimal) -> None:
        """Something was carried to a scale once; a load without an item is none of the goods."""
        if not item:
            return
        self._moved[purpose, item] += kilograms
        self._times[purpose, item] += 1

    def told(self) -> dict[str, dict[str, dict[str, str | int]]]:
        """By purpose and item: how much, and in how many loads."""
        found: dict[str, dict[str, dict[str, str | int]]] = {}
        for (purpose, item), kilograms in sorted(self._moved.items()):
            times = self._times[purpose, item]
            found.setdefault(purpose, {})[item] = {"kg": str(kilograms), "loads": times}
        return found

    def left(self) -> dict[str, str]:
        """Kg of each item that should be in the stores: received less issued and wasted."""
        items = {item for purpose, item in self._moved if purpose != "count"}
        return {
            item: str(self._moved["receive", item] - self._moved["issue", item] - self._moved["waste", item])
            for item in sorted(items)
        }
