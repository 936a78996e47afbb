"""Handle moments that are not exactly known: what happens inside a gap lies between its two readings."""

import msgspec

from gateway.haccp.rules.trace import within
from gateway.haccp.rules.verdict import Outcome


class Moment(msgspec.Struct, frozen=True, gc=False):
    """Hold the earliest and the latest possible time in microseconds; they are equal if it is known."""

    earliest: int
    latest: int


def at(moment: int) -> Moment:
    """Return a moment that is known."""
    return Moment(moment, moment)


class Elapsed(msgspec.Struct, frozen=True, gc=False):
    """Hold the least and the most microseconds between two moments. The most counts against the food."""

    least: int
    most: int

    @property
    def gap(self) -> int:
        """Return how much of `most` was charged for gaps."""
        return self.most - self.least


def elapsed(start: Moment, end: Moment) -> Elapsed:
    """Return the time from one moment to another."""
    return Elapsed(max(end.earliest - start.latest, 0), max(end.latest - start.earliest, 0))


def in_time(duration: Elapsed, limit: int) -> Outcome:
    """Judge whether a duration keeps to its limit; INDETERMINATE if a gap hides it."""
    if within(duration.most, limit):
        return Outcome.PASS
    return Outcome.INDETERMINATE if within(duration.least, limit) else Outcome.FAIL
