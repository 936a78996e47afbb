"""Transactions that wait in memory while the journal cannot be written (pure)."""

from collections import deque

from gateway.records.transaction import Transaction

MEMORY_READINGS = 200_000
"""About 100 MB at most, and three hours of 200 points that report every ten seconds."""

ValueAndQuality = tuple[float | None, int]


class Backlog:
    """Keeps whole transactions, but at most MEMORY_READINGS readings: the oldest are dropped first."""

    def __init__(self) -> None:
        self.dropped = 0
        """Readings for which there was no room since the last `clear`."""
        self._waiting: deque[Transaction] = deque()
        self._values: dict[tuple[str, int], ValueAndQuality] = {}

    def __len__(self) -> int:
        return len(self._values)

    def hold(self, transaction: Transaction) -> None:
        """Keep a transaction that could not be written."""
        self._waiting.append(transaction)
        self._values.update({row[:2]: row[2:4] for row in transaction.readings})
        for old in self._waiting:
            if len(self._values) <= MEMORY_READINGS:
                return
            for row in old.readings:
                del self._values[row[:2]]
            self.dropped += len(old.readings)
            old.readings.clear()

    def value_at(self, point: str, measured_at: int) -> ValueAndQuality | None:
        """Return value and quality of a reading that waits; None where none of this time does."""
        return self._values.get((point, measured_at))

    def with_(self, last: Transaction) -> Transaction:
        """Return all that waits and `last` behind it as one transaction."""
        return Transaction().merge([*self._waiting, last])

    def clear(self) -> None:
        """Forget what is written by now."""
        self._waiting.clear()
        self._values.clear()
        self.dropped = 0
