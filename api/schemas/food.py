"""The answers about batches of food, their verdicts and typed readings."""

from api.schemas.answers import Answer
from gateway.monitoring.batches.snapshot import BatchNow, BatchRecord, PlanNow, TypedRecord, VerdictRecord
from gateway.records.shape import Moment, Shape


class BatchesAnswer(Answer, frozen=True):
    """GET /api/batches: what runs, and what ended in the last days."""

    batches: list[BatchNow]
    haccp: PlanNow


class PastBatch(BatchRecord, frozen=True):
    """A batch that is long over, with the verdicts that stand."""

    verdicts: list[VerdictRecord]


class PastBatchesAnswer(Shape, frozen=True):
    """GET /api/batches?state=all, newest first; `next` is the `before` of the next page, null at the end."""

    batches: list[BatchRecord]
    next: Moment | None


class VerdictsAnswer(Shape, frozen=True):
    """GET /api/verdicts, newest first; `next` is the `before` of the next page, null at the end."""

    verdicts: list[VerdictRecord]
    next: int | None


class NumberedTyped(TypedRecord, frozen=True):
    """A typed reading and its place among all of them."""

    number: int


class TypedReadingsAnswer(Shape, frozen=True):
    """GET /api/typed-readings, newest first; `next` is the `before` of the next page, null at the end."""

    typed: list[NumberedTyped]
    next: int | None
