"""Find deviations of holding: a value beyond its limit for longer than the on-delay (pure fold).

Between two readings the value is taken as linear, so the crossing of a limit has a time of its own. A value exactly at
the limit satisfies it. A deviation begins at the crossing and is raised when it has lasted for the on-delay without a
break; it has returned when the value has been inside by at least the deadband, without a break, for the off-delay
(ISA-18.2-2016, on-delay, off-delay and deadband).

Between two readings further apart than `max_gap` nothing is known. When both are beyond the limit the time between
counts as beyond (Codex CXC 1-1969: what was not monitored is not under control); any other gap counts for nothing.
"""

from enum import StrEnum
from typing import NamedTuple

import msgspec

from gateway.haccp.rules.trace import ROUNDING

VERSION = "holding-2"
"""It changes when the same readings would give another result; states of an older version are folded anew."""


class Side(StrEnum):
    """Name the dangerous side of a limit."""

    ABOVE = "above"
    BELOW = "below"


class AlarmLimit(msgspec.Struct, frozen=True, gc=False):
    """Hold one limit: its level (critical, warning), its value in Cel, and its delays in microseconds."""

    level: str
    value: float
    on_delay: int
    off_delay: int


class HoldingRule(msgspec.Struct, frozen=True):
    """Hold the limits on one side of a control point; `deadband` in K, `max_gap` in microseconds."""

    side: Side
    limits: tuple[AlarmLimit, ...]
    deadband: float
    max_gap: int


class AlarmCourse(msgspec.Struct, frozen=True, gc=False):
    """Hold the state of one limit that is passed.

    Attributes:
        started_at: the crossing, while the value is beyond the limit or its deviation is raised.
        raised: the on-delay has passed.
        inside_since: while raised, since when the value has been inside by the deadband.
        worst: the value furthest beyond since `started_at`.
    """

    started_at: int
    raised: bool
    inside_since: int | None
    worst: float


class HoldingState(msgspec.Struct, frozen=True, gc=False):
    """Hold the newest judged reading, and the state of each limit that is passed, by level."""

    at: int
    value: float
    courses: dict[str, AlarmCourse]


class Raised(msgspec.Struct, frozen=True, gc=False):
    """Report a deviation that started at the crossing and was raised at `at`, when the on-delay had passed."""

    level: str
    started_at: int
    at: int
    value: float
    limit: float


class Returned(msgspec.Struct, frozen=True, gc=False):
    """Report that the deviation that started at `started_at` returned to normal at `at`."""

    level: str
    started_at: int
    at: int
    worst: float


Change = Raised | Returned
_NOTHING: tuple[Change, ...] = ()


def fold(
    rule: HoldingRule, state: HoldingState | None, at: int, value: float
) -> tuple[HoldingState, tuple[Change, ...]]:
    """Take the next reading in order of time (`at` in UTC microseconds, `value` in Cel)."""
    courses = {} if state is None else state.courses
    if not courses and _within_all(rule, value):
        return HoldingState(at, value, courses), _NOTHING
    joined = state is not None and at - state.at <= rule.max_gap
    segment = _Segment((state.at, state.value) if joined and state is not None else None, at, value)
    changes: list[Change] = []
    passed: dict[str, AlarmCourse] = {}
    for limit in rule.limits:
        course = _step(rule, limit, courses.get(limit.level), segment, changes)
        if course is not None:
            passed[limit.level] = course
    return HoldingState(at, value, passed), tuple(changes)


def _within_all(rule: HoldingRule, value: float) -> bool:
    """Return whether a value is within all limits; written out, since nearly every reading of a kitchen ends here."""
    above = rule.side is Side.ABOVE
    for limit in rule.limits:  # noqa: SIM110 - a generator costs more than the comparison
        if value > limit.value if above else value < limit.value:
            return False
    return True


def _beyond(side: Side, value: float, limit: float) -> float:
    """Return how far a value is beyond the limit, in K; 0 or less is inside."""
    return value - limit if side is Side.ABOVE else limit - value


