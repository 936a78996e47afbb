"""History from the journal file, read-only: it is there while the gateway is away.

Each question opens the file, asks by an index, takes at most a page and closes, so that no read transaction outlives
LONGEST_QUERY (an open one keeps the gateway from checkpointing). Times are UTC microseconds, values without their
calibration. Called from threads.
"""

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from api.errors import JournalUnreadableError
from gateway.journal.coverage.of_point import coverage_of
from gateway.journal.coverage.stretches import Stretch
from gateway.journal.files.read_only import open_read_only
from gateway.journal.history.charts import chart
from gateway.journal.history.corrections import SUBJECT, corrections_of
from gateway.journal.history.readings import rows_of
from gateway.records.corrections import Corrections
from gateway.records.time_units import HOUR, MINUTE

LONGEST_QUERY = 0.9  # s
STEPS_BETWEEN_LOOKS = 10_000  # of SQLite's machine: about a millisecond
PAGE = 5_000  # rows
CACHE = "PRAGMA cache_size = -256"
"""KiB. A reading lies on a page of its own, asked once: the usual 2 MB are memory that each question has to fetch anew
from the kernel, a third of the time that its rows take."""
FIRST, LAST = -(2**62), 2**62  # before and after every time and number of the journal

_SQL = {
    entry.name.removesuffix(".sql"): entry.read_text(encoding="utf-8")
    for entry in (files("api.history") / "sql").iterdir()
    if entry.name.endswith(".sql")
}


class Measured(NamedTuple):
    """A reading as it stands in the journal: as the device sent it."""

    measured_at: int
    value: float | None
    quality: int
    reason: str | None
    stable: int | None
    net: int | None
    tare: float | None
    recorded_at: int


class Span(NamedTuple):
    """The usable values of one span of a chart; `at` is its middle."""

    at: int
    lowest: float
    highest: float
    mean: float


class Begins(NamedTuple):
    """From when on the journal holds something; LAST if it is empty."""

    readings: int
    charts: int

    def of(self, grid: "Grid") -> int:
        """For a chart of this grid: spans below a minute are made of readings."""
        return self.readings if grid.width < MINUTE else self.charts


class Grid(NamedTuple):
    """Spans of `width` counted from `since`."""

    since: int
    until: int
    width: int

    @classmethod
    def of(cls, since: int, until: int, spans: int) -> "Grid":
        """At most `spans` equal spans, and two more at the ends.

        Sealed hours are drawn from roll-ups: a longer span begins on a whole minute, or hour, and takes whole ones.
        """
        width = max(1, -((since - until) // spans))
        step = next((step for step in (HOUR, MINUTE) if width >= step), 1)
        return cls(since // step * step, -(-until // step) * step, -(-width // step) * step)

    def split(self, at: int) -> int:
        """The first begin of a span at or after `at`."""
        return min(self.until, self.since - (self.since - at) // self.width * self.width)


def following(rows: Sequence[tuple[Any, ...]], limit: int) -> int | None:
    """The `before` of the next page; None when this one is the last."""
    return rows[-1][0] if len(rows) == limit else None


class JournalReader:
    """Questions to one journal file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def readable(self) -> bool:
        """Whether the file is there and answers."""
        try:
            with self._open() as journal:
                journal.execute("SELECT 1 FROM reading LIMIT 1").fetchone()
        except JournalUnreadableError:
            return False
        return True

    def knows(self, point: str) -> bool:
        """Whether there ever was such a point."""
        with self._open() as journal:
            return journal.execute(_SQL["point"], {"name": point}).fetchone() is not None

    def series(self, point: str, *, after: int, until: int, limit: int) -> list[Measured]:
        """The first `limit` readings of a point with after < measured_at < until, in order of time."""
        with self._open() as journal:
            rows = rows_of(journal, self._number(journal, point), since=after + 1, until=until)
            return [
                Measured(*(getattr(row, name) for name in Measured._fields)) for row in islice(rows, min(limit, PAGE))
            ]

    def begins(self) -> Begins:
        """From when on there is anything."""
        with self._open() as journal:
            row, chunk, rollup = journal.execute(_SQL["begins"]).fetchone()
        readings = min((at for at in (row, chunk) if at is not None), default=LAST)
        return Begins(readings, readings if rollup is None else min(readings, rollup))

    def chart(self, point: str, grid: Grid, corrections: Corrections | None = None) -> list[Span]:
        """Lowest, highest and mean value in each span of the grid that has one, as calibrated."""
        since, until, width = grid
        with self._open() as journal:
            number, by = self._number(journal, point), corrections or Corrections()
            found = chart(journal, number, since=since, until=until, width=width, corrections=by)
        columns = zip(*found, strict=True)
        return [Span(at + width // 2, lowest, highest, total / count) for at, count, lowest, highest, total in columns]

    def corrections(self, point: str) -> Corrections | None:
        """The corrections of a point; None when no event corrects it."""
        with self._open() as journal:
            return corrections_of(journal, point)

    def coverage(self, point: str, *, since: int, until: int, now: int, max_gap: int, by_change: bool) -> list[Stretch]:
        """What of a point's time, up to `now` at most, is covered, set aside, or in a gap."""
        with self._open() as journal:
            return coverage_of(journal, point, since=since, until=until, now=now, max_gap=max_gap, by_change=by_change)

    def alarms(self, *, limit: int) -> list[dict[str, Any]]:
        """The newest alarms, whatever became of them."""
        return self.records("alarms", limit=min(limit, PAGE))

    def checks(self, point: str, *, before: int, limit: int) -> list[dict[str, Any]]:
        """The newest calibration checks of a point, as their events have them, with a number below `before`."""
        return self.records("checks", subject=f"{SUBJECT}{point}", before=before, limit=min(limit, PAGE))

    def rows(self, name: str, **asked: int | str | None) -> list[tuple[Any, ...]]:
        """The rows of a question of api/sql. Of one that is paged a number comes first, the others are below it."""
        with self._open() as journal:
            return journal.execute(_SQL[name], asked).fetchall()

    def records(self, name: str, **asked: int | str | None) -> list[dict[str, Any]]:
        """The rows of a question of api/sql, each by its columns' names."""
        with self._open() as journal:
            cursor = journal.execute(_SQL[name], asked)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor]

    @staticmethod
    def _number(journal: sqlite3.Connection, point: str) -> int:
        """The point's number in this file; one that no reading has for a point that it does not know."""
        found = journal.execute(_SQL["point"], {"name": point}).fetchone()
        return int(found[0]) if found else 0

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(open_read_only(self._path)) as journal:
                deadline = time.monotonic() + LONGEST_QUERY
                journal.execute(CACHE)
                journal.set_progress_handler(lambda: time.monotonic() > deadline, STEPS_BETWEEN_LOOKS)
                journal.execute("BEGIN")  # all of an answer is of one moment, whatever is sealed meanwhile
                yield journal
        except sqlite3.Error as error:
            text = f"The journal cannot be read ({error}); the live values go on. See /api/health."
            raise JournalUnreadableError(text) from error
