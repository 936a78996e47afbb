"""What is told of a verdict: whether it is another one than before, and whether somebody must hear it."""

from collections.abc import Iterable
from enum import StrEnum

import msgspec

from gateway.alarms.kinds import AlarmLevel
from gateway.haccp.limits.eat_by import EAT_BY
from gateway.haccp.rules.eat_by import EatBy
from gateway.haccp.rules.trace import MINUTE
from gateway.haccp.rules.verdict import FORESEEN, Action, Outcome, Verdict, why, worst
from gateway.monitoring.batches.batch import ClockJump
from gateway.monitoring.batches.fold import Judged, Source
from gateway.monitoring.batches.track import doubts_in

_UNDECIDED = frozenset({Outcome.RUNNING, Outcome.INDETERMINATE})


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """A verdict that stands in the records; a later one supersedes it, nothing edits it.

    Attributes:
        final: nothing more could come when it was given.
        late: readings that came after their time led to it.
    """

    key: str
    batch: str
    control: str
    source: Source
    verdict: Verdict
    final: bool
    late: bool
    trace_hash: str
    computed_at: int
    supersedes: str | None
    profile: str
    profile_hash: str
    approved_by: str | None
    limits: dict[str, object]
    overrides: list[dict[str, object]]


def is_news(before: Given | None, found: Judged, *, final: bool, trace_hash: str) -> bool:
    """Whether a verdict is to be given: another outcome, or the last word on a trace that changed."""
    verdict = found.verdict
    if before is None:
        return final or verdict.outcome not in _UNDECIDED or verdict.decided_at is not None
    if final:
        return not before.final or before.trace_hash != trace_hash or _differ(before.verdict, verdict)
    return before.final or _differ(before.verdict, verdict)


def _differ(one: Verdict, other: Verdict) -> bool:
    if (one.outcome, one.action) != (other.outcome, other.action):
        return True
    if doubts_in(one.reasons) != doubts_in(other.reasons):
        return True
    # A forecast is made anew with each reading; it was first certain when it was first given.
    return one.outcome not in FORESEEN and one.decided_at != other.decided_at


def undatable(found: Judged, jump: ClockJump) -> Judged:
    """How a control of a batch stands whose clock was set: only what was decided before is certain, or against it."""
    verdict, as_read = _undatable(found.verdict, jump), _undatable(found.as_read, jump)
    return msgspec.structs.replace(found, verdict=verdict, as_read=as_read)


def _undatable(verdict: Verdict, jump: ClockJump) -> Verdict:
    if verdict.decided_at is not None and verdict.decided_at < jump.begin:
        return verdict
    reason = why("clock_set", minutes=f"{(jump.new - jump.old) / MINUTE:+.0f}")
    if verdict.outcome is Outcome.FAIL or verdict.outcome in FORESEEN:
        return msgspec.structs.replace(verdict, reasons=(*verdict.reasons, reason))
    return Verdict(outcome=Outcome.INDETERMINATE, reasons=(reason,))


class BatchReason(StrEnum):
    """Why a batch raises an alarm; each reason has words in gateway.messages."""

    FAIL = "fail"
    DISCARD = "discard"
    EAT_BY_OVER = "eat_by_over"
    EAT_BY_NEAR = "eat_by_near"
    PREDICTED_FAIL = "predicted_fail"
    INFEASIBLE = "infeasible"


LEVEL_OF = {
    BatchReason.FAIL: AlarmLevel.CRITICAL,
    BatchReason.DISCARD: AlarmLevel.CRITICAL,
    BatchReason.EAT_BY_OVER: AlarmLevel.CRITICAL,
    BatchReason.EAT_BY_NEAR: AlarmLevel.WARNING,
    BatchReason.PREDICTED_FAIL: AlarmLevel.WARNING,
    BatchReason.INFEASIBLE: AlarmLevel.WARNING,
}


class Failure(msgspec.Struct, frozen=True):
    """A control that a batch fails, or will, since a moment (UTC microseconds)."""

    judged: Judged
    reason: BatchReason
    since: int

    @property
    def control(self) -> str:
        return self.judged.control

    @property
    def level(self) -> AlarmLevel:
        return LEVEL_OF[self.reason]


def failure_of(judged: Judged, now: int) -> Failure | None:
    """Return what somebody must hear of a control; None if there is nothing. Uncertainty moves verdicts, not alarms."""
    reason = _reason_of(judged, now)
    return None if reason is None else Failure(judged, reason, _happened_at(judged, now))


def _reason_of(judged: Judged, now: int) -> BatchReason | None:
    match judged.as_read.outcome:
        case Outcome.FAIL if judged.control == EAT_BY.name:
            return BatchReason.EAT_BY_OVER
        case Outcome.FAIL:
            return BatchReason.DISCARD if judged.as_read.action is Action.DISCARD else BatchReason.FAIL
        case Outcome.PREDICTED_FAIL:
            return BatchReason.PREDICTED_FAIL
        case Outcome.INFEASIBLE:
            return BatchReason.INFEASIBLE
        case Outcome.RUNNING if judged.control == EAT_BY.name:
            warn_at = eat_by_warning(judged)
            return BatchReason.EAT_BY_NEAR if warn_at is not None and now >= warn_at else None
        case Outcome.RUNNING | Outcome.PASS | Outcome.INDETERMINATE:
            return None


def latest_eat_by(found: Judged) -> int | None:
    """Until when the food may be eaten, in UTC microseconds."""
    measure = found.as_read.measures.get("latest_eat_by")
    return None if measure is None or measure.value is None else round(measure.value)


def eat_by_warning(found: Judged) -> int | None:
    """From when on the time to eat by is near."""
    latest, rule = latest_eat_by(found), found.built.rule
    if latest is None or not isinstance(rule, EatBy) or rule.warning is None:
        return None
    return latest - rule.allowed + rule.warning


def _happened_at(found: Judged, now: int) -> int:
    """The moment that an alarm of it is about."""
    if found.control == EAT_BY.name:
        return (eat_by_warning(found) if found.as_read.outcome is Outcome.RUNNING else latest_eat_by(found)) or now
    return now if found.as_read.decided_at is None else found.as_read.decided_at


def number_of(found: Judged) -> tuple[float | None, float | None]:
    """The value and the limit that an alarm shows: of the first measure that is against the food.

    Of a time to eat by: the minutes from the alarm's moment until it, and the minutes that are allowed.
    """
    if isinstance(found.built.rule, EatBy):
        rule, near = found.built.rule, found.as_read.outcome is Outcome.RUNNING
        return (rule.allowed - (rule.warning or 0)) / MINUTE if near else 0.0, rule.allowed / MINUTE
    for measure in found.as_read.measures.values():
        if measure is not None and measure.verdict is found.as_read.outcome and measure.limit is not None:
            return measure.value, measure.limit
    return None, None


def overall(judged: Iterable[Judged]) -> Outcome | None:
    """The batch's own state: of all controls the worst speaks. What saw nothing is silent beside what decided."""
    found = list(judged)
    decided = {one.control for one in found if one.verdict.outcome not in _UNDECIDED}
    heard = [
        one.verdict.outcome for one in found if one.verdict.outcome not in _UNDECIDED or one.control not in decided
    ]
    return worst(heard) if heard else None


def remaining(latest: int | None, now: int) -> float | None:
    """Minutes until the food may be eaten no more."""
    return None if latest is None else (latest - now) / MINUTE
