"""Decide when to stop reading, and when to leave the broker, because the queue is full."""

import time

from drivers.contract import ArrivalQueue
from drivers.errors import LinkError


class Backpressure:
    """Stops reading while the queue is full, and leaves the broker when it stays full for too long."""

    def __init__(self, intake: ArrivalQueue, patience: float) -> None:
        self._intake = intake
        self._patience = patience
        self._full_since: float | None = None
        self._overrun = False

    def reset(self) -> None:
        """Begin a new connection."""
        self._full_since = None

    def holds(self) -> bool:
        """Return whether the queue is full.

        Raises:
            LinkError: it has been full for so long that the broker will soon take us for dead. Leaving in good order is
                better.
        """
        if not self._intake.full:
            self._full_since = None
            return False
        self._full_since = self._full_since or time.monotonic()
        if time.monotonic() - self._full_since > self._patience:
            self._overrun = True
            raise LinkError("left until what has arrived is stored; it keeps what comes meanwhile")
        return True

    def may_connect(self) -> bool:
        """Return whether the queue has room again after an overrun."""
        if self._overrun and not self._intake.half_empty:
            return False
        self._overrun = False
        return True
