"""The command by which a person types what a hand thermometer shows."""

from typing import Annotated

from msgspec import Meta

from gateway.monitoring.batches.fold import TypedReading, TypedStep
from gateway.monitoring.batches.scope import LONGEST_AGO, BatchScope
from gateway.monitoring.batches.snapshot import TypedOfBatch, typed_record
from gateway.monitoring.batches.typed_points import TypedOfPoint
from gateway.records.commands import Asked, Call, Celsius, Name, PastMoment, RefusedError
from gateway.records.transaction import Transaction


class TypeReading(Asked, frozen=True, kw_only=True):
    """Type what a hand thermometer shows, of a batch or at a point."""

    command = "typed_reading"
    batch: Name | None = None
    point: Name | None = None
    value: Celsius
    instrument: Name
    step: TypedStep = TypedStep.CORE
    at: Annotated[PastMoment | None, Meta(description="when it was read; now when it is left out")] = None

    def __post_init__(self) -> None:
        if (self.batch is None) is (self.point is None):
            raise ValueError("'batch' or 'point' must be given, one of them")


def typed_reading(scope: BatchScope, transaction: Transaction, call: Call[TypeReading]) -> TypedOfBatch | TypedOfPoint:
    """Judge a typed reading; answers with the batch, or with the verdicts of the point's control points."""
    asked = call.asked
    live = None if asked.batch is None else scope.running(asked.batch)
    if live is None:
        at = call.moment(asked.at, earliest=call.now - LONGEST_AGO)
    else:
        at = call.moment(asked.at, earliest=live.batch.opened_at, too_early="lies before the batch was opened")
    reading = TypedReading(
        key=call.event_key,
        at=at,
        value=asked.value,
        instrument=asked.instrument,
        person=asked.who,
        step=asked.step,
        batch=asked.batch,
        point=scope.point(asked.point),
    )
    if live is not None:
        scope.batches.type(transaction, live, reading, key=call.event_key, now=call.now)
        return TypedOfBatch(typed=typed_record(reading), batch=scope.shown(live))
    verdicts = scope.typed.take(transaction, reading, now=call.now)
    return TypedOfPoint(typed=typed_record(reading), verdicts=verdicts)


def typed(scope: BatchScope, call: Call[TypeReading]) -> TypedOfBatch | TypedOfPoint:
    """What was typed with this command."""
    for live in scope.batches.live.values():
        for reading in live.typed:
            if reading.key == call.event_key:
                return TypedOfBatch(typed=typed_record(reading), batch=scope.shown(live))
    known = scope.typed.of_command(call.event_key)
    if known is None:
        raise RefusedError("unknown_reading", "it was typed, and is long past")
    return TypedOfPoint(typed=typed_record(known), verdicts=[])
