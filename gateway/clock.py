"""The one clock. It is built in __main__ and handed down; nothing else asks the time.

The demo and the system tests run a night in two minutes: a turned clock shows `start` at the real moment `origin`
and runs `speed` times as fast. Processes that share the three numbers share the time.
"""

import time


class RealClock:
    """The machine's clock."""

    speed = 1.0

    def now(self) -> int:
        """UTC microseconds."""
        return time.time_ns() // 1_000

    def monotonic(self) -> float:
        """Seconds that only grow."""
        return time.monotonic()


class TurnedClock:
    """A clock that shows `start` (UTC microseconds) at the real moment `origin`, running `speed` times as fast."""

    def __init__(self, *, start: int, origin: int, speed: float) -> None:
        self.start = start
        self.origin = origin
        self.speed = speed
        # The real clock may be stepped while we run; a turned one must not.
        self._skew = time.time_ns() / 1_000 - time.monotonic_ns() / 1_000

    def now(self) -> int:
        """UTC microseconds."""
        real = time.monotonic_ns() / 1_000 + self._skew
        return self.start + int((real - self.origin) * self.speed)

    def monotonic(self) -> float:
        """Seconds that only grow, at this clock's speed."""
        return time.monotonic() * self.speed
