"""Decide when a batch's verdict is issued anew, and what of it raises an alarm (pure)."""

from collections.abc import Iterable
from enum import StrEnum

import msgspec

from gateway.alarms.kinds import AlarmLevel
from gateway.haccp.limits.eat_by import EAT_BY
from gateway.haccp.rules.eat_by import EatBy
from gateway.haccp.rules.trace import MINUTE
from gateway.haccp.rules.verdict import FORESEEN, Action, Outcome, Verdict, why, worst
from gateway.monitoring.batches.batch import ClockJump
from gateway.monitoring.batches.fold import JudgedControl, ReadingSource
from gateway.monitoring.batches.track import doubts_in

_UNDECIDED = frozenset({Outcome.RUNNING, Outcome.INDETERMINATE})


class IssuedVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """A verdict in the records. A later one supersedes it; nothing edits it.

    Attributes:
        key: batch, control, source and number.
        batch: its id.
        control: its kind.
        source: of the readings.
        verdict: the outcome, with its measures and reasons.
        final: nothing more could come when it was issued.
        late: readings that came after their time led to it.
        trace_hash: of all that was judged, in a final one.
        computed_at: when it was issued, in UTC microseconds.
        supersedes: the key of the one before.
        profile: whose limits, with `profile_hash` as they were.
        approved_by: the person who approved the plan.
        limits: as they were.
        overrides: what the kitchen set otherwise.
    """

    key: str
    batch: str
    control: str
    source: ReadingSource
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


def is_due(before: IssuedVerdict | None, judged: JudgedControl, *, final: bool, trace_hash: str) -> bool:
    """Whether a verdict has to be issued: it has another outcome, or is the last one of a trace that changed."""
    verdict = judged.verdict
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
    # A forecast is made anew with each reading; it was first certain when it was first issued.
    return one.outcome not in FORESEEN and one.decided_at != other.decided_at


def judged_across_jump(judged: JudgedControl, jump: ClockJump) -> JudgedControl:
    """Return a control of a batch whose clock was set: certain is only what was decided before, or is a failure."""
    verdict, as_read = _verdict_across_jump(judged.verdict, jump), _verdict_across_jump(judged.as_read, jump)
    return msgspec.structs.replace(judged, verdict=verdict, as_read=as_read)


def _verdict_across_jump(verdict: Verdict, jump: ClockJump) -> Verdict:
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

    judged: JudgedControl
    reason: BatchReason
    since: int

    @property
    def control(self) -> str:
        return self.judged.control

    @property
    def level(self) -> AlarmLevel:
        return LEVEL_OF[self.reason]


def failure_of(judged: JudgedControl, now: int) -> Failure | None:
    """Return the failure that a control shows; None if it shows none. Uncertainty moves verdicts, not alarms."""
    reason = _reason_of(judged, now)
    return None if reason is None else Failure(judged, reason, _failed_at(judged, now))


def _reason_of(judged: JudgedControl, now: int) -> BatchReason | None:
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


def latest_eat_by(judged: JudgedControl) -> int | None:
    """Return until when the food may be eaten, in UTC microseconds."""
    measure = judged.as_read.measures.get("latest_eat_by")
    return None if measure is None or measure.value is None else round(measure.value)


def eat_by_warning(judged: JudgedControl) -> int | None:
    """Return from when on the time to eat by is near, in UTC microseconds."""
    latest, rule = latest_eat_by(judged), judged.built.rule
    if latest is None or not isinstance(rule, EatBy) or rule.warning is None:
        return None
    return latest - rule.allowed + rule.warning


def _failed_at(judged: JudgedControl, now: int) -> int:
    if judged.control == EAT_BY.name:
        near = judged.as_read.outcome is Outcome.RUNNING
        return (eat_by_warning(judged) if near else latest_eat_by(judged)) or now
    return now if judged.as_read.decided_at is None else judged.as_read.decided_at


def number_of(judged: JudgedControl) -> tuple[float | None, float | None]:
    """Return the value and the limit that an alarm shows: of the first measure that makes the control fail.

    Of a time to eat by: the minutes from the alarm until it, and the minutes that are allowed.
    """
    if isinstance(judged.built.rule, EatBy):
        rule, near = judged.built.rule, judged.as_read.outcome is Outcome.RUNNING
        return (rule.allowed - (rule.warning or 0)) / MINUTE if near else 0.0, rule.allowed / MINUTE
    for measure in judged.as_read.measures.values():
        if measure is not None and measure.verdict is judged.as_read.outcome and measure.limit is not None:
            return measure.value, measure.limit
    return None, None


def overall(judged: Iterable[JudgedControl]) -> Outcome | None:
    """Return the worst outcome of all controls; an undecided one does not count beside a decided one of its control."""
    controls = list(judged)
    decided = {one.control for one in controls if one.verdict.outcome not in _UNDECIDED}
    outcomes = [
        one.verdict.outcome for one in controls if one.verdict.outcome not in _UNDECIDED or one.control not in decided
    ]
    return worst(outcomes) if outcomes else None
