"""Each reading of a point has a time of its own (pure but for one look into the journal).

A device's time is its identity: same point, time and value is the same reading, sent twice; another value at the same
time takes the next free microsecond, so that a repetition lands on itself. Arrival times are given out, never compared:
ten equal weights in one chunk are ten readings. They are whole milliseconds as far as they can be: what is behind that
point comes from wires, radio and schedulers, says nothing of the food, and is most of what a reading takes on the disk.
"""

from collections.abc import Callable

from gateway.monitoring.points.point import LivePoint

ValueAndQuality = tuple[float | None, int]
Lookup = Callable[[str, int], ValueAndQuality | None]


MILLISECOND = 1_000
"""Microseconds."""


def arrival_time(arrived_at: int, newest_at: int) -> int:
    """The time of a reading that has none of its own: the millisecond in which it arrived, if that is a new one."""
    whole = arrived_at // MILLISECOND * MILLISECOND
    return whole if whole > newest_at else arrived_at


class Timeline:
    """Gives out times. `lookup` asks the journal; what is not committed yet is remembered until `committed`."""

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup
        self._pending: dict[tuple[str, int], ValueAndQuality] = {}

    def committed(self) -> None:
        """The journal has all that was placed so far."""
        self._pending.clear()

    def place(self, point: LivePoint, at: int, value: float | None, quality: int, *, from_device: bool) -> int | None:
        """The time of its own that this reading gets; None when it is one that we have."""
        if at <= point.newest_at:
            free = self._free(point.id, at, value, quality, from_device)
            if free is None:
                return None
            at = free
        self._pending[point.id, at] = (value, quality)
        return at

    def _free(self, point: str, at: int, value: float | None, quality: int, from_device: bool) -> int | None:
        while (taken := self._at(point, at)) is not None:
            if from_device and taken == (value, quality):
                return None
            at += 1
        return at

    def _at(self, point: str, at: int) -> ValueAndQuality | None:
        return self._pending.get((point, at)) or self._lookup(point, at)
