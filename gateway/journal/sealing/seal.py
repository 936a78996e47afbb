"""Which hours are to be sealed, and what sealing one writes: drawn up from the file, written by the pipeline.

    rows ──SEAL_AFTER──► rows and chunk ──every sink has them, or ROWS_KEPT──► chunk ──keep_readings──► roll-up

An hour is sealed when it is over since `SEAL_AFTER`, whatever the sinks do; what comes later of it makes part 2, 3, ….
Every row up to `sealed_seq` stands in a chunk, so an hour is due when a row behind it lies in an hour that is over.
Nothing here depends on having been asked before: whatever a crash leaves undone is found again, and what was done is
not done twice, because a part of an hour has one event.
"""

import sqlite3
from collections.abc import Callable, Collection
from typing import NamedTuple

from gateway.journal.chunks.chunk import ChunkDamagedError, Row, decode
from gateway.journal.chunks.rollup import Span, SpanColumns, spans, united, unpack_minutes, usable
from gateway.journal.history.clock import settled_until
from gateway.journal.history.readings import rows_of
from gateway.journal.sealing.sealed_hour import (
    SEALED,
    ChunkRow,
    chunk_hash,
    chunk_of,
    event_key,
    is_whole,
    parts_of,
    rollup_of,
)
from gateway.journal.sql import statements
from gateway.records.time_units import HOUR, MINUTE
from gateway.records.transaction import Event, Upkeep

SEAL_AFTER = 2 * HOUR
"""From the end of an hour: most devices that buffer have sent by then."""
ROWS_KEPT = 7 * 24 * HOUR
"""From the end of an hour: a sink that is further behind is fed from chunks."""
ROWS_A_TURN = 2_000
"""Rows that go in one transaction: some 10 ms of the pipeline."""

_SQL = statements("sealing")


class DoubtfulChunkError(sqlite3.DatabaseError):
    """A chunk does not give back what its rows say: they stay."""

    def __init__(self, chunk: int, why: str) -> None:
        super().__init__(f"chunk {chunk} {why}")
        self.chunk = chunk


class Due(NamedTuple):
    """Hours to seal, oldest first; once they are, every row up to `sealed_seq` stands in a chunk."""

    hours: list[int]
    sealed_seq: int


def due(connection: sqlite3.Connection, now: int) -> Due:
    """What is to be sealed at `now`, UTC microseconds; readings that may still be moved lie in no hour that is over."""
    now = settled_until(connection, now)
    (newest,) = connection.execute(_SQL["last_row"]).fetchone()
    sealed = sealed_seq(connection)
    # Hours that begin from here on are still open.
    still_open = (now - SEAL_AFTER) // HOUR * HOUR
    hours = [hour * HOUR for (hour,) in connection.execute(_SQL["hours_behind"], (HOUR, sealed, newest)).fetchall()]
    (first,) = connection.execute(_SQL["first_open"], (sealed, newest, still_open)).fetchone()
    reached = max(newest, sealed) if first is None else first - 1
    return Due(sorted(hour for hour in hours if hour < still_open), reached)


def sealed_seq(connection: sqlite3.Connection) -> int:
    """Every row with a number up to this one stands in a chunk."""
    found = connection.execute(_SQL["sealed_seq"]).fetchone()
    return int(found[0]) if found else 0


def seal(connection: sqlite3.Connection, hour: int, *, rest: Callable[[], object]) -> Upkeep | None:
    """What seals an hour or its next part; None when nothing of it is unsealed. `rest` is called between points.

    Raises:
        sqlite3.Error: the file cannot be read.
    """
    part = 1 + connection.execute(_SQL["parts_so_far"], (f"sealed:{hour}:", f"sealed:{hour};")).fetchone()[0]
    names: dict[int, str] = dict(connection.execute(_SQL["points"]).fetchall())
    sealed_before = parts_of(connection, hour)
    chunks: list[ChunkRow] = []
    rollups: list[tuple[object, ...]] = []
    for point, name in names.items():
        rest()
        place = {"point": point, "hour": hour, "end": hour + HOUR}
        rows = [Row(*row) for row in connection.execute(_SQL["unsealed"], place)]
        if not rows:
            continue
        chunks.append(chunk_of(point, hour, part, rows))
        before = sealed_before.get(name, 0)
        rollups.append(rollup_of(point, hour, _minutes(connection, point, hour, rows, before)))
    if not chunks:
        return None
    event = sealing(hour, part, {names[chunk.point]: chunk for chunk in chunks})
    return Upkeep(journal=journal_id(connection), events=(event,), chunks=tuple(chunks), rollups=tuple(rollups))


