"""An alarm as a row of the journal, and back."""

from typing import Any

import msgspec

from gateway.alarms.alarm import Alarm

COLUMNS = (
    *("id", "control", "point", "kind", "level", "priority", "state", "started_at", "raised_at", "known_at"),
    *("returned_at", "acknowledged_at", "acknowledged_by", "note", "value", "limit", "worst", "late", "reason"),
    *("item", "lot", "batch", "also"),
)
"""The alarm's fields in the order of the journal's table."""


def as_row(alarm: Alarm) -> tuple[object, ...]:
    """The alarm in the order of the journal's columns."""
    return tuple(getattr(alarm, name) for name in COLUMNS)


def from_row(row: tuple[Any, ...]) -> Alarm:
    """The alarm of a row of the journal."""
    return msgspec.convert(dict(zip(COLUMNS, row, strict=True)), Alarm, strict=False)
