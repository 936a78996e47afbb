"""What sealing writes: chunks, roll-ups, and rows that go because a chunk has them. In the writer's transaction."""

import sqlite3
from collections.abc import Sequence
from hashlib import sha256
from typing import NamedTuple

import msgspec

from gateway.journal.chunks.chunk import Row, encode
from gateway.journal.chunks.rollup import Span, SpanColumns, pack_minutes, united
from gateway.journal.sql import statements
from gateway.records.time_units import HOUR

SEALED = "hour_sealed"
"""The kind of event."""
HOURS_RETIRED = "readings_retired"
RETIRED = frozenset({HOURS_RETIRED, "gap"})
"""Kinds of events that say from when to when chunks went: by age, or (a gap with reason `cap`) for want of space."""
GOOD = 2

_SQL = statements("sealing")


class _Sealing(msgspec.Struct):
    chunks: dict[str, str]


def parts_of(connection: sqlite3.Connection, hour: int) -> dict[str, int]:
    """Point → how many parts of an hour were ever sealed of it."""
    found: dict[str, int] = {}
    for (body,) in connection.execute(_SQL["sealings"], (f"sealed:{hour}:", f"sealed:{hour};")).fetchall():
        for name in msgspec.json.decode(body, type=_Sealing).chunks:
            found[name] = found.get(name, 0) + 1
    return found


def is_whole(connection: sqlite3.Connection, point: int, hour: int, parts: int) -> bool:
    """Whether all parts of an hour are there still."""
    (kept,) = connection.execute(_SQL["chunks_of_hour"], (point, hour)).fetchone()
    return bool(kept == parts)


class ChunkRow(NamedTuple):
    """A row of the table `chunk` before it has a number."""

    point: int
    hour: int
    part: int
    readings: int
    first_at: int
    last_at: int
    usable_at: int | None
    first_seq: int
    last_seq: int
    body: bytes


def event_key(hour: int, part: int) -> str:
    """Of the event of a sealing: the same part of an hour is sealed once, whoever draws it up again."""
    return f"sealed:{hour}:{part}"


def chunk_hash(body: bytes) -> str:
    """As it stands in the event."""
    return sha256(body).hexdigest()


def facts_of(rows: Sequence[Row]) -> tuple[int, int, int, int | None, int, int]:
    """How many there are, first and last time, the last good one's, first and last number."""
    times = [row.measured_at for row in rows]
    seqs = [row.seq for row in rows]
    good = max((row.measured_at for row in rows if row.quality == GOOD), default=None)
    return len(rows), min(times), max(times), good, min(seqs), max(seqs)


def chunk_of(point: int, hour: int, part: int, rows: Sequence[Row]) -> ChunkRow:
    """The chunk of some readings of a point and hour, at least one."""
    return ChunkRow(point, hour, part, *facts_of(rows), encode(rows))


def rollup_of(point: int, hour: int, minutes: list[Span]) -> tuple[object, ...]:
    """The roll-up of the minutes of a point's hour."""
    whole = united(SpanColumns.of(minutes), since=hour, width=HOUR).spans()
    summed = whole[0][1:] if whole else (0, None, None, 0.0)
    return (point, hour, *summed, pack_minutes(minutes))
