"""Measure the bytes a reading takes in sealed hours of simulated sensors, beside the same readings as rows.

    python -m bench.sealed

The readings of each house are sealed into a journal of its own by the gateway's code. "Chunks" are their bodies,
"roll-ups" the packed minutes; "all" is the content of every row and index entry that sealing writes: the rows of both
with all their columns, their indexes, the events with the hashes. "Pages" is their size in the file, unused parts of
pages included.

Sensors drift slowly, have a digit of noise and a resolution, and start at any time; radio, wire and scheduler delay
each reading by 8 ms on average. The time is the device's own in whole seconds, or that of its arrival. Commits have the
pipeline's times: `commit_every` after the last, a little late.
"""

import random
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from math import sin, sqrt
from pathlib import Path
from typing import NamedTuple

from bench.figures import at_most
from bench.history import as_reading
from bench.rig import begin
from gateway.journal.chunks.chunk import Row
from gateway.journal.chunks.rollup import spans, usable
from gateway.journal.sealing.seal import journal_id, sealing
from gateway.journal.sealing.sealed_hour import chunk_of, rollup_of
from gateway.journal.writing.writer import Writer
from gateway.records.time_units import HOUR, MINUTE
from gateway.records.transaction import Transaction, Upkeep

BEGIN = 1_795_500_000_000_000 // HOUR * HOUR
SECOND = 1_000_000
MILLISECOND = 1_000
COMMITS = (2 * MILLISECOND, 250 * MILLISECOND)
DELAY = 8 * MILLISECOND
COMMIT_LATE = 400
MOST = 2.0
WAVE = 400
"""Readings in one cycle of a compressor, divided by 2 π."""

_CONTENT = (
    "SELECT sum(payload), sum(pgsize) FROM dbstat WHERE name IN ('chunk', 'rollup', 'event', "
    "'sqlite_autoindex_event_1', 'event_of_subject') OR name LIKE 'chunk_%'"
)
_ROWS = "SELECT sum(pgsize) FROM dbstat WHERE name IN ('reading', 'reading_of_point')"
_BODIES = "SELECT (SELECT sum(length(body)) FROM chunk), (SELECT sum(length(minutes)) FROM rollup)"


class House(NamedTuple):
    """Some sensors of one kind. Seconds between readings; resolution and noise in their unit; hours to seal."""

    name: str
    sensors: int
    interval: int
    resolution: float
    noise: float
    hours: int


REFERENCE = House("0.1 and noise, 200 at 5 s", 200, 5, 0.1, 0.15, 1)
HOUSES = (
    House("0.1 and noise, 10 at 1 s", 10, 1, 0.1, 0.15, 3),
    House("0.1 and noise, 100 at 1 s", 100, 1, 0.1, 0.15, 1),
    House("DS18B20, 10 at 10 s", 10, 10, 0.0625, 0.03, 12),
    House("DS18B20, 200 at 10 s", 200, 10, 0.0625, 0.03, 2),
    House("0.01 and noise, 200 at 30 s", 200, 30, 0.01, 0.03, 4),
)


