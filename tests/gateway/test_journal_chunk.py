"""Sealed hours: every column comes back as it was, in a fraction of its rows' space, and no damage goes unseen."""

import random
from contextlib import suppress
from math import sin

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.journal.chunk import HOUR, ChunkDamagedError, Row, decode, encode

START = 1_795_500_000_000_000 // HOUR * HOUR
SECOND = 1_000_000

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


def hour(*, spread: int = 0, commit_every: int = 0) -> list[Row]:
    """An hour at 5 s of a probe with a digit of noise, among 200; times spread by so many microseconds."""
    dice = random.Random(7)  # the same in every run
    rows, seq = [], 1_000_000
    for number in range(720):
        at = START + number * 5 * SECOND + dice.randrange(spread + 1)
        seq += 200 + dice.choice((-1, 0, 0, 1))
        value = round(4 + 1.5 * sin(number / 60) + dice.gauss(0, 0.15), 1)
        rows.append(Row(seq, at, at + dice.randrange(commit_every + 1), value, 2, None, None, None, None, 0))
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
        (hour(), 1.1),  # what the device said, and its place in the order of arrival
        (hour(commit_every=250_000), 3.6),  # and when it was recorded, to the microsecond
        (hour(spread=2_000, commit_every=250_000), 5.2),  # and an arrival time of our own, to the microsecond
    ],
    ids=["device time", "with recorded_at", "with arrival time"],
)
def test_an_hour_of_a_noisy_probe_takes_so_many_bytes_a_reading(rows: list[Row], most: float) -> None:
    assert len(encode(rows)) / len(rows) <= most


@given(st.integers(0), st.integers(1, 255))
def test_a_damaged_chunk_is_never_read_as_something_else(place: int, change: int) -> None:
    """A bit that deflate does not look at may change: the chunk's hash tells, not its content."""
    rows = hour()[:50]
    chunk = bytearray(encode(rows))
    chunk[place % len(chunk)] ^= change
    with suppress(ChunkDamagedError):
        assert decode(bytes(chunk)) == rows


@pytest.mark.parametrize("chunk", [b"", b"not a chunk", encode(hour())[:-1], encode(hour()) + b"\0"])
def test_bytes_that_are_no_chunk_are_refused(chunk: bytes) -> None:
    with pytest.raises(ChunkDamagedError):
        decode(chunk)
