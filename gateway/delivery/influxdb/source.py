"""Read the journal for a sink: page by page behind a cursor, without delaying the writer.

Each page is a few statements, each fetched completely, so that no read transaction is open during a slow network
request: an open reader keeps SQLite from restarting its WAL, which then grows without bound (SQLite documentation,
"Write-Ahead Logging", section 6).
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec

from gateway.journal.history.by_arrival import Arrival, Arrivals, count_of_hour
from gateway.journal.history.clock import held
from gateway.journal.history.corrections import all_corrections
from gateway.records.corrections import Corrections

BUSY_TIMEOUT = 0.5
"""Seconds. Readers of a WAL wait for nobody but a recovery after a crash."""

POINTS = "SELECT id, name FROM point"
NEWEST = "SELECT seq FROM sqlite_sequence WHERE name = ?"
CURSOR = "SELECT cursor FROM sink WHERE name = ?"
REFUSED = "SELECT raw FROM dead_letter WHERE source = ? AND at >= ?"


class SourceUnreadableError(Exception):
    """The journal is missing or damaged, or its disk fails. The writer reports that; a reader waits."""


class JournalReplacedError(Exception):
    """The journal was replaced by another file; `cursor` is this sink's progress according to that file."""

    def __init__(self, cursor: int) -> None:
        super().__init__(f"the journal is another file; going on behind reading {cursor}")
        self.cursor = cursor


class OutgoingReading(msgspec.Struct, frozen=True, gc=False):
    """A reading to deliver; `point` is its id in kitchen.yaml, `measured_at` UTC microseconds, `value` with offset."""

    seq: int
    point: str
    measured_at: int
    value: float | None
    quality: int


class JournalSource:
    """Read one journal for one sink, from one thread.

    Args:
        path: of the SQLite file.
        sink: name of the sink, to read its cursor from a file that replaced another.
        offsets: point id → offset of kitchen.yaml, for points that no event of the journal corrects.
        now: UTC microseconds; readings that may still get another date are not read before they are too old for that.
    """

    def __init__(
        self, path: Path, *, sink: str, offsets: Mapping[str, float], now: Callable[[], int] = lambda: 0
    ) -> None:
        self._path = path
        self._sink = sink
        self._offsets = offsets
        self._now = now
        self._corrections: dict[str, Corrections] = {}
        self._names: dict[int, str] = {}
        self._arrivals = Arrivals()
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None

    def read(self, cursor: int, limit: int) -> list[OutgoingReading]:
        """Return the next readings behind `cursor`, at most `limit`, in order of arrival.

        Raises:
            SourceUnreadableError: the journal cannot be read now.
            JournalReplacedError: the file is another one than at the last call.
        """
        with self._opened(cursor) as connection:
            rows = self._page(connection, cursor, limit)
            # After the readings: a later correction causes them to be sent again.
            self._corrections = all_corrections(connection, self._offsets) if rows else {}
            return [self._corrected(*row) for row in rows]

    def counts(self, hour: int, cursor: int) -> dict[str, int]:
        """Count the readings of an hour with a number up to `cursor` by point; points without any are absent.

        Raises:
            SourceUnreadableError, JournalReplacedError: as `read`.
        """
        with self._opened(cursor) as connection:
            names = connection.execute(POINTS).fetchall()
            by_point = {name: count_of_hour(connection, point, hour, cursor) for point, name in names}
        return {name: count for name, count in by_point.items() if count}

    def refused(self, since: int) -> list[bytes]:
        """Return the lines that the server has refused for ever since `since`.

        Raises:
            SourceUnreadableError, JournalReplacedError: as `read`.
        """
        with self._opened(0) as connection:
            return [line for (line,) in connection.execute(REFUSED, (self._sink, since)).fetchall()]

    def close(self) -> None:
        """Close the file; the next read opens it again."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _page(self, connection: sqlite3.Connection, cursor: int, limit: int) -> list[Arrival]:
        """Read in one transaction: a reading that the next transaction gives another date is then still held back."""
        connection.execute("BEGIN")
        try:
            rows = self._arrivals.page(connection, cursor, limit)
            wait = held(connection, self._now(), after=cursor)
        finally:
            connection.execute("COMMIT")
        return [row for row in rows if wait is None or row[0] < wait]

    @contextmanager
    def _opened(self, cursor: int) -> Iterator[sqlite3.Connection]:
        try:
            yield self._connect(cursor)
        except (sqlite3.Error, OSError, KeyError) as error:
            self.close()
            raise SourceUnreadableError(f"{self._path}: {error}") from error

    def _connect(self, cursor: int) -> sqlite3.Connection:
        status = self._path.stat()
        file = (status.st_dev, status.st_ino)
        if self._connection is not None and file == self._file:
            return self._connection
        self.close()
        self._connection = open_read_only(self._path)
        self._names = {}
        self._arrivals = Arrivals()
        before, self._file = self._file, file
        newest = self._number(NEWEST, "reading")
        # A reading's number is never assigned twice, so a cursor beyond the newest one belongs to another file,
        # even if that file has the inode of the old one.
        if before not in (None, file) or cursor > newest:
            raise JournalReplacedError(min(newest, self._number(CURSOR, self._sink)))
        return self._connection

    def _number(self, query: str, name: str) -> int:
        row = self._connection.execute(query, (name,)).fetchone() if self._connection else None
        return int(row[0]) if row else 0

    def _corrected(self, seq: int, point: int, measured_at: int, value: float | None, quality: int) -> OutgoingReading:
        name = self._name(point)
        corrections = self._corrections.get(name)
        if corrections is not None:
            value = None if value is None else corrections.value(value, measured_at)
            quality, _ = corrections.quality(quality, None, measured_at)
        return OutgoingReading(seq, name, measured_at, value, quality)

    def _name(self, point: int) -> str:
        if point not in self._names and self._connection is not None:
            self._names = dict(self._connection.execute(POINTS).fetchall())
        return self._names[point]


def open_read_only(path: Path) -> sqlite3.Connection:
    """Open a connection that cannot write and begins no transaction by itself.

    Raises:
        sqlite3.Error: the file is not there or is no database.
    """
    uri = f"{path.absolute().as_uri()}?mode=ro"
    connection = sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT, isolation_level=None)
    connection.execute("PRAGMA query_only = 1")
    return connection