def arrivals(house: House, dice: random.Random) -> list[tuple[int, int, int, int]]:
    """Return for each reading: time of arrival, sensor, number, time of measurement."""
    readings = []
    step = house.interval * SECOND
    for sensor in range(house.sensors):
        measured, drift = BEGIN + dice.randrange(step), 1 + dice.gauss(0, 20e-6)
        for number in range(house.hours * HOUR // step):
            at = measured + int(number * step * drift)
            readings.append((at + int(dice.expovariate(1 / DELAY)), sensor, number, at))
    return sorted(readings)


def rows(house: House, commit_every: int, *, own_time: bool) -> Iterator[tuple[int, Row]]:
    """Yield sensor and row, in order of arrival."""
    dice = random.Random(7)
    level = [dice.gauss(4, 1) for _ in range(house.sensors)]
    commit = BEGIN
    for seq, (arrived, sensor, number, measured) in enumerate(arrivals(house, dice), start=1_000_000):
        level[sensor] += dice.gauss(0, 0.01) * sqrt(house.interval)
        value = level[sensor] + 0.8 * sin(number * house.interval / WAVE + sensor) + dice.gauss(0, house.noise)
        while commit < arrived:
            commit = max(commit + commit_every, arrived - commit_every) + int(dice.expovariate(1 / COMMIT_LATE))
        at = measured // SECOND * SECOND if own_time else arrived // MILLISECOND * MILLISECOND
        rounded = round(round(value / house.resolution) * house.resolution, 4)
        recorded = commit // MILLISECOND * MILLISECOND
        yield sensor, Row(seq, at, recorded, rounded, 2, None, None, None, None, 0)


class Size(NamedTuple):
    """Bytes a reading."""

    chunks: float
    rollups: float
    all: float
    pages: float
    as_rows: float


def sealed(house: House, commit_every: int, *, own_time: bool) -> Size:
    """Seal a house's readings and return their size; `commit_every` in microseconds."""
    names = [f"chiller-{sensor:03d}-air" for sensor in range(house.sensors)]
    readings = list(rows(house, commit_every, own_time=own_time))
    hours: dict[int, dict[int, list[Row]]] = {}
    for sensor, row in readings:
        hours.setdefault(row.measured_at // HOUR * HOUR, {}).setdefault(sensor, []).append(row)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "journal.db"
        writer = Writer(file, dict.fromkeys(names, ("temperature", "Cel")))
        with closing(sqlite3.connect(file)) as connection:
            writer.write(Transaction(readings=[as_reading(names[sensor], row) for sensor, row in readings]), BEGIN)
            as_rows = connection.execute(_ROWS).fetchone()
            journal = journal_id(connection)
            for hour, points in sorted(hours.items()):
                writer.write(Transaction(upkeep=[upkeep(journal, names, hour, points)]), hour)
            there = tuple(number for (number,) in connection.execute("SELECT id FROM chunk").fetchall())
            writer.write(Transaction(upkeep=[Upkeep(journal=journal, rows_go=there)]), BEGIN)
            sizes = (*connection.execute(_BODIES).fetchone(), *connection.execute(_CONTENT).fetchone(), *as_rows)
        writer.close()
    return Size(*(size / len(readings) for size in sizes))


def upkeep(journal: str, names: Sequence[str], hour: int, points: Mapping[int, list[Row]]) -> Upkeep:
    """Return what seals an hour of some sensors."""
    chunks = tuple(chunk_of(sensor + 1, hour, 1, rows) for sensor, rows in points.items())
    rollups = tuple(
        rollup_of(sensor + 1, hour, spans(usable(rows), since=hour, width=MINUTE)) for sensor, rows in points.items()
    )
    event = sealing(hour, 1, {names[chunk.point - 1]: chunk for chunk in chunks})
    return Upkeep(journal=journal, events=(event,), chunks=chunks, rollups=rollups)


def main() -> None:
    begin("simulated sensors; all that sealing keeps is counted, the rest of a page is not")
    print(f"{'':58}chunks  roll-ups    all  pages")
    for house in (REFERENCE, *HOUSES):
        for own_time in (True, False):
            for commit_every in COMMITS if house is REFERENCE else COMMITS[1:]:
                size = sealed(house, commit_every, own_time=own_time)
                time = "device's time" if own_time else "arrival"
                what = f"{house.name}, {time}, commit {commit_every // MILLISECOND} ms"
                print(f"{what:58}{size.chunks:6.2f}{size.rollups:10.2f}{size.all:7.2f}{size.pages:7.2f}", flush=True)
                if house is REFERENCE and own_time:
                    what = f"sealed bytes a reading, all counted, commit_every {commit_every // MILLISECOND} ms"
                    at_most(what, size.all, MOST, "B", f"as rows: {size.as_rows:.0f} B")


if __name__ == "__main__":
    main()