class _Segment(NamedTuple):
    """Hold the straight line from the reading before (None after a gap) to this one."""

    before: tuple[int, float] | None
    at: int
    value: float

    def crossing(self, level: float, *, otherwise: int) -> int:
        """Return when the line crosses `level`; `otherwise` if it does not, or there is no line."""
        if self.before is None:
            return otherwise
        at, value = self.before
        if value == self.value or not min(value, self.value) <= level <= max(value, self.value):
            return otherwise
        return at + round((self.at - at) * (level - value) / (self.value - value))


def _step(
    rule: HoldingRule, limit: AlarmLimit, course: AlarmCourse | None, segment: _Segment, changes: list[Change]
) -> AlarmCourse | None:
    """Take one reading into one limit: end the deviation that returned before it, begin a new one."""
    if course is not None and not course.raised:
        course = _pending(rule, limit, course, segment, changes)
    if course is not None and course.raised:
        course = _active(rule, limit, course, segment, changes)
    if course is None and _beyond(rule.side, segment.value, limit.value) > 0:
        started_at = segment.crossing(limit.value, otherwise=segment.at)
        course = AlarmCourse(started_at, raised=False, inside_since=None, worst=segment.value)
        course = _raise_when_due(limit, course, segment.at, segment.value, changes)
    return course


def _pending(
    rule: HoldingRule, limit: AlarmLimit, course: AlarmCourse, segment: _Segment, changes: list[Change]
) -> AlarmCourse | None:
    """Take a reading while the on-delay runs."""
    if _beyond(rule.side, segment.value, limit.value) > 0:
        return _raise_when_due(limit, _worse(rule, course, segment.value), segment.at, segment.value, changes)
    if segment.before is None:
        return None
    until = segment.crossing(limit.value, otherwise=segment.at)
    if until - course.started_at <= limit.on_delay + ROUNDING:  # back inside when the delay ended: within it
        return None
    return _raise_when_due(limit, course, until, segment.before[1], changes)


def _raise_when_due(
    limit: AlarmLimit, course: AlarmCourse, until: int, value: float, changes: list[Change]
) -> AlarmCourse:
    due = course.started_at + limit.on_delay
    if until < due:
        return course
    changes.append(Raised(limit.level, course.started_at, due, value, limit.value))
    return msgspec.structs.replace(course, raised=True)


def _active(
    rule: HoldingRule, limit: AlarmLimit, course: AlarmCourse, segment: _Segment, changes: list[Change]
) -> AlarmCourse | None:
    """Take a reading while the deviation is raised: it ends after the off-delay inside the deadband."""
    clear = limit.value - rule.deadband if rule.side is Side.ABOVE else limit.value + rule.deadband
    inside = _beyond(rule.side, segment.value, clear) <= 0
    since = course.inside_since if segment.before is not None else None
    if since is None and inside:
        since = segment.crossing(clear, otherwise=segment.at)
    if since is not None:
        until = segment.at if inside else segment.crossing(clear, otherwise=segment.at)
        if until - since >= limit.off_delay:
            changes.append(Returned(limit.level, course.started_at, since + limit.off_delay, course.worst))
            return None
    if inside:
        return msgspec.structs.replace(course, inside_since=since)
    return msgspec.structs.replace(_worse(rule, course, segment.value), inside_since=None)


def _worse(rule: HoldingRule, course: AlarmCourse, value: float) -> AlarmCourse:
    if _beyond(rule.side, value, course.worst) <= 0:
        return course
    return msgspec.structs.replace(course, worst=value)


def to_json(state: HoldingState) -> str:
    """Encode the state for the journal."""
    return msgspec.json.encode(state).decode()


def from_json(text: str) -> HoldingState:
    """Decode a state that `to_json` encoded.

    Raises:
        msgspec.DecodeError: it is no such state.
    """
    return msgspec.json.decode(text, type=HoldingState)
