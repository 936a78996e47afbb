"""Sealed hours: every column comes back as it was, in a fraction of its rows' space, and no damage goes unseen."""

import gc
import random
from contextlib import suppress
from math import sin
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.journal.chunks.chunk import ChunkDamagedError, Row, decode, encode
from gateway.journal.chunks.columns import pack_integers
from gateway.journal.chunks.packed import pack, unpack
from gateway.journal.chunks.rollup import SpanColumns, pack_minutes, spans, united, unpack_minutes
from gateway.records.time_units import HOUR, MINUTE

START = 1_795_500_000_000_000 // HOUR * HOUR
SECOND = 1_000_000
OLD = Path(__file__).with_name("sealed-1.hex")
"""An hour's chunk and its minutes as the first version wrote them."""

TIMES = st.integers(-(1 << 62), 1 << 62)
NUMBERS = st.none() | st.floats(allow_nan=False) | st.decimals(-60, 300, places=2).map(float)
TRUTH = st.sampled_from([None, 0, 1])
ROWS = st.builds(
    Row,
    seq=st.integers(1, (1 << 63) - 1),
    measured_at=TIMES,
    recorded_at=TIMES,
    value=NUMBERS,
    quality=st.integers(0, 2),
    reason=st.none() | st.sampled_from(["stale", "out_of_range"]) | st.text(),
    stable=TRUTH,
    net=TRUTH,
    tare=NUMBERS,
    flags=st.integers(0, 7),
)