def sealed_upkeep(connection: sqlite3.Connection, wanted: Due) -> Upkeep | None:
    """Once the hours of `wanted` are sealed: says so; None when that is known."""
    if wanted.sealed_seq <= sealed_seq(connection):
        return None
    return Upkeep(journal=journal_id(connection), sealed_seq=wanted.sealed_seq)


def rows_to_go(connection: sqlite3.Connection, now: int, *, but: Collection[int] = ()) -> Upkeep | None:
    """Rows that nobody needs any more, as many as one transaction should take; None when there are none.

    `but`: chunks whose rows stay.

    Raises:
        DoubtfulChunkError: the rows of this one have to stay.
        sqlite3.Error: the file cannot be read.
    """
    (delivered,) = connection.execute(_SQL["delivered_seq"], ((1 << 62),)).fetchone()
    chosen: list[int] = []
    rows = 0
    for number, point, hour, count, first, last, body in connection.execute(
        _SQL["rows_may_go"], (delivered, now - ROWS_KEPT - HOUR)
    ):
        if number in but:
            continue
        if chosen and rows + count > ROWS_A_TURN:
            break
        stored = connection.execute(_SQL["rows_of_chunk"], (point, hour, hour + HOUR, first, last)).fetchall()
        _check(number, body, stored)
        chosen.append(number)
        rows += count
    return Upkeep(journal=journal_id(connection), rows_go=tuple(chosen)) if chosen else None


def is_written(connection: sqlite3.Connection, upkeep: Upkeep) -> bool:
    """Whether the file has it."""
    if upkeep.events:
        keys = [event.key for event in upkeep.events]
        return all(connection.execute(_SQL["has_event"], (key,)).fetchone() for key in keys)
    rows = [connection.execute(_SQL["is_in_rows"], (chunk,)).fetchone() for chunk in upkeep.rows_go]
    chunks = [connection.execute(_SQL["has_chunk"], (chunk,)).fetchone() for chunk in upkeep.chunks_go]
    return not any(rows) and not any(chunks) and (upkeep.sealed_seq or 0) <= sealed_seq(connection)


def journal_id(connection: sqlite3.Connection) -> str:
    """Which journal this file is, for Upkeep."""
    found: tuple[str] = connection.execute(_SQL["journal"]).fetchone()
    return found[0]


def _minutes(connection: sqlite3.Connection, point: int, hour: int, rows: list[Row], before: int) -> list[Span]:
    """The minutes of all that was sealed of an hour, `before` parts of it earlier, and of these rows.

    Where an earlier part has gone, these are added to the roll-up that knows it.
    """
    if is_whole(connection, point, hour, before):
        last = max(row.seq for row in rows)
        every = rows_of(connection, point, since=hour, until=hour + HOUR)
        # What arrives in this moment makes a part of its own.
        return spans(usable(row for row in every if row.seq <= last), since=hour, width=MINUTE)
    known = connection.execute(_SQL["minutes_of_hour"], (point, hour)).fetchone()
    new = spans(usable(rows), since=hour, width=MINUTE)
    try:
        old = unpack_minutes(known[0]).spans() if known else []
    except ChunkDamagedError:
        return new  # what it said is lost whatever is done; `verify` cannot know it either
    return united(SpanColumns.of([*old, *new]).in_order(), since=hour, width=MINUTE).spans()


def _check(number: int, body: bytes, stored: list[tuple[object, ...]]) -> None:
    try:
        rows = decode(body)
    except ChunkDamagedError as error:
        raise DoubtfulChunkError(number, f"is damaged: {error}") from error
    if [tuple(row) for row in rows] != stored:
        raise DoubtfulChunkError(number, "is not what its rows say")


def sealing(hour: int, part: int, chunks: dict[str, ChunkRow]) -> Event:
    body: dict[str, object] = {
        "part": part,
        "readings": sum(chunk.readings for chunk in chunks.values()),
        "chunks": {name: chunk_hash(chunk.body) for name, chunk in chunks.items()},
    }
    return Event(key=event_key(hour, part), kind=SEALED, subject="journal", at=hour, body=body)
