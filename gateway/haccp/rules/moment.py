"""A moment that is not always known: what happens inside a gap lies somewhere between its two readings."""

import msgspec

from gateway.haccp.rules.trace import within
from gateway.haccp.rules.verdict import Outcome


class Moment(msgspec.Struct, frozen=True, gc=False):
    """Microseconds; the same twice when it is known."""

    earliest: int
    latest: int


def at(moment: int) -> Moment:
    """A moment that is known."""
    return Moment(moment, moment)


class Elapsed(msgspec.Struct, frozen=True, gc=False):
    """Microseconds between two moments: at least and at most. At most is what counts: time is charged, not given."""

    least: int
    most: int

    @property
    def gap(self) -> int:
        """How much of `most` was charged for gaps."""
        return self.most - self.least


def elapsed(start: Moment, end: Moment) -> Elapsed:
    """From the one to the other."""
    return Elapsed(max(end.earliest - start.latest, 0), max(end.latest - start.earliest, 0))


def in_time(duration: Elapsed, limit: int) -> Outcome:
    """Whether a duration keeps to its limit; INDETERMINATE when a gap hides which."""
    if within(duration.most, limit):
        return Outcome.PASS
    return Outcome.INDETERMINATE if within(duration.least, limit) else Outcome.FAIL
