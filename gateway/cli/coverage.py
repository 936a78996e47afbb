"""`mbg-gateway coverage DATA --config kitchen.yaml`: account for every second of every point.

Each point's time is covered, set aside with a reason (readings that cannot be judged), or in a gap with its reason; the
parts add up to the whole. Without `--from` and `--to` it is the last 24 hours. `--csv` prints each point's hours, for a
spreadsheet. Times are the kitchen's; a gap that lasts to the end may not be over yet.

Exit status 0 when done, whatever the coverage is; 1 when the journal is damaged, 2 for input that cannot be used.
"""

import argparse
import csv
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from gateway.cli.export import BACKWARDS, moment
from gateway.config import Config, ConfigError, Point, load
from gateway.journal.coverage.of_point import coverage_of
from gateway.journal.coverage.stretches import Cover, Stretch, by_hour, totals
from gateway.journal.errors import JournalError
from gateway.journal.files.folder import reading
from gateway.records.time_units import HOUR
from gateway.runtime.clock.clock import RealClock

DAY = 24 * HOUR
SECOND = 1_000_000
HEAD = ("point", "hour", "cover", "reason", "seconds")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def main(argv: Sequence[str]) -> int:
    """Print the coverage of one journal."""
    parser = _parser()
    typed = parser.parse_args(argv)
    now = RealClock().now()
    until = now if typed.until is None else min(typed.until, now)
    since = until - DAY if typed.since is None else typed.since
    if typed.until is not None and typed.until < since:
        parser.error(BACKWARDS)
    if not 0 <= since <= now:
        parser.error("--from lies in the future, or before 1970: nothing can be recorded there")
    try:
        config = load(typed.config)
        points = _points(config, typed.point)
        with reading(typed.data) as connection:
            by_point = [(point.id, _of(connection, point, since, until, now)) for point in points]
        if typed.csv:
            _write_csv(by_point)
        else:
            sys.stdout.writelines(f"{line}\n" for line in _lines(by_point, config.kitchen.timezone, until - since))
    except BrokenPipeError:
        raise
    except (ConfigError, JournalError, LookupError) as error:
        sys.stderr.write(f"{parser.prog}: {error.args[0] if isinstance(error, LookupError) else error}\n")
        return 2
    except (sqlite3.Error, OSError) as error:
        sys.stderr.write(f"{parser.prog}: {typed.data}: {error}\n")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mbg-gateway coverage", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, metavar="DATA", help="the data folder of `run`, or a journal file")
    parser.add_argument(
        "--config", type=Path, metavar="FILE", required=True, help="kitchen.yaml, for each point's interval"
    )
    parser.add_argument("--point", action="append", metavar="ID", help="may be repeated; without it all points")
    parser.add_argument("--from", dest="since", type=moment, metavar="TIME", help="the first moment")
    parser.add_argument("--to", dest="until", type=moment, metavar="TIME", help="the first moment after the span")
    parser.add_argument("--csv", action="store_true", help="point, hour, cover, reason, seconds")
    return parser


def _points(config: Config, wanted: Sequence[str] | None) -> list[Point]:
    unknown = set(wanted or ()) - {point.id for point in config.points}
    if unknown:
        raise LookupError(f"kitchen.yaml has no point {', '.join(sorted(unknown))}")
    return [point for point in config.points if not wanted or point.id in wanted]


def _of(connection: sqlite3.Connection, point: Point, since: int, until: int, now: int) -> list[Stretch]:
    return coverage_of(
        connection, point.id, since=since, until=until, now=now, max_gap=point.max_gap, by_change=point.reports_changes
    )


def _write_csv(by_point: Sequence[tuple[str, list[Stretch]]]) -> None:
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(HEAD)
    for name, stretches in by_point:
        hours: dict[int, list[Stretch]] = {}
        for stretch in by_hour(stretches, HOUR):
            hours.setdefault(stretch.begin // HOUR, []).append(stretch)
        for hour, parts in hours.items():
            for (cover, reason), length in totals(parts).items():
                out.writerow((name, _utc(hour * HOUR), cover, reason, _seconds(length)))


def _lines(by_point: Sequence[tuple[str, list[Stretch]]], zone: ZoneInfo, length: int) -> Iterator[str]:
    width = max((len(name) for name, _ in by_point), default=0)
    for name, stretches in by_point:
        by_cover = {cover: sum(each.end - each.begin for each in stretches if each.cover is cover) for cover in Cover}
        parts = [f"{cover.value.replace('_', ' ')} {_span(by_cover[cover])}" for cover in Cover]
        share = 100 * by_cover[Cover.COVERED] / length if length else 0.0
        yield f"{name:{width}}  {share:6.2f} %  {', '.join(parts)}"
        for each in stretches:
            if each.cover is not Cover.COVERED:
                kind = each.cover.value.replace("_", " ")
                yield f"    {_local(each.begin, zone)} … {_local(each.end, zone)}  {kind}: {each.reason}"


def _local(at: int, zone: ZoneInfo) -> str:
    return (EPOCH + timedelta(microseconds=at)).astimezone(zone).isoformat(" ", timespec="seconds")


def _utc(at: int) -> str:
    return (EPOCH + timedelta(microseconds=at)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _span(length: int) -> str:
    return str(timedelta(seconds=length // SECOND))


def _seconds(length: int) -> str:
    """Return seconds to the microsecond, so that they add up."""
    return f"{length // SECOND}.{length % SECOND:06}".rstrip("0").rstrip(".")
