"""Read the time at which a device measured: only a time with an offset, or one counted from 1970, is accepted.

A local time without an offset is dropped, and the time of arrival is used instead. A time before 2000 comes from a
clock that was never set. Whether a later time is plausible is decided by the gateway, which knows the time.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import ROUND_HALF_EVEN, Decimal

from drivers.values.numbers import number

CLOCK_SET = 946_684_800  # 2000-01-01
LAST_TIME = 253_402_300_800  # year 10000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ISO = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[T ]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:[.,]([0-9]{1,18}))?"
    r"(Z|z|[-+][0-9]{2}(?::?[0-9]{2})?)?"
)


@dataclass(frozen=True, slots=True)
class DeviceTime:
    """Time of a measurement by the device's own clock.

    Attributes:
        at: UTC microseconds; None when there is no usable time.
        clock_invalid: the device sent a time before 2000.
    """

    at: int | None = None
    clock_invalid: bool = False


UNKNOWN = DeviceTime()
NEVER_SET = DeviceTime(clock_invalid=True)


def micros(seconds: Decimal) -> int:
    """Convert seconds to microseconds."""
    return int((seconds * 1_000_000).to_integral_value(ROUND_HALF_EVEN))


def from_seconds(value: object, *, a_second: int = 1) -> DeviceTime:
    """Read a JSON number counted from 1970 in units of which `a_second` make a second; UNKNOWN for anything else."""
    count = number(value)
    if count is None:
        return UNKNOWN
    seconds = count / a_second
    return DeviceTime(micros(seconds)) if CLOCK_SET <= seconds < LAST_TIME else NEVER_SET


def from_text(value: object) -> DeviceTime:
    """Read a text such as 2022-07-18T09:34:15.775023242+00:00 (RFC 3339); UNKNOWN for any other text."""
    match = ISO.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return UNKNOWN
    *fields, fraction, offset = match.groups()
    year, month, day, hour, minute, second = map(int, fields)
    try:
        local = datetime(year, month, day, hour, minute, second, tzinfo=_zone(offset or "Z"))
    except ValueError:
        return UNKNOWN
    since = local - EPOCH
    seconds = Decimal(since.days * 86_400 + since.seconds) + Decimal(f"0.{fraction or 0}")
    return UNKNOWN if offset is None and seconds >= CLOCK_SET else from_seconds(seconds)


def _zone(offset: str) -> timezone:
    if offset in "Zz":
        return UTC
    digits = offset[1:].replace(":", "").ljust(4, "0")
    span = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-span if offset[0] == "-" else span)
