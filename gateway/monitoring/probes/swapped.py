"""Suspect that two probes were swapped: they exchange their usual temperatures at the same time (pure).

It is a suspicion: the readings keep their quality, and a person is asked to look. Once a minute the value of each
sensor is noted. Its usual level is what it read an hour to ten minutes ago, its present level what it read in the last
minutes.

Times are UTC microseconds.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from statistics import median

EVERY = 60_000_000
NOW = 3
"""Minutes: the present level is a median over them."""
CHANGING = 10
"""Minutes that both may take until they are at each other's level."""
KNOWN = 60
"""Minutes that are remembered."""
APART = 6.0
"""K: sensors whose levels are no further apart prove nothing."""
NEAR = 1.5
"""K: how near to the other's level a sensor must be."""


@dataclass(frozen=True, slots=True)
class Swap:
    """Two sensors, in order of their names, that are at each other's level."""

    one: str
    other: str
    since: int
    """The last moment at which both were seen at their own level."""


class SwapWatch:
    """Remembers the last hour of all sensors of one quantity."""

    def __init__(self) -> None:
        self._noted_at: int | None = None
        self._values: dict[str, deque[float]] = {}

    def note(self, values: Mapping[str, float], now: int) -> list[Swap]:
        """Note the present values, once a minute, and return new suspicions. A sensor without a value begins anew."""
        if self._noted_at is not None and 0 <= now - self._noted_at < EVERY:
            return []
        paused = self._noted_at is not None and not 0 <= now - self._noted_at < 2 * EVERY
        self._noted_at = now
        before = {} if paused else self._values
        self._values = {name: before.get(name, deque(maxlen=KNOWN)) for name in values}
        for name, value in values.items():
            self._values[name].append(value)
        return self._swaps(now)

    def _swaps(self, now: int) -> list[Swap]:
        moved = self._moved()
        swaps = [
            Swap(one, other, now - (CHANGING + NOW) * EVERY)
            for one, other in combinations(sorted(moved), 2)
            if _exchanged(*moved[one], *moved[other])
        ]
        for swap in swaps:
            # The exchanged levels are the usual ones from now on: each swap is reported once.
            for name in (swap.one, swap.other):
                self._values[name].clear()
        return swaps

    def _moved(self) -> dict[str, tuple[float, float]]:
        """The usual and the present level of the sensors that have left their usual one."""
        moved: dict[str, tuple[float, float]] = {}
        for name, known in self._values.items():
            if len(known) < 2 * CHANGING + NOW:
                continue
            minutes = list(known)
            usual, present = median(minutes[: -CHANGING - NOW]), median(minutes[-NOW:])
            if abs(present - usual) > APART - NEAR:
                moved[name] = (usual, present)
        return moved


def _exchanged(one_usual: float, one_present: float, other_usual: float, other_present: float) -> bool:
    apart = abs(one_usual - other_usual) >= APART
    return apart and abs(one_present - other_usual) <= NEAR and abs(other_present - one_usual) <= NEAR
