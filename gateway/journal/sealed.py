"""What sealing writes: chunks, roll-ups, and rows that go because a chunk has them. In the writer's transaction."""

import sqlite3
from collections.abc import Sequence
from hashlib import sha256
from typing import NamedTuple

import msgspec

from gateway.journal.chunk import HOUR, Row, encode
from gateway.journal.rollup import Span, SpanColumns, pack_minutes, united
from gateway.records.transaction import Upkeep

SEALED = "hour_sealed"
"""The kind of event."""
HOURS_RETIRED = "readings_retired"
RETIRED = frozenset({HOURS_RETIRED, "gap"})
"""Kinds of events that say from when to when chunks went: by age, or (a gap with reason `cap`) for want of space."""
SEALED_SEQ = "sealed_seq"
"""In `meta`: every row with a number up to this one stands in a chunk."""
GOOD = 2

_SEALINGS = "SELECT body FROM event WHERE key >= ? AND key < ?"
_KEPT = "SELECT count(*) FROM chunk WHERE point = ? AND hour = ?"
_CHUNK = (
    "INSERT INTO chunk (point, hour, part, count, first_at, last_at, usable_at, first_seq, last_seq, in_rows, body) "
    "VALUES (?,?,?,?,?,?,?,?,?,1,?)"
)
_ROLLUP = "INSERT OR REPLACE INTO rollup (point, hour, count, lowest, highest, total, minutes) VALUES (?,?,?,?,?,?,?)"
_ROWS_OF = "SELECT point, hour, hour + ?, first_seq, last_seq FROM chunk WHERE id = ? AND in_rows = 1"
_ROWS_GO = "DELETE FROM reading WHERE point = ? AND measured_at >= ? AND measured_at < ? AND seq BETWEEN ? AND ?"


class _Sealing(msgspec.Struct):
    chunks: dict[str, str]


def parts_of(connection: sqlite3.Connection, hour: int) -> dict[str, int]:
    """Point → how many parts of an hour were ever sealed of it."""
    found: dict[str, int] = {}
    for (body,) in connection.execute(_SEALINGS, (f"sealed:{hour}:", f"sealed:{hour};")).fetchall():
        for name in msgspec.json.decode(body, type=_Sealing).chunks:
            found[name] = found.get(name, 0) + 1
    return found


def is_whole(connection: sqlite3.Connection, point: int, hour: int, parts: int) -> bool:
    """Whether all parts of an hour are there still."""
    (kept,) = connection.execute(_KEPT, (point, hour)).fetchone()
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


def belongs(db: sqlite3.Connection, upkeep: Upkeep) -> bool:
    """Whether it was drawn up for this file and nothing of it is there yet."""
    found = db.execute("SELECT 1 FROM meta WHERE key = 'journal' AND value = ?", (upkeep.journal,)).fetchone()
    keys = [event.key for event in upkeep.events]
    return found is not None and not any(
        db.execute("SELECT 1 FROM event WHERE key = ?", (key,)).fetchone() for key in keys
    )


def keep(db: sqlite3.Connection, upkeep: Upkeep) -> None:
    """Write it; the events are the caller's."""
    db.executemany(_CHUNK, upkeep.chunks)
    db.executemany(_ROLLUP, upkeep.rollups)
    for chunk in (*upkeep.rows_go, *upkeep.chunks_go):
        db.executemany(_ROWS_GO, db.execute(_ROWS_OF, (HOUR, chunk)).fetchall())
        db.execute("UPDATE chunk SET in_rows = 0 WHERE id = ?", (chunk,))
    db.executemany("DELETE FROM chunk WHERE id = ?", [(chunk,) for chunk in upkeep.chunks_go])
    if upkeep.rollups_go_before is not None:
        # By point, since that is how they lie.
        points = db.execute("SELECT id FROM point").fetchall()
        before = upkeep.rollups_go_before
        db.executemany("DELETE FROM rollup WHERE point = ? AND hour < ?", [(*point, before) for point in points])
    if upkeep.sealed_seq is not None:
        db.execute("INSERT OR REPLACE INTO meta (key, value) VALUES (?,?)", (SEALED_SEQ, str(upkeep.sealed_seq)))
