"""Convert batches, verdicts and typed readings into rows and events of the journal, and back."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from gateway.haccp.rules.verdict import Action, Measure, Outcome, Verdict, Why, why
from gateway.monitoring.batches.batch import FoodBatch
from gateway.monitoring.batches.fold import ReadingSource, TypedReading, TypedStep
from gateway.monitoring.batches.verdicts import IssuedVerdict
from gateway.records.transaction import Event

AFTER = "after"
"""In the body of each event of a batch: the whole batch after it, so that the table follows from the events."""


class _Body(msgspec.Struct, frozen=True):
    """What of a verdict is no column of its own."""

    measures: Mapping[str, Measure | None]
    reasons: tuple[Why | str, ...]
    """A sentence in English is of an earlier version."""
    limits: dict[str, Any]
    overrides: list[dict[str, Any]]


def as_row(batch: FoodBatch) -> tuple[object, ...]:
    """Return the batch in the order of the table's columns."""
    body = msgspec.json.encode(batch).decode()
    return batch.id, batch.product, batch.state.value, batch.opened_at, batch.closed_at, body


def batch_of(body: str) -> FoodBatch:
    """Return the batch of a row's body.

    Raises:
        msgspec.DecodeError, msgspec.ValidationError: it is none.
    """
    return msgspec.json.decode(body, type=FoodBatch)


class BatchEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened to a batch, by a person or by its trace.

    Attributes:
        kind: of the journal's event.
        key: names the event, so that it is recorded once.
        at: when, in UTC microseconds.
        person: the id of who did it.
        body: what else the event has.
    """

    kind: str
    key: str
    at: int
    person: str | None
    body: dict[str, object] = {}


def batch_event(batch: FoodBatch, event: BatchEvent) -> Event:
    """Return the journal's event; `batch` is as it is after it."""
    body = {**event.body, AFTER: msgspec.to_builtins(batch)}
    return Event(
        key=event.key, kind=event.kind, subject=f"batch:{batch.id}", at=event.at, person=event.person, body=body
    )


def verdict_row(issued: IssuedVerdict) -> tuple[object, ...]:
    """Return the verdict in the order of the table's columns, without its number."""
    verdict = issued.verdict
    body = msgspec.json.encode(_Body(verdict.measures, verdict.reasons, issued.limits, issued.overrides)).decode()
    return (
        *(issued.key, issued.batch, issued.control, issued.source.value, verdict.outcome.value),
        *(None if verdict.action is None else verdict.action.value, verdict.decided_at, issued.final, issued.late),
        *(issued.computed_at, issued.supersedes, issued.profile, issued.profile_hash, issued.approved_by),
        *(issued.trace_hash, body),
    )


def verdict_of(row: tuple[Any, ...]) -> IssuedVerdict:
    """Return the verdict of a row of the journal."""
    key, batch, control, source, outcome, action, decided_at, final, late, computed_at, *rest = row[1:]
    supersedes, profile, profile_hash, approved_by, trace_hash, body = rest
    more = msgspec.json.decode(body, type=_Body)
    return IssuedVerdict(
        key=key,
        batch=batch,
        control=control,
        source=ReadingSource(source),
        verdict=Verdict(
            outcome=Outcome(outcome),
            decided_at=decided_at,
            measures=more.measures,
            reasons=reasons_of(more.reasons),
            action=None if action is None else Action(action),
        ),
        final=bool(final),
        late=bool(late),
        trace_hash=trace_hash,
        computed_at=computed_at,
        supersedes=supersedes,
        profile=profile,
        profile_hash=profile_hash,
        approved_by=approved_by,
        limits=more.limits,
        overrides=more.overrides,
    )


def reasons_of(recorded: Iterable[Why | str]) -> tuple[Why, ...]:
    """Return the reasons of a row's body."""
    return tuple(why("as_told", text=reason) if isinstance(reason, str) else reason for reason in recorded)


def verdict_event(issued: IssuedVerdict) -> Event:
    """Return the event by which a verdict is issued."""
    return Event(
        key=f"verdict:{issued.key}",
        kind="verdict_given",
        subject=f"batch:{issued.batch}",
        at=issued.computed_at,
        body=msgspec.to_builtins(issued),
    )


def verdict_of_event(body: str | bytes) -> IssuedVerdict:
    """Return the verdict of `verdict_event`.

    Raises:
        msgspec.MsgspecError: it is none.
    """
    fields = msgspec.json.decode(body)
    recorded = msgspec.convert(fields["verdict"]["reasons"], tuple[Why | str, ...])
    fields["verdict"]["reasons"] = msgspec.to_builtins(reasons_of(recorded))
    return msgspec.convert(fields, IssuedVerdict)


def typed_row(reading: TypedReading) -> tuple[object, ...]:
    """Return the reading in the order of the table's columns, without recorded_at."""
    return (
        *(reading.key, reading.batch, reading.point, reading.step.value, reading.at),
        *(reading.value, reading.instrument, reading.person),
    )


def typed_of(row: tuple[Any, ...]) -> TypedReading:
    """Return the reading of a row of the journal."""
    key, batch, point, step, at, value, instrument, person = row
    return TypedReading(
        key=key,
        at=at,
        value=value,
        instrument=instrument,
        person=person,
        step=TypedStep(step),
        batch=batch,
        point=point,
    )
