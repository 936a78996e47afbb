"""An hour of one point's readings as one compressed chunk, and back: exact, every column (pure).

    header · seq · measured_at · recorded_at · values · tares      (packed)

The readings stand in order of time. `recorded_at` stands as it is or as its distance from `measured_at`. Quality,
reason, stable, net, flags and what is absent are one small number into a table of the header: they cost nothing while
nothing changes.

What a reading costs in bytes, an hour at 5 s of a noisy probe among 200: value 0.4, `seq` 0.2, a time that the device
gives in whole seconds next to nothing, an arrival time 0.7, `recorded_at` 0.2 to 0.7, the header 0.1. Times of arrival
and of recording are whole milliseconds (monitoring.points.timeline, journal.writing.writer): microseconds are noise
that nothing makes small, 1.2 bytes each. Only a chunk that is exact can stand in for its rows before anybody who asks.
"""

import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import msgspec

from gateway.journal.chunks import packed
from gateway.journal.chunks.columns import Column, Columns, pack_floats, pack_integers, signed


class ChunkDamagedError(Exception):
    """These bytes are no chunk, or no longer."""


class Row(NamedTuple):
    """A reading as the table `reading` has it, but for its point. Times are UTC microseconds."""

    seq: int
    measured_at: int
    recorded_at: int
    value: float | None
    quality: int
    reason: str | None
    stable: int | None
    net: int | None
    tare: float | None
    flags: int


State = tuple[int, str | None, int | None, int | None, int, bool, bool]
"""quality, reason, stable, net, flags, value is there, tare is there."""


class _Old(msgspec.Struct, array_like=True):
    version: int
    count: int
    lag: bool
    states: list[State]
    columns: list[Column]


class _Chunk(msgspec.Struct, array_like=True):
    count: int
    lag: bool
    states: list[State]
    body: packed.Body


def encode(rows: Iterable[Row]) -> bytes:
    """The chunk of some readings of one point, in order of their times; at least one."""
    ordered = sorted(rows, key=lambda row: row.measured_at)
    states: dict[State, int] = {}
    places = [states.setdefault(_state(row), len(states)) for row in ordered]
    as_time = pack_integers([row.recorded_at for row in ordered])
    as_lag = pack_integers([signed(row.recorded_at - row.measured_at) for row in ordered])
    lag = as_lag.size < as_time.size
    body = packed.pack(
        [
            pack_integers(places),
            pack_integers([row.seq for row in ordered]),
            pack_integers([row.measured_at for row in ordered]),
            as_lag if lag else as_time,
            pack_floats([row.value for row in ordered if row.value is not None]),
            pack_floats([row.tare for row in ordered if row.tare is not None]),
        ]
    )
    return packed.write(_Chunk(len(ordered), lag, list(states), body))


def decode(chunk: bytes) -> list[Row]:
    """The readings of a chunk in order of their times.

    Raises:
        ChunkDamagedError: it is none.
    """
    try:
        if packed.is_old(chunk):
            old, columns = packed.read_old(chunk, _Old)
            return list(_rows(old, old.columns, columns))
        found = packed.read(chunk, _Chunk)
        return list(_rows(found, *packed.unpack(found.body)))
    except (zlib.error, ValueError, IndexError, OverflowError, TypeError) as error:
        raise ChunkDamagedError(str(error)) from error


def _rows(header: _Old | _Chunk, described: Sequence[Column | None], columns: Columns) -> Iterator[Row]:
    places, seqs, times, recorded, values, tares = described
    count = header.count
    states = [header.states[place] for place in columns.integers(places, count)]
    read = [columns.integers(column, count) for column in (seqs, times, recorded)]
    value = iter(columns.floats(values, sum(state[5] for state in states)))
    tare = iter(columns.floats(tares, sum(state[6] for state in states)))
    for seq, at, then, state in zip(*read, states, strict=True):
        quality, reason, stable, net, flags, has_value, has_tare = state
        recorded_at = signed(at + then) if header.lag else then
        number = next(value) if has_value else None
        weight = next(tare) if has_tare else None
        yield Row(seq, at, recorded_at, number, quality, reason, stable, net, weight, flags)


def _state(row: Row) -> State:
    return (row.quality, row.reason, row.stable, row.net, row.flags, row.value is not None, row.tare is not None)
