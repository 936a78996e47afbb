"""Judge one limit of a holding control over a run: the time beyond it, and which excursions were breaches.

An excursion is an unbroken time beyond the limit; it is a breach if it lasts longer than the on-delay. A gap with both
ends beyond counts as beyond, and the on-delay runs through it. Any other gap does not count, and hides a breach if it
is longer than the on-delay. Alarms are those of `gateway.haccp.rules.holding`, which the live gateway folds.
"""

import msgspec

from gateway.haccp.rules import holding
from gateway.haccp.rules.holding import AlarmLimit, HoldingRule, HoldingState, Raised, Returned, Side
from gateway.haccp.rules.rule import moved_up
from gateway.haccp.rules.trace import Joint, Sample, Segment, Span, above, below, full, within

_UNJOINED = -1
"""A `max_gap` that makes any two readings a gap."""


class LimitRow(msgspec.Struct, frozen=True):
    """Hold a limit of a level (critical, warning) on one side; delays in microseconds, deadband in the value's unit."""

    level: str
    side: Side
    value: float
    on_delay: int = 0
    off_delay: int = 0
    deadband: float = 0.5

    def moved(self, by: float) -> "LimitRow":
        signed = by if self.side is Side.BELOW else -by
        return msgspec.structs.replace(self, value=moved_up(self.value, signed))

    def is_beyond(self, value: float) -> bool:
        return value > self.value if self.side is Side.ABOVE else value < self.value

    def beyond(self, segment: Segment) -> Span | None:
        return above(segment, self.value) if self.side is Side.ABOVE else below(segment, self.value)

    def holding(self, max_gap: int) -> HoldingRule:
        """Return the live rule that alarms at this limit."""
        limit = AlarmLimit(self.level, self.value, self.on_delay, self.off_delay)
        return HoldingRule(self.side, (limit,), self.deadband, max_gap)


class Breach(msgspec.Struct, frozen=True, gc=False):
    """Record an excursion that outlasted the on-delay; `ended_at` is when the value was back within the limit."""

    started_at: int
    raised_at: int
    ended_at: int | None = None

    def overlaps(self, other: "Breach") -> bool:
        """Return whether one deviation passed two limits of a side; one that begins where another ends is another."""
        if self.started_at == other.started_at or self.ended_at == other.ended_at:
            return True
        return (self.ended_at is None or other.started_at < self.ended_at) and (
            other.ended_at is None or self.started_at < other.ended_at
        )


class AlarmSpan(msgspec.Struct, frozen=True, gc=False):
    """Record when the alarm of a limit sounded; `cleared_at` is None while it does."""

    level: str
    limit: float
    raised_at: int
    cleared_at: int | None = None


class Excursion(msgspec.Struct, frozen=True, gc=False):
    """Record an unbroken time beyond the limit: its start, how much of it was a gap, and its length when it is over."""

    since: int
    gap: int = 0
    length: int = 0


class RowCourse(msgspec.Struct, frozen=True):
    """Hold the state of one limit: `total` and `gap` sum the excursions that are over, `alarm` is None at rest."""

    now: Excursion | None = None
    longest: Excursion | None = None
    total: int = 0
    gap: int = 0
    hidden: bool = False
    breaches: tuple[Breach, ...] = ()
    alarms: tuple[AlarmSpan, ...] = ()
    alarm: HoldingState | None = None


AT_REST = RowCourse()


def begin(row: LimitRow, sample: Sample) -> RowCourse:
    """Return the state after the first reading of a run."""
    if not row.is_beyond(sample.value):
        return AT_REST
    return _opened(row, _sound(row, AT_REST, None, sample, _UNJOINED), sample.at)


def step(row: LimitRow, course: RowCourse, segment: Segment, max_gap: int) -> RowCourse:
    """Return the state after the next reading, at the end of the segment."""
    line = segment.joint is Joint.LINE
    if line and course.alarm is None and not row.is_beyond(segment.last):
        return course
    before = course.alarm or HoldingState(segment.start, segment.first, {})
    course = _sound(row, course, before, Sample(segment.end, segment.last), max_gap if line else _UNJOINED)
    return _along(row, course, segment) if line else _over_gap(row, course, segment)


