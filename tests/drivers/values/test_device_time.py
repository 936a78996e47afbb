"""When a device measured: an absolute time counts, any other is dropped."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.values.device_time import (
    CLOCK_SET,
    LAST_TIME,
    NEVER_SET,
    UNKNOWN,
    DeviceTime,
    from_seconds,
    from_text,
    micros,
)

MOMENTS = st.datetimes(datetime.fromisoformat("2000-01-02"), datetime.fromisoformat("2100-01-01"))
OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


def at(text: str) -> DeviceTime:
    return DeviceTime(round(datetime.fromisoformat(text).timestamp() * 1_000_000))


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2022-07-18T09:34:15.775023242+00:00", "2022-07-18T09:34:15.775023+00:00"),
        ("2022-07-18T09:34:15Z", "2022-07-18T09:34:15+00:00"),
        ("2022-07-18T09:34:15z", "2022-07-18T09:34:15+00:00"),
        ("2022-07-18 16:34:15+07:00", "2022-07-18T09:34:15+00:00"),
        ("2022-07-18T16:34:15+0700", "2022-07-18T09:34:15+00:00"),
        ("2022-07-18T16:34:15+07", "2022-07-18T09:34:15+00:00"),
        ("2022-07-18T04:04:15-05:30", "2022-07-18T09:34:15+00:00"),
        ("2022-07-18T09:34:15,5Z", "2022-07-18T09:34:15.500000+00:00"),
        ("2024-02-29T23:59:59+00:00", "2024-02-29T23:59:59+00:00"),
    ],
)
def test_a_time_with_an_offset_is_read_in_every_form_of_rfc_3339(text, utc):
    assert from_text(text) == at(utc)


@pytest.mark.parametrize(
    "text",
    [
        "2022-07-18T09:34:15",
        "2022-07-18",
        "2022-13-18T09:34:15Z",
        "2022-02-30T09:34:15Z",
        "2022-07-18T24:34:15Z",
        "2022-07-18T09:34:60Z",
        "22-07-18T09:34:15Z",
        "2022-07-18T09:34:15+99:00",
        "2022-07-18T09:34:15Z now",
        "",
        "now",
        None,
        1_658_136_855,
    ],
)
def test_a_local_time_or_no_time_is_dropped(text):
    assert from_text(text) == UNKNOWN


def test_a_local_time_before_2000_shows_a_clock_that_was_never_set():
    assert from_text("1970-01-01T00:03:07") == NEVER_SET
    assert from_text("1999-12-31T23:59:59Z") == NEVER_SET


@given(MOMENTS, OFFSETS)
def test_whatever_the_offset_the_instant_is_the_same(moment, offset):
    aware = moment.replace(tzinfo=UTC)
    assert from_text(aware.astimezone(offset).isoformat()) == from_text(aware.isoformat())


@given(MOMENTS)
def test_no_microsecond_is_lost(moment):
    aware = moment.replace(tzinfo=UTC)
    exact = (aware - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    assert from_text(aware.isoformat(timespec="microseconds")) == DeviceTime(exact)


@pytest.mark.parametrize(
    ("count", "a_second", "time"),
    [
        (Decimal(CLOCK_SET), 1, DeviceTime(CLOCK_SET * 1_000_000)),
        (Decimal(CLOCK_SET) - 1, 1, NEVER_SET),
        (Decimal(0), 1, NEVER_SET),
        (Decimal(-5), 1, NEVER_SET),
        (Decimal(LAST_TIME), 1, NEVER_SET),
        (Decimal("1680962879.62"), 1, DeviceTime(1_680_962_879_620_000)),
        (Decimal(1764000000250), 1000, DeviceTime(1_764_000_000_250_000)),
    ],
)
def test_seconds_since_1970_count_from_the_year_2000_on(count, a_second, time):
    assert from_seconds(count, a_second=a_second) == time


@pytest.mark.parametrize("value", [None, "1764000000", True, 1_764_000_000])
def test_what_is_no_json_number_is_no_time(value):
    assert from_seconds(value) == UNKNOWN


@pytest.mark.parametrize(
    ("seconds", "expected"), [("0.0000005", 0), ("0.0000015", 2), ("1.25", 1_250_000), ("-1", -1_000_000)]
)
def test_microseconds_are_rounded_to_the_nearest_even_one(seconds, expected):
    assert micros(Decimal(seconds)) == expected
