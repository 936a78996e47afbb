"""Find booked movements by their keys: recent ones in memory, all others in the journal."""

from collections.abc import Callable

from gateway.stock.ledger.movements import Movement

RECENT = 1_000
"""Movements in memory: they can be found even while the journal is away."""


class BookedMovements:
    """Find a movement, and whether it was reversed."""

    def __init__(self, lookup: Callable[[str], tuple[Movement, bool] | None]) -> None:
        """`lookup`: reads a movement from the journal, and whether it was reversed."""
        self._lookup = lookup
        self._recent: dict[str, Movement] = {}
        self._reversed: set[str] = set()

    def add(self, movement: Movement) -> None:
        """Note a movement that was just booked."""
        self._recent[movement.key] = movement
        if movement.reverses is not None:
            self._reversed.add(movement.reverses)
        if len(self._recent) > RECENT:
            del self._recent[next(iter(self._recent))]

    def find(self, key: str) -> tuple[Movement, bool] | None:
        """Return a movement and whether it was reversed; None if there is none."""
        if key in self._recent:
            return self._recent[key], key in self._reversed
        stored = self._lookup(key)
        return None if stored is None else (stored[0], stored[1] or key in self._reversed)
