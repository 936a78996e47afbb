"""Batches of food, their verdicts and the HACCP plan as people are told them, running or long past."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from msgspec import Meta
from msgspec.structs import asdict

from gateway.config.plan import NOT_APPROVED, HaccpPlan
from gateway.haccp.limits.eat_by import EAT_BY
from gateway.haccp.limits.exposure import EXPOSURE
from gateway.haccp.limits.kind import Built
from gateway.haccp.limits.kinds import BatchKindName
from gateway.haccp.rules.trace import Happening
from gateway.haccp.rules.verdict import TIME, Action, Measure, Outcome, Verdict
from gateway.messages import reason_words
from gateway.messages.words import TextShape
from gateway.monitoring.batches.batch import BatchState, FoodBatch, Proposal
from gateway.monitoring.batches.fold import JudgedControl, ReadingSource, TypedReading, TypedStep
from gateway.monitoring.batches.live import LiveBatch
from gateway.monitoring.batches.records import verdict_of
from gateway.monitoring.batches.verdicts import IssuedVerdict, eat_by_warning, latest_eat_by, overall
from gateway.records.shape import Moment, Shape, moment

_NOTHING = Built(None)
Notice = Annotated[str | None, Meta(description='"default profile, not approved" until somebody approves the plan')]


class OverrideNow(Shape, frozen=True):
    """A limit that this kitchen sets otherwise than its profile, and why."""

    control: str
    limit: str
    value: float | str
    reason: str
    food: str | None


class PlanNow(Shape, frozen=True):
    """The HACCP plan: whose limits, who approved them, what the kitchen sets otherwise."""

    profile: str
    profile_hash: str
    hash: str
    approved_by: str | None
    notice: Notice
    overrides: list[OverrideNow]
    batch_controls: tuple[BatchKindName, ...]


class MeasureNow(Shape, frozen=True):
    """A number of a verdict; of the unit `time` a moment."""

    value: float | Moment | None
    unit: str
    limit: float | None
    verdict: Outcome | None
    gap_min: Annotated[float | None, Meta(description="how much of it was charged for gaps")]
    low: float | None
    high: float | None


class VerdictNow(Shape, frozen=True):
    """How a control stands by one kind of readings."""

    key: Annotated[str | None, Meta(description="of the record of it; null while it is no more than a state")]
    control: BatchKindName
    source: ReadingSource
    verdict: Outcome
    action: Annotated[Action | None, Meta(description="what is to be done with the food")]
    decided_at: Annotated[Moment | None, Meta(description="the first moment at which it was certain")]
    measures: dict[str, MeasureNow]
    reasons: Annotated[list[str], Meta(description="in English")]
    told: Annotated[list[TextShape], Meta(description="the reasons in both languages")]
    final: Annotated[bool, Meta(description="nothing more could come when it was given")]
    late: Annotated[bool, Meta(description="readings that came after their time led to it")]
    limits: dict[str, Any]
    overrides: list[dict[str, Any]]
    profile: str
    profile_hash: str
    approved_by: str | None
    notice: Notice


class VerdictRecord(VerdictNow, frozen=True):
    """A verdict of the records, and which one it superseded; it is never edited."""

    number: int
    batch: str
    computed_at: Moment
    supersedes: str | None
    trace_hash: str


class MarkRecord(Shape, frozen=True):
    """Something that happened to a batch."""

    at: Moment
    event: Happening
    point: Annotated[str | None, Meta(description="of `moved`, the sensor from then on; null: at none")]
    school: str | None
    person: str | None
    note: str | None
    proposed: Annotated[bool, Meta(description="the trace says so, and no person")]


class OfferNow(Shape, frozen=True):
    """A proposal that waits for a person."""

    kind: Proposal
    at: Moment


class ClockJumpRecord(Shape, frozen=True):
    """The clock was set from `old` to `new` while the batch ran: how long anything took across that is not known."""

    old: Moment
    new: Moment


class TypedRecord(Shape, frozen=True):
    """A reading of a hand thermometer, in °C, marked as typed."""

    key: str
    at: Moment
    value: float
    instrument: str
    person: str
    step: TypedStep
    batch: str | None
    point: str | None
    source: Literal["typed"]


class BatchRecord(Shape, frozen=True):
    """What people and the trace said of a batch of food."""

    id: str
    product: str
    state: BatchState
    opened_at: Moment
    opened_by: str | None
    closed_at: Moment | None
    closed_by: str | None
    point: Annotated[str | None, Meta(description="the sensor at which it began")]
    food: str | None
    recipe: str | None
    portions: int | None
    note: str | None
    controls: tuple[BatchKindName, ...]
    marks: list[MarkRecord]
    offers: list[OfferNow]
    clock_jump: ClockJumpRecord | None


class BatchNow(BatchRecord, frozen=True):
    """A batch that runs or ended in the last days, and how its controls stand."""

    at_point: Annotated[str | None, Meta(description="the sensor at which it is now")]
    outcome: Annotated[Outcome | None, Meta(description="of all its controls the worst")]
    eat_by: Moment | None
    eat_by_near: Annotated[Moment | None, Meta(description="from when on that is near")]
    exposure_min: Annotated[float | None, Meta(description="minutes in the danger zone so far")]
    exposure_left_min: float | None
    action: Action | None
    judged_at: Moment | None
    catching_up: Annotated[bool, Meta(description="after a start, until it is folded from the journal")]
    verdicts: list[VerdictNow]
    typed: list[TypedRecord]


class TypedOfBatch(Shape, frozen=True):
    """What was typed for a batch, and the batch as it stands by that."""

    typed: TypedRecord
    batch: BatchNow


def plan_now(plan: HaccpPlan) -> PlanNow:
    return PlanNow.of(plan, profile=plan.profile.id, overrides=[OverrideNow.of(each) for each in plan.overrides])


def batch_record(batch: FoodBatch) -> BatchRecord:
    return BatchRecord.of(batch, **_parts(batch))


def _parts(batch: FoodBatch) -> dict[str, Any]:
    return {
        "marks": [MarkRecord.of(mark) for mark in batch.marks],
        "offers": [OfferNow.of(offer) for offer in batch.offers],
        "clock_jump": None if batch.clock_jump is None else ClockJumpRecord.of(batch.clock_jump),
    }


def batch_now(live: LiveBatch, plan: HaccpPlan) -> BatchNow:
    """A batch as it stands."""
    eat_by = _of(live.judged, EAT_BY.name)
    exposure = _of(live.judged, EXPOSURE.name)
    measures = {} if exposure is None else exposure.verdict.measures
    return BatchNow.of(
        live.batch,
        **_parts(live.batch),
        outcome=overall(live.judged or _recorded(live.issued.values())),
        eat_by=None if eat_by is None else moment(latest_eat_by(eat_by)),
        eat_by_near=None if eat_by is None else moment(eat_by_warning(eat_by)),
        exposure_min=_value(measures, "minutes_in_band"),
        exposure_left_min=_value(measures, "remaining_min"),
        action=exposure.verdict.action if exposure is not None and measures else None,
        judged_at=moment(live.judged_at or None),
        catching_up=live.fold is None,
        verdicts=[_judged(each, live, plan) for each in live.judged]
        or [given_now(given) for given in live.issued.values()],
        typed=[typed_record(reading) for reading in live.typed],
    )


def _of(judged: Iterable[JudgedControl], control: str) -> JudgedControl | None:
    return next((each for each in judged if each.control is control), None)


def _recorded(given: Iterable[IssuedVerdict]) -> list[JudgedControl]:
    return [JudgedControl(each.control, each.source, each.verdict, each.verdict, _NOTHING) for each in given]


def _value(measures: Mapping[str, Measure | None], name: str) -> float | None:
    measure = measures.get(name)
    return None if measure is None else measure.value


def _judged(judged: JudgedControl, live: LiveBatch, plan: HaccpPlan) -> VerdictNow:
    given = live.issued.get((judged.control, judged.source))
    return VerdictNow(
        key=None if given is None else given.key,
        control=judged.control,
        source=judged.source,
        **_outcome(judged.verdict),
        final=given is not None and given.final,
        late=given is not None and given.late,
        limits=dict(judged.built.shown),
        overrides=plan.shown_overrides(judged.control, live.batch.food),
        profile=plan.profile.id,
        profile_hash=plan.profile_hash,
        approved_by=plan.approved_by,
        notice=plan.notice,
    )


def given_now(given: IssuedVerdict) -> VerdictNow:
    """A verdict of the records, as far as one that is not recorded has the same."""
    notice = NOT_APPROVED if given.approved_by is None else None
    return VerdictNow.of(given, **_outcome(given.verdict), notice=notice)


def verdict_record(row: tuple[Any, ...]) -> VerdictRecord:
    """A verdict of a row of the journal."""
    given = verdict_of(row)
    return VerdictRecord(
        **asdict(given_now(given)),
        number=row[0],
        batch=given.batch,
        computed_at=moment(given.computed_at),
        supersedes=given.supersedes,
        trace_hash=given.trace_hash,
    )


def _outcome(verdict: Verdict) -> dict[str, Any]:
    words = [reason_words(reason) for reason in verdict.reasons]
    return {
        "verdict": verdict.outcome,
        "action": verdict.action,
        "decided_at": moment(verdict.decided_at),
        "measures": {
            name: MeasureNow.of(measure, value=_shown(measure))
            for name, measure in verdict.measures.items()
            if measure is not None and measure.says_something
        },
        "reasons": [each["en"] for each in words],
        "told": words,
    }


def _shown(measure: Measure) -> float | Moment | None:
    return measure.value if measure.value is None or measure.unit != TIME else moment(round(measure.value))


def typed_record(reading: TypedReading) -> TypedRecord:
    return TypedRecord.of(reading, source="typed")
