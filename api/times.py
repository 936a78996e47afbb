"""Times at the API's edge: inside UTC microseconds, outside ISO 8601 in UTC with milliseconds and a Z."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - naive on purpose: isoformat() then adds no offset, we add the Z
_AWARE_EPOCH = _EPOCH.replace(tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def iso(at: int) -> str:
    """UTC microseconds as `2026-03-02T20:12:00.000Z`."""
    return (_EPOCH + timedelta(microseconds=at)).isoformat(timespec="milliseconds") + "Z"


def microseconds(moment: datetime) -> int:
    """An aware moment as UTC microseconds; one without an offset is taken as UTC."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (aware - _AWARE_EPOCH) // _MICROSECOND
