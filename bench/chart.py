"""Measure a day's chart of one point among 20 million readings: the query itself, and over HTTP as the page sends it.

    python -m bench.chart [--readings 20000000] [--keep FOLDER]

The journal is built first, by the code that seals hours (bench.history): two to three minutes on two cores. `--keep`
builds it in a folder and uses it again the next time. Each of 200 points is queried for its last 24 hours, of which the
last two to three are rows. The reference, in turns, is the same query to one plain SQLite table of as many rows,
ordered by point and time: minimum, maximum and mean of each span by GROUP BY.
"""

import argparse
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from api.history.journal import Grid, JournalReader
from api.times import iso
from bench.figures import at_most, p50_p99
from bench.history import EVERY, build, names
from bench.http_client import delays
from bench.rig import Gateway, begin, kitchen, serving, use_core
from gateway.records.time_units import HOUR
from tests.brokers import mosquitto

DAY = 24 * HOUR
SPANS = 360
"""As many as the page requests."""
MOST = 30.0
REST = 3.0
"""Seconds in which a gateway checks its file after the start."""

TABLE = "CREATE TABLE plain (point INTEGER, at INTEGER, value REAL, PRIMARY KEY (point, at)) WITHOUT ROWID"
FILL = """
INSERT INTO plain
WITH RECURSIVE points (point) AS (SELECT 0 UNION ALL SELECT point + 1 FROM points WHERE point < :points - 1),
turns (turn) AS MATERIALIZED (SELECT 0 UNION ALL SELECT turn + 1 FROM turns WHERE turn < :turns - 1)
SELECT point, :since + turn * :every, round(4 + random() % 1000 / 1000.0, 1) FROM points CROSS JOIN turns
"""
ASK = (
    "SELECT at / :width, min(value), max(value), avg(value) FROM plain "
    "WHERE point = :point AND at >= :since AND at < :until GROUP BY 1"
)


def fill(path: Path, readings: int, now: int) -> None:
    """Fill the plain table up to `now`."""
    turns = readings // len(names())
    with closing(sqlite3.connect(path)) as table, table:
        table.execute(TABLE)
        table.execute(FILL, {"points": len(names()), "turns": turns, "since": now - turns * EVERY, "every": EVERY})


def ask_plain(path: Path, point: int, now: int) -> int:
    """Query the plain table; return the number of spans."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as table:
        asked = {"width": DAY // SPANS, "point": point, "since": now - DAY, "until": now}
        return len(table.execute(ASK, asked).fetchall())


def timed(ask: Callable[[], int]) -> tuple[float, float]:
    """Run a query; return milliseconds on the clock and of CPU. SystemExit when spans are missing."""
    began, cpu = time.perf_counter(), time.process_time()
    spans = ask()
    took = (time.perf_counter() - began) * 1_000, (time.process_time() - cpu) * 1_000
    if not SPANS - 1 <= spans <= SPANS + 2:
        raise SystemExit(f"{spans} spans came of {SPANS}")
    return took


def of_query(journal: Path, plain: Path, now: int) -> tuple[list[float], list[float], list[float]]:
    """Return the milliseconds of each point: our query, its CPU time, the plain table."""
    reader, grid = JournalReader(journal), Grid.of(now - DAY, now, SPANS)
    ours, theirs = [], []
    use_core(1)
    for number, name in enumerate(names()):
        ours.append(timed(lambda name=name: len(reader.chart(name, grid))))  # type: ignore[misc]
        theirs.append(timed(lambda number=number: ask_plain(plain, number, now))[0])  # type: ignore[misc]
    use_core(0)
    return [wall for wall, _ in ours], [cpu for _, cpu in ours], theirs


def over_http(folder: Path, plain: Path, now: int) -> tuple[list[float], list[float]]:
    """Return the milliseconds of each point's chart from the API, and of the plain table in turns with it."""
    theirs = []

    def paths() -> Iterator[str]:
        for number, name in enumerate(names()):
            theirs.append(timed(lambda number=number: ask_plain(plain, number, now))[0])  # type: ignore[misc]
            yield f"/api/points/{name}/chart?from={iso(now - DAY)}&to={iso(now)}&spans={SPANS}"

    with (
        tempfile.TemporaryDirectory() as broker_folder,
        mosquitto(Path(broker_folder)) as broker,
        Gateway(folder, kitchen(broker.port)) as gateway,
        serving(gateway.data, folder / "api.log") as (_, port),
    ):
        time.sleep(REST)
        return delays(port, paths()), theirs


def prepare(folder: Path, readings: int) -> tuple[Path, Path, int]:
    """Build journal and plain table, unless they exist; return both and the moment at which they end."""
    journal, plain, moment = folder / "data" / "journal.db", folder / "plain.db", folder / "now"
    if not moment.exists():
        now, began = time.time_ns() // 1_000, time.monotonic()
        total = build(journal, readings, now)
        each = journal.stat().st_size / total
        print(f"{total:,} readings, built in {time.monotonic() - began:.0f} s, {each:.2f} B each", flush=True)
        began = time.monotonic()
        fill(plain, readings, now)
        each = plain.stat().st_size / readings
        print(f"plain table, built in {time.monotonic() - began:.0f} s, {each:.0f} B each", flush=True)
        moment.write_text(str(now))
    return journal, plain, int(moment.read_text())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--readings", type=int, default=20_000_000)
    parser.add_argument("--keep", type=Path, help="folder for the journal, outside the repository (some 700 MB)")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        journal, plain, now = prepare(folder, args.readings)
        begin(f"{args.readings:,} readings, {SPANS} spans of 24 hours, each of {len(names())} points")
        query, cpu, beside_query = of_query(journal, plain, now)
        http, beside_http = over_http(folder, plain, now)
    report(args.readings, "the query", query, beside_query)
    print("query, CPU alone: p50 {:.1f}, p99 {:.1f} ms".format(*p50_p99(cpu)))
    report(args.readings, "over HTTP", http, beside_http)


def report(readings: int, how: str, ours: list[float], theirs: list[float]) -> None:
    """Print the figure of one way to query, beside the plain table."""
    (p50, p99), (plain_p50, plain_p99) = p50_p99(ours), p50_p99(theirs)
    print(f"{how}: p50 {p50:.1f}, p99 {p99:.1f} ms; plain table: p50 {plain_p50:.1f}, p99 {plain_p99:.1f} ms")
    what = f"a day's chart of one point among {readings:,} readings, {how}, p99 (p50 {p50:.1f} ms)"
    beside = f"plain table of as many rows, GROUP BY: {plain_p99:.1f} ms (p50 {plain_p50:.1f} ms)"
    at_most(what, p99, MOST, "ms", beside)


if __name__ == "__main__":
    main()
