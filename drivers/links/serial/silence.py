"""Measure how long a line has been silent, and decide when the silence is too long."""

import time

from drivers.contract import Clock

DEAF_PERIODS = 3  # two missed readings are normal for a bad cable
DEAF_AFTER = 10.0  # real seconds at least: reopening a port costs a second, and an adapter needs up to five to wake up


class SilenceTimer:
    """Measures silence in real seconds, and by the gateway's clock, which tests run faster.

    Attributes:
        since: `time.monotonic()` of the last byte.

    Args:
        expected: seconds of the clock within which bytes should arrive; None for a device that sends when it likes.
        clock: the gateway's.
        shortest: real seconds of silence that are never too long.
    """

    def __init__(self, expected: float | None, clock: Clock, shortest: float) -> None:
        self.since = time.monotonic()
        self._expected = expected
        self._clock = clock
        self._shortest = shortest
        self._clock_since = clock.monotonic()

    def restart(self) -> None:
        """Start again from zero: bytes arrived, or the line is a new one."""
        self.since = time.monotonic()
        self._clock_since = self._clock.monotonic()

    def overdue(self) -> float | None:
        """Return the real seconds of a silence that is too long; None while it is not."""
        silence = time.monotonic() - self.since
        if self._expected is None or silence < self._shortest:
            return None
        late = self._clock.monotonic() - self._clock_since > DEAF_PERIODS * self._expected
        return silence if late else None
