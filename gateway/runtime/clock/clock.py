"""The one clock. It is built in __main__ and handed down; nothing else asks the time.

The demo and the system tests run a night in two minutes: a turned clock shows `start` at the real moment `origin`
and runs `speed` times as fast. Processes that share the three numbers share the time. The gateway's own clock follows
the machine's as far as that can be believed (gateway.runtime.clock.pace).
"""

import time
from collections.abc import Callable
from typing import Protocol

from gateway.runtime.clock import pace
from gateway.runtime.clock.pace import Happened, Machine, Pace

TOGETHER = 100_000
"""Microseconds: two clocks that were read further apart tell nothing of each other."""


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

    def __init__(self, *, start: int, origin: int, speed: float, off: Callable[[], float] = lambda: 0.0) -> None:
        """`off`: by how many seconds it is wrong now."""
        self._off = off
        self.start = start
        self.origin = origin
        self.speed = speed
        # The real clock may be stepped while we run; a turned one must not.
        self._skew = time.time_ns() / 1_000 - time.monotonic_ns() / 1_000

    def now(self) -> int:
        """UTC microseconds."""
        real = time.monotonic_ns() / 1_000 + self._skew
        return self.start + int((real - self.origin) * self.speed + self._off() * 1_000_000)

    def monotonic(self) -> float:
        """Seconds that only grow, at this clock's speed."""
        return time.monotonic() * self.speed


class MachineClock(Protocol):
    """What the operating system tells."""

    speed: float

    def now(self) -> int: ...

    def monotonic(self) -> float: ...


class GatewayClock:
    """The machine's clock as far as it can be believed. `now` and `monotonic` from any thread, the rest from one.

    Attributes:
        boot: which run of the machine this is; empty where it is not known.
        vouched: the machine's time may be believed until it is switched off.
    """

    def __init__(
        self,
        machine: MachineClock,
        *,
        boot: str = "",
        is_trusted: Callable[[], bool] = lambda: True,
        vouched: bool = False,
        begin: Callable[[Machine], Pace] = lambda machine: pace.begin(machine, last_known=0, same_boot=False),
    ) -> None:
        self._machine = machine
        self._is_trusted = is_trusted
        self.boot = boot
        self.vouched = vouched
        self.speed = machine.speed
        self._pace = begin(self._look() or self._at_once())

    @property
    def known(self) -> bool:
        """Whether it shows the true time."""
        return self._pace.known

    @property
    def correction(self) -> int:
        """What a person said that the machine's clock is wrong by."""
        return self._pace.correction

    @property
    def ahead(self) -> int:
        """The time less the monotonic one."""
        return self.now() - self._monotonic()

    def now(self) -> int:
        """UTC microseconds; goes back only where `look` says so."""
        return pace.time_of(self._pace, self._monotonic())

    def monotonic(self) -> float:
        """Seconds that only grow."""
        return self._machine.monotonic()

    def look(self) -> Happened | None:
        """Look at the machine's clock: what happened to it since the last look."""
        machine = self._look()
        if machine is None:
            return None
        self._pace, happened = pace.look(self._pace, machine)
        self.vouched = self.vouched or self._pace.known
        return happened

    def suggested(self) -> int:
        """What time it may be: the machine's, unless that shows less than we know."""
        return max(self._machine.now() + self.correction, self.now())

    def confirm(self, true: int) -> None:
        """A person said what time it is now; the next `look` takes it over."""
        self.vouched = True
        self._pace = pace.confirmed(self._pace, self._at_once(), true)

    def _look(self) -> Machine | None:
        """None when this thread was held up between the two."""
        trusted = self.vouched or self._is_trusted()
        before = self._monotonic()
        machine = Machine(self._machine.now(), self._monotonic(), trusted)
        return machine if machine.monotonic - before < TOGETHER * self.speed else None

    def _at_once(self) -> Machine:
        return Machine(self._machine.now(), self._monotonic(), self.vouched or self._is_trusted())

    def _monotonic(self) -> int:
        return round(self._machine.monotonic() * 1_000_000)
