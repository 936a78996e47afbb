"""Batches, verdicts and typed readings as the journal keeps them: rows of its tables, events of its chain."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from gateway.haccp.rules.verdict import Action, Measure, Outcome, Verdict, Why, why
from gateway.monitoring.batches.batch import FoodBatch
from gateway.monitoring.batches.fold import Source, TypedReading, TypedStep
from gateway.monitoring.batches.verdicts import Given
from gateway.records.transaction import Event

AFTER = "after"
"""In the body of each event of a batch: the whole batch as it was then, so that the table follows from the events."""

Json = dict[str, Any]


class _Body(msgspec.Struct, frozen=True):
    """What of a verdict is no column."""

    measures: Mapping[str, Measure | None]
    reasons: tuple[Why | str, ...]
    """A sentence in English is of an earlier version."""
    limits: dict[str, Any]
    overrides: list[dict[str, Any]]


def as_row(batch: FoodBatch) -> tuple[object, ...]:
    """In the order of the table's columns."""
    body = msgspec.json.encode(batch).decode()
    return batch.id, batch.product, batch.state.value, batch.opened_at, batch.closed_at, body


def batch_of(body: str) -> FoodBatch:
    """The batch of a row's body.

    Raises:
        msgspec.DecodeError, msgspec.ValidationError: it is none.
    """
    return msgspec.json.decode(body, type=FoodBatch)


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What a person or the trace said of a batch: the kind of event, and by which key it is known again."""

    kind: str
    key: str
    at: int
    person: str | None
    body: dict[str, object] = {}


def batch_event(batch: FoodBatch, said: Said) -> Event:
    """For the chain; `batch` is as it is after it."""
    body = {**said.body, AFTER: msgspec.to_builtins(batch)}
    return Event(key=said.key, kind=said.kind, subject=f"batch:{batch.id}", at=said.at, person=said.person, body=body)


def verdict_row(given: Given) -> tuple[object, ...]:
    """In the order of the table's columns, without its number."""
    verdict = given.verdict
    body = msgspec.json.encode(_Body(verdict.measures, verdict.reasons, given.limits, given.overrides)).decode()
    return (
        *(given.key, given.batch, given.control, given.source.value, verdict.outcome.value),
        *(None if verdict.action is None else verdict.action.value, verdict.decided_at, given.final, given.late),
        *(given.computed_at, given.supersedes, given.profile, given.profile_hash, given.approved_by),
        *(given.trace_hash, body),
    )


def given_of(row: tuple[Any, ...]) -> Given:
    """The verdict of a row of the journal."""
    key, batch, control, source, outcome, action, decided_at, final, late, computed_at, *rest = row[1:]
    supersedes, profile, profile_hash, approved_by, trace_hash, body = rest
    more = msgspec.json.decode(body, type=_Body)
    return Given(
        key=key,
        batch=batch,
        control=control,
        source=Source(source),
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


def reasons_of(kept: Iterable[Why | str]) -> tuple[Why, ...]:
    """Reasons as a row's body has them."""
    return tuple(why("as_told", text=reason) if isinstance(reason, str) else reason for reason in kept)


def verdict_event(given: Given) -> Event:
    """A verdict is a fact: it was given, whatever stands by now."""
    return Event(
        key=f"verdict:{given.key}",
        kind="verdict_given",
        subject=f"batch:{given.batch}",
        at=given.computed_at,
        body=msgspec.to_builtins(given),
    )


def given_of_event(body: str | bytes) -> Given:
    """The verdict of `verdict_event`.

    Raises:
        msgspec.MsgspecError: it is none.
    """
    told = msgspec.json.decode(body)
    kept = msgspec.convert(told["verdict"]["reasons"], tuple[Why | str, ...])
    told["verdict"]["reasons"] = msgspec.to_builtins(reasons_of(kept))
    return msgspec.convert(told, Given)


def typed_row(reading: TypedReading) -> tuple[object, ...]:
    """In the order of the table's columns, without recorded_at."""
    return (
        *(reading.key, reading.batch, reading.point, reading.step.value, reading.at),
        *(reading.value, reading.instrument, reading.person),
    )


def typed_of(row: tuple[Any, ...]) -> TypedReading:
    """The reading of a row of what was typed."""
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
