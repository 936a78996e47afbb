"""Keep what a verdict needs beside a rule's state: the newest reading, and the curve since the food was hottest.

All rules of a batch share one. It grows in place, as arrays of numbers: a kitchen has hundreds of these, and objects
that lie scattered in memory are slow to reach.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterable
from typing import Self

from gateway.haccp.rules.trace import MINUTE, Sample

KEPT = 60 * MINUTE
"""Microseconds of the falling curve that are kept: more than the window of a forecast."""
_FEW = 20


class ReadingHistory:
    """Remember the newest reading, the number of readings, and the falling curve."""

    __slots__ = ("_times", "_values", "count", "last")

    def __init__(self) -> None:
        self.last: Sample | None = None
        self.count = 0
        self._times = array("q")
        self._values = array("d")

    @classmethod
    def of(cls, samples: Iterable[Sample]) -> Self:
        """Return the history of a trace in order of time."""
        history = cls()
        for sample in samples:
            history.take(sample)
        return history

    @property
    def last_at(self) -> int | None:
        """Return when the newest reading was taken."""
        return None if self.last is None else self.last.at

    @property
    def falling(self) -> list[tuple[int, float]]:
        """Return (microseconds, Cel) of the present sensor since the food was hottest there, for at least `KEPT`."""
        return list(zip(self._times, self._values, strict=True))

    def take(self, sample: Sample) -> None:
        """Add the next reading in order of time."""
        at, value, last, times = sample.at, sample.value, self.last, self._times
        if last is None or last.sensor != sample.sensor or value >= self._values[0]:
            del times[:], self._values[:]
        times.append(at)
        self._values.append(value)
        self.last = sample
        self.count += 1
        if at - times[0] > 2 * KEPT and len(times) > _FEW:
            oldest = min(bisect_left(times, at - KEPT), len(times) - _FEW)
            del times[:oldest], self._values[:oldest]

    def thinned(self, fewest: int) -> "ReadingHistory":
        """Return a copy with about `fewest` readings of the falling curve, if it has at least twice as many."""
        step = len(self._times) // fewest
        if step < 2 or len(self._times) == 2 * fewest:
            return self
        thin = ReadingHistory()
        thin.last, thin.count = self.last, self.count
        thin._times = self._times[:-1:step] + self._times[-1:]
        thin._values = self._values[:-1:step] + self._values[-1:]
        return thin