def until(course: RowCourse, at: int) -> tuple[int, int, Excursion | None]:
    """Return the microseconds beyond, how many of them were gaps, and the longest excursion, as of `at`."""
    if course.now is None:
        return course.total, course.gap, course.longest
    present = msgspec.structs.replace(course.now, length=at - course.now.since)
    return course.total + present.length, course.gap + present.gap, _longer(course.longest, present)


def _along(row: LimitRow, course: RowCourse, segment: Segment) -> RowCourse:
    span = row.beyond(segment)
    if span is None:  # a limit that has just moved with the probe's uncertainty leaves the excursion behind
        return _closed(row, course, segment.start)
    if course.now is None:
        course = _opened(row, course, span[0])
    if row.is_beyond(segment.last):
        return _counted(row, course, segment.end)
    return _closed(row, course, span[1])


def _over_gap(row: LimitRow, course: RowCourse, segment: Segment) -> RowCourse:
    beyond = row.is_beyond(segment.last)
    if course.now is not None and beyond:
        charged = segment.length if segment.joint is Joint.GAP else 0
        now = msgspec.structs.replace(course.now, gap=course.now.gap + charged)
        return _counted(row, msgspec.structs.replace(course, now=now), segment.end)
    if course.now is not None:
        course = _closed(row, course, segment.start)
    if segment.joint is Joint.GAP and not within(segment.length, row.on_delay):
        course = msgspec.structs.replace(course, hidden=True)
    return _opened(row, course, segment.end) if beyond else course


def _opened(row: LimitRow, course: RowCourse, since: int) -> RowCourse:
    return _counted(row, msgspec.structs.replace(course, now=Excursion(since)), since)


def _counted(row: LimitRow, course: RowCourse, at: int) -> RowCourse:
    """Count an excursion that still goes on at `at` as a breach once the on-delay has passed."""
    now = course.now
    if now is None or _is_open(course) or not full(at - now.since, row.on_delay):
        return course
    breach = Breach(now.since, now.since + row.on_delay)
    return msgspec.structs.replace(course, breaches=(*course.breaches, breach))


def _closed(row: LimitRow, course: RowCourse, at: int) -> RowCourse:
    """End the excursion at `at`; one exactly as long as the on-delay is no breach."""
    now = course.now
    if now is None:
        return course
    breaches = course.breaches
    if _is_open(course):
        breaches = (*breaches[:-1], msgspec.structs.replace(breaches[-1], ended_at=at))
    elif not within(at - now.since, row.on_delay):
        breaches = (*breaches, Breach(now.since, now.since + row.on_delay, at))
    over = msgspec.structs.replace(now, length=at - now.since)
    return msgspec.structs.replace(
        course,
        now=None,
        longest=_longer(course.longest, over),
        total=course.total + over.length,
        gap=course.gap + over.gap,
        breaches=breaches,
    )


def _is_open(course: RowCourse) -> bool:
    return bool(course.breaches) and course.breaches[-1].ended_at is None


def _longer(longest: Excursion | None, other: Excursion) -> Excursion:
    return other if longest is None or other.length > longest.length else longest


def _sound(row: LimitRow, course: RowCourse, before: HoldingState | None, sample: Sample, max_gap: int) -> RowCourse:
    state, changes = holding.fold(row.holding(max_gap), before, sample.at, sample.value)
    alarms = course.alarms
    for change in changes:
        match change:
            case Raised():
                alarms = (*alarms, AlarmSpan(change.level, change.limit, change.at))
            case Returned():
                alarms = (*alarms[:-1], msgspec.structs.replace(alarms[-1], cleared_at=change.at))
    return msgspec.structs.replace(course, alarm=state if state.courses else None, alarms=alarms)
