"""The journal as a sink reads it: page by page, behind a cursor, never in the writer's way.

Each page is a few statements, each fetched whole, so that no read transaction is open while a network is slow: an open
reader keeps SQLite from starting its WAL anew, and that then grows without bound (SQLite documentation,
"Write-Ahead Logging", section 6).
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec

from gateway.journal.by_arrival import Arrival, Arrivals, count_of_hour
from gateway.journal.clock import held
from gateway.journal.corrections import all_corrections
from gateway.records.corrections import Corrections

BUSY_TIMEOUT = 0.5
"""Seconds. Readers of a WAL wait for nobody but a recovery after a crash."""

POINTS = "SELECT id, name FROM point"
NEWEST = "SELECT seq FROM sqlite_sequence WHERE name = ?"
CURSOR = "SELECT cursor FROM sink WHERE name = ?"
REFUSED = "SELECT raw FROM dead_letter WHERE source = ? AND at >= ?"


class JournalUnreadableError(Exception):
    """The journal is not there, is damaged or its disk fails: whoever writes it says so; a reader waits."""


class JournalReplacedError(Exception):
    """Another file stands in the journal's place; `cursor` is how far it says that this sink has come."""

    def __init__(self, cursor: int) -> None:
        super().__init__(f"the journal is another file; going on behind reading {cursor}")
        self.cursor = cursor


class StoredReading(msgspec.Struct, frozen=True, gc=False):
    """One row; `point` is the name in kitchen.yaml, `measured_at` UTC microseconds, `value` with its offset."""

    seq: int
    point: str
    measured_at: int
    value: float | None
    quality: int


class JournalSource:
    """Reads one journal for one sink, from one thread.

    Args:
        path: of the SQLite file.
        sink: name of the sink, to find its cursor in a file that was put in the place of another.
        offsets: point name → offset of kitchen.yaml, for points that no event of the journal corrects.
        now: UTC microseconds; what may still be moved to another date is not read before it is too old for that.
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

    def read(self, cursor: int, limit: int) -> list[StoredReading]:
        """The next readings behind `cursor`, at most `limit`, in the order of their arrival; none when there are none.

        Raises:
            JournalUnreadableError: not now.
            JournalReplacedError: the file is another one than at the last call.
        """
        with self._opened(cursor) as connection:
            rows = self._page(connection, cursor, limit)
            # After the readings: what corrects them later than this has them sent again.
            self._corrections = all_corrections(connection, self._offsets) if rows else {}
            return [self._stored(*row) for row in rows]

    def counts(self, hour: int, cursor: int) -> dict[str, int]:
        """How many readings of an hour with a number up to `cursor` each point has; points without any are absent.

        Raises:
            JournalUnreadableError, JournalReplacedError: as `read`.
        """
        with self._opened(cursor) as connection:
            names = connection.execute(POINTS).fetchall()
            found = {name: count_of_hour(connection, point, hour, cursor) for point, name in names}
        return {name: count for name, count in found.items() if count}

    def refused(self, since: int) -> list[bytes]:
        """The lines that the server has refused for ever since then.

        Raises:
            JournalUnreadableError, JournalReplacedError: as `read`.
        """
        with self._opened(0) as connection:
            return [line for (line,) in connection.execute(REFUSED, (self._sink, since)).fetchall()]

    def close(self) -> None:
        """Let go of the file; the next read opens it again."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _page(self, connection: sqlite3.Connection, cursor: int, limit: int) -> list[Arrival]:
        """At one moment of the file: what is moved in the next one is either still held, or moved."""
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
            raise JournalUnreadableError(f"{self._path}: {error}") from error

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
        # A number is never given out twice, so a cursor beyond the newest one belongs to another file,
        # even where that got the number of the old one on disk.
        if before not in (None, file) or cursor > newest:
            raise JournalReplacedError(min(newest, self._number(CURSOR, self._sink)))
        return self._connection

    def _number(self, query: str, name: str) -> int:
        row = self._connection.execute(query, (name,)).fetchone() if self._connection else None
        return int(row[0]) if row else 0

    def _stored(self, seq: int, point: int, measured_at: int, value: float | None, quality: int) -> StoredReading:
        name = self._name(point)
        corrections = self._corrections.get(name)
        if corrections is not None:
            value = None if value is None else corrections.value(value, measured_at)
            quality, _ = corrections.quality(quality, None, measured_at)
        return StoredReading(seq, name, measured_at, value, quality)

    def _name(self, point: int) -> str:
        if point not in self._names and self._connection is not None:
            self._names = dict(self._connection.execute(POINTS).fetchall())
        return self._names[point]


def open_read_only(path: Path) -> sqlite3.Connection:
    """A connection that cannot write and begins no transaction of its own.

    Raises:
        sqlite3.Error: the file is not there or is no database.
    """
    uri = f"{path.absolute().as_uri()}?mode=ro"
    connection = sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT, isolation_level=None)
    connection.execute("PRAGMA query_only = 1")
    return connection