def hour(*, own_time: bool, interval: int = 5) -> list[Row]:
    """An hour of a probe with a digit of noise, among 200; commits 250 ms apart, times as the journal keeps them."""
    dice = random.Random(7)  # the same in every run
    rows, seq, commit = [], 1_000_000, START
    for number in range(3600 // interval):
        arrived = START + number * interval * SECOND + int(dice.expovariate(1 / 8_000))
        seq += 200 + dice.choice((-1, 0, 0, 1))
        while commit < arrived:
            commit += 250_000 + int(dice.expovariate(1 / 400))
        at = arrived // SECOND * SECOND if own_time else arrived // 1_000 * 1_000
        value = round(4 + 1.5 * sin(number / 60) + dice.gauss(0, 0.15), 1)
        rows.append(Row(seq, at, commit // 1_000 * 1_000, value, 2, None, None, None, None, 0))
    return rows


def written(row: Row) -> tuple[object, ...]:
    """The row so that -0.0 is not 0.0."""
    return (*row[:3], repr(row.value), *row[4:8], repr(row.tare), row.flags)


@given(st.lists(ROWS, min_size=1, max_size=40, unique_by=lambda row: row.measured_at))
@example(
    [Row(1, START, START, -0.0, 2, None, 1, 0, 1e300, 7), Row(2, START + 1, START, 5e-324, 0, "", None, 1, 0.0, 0)]
)
def test_what_was_sealed_comes_back_as_it_was_in_order_of_time(rows: list[Row]) -> None:
    back = decode(encode(rows))
    assert [written(row) for row in back] == [written(row) for row in sorted(rows, key=lambda row: row.measured_at)]
    assert [type(row.value) for row in back if row.value is not None] == [float] * sum(
        r.value is not None for r in rows
    )


@pytest.mark.parametrize(
    ("rows", "most"),
    [
        (hour(own_time=True), 1.35),
        (hour(own_time=False), 1.85),
        (hour(own_time=True, interval=1), 1.25),
        (hour(own_time=False, interval=1), 1.85),
        (hour(own_time=True, interval=30), 2.35),
    ],
    ids=["device time, 5 s", "arrival time, 5 s", "device time, 1 s", "arrival time, 1 s", "device time, 30 s"],
)
def test_an_hour_of_a_noisy_probe_takes_so_many_bytes_a_reading(rows: list[Row], most: float) -> None:
    assert len(encode(rows)) / len(rows) <= most


@given(
    st.lists(st.integers(-(1 << 63), (1 << 63) - 1) | st.integers(-50, 50) | st.integers(0, 9).map(lambda n: n * 625))
)
@example([0])
@example([7] * 9)
@example([-(1 << 63), (1 << 63) - 1, 0])
def test_any_whole_numbers_come_back_from_a_column(numbers: list[int]) -> None:
    described, columns = unpack(pack([pack_integers(numbers), pack_integers(numbers[::-1])]))
    back = [columns.integers(column, len(numbers)) for column in described]
    assert back == [numbers, numbers[::-1]]


VALUES = st.decimals(-60, 300, places=4).map(float) | st.floats(-1e9, 1e9)


@given(
    st.dictionaries(st.integers(0, 59), st.lists(VALUES, min_size=1, max_size=9), max_size=60),
    st.sampled_from([0, 1, 4]),
)
def test_the_minutes_of_a_roll_up_come_back_as_they_were(found: dict[int, list[float]], digits: int) -> None:
    readings = [(START + at * MINUTE + n, round(value, digits)) for at in found for n, value in enumerate(found[at])]
    minutes = spans(readings, since=START, width=MINUTE)
    assert unpack_minutes(pack_minutes(minutes)).spans() == minutes


READINGS = st.dictionaries(st.integers(0, 4 * 60), st.decimals(-60, 300, places=2).map(float), max_size=60)


@given(READINGS, READINGS, st.sampled_from([1, 3, 60, 7 * 60]), st.integers(0, 240), st.integers(0, 240))
def test_minutes_of_two_parts_of_an_hour_make_the_spans_of_all_readings(
    one: dict[int, float], other: dict[int, float], width: int, since: int, until: int
) -> None:
    """Each stands at a half minute, so that a minute may have readings in both parts."""
    halves = [{at * MINUTE // 2: value for at, value in part.items()} for part in (one, other)]
    parts = [spans(sorted(part.items()), since=0, width=MINUTE) for part in halves]
    found = SpanColumns.joined(map(SpanColumns.of, parts)).in_order().between(since * MINUTE, until * MINUTE)
    every = sorted(each for part in halves for each in part.items())
    wanted = [(at, value) for at, value in every if since * MINUTE <= at < until * MINUTE]
    assert united(found, since=0, width=width * MINUTE).spans() == spans(wanted, since=0, width=width * MINUTE)


def test_the_minutes_of_a_day_set_off_no_garbage_collection() -> None:
    """One of every object of the process takes 20 to 40 ms: charts wait for it when they make thousands of objects."""
    readings = [(row.measured_at, row.value or 0.0) for row in hour(own_time=True)]
    hours = [pack_minutes(spans(readings, since=START, width=MINUTE))] * 24
    begun: list[str] = []

    def note(phase: str, _: object) -> None:
        begun.append(phase)

    gc.collect()
    gc.callbacks.append(note)
    try:
        for _ in range(3):
            drawn = united(SpanColumns.joined(map(unpack_minutes, hours)), since=START, width=4 * MINUTE)
    finally:
        gc.callbacks.remove(note)
    assert drawn.at
    assert begun == []


def test_minutes_of_six_readings_each_take_little() -> None:
    readings = [(row.measured_at, row.value or 0.0) for row in hour(own_time=True, interval=10)]
    assert len(pack_minutes(spans(readings, since=START, width=MINUTE))) <= 140


def test_what_the_first_version_sealed_is_still_read() -> None:
    sealed, minutes = (bytes.fromhex(line) for line in OLD.read_text().split())
    assert [written(row) for row in decode(sealed)] == [
        written(Row(100 + n * 3 + n % 2, START + n * 600_000_123, START + n * 600_000_123 + 77_001 * (n % 3), *rest))
        for n, rest in enumerate(
            [
                (3.4, 2, None, 1, None, None, 0),
                (None, 0, "stale", None, None, None, 4),
                (-0.0, 2, None, None, None, 2.5, 0),
                (1 / 3, 1, "calibration", None, None, None, 0),
                (3.5, 2, None, 0, None, None, 0),
                (3.6, 2, None, None, None, None, 1),
            ]
        )
    ]
    readings = [(START + n * 7 * SECOND, round(3 + 0.1 * (n % 7), 1)) for n in range(60)]
    assert unpack_minutes(minutes).spans() == spans(readings, since=START, width=MINUTE)


@given(st.integers(0), st.integers(1, 255))
def test_a_damaged_chunk_is_never_read_as_something_else(place: int, change: int) -> None:
    """A bit that deflate does not look at may change: the chunk's hash tells, not its content."""
    rows = hour(own_time=True)[:50]
    chunk = bytearray(encode(rows))
    chunk[place % len(chunk)] ^= change
    with suppress(ChunkDamagedError):
        assert decode(bytes(chunk)) == rows


@pytest.mark.parametrize(
    "chunk", [b"", b"not a chunk", encode(hour(own_time=True))[:-1], encode(hour(own_time=True)) + b"\0"]
)
def test_bytes_that_are_no_chunk_are_refused(chunk: bytes) -> None:
    with pytest.raises(ChunkDamagedError):
        decode(chunk)
