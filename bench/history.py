"""Build journals of many hours with the gateway's own code for sealing, an hour of all points at a time, on all cores.

200 noisy probes, a reading each 5 s by their own clocks, `commit_every` 250 ms. Hours older than two hours are sealed
and have no rows any more; the rest are rows, as in a kitchen whose sinks keep up.
"""

import random
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from math import sin
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

from bench.publisher import SENSORS
from gateway.journal.chunks.chunk import Row
from gateway.journal.chunks.rollup import spans, usable
from gateway.journal.sealing.seal import journal_id
from gateway.journal.sealing.sealed_hour import SEALED, ChunkRow, chunk_hash, chunk_of, event_key, rollup_of
from gateway.journal.writing.writer import Writer
from gateway.records.time_units import HOUR, MINUTE
from gateway.records.transaction import Event, ReadingRow, Transaction, Upkeep

EVERY = 5_000_000
"""Microseconds between two readings of a point."""
TURNS = HOUR // EVERY
COMMIT_EVERY = 250_000
ROWS_A_COMMIT = 10_000


class Hour(NamedTuple):
    """One hour: its number of points, and the number of readings before it."""

    begin: int
    points: int
    before: int


Sealing = tuple[Hour, list[ChunkRow], list[tuple[object, ...]]]
"""An hour, its chunks and its roll-ups."""


def names(points: int = SENSORS) -> list[str]:
    """Return the ids of the points of rig.kitchen."""
    return [f"probe-{number:03d}-air" for number in range(points)]


def rows_of(hour: Hour, point: int) -> list[Row]:
    """Return the rows of a point in an hour. Points count from 0."""
    dice = random.Random(hour.begin + point)
    middle, wave = 40 + 15 * sin(hour.begin / HOUR + point), 5 * sin(point)
    rows = []
    for turn in range(TURNS):
        at = hour.begin + turn * EVERY + point * 25_000
        committed = (at // COMMIT_EVERY + 1) * COMMIT_EVERY + at // COMMIT_EVERY * 7_919 % 3_000
        value = round(middle + wave * turn / TURNS + dice.gauss(0, 1.5)) / 10
        number = hour.before + turn * hour.points + point + 1
        rows.append(Row(number, at, committed, value, 2, None, None, None, None, 0))
    return rows


def sealing(hour: Hour) -> Sealing:
    """Return what sealing writes for an hour."""
    chunks, rollups = [], []
    for point in range(hour.points):
        rows = rows_of(hour, point)
        chunks.append(chunk_of(point + 1, hour.begin, 1, rows))
        rollups.append(rollup_of(point + 1, hour.begin, spans(usable(rows), since=hour.begin, width=MINUTE)))
    return hour, chunks, rollups


def upkeeps(journal: str, sealings: Iterable[Sealing]) -> Iterator[list[Upkeep]]:
    """Yield what the sealer writes: the hour, then the deletion of its rows."""
    written = 0
    for hour, chunks, rollups in sealings:
        named = zip(names(hour.points), chunks, strict=True)
        body: dict[str, object] = {
            "part": 1,
            "readings": hour.points * TURNS,
            "chunks": {name: chunk_hash(chunk.body) for name, chunk in named},
        }
        event = Event(key=event_key(hour.begin, 1), kind=SEALED, subject="journal", at=hour.begin, body=body)
        yield [
            Upkeep(journal=journal, events=(event,), chunks=tuple(chunks), rollups=tuple(rollups)),
            Upkeep(journal=journal, rows_go=tuple(range(written + 1, written + hour.points + 1))),
            Upkeep(journal=journal, sealed_seq=chunks[-1].last_seq),
        ]
        written += hour.points


def build(path: Path, readings: int, now: int, *, points: int = SENSORS) -> int:
    """Build a journal of at least so many readings that ends at `now`, UTC microseconds; return their number."""
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = Writer(path, dict.fromkeys(names(points), ("temperature", "Cel")))
    an_hour = points * TURNS
    open_hour = now // HOUR * HOUR
    first = open_hour - -(-readings // an_hour) * HOUR
    hours = [Hour(begin, points, number * an_hour) for number, begin in enumerate(range(first, open_hour + HOUR, HOUR))]
    sealed, open_ = hours[:-3], hours[-3:]
    with closing(sqlite3.connect(path, isolation_level=None)) as other, get_context("spawn").Pool() as pool:
        for upkeep in upkeeps(journal_id(other), pool.imap(sealing, sealed)):
            writer.write(Transaction(upkeep=upkeep), upkeep[0].events[0].at + 3 * HOUR)
        other.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('reading', ?)", (open_[0].before,))
    written = sum(write_rows(writer, hour, now) for hour in open_)
    writer.close()
    return open_[0].before + written


def write_rows(writer: Writer, hour: Hour, now: int) -> int:
    """Write an hour as rows in order of arrival, up to `now`; return their number."""
    named = [(row, name) for point, name in enumerate(names(hour.points)) for row in rows_of(hour, point)]
    named = sorted((each for each in named if each[0].measured_at < now), key=lambda each: each[0].seq)
    for place in range(0, len(named), ROWS_A_COMMIT):
        part = named[place : place + ROWS_A_COMMIT]
        writer.write(Transaction(readings=[as_reading(name, row) for row, name in part]), part[-1][0].recorded_at)
    return len(named)


def as_reading(name: str, row: Row) -> ReadingRow:
    """Return a row as the pipeline records it."""
    return (name, row.measured_at, row.value, row.quality, row.reason, None, None, row.tare, row.flags)
