"""Corrections of a point: spans of offset, of doubt and of its checks, and what they make of a reading (pure).

The journal keeps what the device sent. A correction is an event; whoever reads, the rules, the page, a delivery, asks
here for the value and the quality at a time. A later event replaces earlier ones from its own `since` on. That a probe
was being checked stands in the journal beside the reading: the span decides when the reading comes, and never after.
"""

from bisect import bisect_right
from collections.abc import Iterable
from enum import StrEnum

import msgspec

from drivers.reading import Quality, Reason, exact

Spans = tuple[tuple[int, int | None], ...]
"""(since, until), by time and apart; `until` is None while it lasts."""
ALWAYS = 0
"""`since` of an offset that was in force before anybody wrote down since when."""


class Kind(StrEnum):
    """Of the events that correct a point."""

    OFFSET = "calibration_offset"
    DOUBT = "calibration_doubt"
    DUE = "calibration_due"
    TRUST = "calibration_trust"
    BEGUN = "calibration_begun"
    OVER = "calibration_over"


class Correction(msgspec.Struct, frozen=True, omit_defaults=True):
    """The body of such an event.

    Attributes:
        kind: an offset, the beginning of a doubt, a check that is due, a good check, a check that begins or is over.
        since: from when on it holds, UTC microseconds; a good check ends a doubt then, and is no longer due.
        offset: of an offset: what is added to a reading, in the point's unit.
        plan: the offset is that of kitchen.yaml.
        uncertainty: of a good check: the expanded one of readings from then on, in K.
        cause: why a check is due, a word of gateway.monitoring.probes.check_due.Cause.
        until: of a check that begins or is over: from when on the probe's readings are those of its place again.
    """

    kind: Kind
    since: int
    offset: float = 0.0
    plan: bool = False
    uncertainty: float | None = None
    cause: str | None = None
    until: int | None = None


class Corrections(msgspec.Struct, frozen=True):
    """All corrections of one point.

    Attributes:
        steps: (since, offset), by time: each holds until the next.
        doubts: (since, until), by time and apart; `until` is None while it lasts.
        overdue: (since, until) in which a check was due, likewise.
        overdue_cause: of the last of them.
        asked_at: when a check was last asked for; None when it never was.
        trusted_at: when the last good check was; None without one.
        planned: the offset that kitchen.yaml had last; None before it was seen.
        checks: (since, expanded uncertainty), by time: each holds until the next.
        away: (since, until) in which the probe was not at its place but being checked, likewise.
    """

    steps: tuple[tuple[int, float], ...] = ()
    doubts: Spans = ()
    overdue: Spans = ()
    overdue_cause: str | None = None
    asked_at: int | None = None
    trusted_at: int | None = None
    planned: float | None = None
    checks: tuple[tuple[int, float], ...] = ()
    away: Spans = ()

    @property
    def changes_nothing(self) -> bool:
        return not self.steps and not self.doubts and not self.overdue

    def offset(self, at: int) -> float:
        """What is added to a reading of `at`."""
        index = bisect_right(self.steps, at, key=_since)
        return self.steps[index - 1][1] if index else 0.0

    def value(self, value: float, at: int) -> float:
        """A reading of `at` with its offset, added as decimals: 3.4 + 0.1 is 3.5."""
        offset = self.offset(at)
        return float(exact(value) + exact(offset)) if offset else value

    def is_doubted(self, at: int) -> bool:
        """Whether a reading of `at` is suspect; the moment of the good check is not."""
        return _is_within(self.doubts, at)

    def was_doubted(self, since: int, until: int | None) -> bool:
        """Whether any reading from `since` to before `until` is suspect."""
        return any((until is None or begin < until) and (end is None or since < end) for begin, end in self.doubts)

    def is_overdue(self, at: int) -> bool:
        """Whether a check was due when a reading of `at` was measured."""
        return _is_within(self.overdue, at)

    def is_in_check(self, at: int) -> bool:
        """Whether a reading of `at` is of the check, or of the way back from it."""
        return bool(self.away) and _is_within(self.away, at)

    def back_at(self, now: int) -> int | None:
        """Until when a check that is under way sets readings aside at most; None while none does."""
        return self.away[-1][1] if self.is_in_check(now) else None

    @property
    def overdue_since(self) -> int | None:
        """Since when a check is due; None when none is."""
        return self.overdue[-1][0] if self.overdue and self.overdue[-1][1] is None else None

    def quality(self, quality: int, reason: str | None, at: int) -> tuple[Quality, str | None]:
        """A good reading of a doubted span is uncertain; what is worse already stays what it is.

        A check that is due says nothing against a reading: it stays good, and whoever reads it is told.
        """
        if quality == Quality.GOOD and self.is_doubted(at):
            return Quality.UNCERTAIN, Reason.CALIBRATION
        if quality == Quality.GOOD and reason is None and self.is_overdue(at):
            return Quality.GOOD, Reason.CALIBRATION_OVERDUE
        return Quality(quality), reason

    def with_(self, found: Correction) -> "Corrections":
        """These with one more behind them."""
        replace = msgspec.structs.replace
        match found.kind:
            case Kind.OFFSET:
                before = tuple(step for step in self.steps if step[0] < found.since)
                in_force = before[-1][1] if before else 0.0
                steps = before if found.offset == in_force else (*before, (found.since, found.offset))
                return replace(self, steps=steps, planned=found.offset if found.plan else self.planned)
            case Kind.DOUBT:
                return replace(self, doubts=_begun(self.doubts, found.since))
            case Kind.DUE:
                overdue = _begun(self.overdue, found.since)
                return replace(self, overdue=overdue, overdue_cause=found.cause, asked_at=found.since)
            case Kind.TRUST:
                doubts, overdue = (_ended(spans, found.since) for spans in (self.doubts, self.overdue))
                checks = self.checks
                if found.uncertainty is not None:
                    checks = (*(one for one in checks if one[0] < found.since), (found.since, found.uncertainty))
                trusted_at = max(found.since, self.trusted_at or 0)
                return replace(self, doubts=doubts, overdue=overdue, trusted_at=trusted_at, checks=checks)
            case Kind.BEGUN | Kind.OVER:
                return replace(self, away=(*_ended(_begun(self.away, found.since), found.until or found.since),))


def corrections(found: Iterable[Correction]) -> Corrections:
    """What events, in the order of the journal, come to."""
    told = Corrections()
    for one in found:
        told = told.with_(one)
    return told


def of_offset(offset: float) -> Corrections:
    """Those of a point of which no event is known: kitchen.yaml's offset, always."""
    return Corrections().with_(Correction(Kind.OFFSET, ALWAYS, offset, plan=True))


def uncertainty_by(checks: tuple[tuple[int, float], ...], at: int, planned: float) -> float:
    """The expanded uncertainty of a reading of `at`: that of the last good check, `planned` before any."""
    index = bisect_right(checks, at, key=_since)
    return checks[index - 1][1] if index else planned


def _since(step: tuple[int, float]) -> int:
    return step[0]


def _is_within(spans: Spans, at: int) -> bool:
    """Most readings are newer than every span: the newest is looked at first."""
    for since, until in reversed(spans):
        if at >= since:
            return until is None or at < until
    return False


def _begun(spans: Spans, since: int) -> Spans:
    """A span from `since` on that swallows every later one."""
    before = tuple(one for one in spans if one[1] is not None and one[1] < since)
    touched = [one[0] for one in spans if one[1] is None or one[1] >= since]
    return (*before, (min([since, *touched]), None))


def _ended(spans: Spans, at: int) -> Spans:
    return tuple((since, at if until is None else until) for since, until in spans if since < at or until is not None)
