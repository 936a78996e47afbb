"""Flatten an alarm into a row of the journal and the body of an event, and back (pure)."""

from typing import Any

import msgspec

from gateway.alarms.alarm import Alarm, AlarmAcknowledgement, AlarmState
from gateway.alarms.kinds import LEVELS, AlarmLevel, AlarmPriority
from gateway.alarms.subjects import (
    SYSTEM,
    TYPED,
    BatchSubject,
    ControlSubject,
    ItemSubject,
    LotSubject,
    PointSubject,
    ProbeSubject,
    Subject,
    SystemSubject,
    TypedSubject,
)


class AlarmRecord(msgspec.Struct, frozen=True, kw_only=True):
    """An alarm as the journal and its events keep it: one field for each of the table's 23 columns.

    Attributes:
        control: of a limit its control; of a batch the kind of control.
        batch: its id; of typed temperatures, TYPED before the id of the control point.
        also: of a batch: the further kinds of control that it fails, with spaces between.
    """

    id: str
    control: str | None
    point: str | None
    kind: str
    level: str
    priority: str
    state: AlarmState
    started_at: int
    raised_at: int
    known_at: int
    returned_at: int | None = None
    acknowledged_at: int | None = None
    acknowledged_by: str | None = None
    note: str | None = None
    value: float | None = None
    limit: float | None = None
    worst: float | None = None
    late: bool = False
    reason: str | None = None
    batch: str | None = None
    item: str | None = None
    lot: str | None = None
    also: str | None = None


COLUMNS = (
    *("id", "control", "point", "kind", "level", "priority", "state", "started_at", "raised_at", "known_at"),
    *("returned_at", "acknowledged_at", "acknowledged_by", "note", "value", "limit", "worst", "late", "reason"),
    *("item", "lot", "batch", "also"),
)
"""The record's fields in the order of the journal's table."""


def record_of(alarm: Alarm) -> AlarmRecord:
    """Return the record of an alarm."""
    acknowledgement = alarm.acknowledgement
    return AlarmRecord(
        id=alarm.id,
        **_columns_of(alarm.subject),
        kind=alarm.kind.value,
        level=alarm.level.value,
        priority=alarm.priority.value,
        state=alarm.state,
        started_at=alarm.started_at,
        raised_at=alarm.raised_at,
        known_at=alarm.known_at,
        returned_at=alarm.returned_at,
        acknowledged_at=None if acknowledgement is None else acknowledgement.at,
        acknowledged_by=None if acknowledgement is None else acknowledgement.by,
        note=None if acknowledgement is None else acknowledgement.note,
        value=alarm.value,
        limit=alarm.limit,
        worst=alarm.worst,
        late=alarm.late,
        reason=alarm.reason,
    )


def alarm_of(record: AlarmRecord) -> Alarm:
    """Return the alarm of a record."""
    at, by = record.acknowledged_at, record.acknowledged_by
    return Alarm(
        id=record.id,
        subject=_subject_of(record),
        level=LEVELS[record.level],
        priority=AlarmPriority(record.priority),
        state=record.state,
        started_at=record.started_at,
        raised_at=record.raised_at,
        known_at=record.known_at,
        returned_at=record.returned_at,
        acknowledgement=None if at is None or by is None else AlarmAcknowledgement(at, by, record.note),
        value=record.value,
        limit=record.limit,
        worst=record.worst,
        late=record.late,
        reason=record.reason,
    )


def as_row(alarm: Alarm) -> tuple[object, ...]:
    """Return the alarm in the order of the journal's columns."""
    record = record_of(alarm)
    return tuple(getattr(record, name) for name in COLUMNS)


def record_of_row(row: tuple[Any, ...]) -> AlarmRecord:
    """Return the record of a row of the journal.

    Raises:
        msgspec.ValidationError: it is none.
    """
    return msgspec.convert(dict(zip(COLUMNS, row, strict=True)), AlarmRecord, strict=False)


def from_row(row: tuple[Any, ...]) -> Alarm:
    """Return the alarm of a row of the journal."""
    return alarm_of(record_of_row(row))


def _columns_of(subject: Subject) -> dict[str, Any]:
    columns: dict[str, Any]
    match subject:
        case ControlSubject(control=control, point=point):
            columns = {"control": control, "point": point}
        case PointSubject(point=point) | ProbeSubject(point=point):
            columns = {"point": point}
        case BatchSubject(batch=batch, control=control, point=point, also=also):
            columns = {"batch": batch, "control": control, "point": point, "also": " ".join(also) or None}
        case TypedSubject(kind_of_control=control, point=point):
            columns = {"batch": subject.name, "control": control, "point": point}
        case ItemSubject(item=item):
            columns = {"item": item}
        case LotSubject(item=item, lot=lot):
            columns = {"item": item, "lot": lot}
        case SystemSubject():
            columns = {}
    return {"control": None, "point": None} | columns


def _subject_of(record: AlarmRecord) -> Subject:
    subject: Subject = SYSTEM
    match record:
        case AlarmRecord(item=str(item), lot=str(lot)):
            subject = LotSubject(item, lot)
        case AlarmRecord(item=str(item)):
            subject = ItemSubject(item)
        case AlarmRecord(batch=str(batch), control=str(control), point=point) if batch.startswith(TYPED):
            subject = TypedSubject(batch.removeprefix(TYPED), control, point)
        case AlarmRecord(batch=str(batch), control=str(control), point=point, also=also):
            subject = BatchSubject(batch, control, point, tuple((also or "").split()))
        case AlarmRecord(control=str(control), point=str(point)):
            subject = ControlSubject(control, point)
        case AlarmRecord(point=str(point), level=AlarmLevel.BATCHES_FAIL):
            subject = ProbeSubject(point)
        case AlarmRecord(point=str(point)):
            subject = PointSubject(point)
    return subject
