"""Two sensors that exchange their levels at the same time: someone may have swapped the probes or their plugs (pure).

A suspicion, never a verdict: the readings stay as good as they are, and a person is asked to look. Once a minute each
sensor's value is noted; what a sensor read an hour to ten minutes ago is its usual level, what it read in the last
minutes is where it stands now.

Times are UTC microseconds.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from statistics import median

EVERY = 60_000_000
NOW = 3
"""Minutes, a median over which is where a sensor stands."""
CHANGING = 10
"""Minutes that both may take until they stand at each other's level."""
KNOWN = 60
"""Minutes that are remembered."""
APART = 6.0
"""K: sensors whose levels are no further apart prove nothing."""
NEAR = 1.5
"""K: as near to the other's level a sensor must stand."""


@dataclass(frozen=True, slots=True)
class Swap:
    """Two sensors, in order of their names, that stand at each other's level."""

    one: str
    other: str
    since: int
    """The last moment at which both were seen at their own."""


class SwapWatch:
    """The last hour of all sensors of one quantity."""

    def __init__(self) -> None:
        self._noted_at: int | None = None
        self._values: dict[str, deque[float]] = {}

    def note(self, values: Mapping[str, float], now: int) -> list[Swap]:
        """Take in what the sensors read, once a minute. A sensor without a value begins anew."""
        if self._noted_at is not None and 0 <= now - self._noted_at < EVERY:
            return []
        paused = self._noted_at is not None and not 0 <= now - self._noted_at < 2 * EVERY
        self._noted_at = now
        kept = {} if paused else self._values
        self._values = {name: kept.get(name, deque(maxlen=KNOWN)) for name in values}
        for name, value in values.items():
            self._values[name].append(value)
        return self._swaps(now)

    def _swaps(self, now: int) -> list[Swap]:
        moved: dict[str, tuple[float, float]] = {}
        for name, known in self._values.items():
            if len(known) < 2 * CHANGING + NOW:
                continue
            minutes = list(known)
            before, today = median(minutes[: -CHANGING - NOW]), median(minutes[-NOW:])
            if abs(today - before) > APART - NEAR:
                moved[name] = (before, today)
        found = [
            Swap(one, other, now - (CHANGING + NOW) * EVERY)
            for one, other in combinations(sorted(moved), 2)
            if _exchanged(*moved[one], *moved[other])
        ]
        for swap in found:
            # The exchanged levels are the usual ones from now on: it is said once.
            for name in (swap.one, swap.other):
                self._values[name].clear()
        return found


def _exchanged(one_before: float, one_now: float, other_before: float, other_now: float) -> bool:
    apart = abs(one_before - other_before) >= APART
    return apart and abs(one_now - other_before) <= NEAR and abs(other_now - one_before) <= NEAR
