"""The gateway's own health: links, deliveries, storage and clock, as alarms and as `health` on the page."""

from collections.abc import Callable, Collection
from typing import Any, Protocol

from gateway.journal.history.clock import ALIVE
from gateway.journal.journal import Journal
from gateway.monitoring.kitchen import Kitchen
from gateway.records.transaction import Transaction
from gateway.runtime.health.deliveries import DeliveryHealth
from gateway.runtime.health.links import AskingLink, LinkHealth
from gateway.runtime.health.storage import StorageHealth
from gateway.runtime.health.system_alarms import SystemAlarms

ALIVE_EVERY = 10.0
"""Real seconds: how exactly a start knows since when the gateway was off."""

Json = dict[str, Any]


class Clock(Protocol):
    """Who follows the machine's clock."""

    def told(self) -> Json: ...


class Waiting(Protocol):
    """The queue of arrivals."""

    def __len__(self) -> int: ...


class Health:
    """What is out of order with the gateway itself."""

    def __init__(
        self, kitchen: Kitchen, journal: Journal, queue: Waiting, clock: Clock, *, asking: Collection[AskingLink] = ()
    ) -> None:
        """Watch everything.

        Args:
            kitchen: whose counters are shown.
            journal: is watched.
            queue: of arrivals.
            clock: tells how it stands.
            asking: links that ask their devices.
        """
        alarms = SystemAlarms(kitchen.board, kitchen.changes)
        self.links = LinkHealth(kitchen, alarms, asking)
        self.deliveries = DeliveryHealth(kitchen, journal, alarms)
        self._storage = StorageHealth(journal, alarms)
        self._counters = kitchen.counters
        self._queue = queue
        self._clock = clock
        self._alive_at = 0.0

    def shown(self) -> Json:
        """Return counters and conditions; whether anything is being recorded comes first."""
        counters = self._counters
        return {
            "recording": self._storage.lost_since is None,
            "recording_since_lost": self._storage.lost_since,
            "clock": self._clock.told(),
            "readings": counters.readings,
            "duplicates": counters.duplicates,
            "late": counters.late,
            "thinned": counters.thinned,
            "queue": len(self._queue),
            "counters": counters.troubles,
            "devices": self.links.questions(),
            "influxdb": self.deliveries.shown(),
        }

    def tick(self, transaction: Transaction, now: int, moment: float) -> None:
        """Look at the journal and the broker; leave a sign of life. `moment`: real seconds that only grow."""
        self._storage.tick(transaction, now)
        self.links.tick(transaction, now)
        if moment - self._alive_at >= ALIVE_EVERY:
            self.save(transaction, now, moment)

    def save(self, transaction: Transaction, now: int, moment: float) -> None:
        """Record that the gateway was alive at `now`."""
        self._alive_at = moment
        transaction.meta[ALIVE] = str(now)

    def rebase(self, turn: Callable[[int], int]) -> None:
        """Go on by a clock that was set."""
        self.links.rebase(turn)

    def journal_damaged(self, text: str, file: int, now: int) -> None:
        """Take word of a reader that the journal's file is damaged; `file` is its inode."""
        self._storage.set_damaged_aside(text, now, file)

    def rest(self) -> None:
        """Use a pause of the pipeline."""
        self._storage.rest()
