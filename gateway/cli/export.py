"""`mbg-gateway export DATA`: write readings as CSV or InfluxDB's line protocol to standard output.

    export /var/lib/mbg-gateway --point chiller-1-air --from 2026-11-24T00:00+07:00 --to 2026-11-25T00:00+07:00
    export /var/lib/mbg-gateway --format line --config kitchen.yaml > readings.lp

CSV has every column of the journal, with the value as the device sent it. Line protocol is what the gateway sends to
InfluxDB: kitchen and calibration come from `--config`. Points come one after the other, each in order of time; times
are UTC to the microsecond. Exit status 0 when done, 1 when the journal is damaged, 2 for input that cannot be used.
"""

import argparse
import csv
import sqlite3
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gateway.config import ConfigError, load
from gateway.delivery.influxdb.line_protocol import line
from gateway.journal.chunks.chunk import Row
from gateway.journal.errors import JournalError
from gateway.journal.files.folder import reading
from gateway.journal.history.corrections import all_corrections
from gateway.journal.history.readings import FOR_EVER, rows_of
from gateway.records.corrections import Corrections

HEAD = (
    *("point", "unit", "measured_at", "value", "quality", "reason", "stable", "net", "tare"),
    *("flags", "recorded_at", "seq"),
)
QUALITIES = ("bad", "uncertain", "good")
BACKWARDS = "--to lies before --from"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Points = Mapping[str, tuple[int, str]]
"""Point id → number in the journal, unit."""


class ExportError(Exception):
    """The export is not possible; the message says why."""


def main(argv: Sequence[str]) -> int:
    """Export one journal."""
    parser = _parser()
    typed = parser.parse_args(argv)
    if typed.until < typed.since:
        parser.error(BACKWARDS)
    try:
        with reading(typed.data) as connection:
            points = _points(connection, typed.point)
            write = _csv if typed.format == "csv" else _LineProtocol(typed.config)
            write(connection, points, since=typed.since, until=typed.until)
    except BrokenPipeError:
        raise
    except (ExportError, ConfigError, JournalError) as error:
        sys.stderr.write(f"{parser.prog}: {error}\n")
        return 2
    except (sqlite3.Error, OSError) as error:
        sys.stderr.write(f"{parser.prog}: {typed.data}: {error}\n")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mbg-gateway export", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, metavar="DATA", help="the data folder of `run`, or a journal file")
    parser.add_argument("--point", action="append", metavar="ID", help="may be repeated; without it all points")
    parser.add_argument("--from", dest="since", type=moment, default=-FOR_EVER, metavar="TIME", help="the first moment")
    parser.add_argument(
        "--to", dest="until", type=moment, default=FOR_EVER, metavar="TIME", help="the first moment after the span"
    )
    parser.add_argument("--format", choices=("csv", "line"), default="csv")
    parser.add_argument("--config", type=Path, metavar="FILE", help="kitchen.yaml, for line protocol")
    return parser


def moment(text: str) -> int:
    """Parse a typed time to UTC microseconds. Raises argparse.ArgumentTypeError for anything else."""
    try:
        typed = datetime.fromisoformat(text)
    except ValueError:
        typed = None
    if typed is None or typed.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no time: write ISO 8601 with its offset, 2026-11-24T03:12+07:00")
    return (typed - EPOCH) // timedelta(microseconds=1)


def _points(connection: sqlite3.Connection, wanted: Sequence[str] | None) -> Points:
    rows = connection.execute("SELECT name, id, unit FROM point ORDER BY name").fetchall()
    points = {name: (number, unit) for name, number, unit in rows}
    unknown = [name for name in wanted or () if name not in points]
    if unknown:
        raise ExportError(f"the journal knows no point {', '.join(unknown)}; it has {', '.join(points) or 'none'}")
    return {name: points[name] for name in dict.fromkeys(wanted or points)}


def _csv(connection: sqlite3.Connection, points: Points, *, since: int, until: int) -> None:
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(HEAD)
    for name, (number, unit) in points.items():
        for row in rows_of(connection, number, since=since, until=until):
            out.writerow(_cells(name, unit, row))


def _cells(name: str, unit: str, row: Row) -> tuple[object, ...]:
    value = "" if row.value is None else repr(row.value)
    tare = "" if row.tare is None else repr(row.tare)
    return (
        *(name, unit, _iso(row.measured_at), value, QUALITIES[row.quality], row.reason, row.stable, row.net, tare),
        *(row.flags, _iso(row.recorded_at), row.seq),
    )


def _iso(at: int) -> str:
    return (EPOCH + timedelta(microseconds=at)).isoformat(timespec="microseconds").replace("+00:00", "Z")


class _LineProtocol:
    """Write readings as they are sent to InfluxDB."""

    def __init__(self, path: Path | None) -> None:
        if path is None:
            raise ExportError("line protocol carries the kitchen and the calibration: give --config kitchen.yaml")
        config = load(path)
        self._kitchen = config.kitchen.id
        self._offsets = {point.id: point.offset for point in config.points}

    def __call__(self, connection: sqlite3.Connection, points: Points, *, since: int, until: int) -> None:
        by_point = all_corrections(connection, self._offsets)
        for name, (number, _) in points.items():
            corrections = by_point.get(name, Corrections())
            for row in rows_of(connection, number, since=since, until=until):
                sys.stdout.write(f"{self._line(name, row, corrections)}\n")

    def _line(self, name: str, row: Row, corrections: Corrections) -> str:
        at = row.measured_at
        value = None if row.value is None else corrections.value(row.value, at)
        quality, _ = corrections.quality(row.quality, row.reason, at)
        return line(self._kitchen, name, measured_at=at, value=value, quality=quality)
