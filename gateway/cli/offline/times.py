"""Read the times of a file, minutes as a number or ISO 8601 with an offset, and write them in the same form."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from gateway.haccp.limits.fields import InputError, number, shown
from gateway.haccp.models.trace import MINUTE

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LONGEST_MINUTES = 1e9  # 1900 years, still exact in microseconds
_YEARS = range(1900, 9000)


@dataclass(frozen=True, slots=True)
class TimeForm:
    """Hold how the times of one input are written: `zone` None is minutes, else ISO 8601 in that zone."""

    zone: tzinfo | None

    def write(self, at: int) -> float | str:
        """Write a time in microseconds in this form."""
        if self.zone is None:
            return at // MINUTE if at % MINUTE == 0 else at / MINUTE
        return (_EPOCH + timedelta(microseconds=at)).astimezone(self.zone).isoformat()


def read_time(value: object, place: str) -> tuple[int, TimeForm]:
    """Return microseconds, from minute 0 or from 1970 UTC, and the form in which they were written.

    Raises:
        InputError: it is no time, or one without an offset.
    """
    if isinstance(value, str):
        return _iso(value, place)
    minutes = number(value, place)
    if abs(minutes) > _LONGEST_MINUTES:
        raise InputError(place, f"{shown(value)} minutes are too many")
    return round(minutes * MINUTE), TimeForm(None)


def _iso(text: str, place: str) -> tuple[int, TimeForm]:
    try:
        time = datetime.fromisoformat(text) if text.isascii() else None
    except ValueError:
        time = None
    if time is None:
        raise InputError(place, f"{shown(text)} is no time: minutes as a number, or ISO 8601 with an offset")
    if time.tzinfo is None:
        raise InputError(place, f"{shown(text)} has no offset, such as +07:00 or Z")
    if time.year not in _YEARS:
        raise InputError(place, f"{shown(text)} is in no year that food was measured in")
    return (time - _EPOCH) // _MICROSECOND, TimeForm(time.tzinfo)
