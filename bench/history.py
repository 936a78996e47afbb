"""Journals with a past: built by what seals hours in the gateway, an hour of all points at a time, on all cores.

200 noisy probes, a reading each 5 s by their own clocks, `commit_every` 250 ms. What is older than two hours is sealed
and has no rows any more, the rest stands in rows, as in a kitchen whose sinks keep up.
"""

import os
import random
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from math import sin
from multiprocessing import Pool
from pathlib import Path

from bench.publisher import SENSORS
from gateway.journal.chunk import HOUR, Row
from gateway.journal.disk import Disk
from gateway.journal.records import Batch, Event, ReadingRow, Upkeep
from gateway.journal.seal import journal_id
from gateway.journal.sealed import SEALED, ChunkRow, chunk_hash, chunk_of, event_key, rollup_of

EVERY = 5_000_000
"""Microseconds between two readings of a point."""
TURNS = HOUR // EVERY
AN_HOUR = SENSORS * TURNS
"""Readings of all points."""
COMMIT_EVERY = 250_000
ROWS_A_COMMIT = 10_000

Sealing = tuple[int, list[ChunkRow], list[tuple[object, ...]]]
"""An hour, its chunks and its roll-ups."""


def names() -> list[str]:
    """The points of rig.kitchen."""
    return [f"probe-{number:03d}-air" for number in range(SENSORS)]


def rows_of_hour(hour: int, point: int, before: int) -> list[Row]:
    """What a point measured in an hour; `before`: readings of all points before that hour. Points count from 0."""
    dice = random.Random(hour * SENSORS + point)
    middle, wave = 40 + 15 * sin(hour / HOUR + point), 5 * sin(point)
    rows = []
    for turn in range(TURNS):
        at = hour + turn * EVERY + point * 25_000
        committed = (at // COMMIT_EVERY + 1) * COMMIT_EVERY + at // COMMIT_EVERY * 7_919 % 3_000
        value = round(middle + wave * turn / TURNS + dice.gauss(0, 1.5)) / 10
        rows.append(Row(before + turn * SENSORS + point + 1, at, committed, value, 2, None, None, None, None, 0))
    return rows


def sealing(asked: tuple[int, int]) -> Sealing:
    """An hour and how many readings came before it: what sealing writes of it."""
    hour, before = asked
    chunks, rollups = [], []
    for point in range(SENSORS):
        rows = rows_of_hour(hour, point, before)
        chunks.append(chunk_of(point + 1, hour, 1, rows))
        rollups.append(rollup_of(point + 1, hour, rows))
    return hour, chunks, rollups


def upkeeps(journal: str, sealings: Iterable[Sealing]) -> Iterator[list[Upkeep]]:
    """As the sealer has them written: the hour, then that its readings need no rows."""
    written = 0
    for hour, chunks, rollups in sealings:
        hashes = {name: chunk_hash(chunk.body) for name, chunk in zip(names(), chunks, strict=True)}
        body: dict[str, object] = {"part": 1, "readings": AN_HOUR, "chunks": hashes}
        event = Event(key=event_key(hour, 1), kind=SEALED, subject="journal", at=hour, body=body)
        yield [
            Upkeep(journal=journal, events=(event,), chunks=tuple(chunks), rollups=tuple(rollups)),
            Upkeep(journal=journal, rows_go=tuple(range(written + 1, written + SENSORS + 1))),
            Upkeep(journal=journal, sealed_seq=chunks[-1].last_seq),
        ]
        written += SENSORS


def build(path: Path, readings: int, now: int) -> int:
    """A journal of at least so many readings that ends at `now`, UTC microseconds; how many it has."""
    path.parent.mkdir(parents=True, exist_ok=True)
    disk = Disk(path, dict.fromkeys(names(), ("temperature", "Cel")))
    with closing(sqlite3.connect(path)) as reader:
        journal = journal_id(reader)
    open_hour = now // HOUR * HOUR
    first = open_hour - -(-readings // AN_HOUR) * HOUR
    sealed_until = open_hour - 2 * HOUR
    hours = [(hour, (hour - first) // HOUR * AN_HOUR) for hour in range(first, sealed_until, HOUR)]
    with Pool(os.cpu_count()) as pool:
        for drawn in upkeeps(journal, pool.imap(sealing, hours)):
            disk.write(Batch(upkeep=drawn), drawn[0].events[0].at + 3 * HOUR)
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('reading', ?)", (len(hours) * AN_HOUR,))
    total = len(hours) * AN_HOUR
    for hour in range(sealed_until, open_hour + HOUR, HOUR):
        total += write_rows(disk, hour, total, now)
    disk.close()
    return total


def as_reading(name: str, row: Row) -> ReadingRow:
    """As the pipeline draws it up."""
    return (name, row.measured_at, row.value, row.quality, row.reason, None, None, row.tare, row.flags)


def write_rows(disk: Disk, hour: int, before: int, now: int) -> int:
    """An hour that is not sealed, in order of arrival, up to `now`; how many readings."""
    named = [(row, name) for point, name in enumerate(names()) for row in rows_of_hour(hour, point, before)]
    named = sorted((one for one in named if one[0].measured_at < now), key=lambda one: one[0].seq)
    for place in range(0, len(named), ROWS_A_COMMIT):
        part = named[place : place + ROWS_A_COMMIT]
        readings = [as_reading(name, row) for row, name in part]
        disk.write(Batch(readings=readings), part[-1][0].recorded_at)
    return len(named)
