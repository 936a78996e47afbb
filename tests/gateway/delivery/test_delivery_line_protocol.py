"""Lines as InfluxDB documents them; tests/contract reads them back from a real one."""

import re
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.delivery.influxdb.line_protocol import line, series, tag

NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)

CASES = [
    ("good", 3.4, 2, "value=3.4,quality=2"),
    ("bad: no value, never a number", None, 0, "quality=0"),
    ("whole numbers stay floats", 25.0, 1, "value=25.0,quality=1"),
    ("below zero", -18.25, 2, "value=-18.25,quality=2"),
    ("tiny", 1e-07, 2, "value=1e-07,quality=2"),
]


@pytest.mark.parametrize(("value", "quality", "fields"), [case[1:] for case in CASES], ids=[c[0] for c in CASES])
def test_a_reading_is_one_line_with_its_time_in_nanoseconds(value: float | None, quality: int, fields: str) -> None:
    written = line("sppg-cimahi-03", "chiller-1-air", measured_at=1764000000250000, value=value, quality=quality)
    assert written == f"reading,kitchen=sppg-cimahi-03,point=chiller-1-air {fields} 1764000000250000000"


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Chiller 1", r"Chiller\ 1"),
        ("a,b=c", r"a\,b\=c"),
        ("two\nlines", "two%0Alines"),
        ("C:\\", "C:%5C"),
        ("100 %", r"100\ %"),
        ("100%25", "100%2525"),
        ("🍚", "🍚"),
    ],
)
def test_names_are_escaped(name: str, written: str) -> None:
    assert tag(name) == written


@given(NAMES)
def test_every_name_can_be_read_back_and_never_ends_its_tag(name: str) -> None:
    written = tag(name)
    assert unquote(written.replace("\\", "")) == name
    assert not re.search(r"(?<!\\)[ ,=]", written)
    assert written.isprintable()


@given(NAMES, NAMES)
def test_two_points_are_never_one_series(one: str, other: str) -> None:
    assert (series("k", one) == series("k", other)) == (one == other)


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(-(2**62) // 1000, 2**62 // 1000))
def test_value_and_time_read_back_exactly(value: float, at: int) -> None:
    _, fields, time = line("k", "p", measured_at=at, value=value, quality=2).split(" ")
    assert float(fields.split(",")[0].removeprefix("value=")) == value
    assert int(time) == at * 1000
