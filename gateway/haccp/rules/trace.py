"""Define what a rule folds: readings and marks in order of time, and what is known between two readings.

Between two readings the value is taken as linear, so that the crossing of a limit has a time of its own. Two readings
further apart than `max_gap` have a gap between them, of which nothing is known. Two readings of different sensors have
none of their own curve between them either, however close they are: the food was being moved.

Times are UTC microseconds (or microseconds since a trace's minute 0), values Cel unless a rule says otherwise. Each
crossing is rounded to the microsecond, so durations are compared with `within`.
"""

import math
from collections.abc import Iterable, Iterator
from enum import Enum, StrEnum

import msgspec

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE

ROUNDING = 100
"""Microseconds; the error of a sum of rounded crossings, which no probe in a kitchen resolves."""


class Happening(StrEnum):
    """Name an event that a person marks in the life of a batch."""

    COOKING_STARTED = "cooking_started"
    COOKING_ENDED = "cooking_ended"
    MOVED = "moved"
    PACKED = "packed"
    DEPARTED = "departed"
    ARRIVED = "arrived"
    EATEN = "eaten"
    DISCARDED = "discarded"
    REHEATING_STARTED = "reheating_started"


_BEFORE_ITS_READING = frozenset({Happening.COOKING_STARTED, Happening.REHEATING_STARTED})


class Sample(msgspec.Struct, frozen=True, gc=False):
    """Hold a reading to be judged; `sensor` matters only if a batch moves between several."""

    at: int
    value: float
    sensor: str | None = None


class Mark(msgspec.Struct, frozen=True, gc=False):
    """Record an event in the life of a batch."""

    at: int
    event: Happening


Event = Sample | Mark


class Joint(Enum):
    """Say what is known between two readings."""

    LINE = "line"
    MOVE = "move"
    GAP = "gap"


class Segment(msgspec.Struct, frozen=True, gc=False):
    """Connect two readings that follow each other."""

    start: int
    first: float
    end: int
    last: float
    joint: Joint

    @property
    def length(self) -> int:
        return self.end - self.start


Span = tuple[int, int]


def segment_between(before: Sample, after: Sample, max_gap: int) -> Segment:
    """Return the segment between two readings that follow each other."""
    joint = Joint.LINE if before.sensor == after.sensor else Joint.MOVE
    if after.at - before.at > max_gap:
        joint = Joint.GAP
    return Segment(before.at, before.value, after.at, after.value, joint)


def crossing(segment: Segment, level: float) -> int:
    """Return when the line crosses a level that lies between its ends."""
    share = (level - segment.first) / (segment.last - segment.first)
    return segment.start + round(segment.length * share)


def value_at(segment: Segment, at: int) -> float:
    """Return the value on the line at a time within it."""
    if at >= segment.end:
        return segment.last
    return segment.first + (segment.last - segment.first) * (at - segment.start) / segment.length


def clip(segment: Segment, start: int | None, end: int | None) -> Segment | None:
    """Return the part of a segment from `start` to `end` (None is open); None if nothing is left.

    Where a gap is cut the value is unknown: it is NaN, which is neither beyond a limit nor within.
    """
    if (start is None or start <= segment.start) and (end is None or end >= segment.end):
        return segment
    begin = segment.start if start is None else max(segment.start, start)
    finish = segment.end if end is None else min(segment.end, end)
    if begin > finish:
        return None
    if segment.joint is Joint.LINE:
        return Segment(begin, value_at(segment, begin), finish, value_at(segment, finish), segment.joint)
    first = segment.first if begin == segment.start else math.nan
    last = segment.last if finish == segment.end else math.nan
    return Segment(begin, first, finish, last, segment.joint)


def at_or_above(segment: Segment, level: float) -> Span | None:
    """Return when the line is at the level or above it; equality satisfies a limit."""
    if segment.first >= level:
        return (segment.start, segment.end if segment.last >= level else crossing(segment, level))
    return (crossing(segment, level), segment.end) if segment.last >= level else None


def above(segment: Segment, level: float) -> Span | None:
    """Return when the line is above the level."""
    if segment.first > level:
        return (segment.start, segment.end if segment.last > level else crossing(segment, level))
    return (crossing(segment, level), segment.end) if segment.last > level else None


def below(segment: Segment, level: float) -> Span | None:
    """Return when the line is below the level."""
    return above(msgspec.structs.replace(segment, first=-segment.first, last=-segment.last), -level)


def between(segment: Segment, low: float, high: float) -> Span | None:
    """Return when the line is above `low` and below `high`, both excluded."""
    first, last = segment.first, segment.last
    if low < first < high and low < last < high:
        return (segment.start, segment.end)
    if (first <= low and last <= low) or (first >= high and last >= high):
        return None
    over, under = above(segment, low), below(segment, high)
    if over is None or under is None:
        return None
    span = (max(over[0], under[0]), min(over[1], under[1]))
    return span if span[0] < span[1] else None


def within(duration: int, limit: int) -> bool:
    """Return whether a duration is at most the limit."""
    return duration <= limit + ROUNDING


def full(duration: int, needed: int) -> bool:
    """Return whether a duration is at least as long as needed."""
    return duration >= needed - ROUNDING


def in_order(samples: Iterable[Sample], marks: Iterable[Mark]) -> Iterator[Event]:
    """Merge readings and marks in order of time; a start precedes the reading of its moment, an end follows it."""
    ranked: list[tuple[int, int, Event]] = [(sample.at, 1, sample) for sample in samples]
    ranked += [(mark.at, 0 if mark.event in _BEFORE_ITS_READING else 2, mark) for mark in marks]
    return (event for _, _, event in sorted(ranked, key=lambda ranked: ranked[:2]))
