"""The journal's file as the gateway has it open: one SQLite database in WAL mode, written by this process alone."""

import sqlite3
from collections.abc import Mapping
from pathlib import Path

from gateway.journal.history.readings import FOR_EVER, hour_of, sealed_rows
from gateway.journal.sql import statements
from gateway.journal.sql.schema import check, load, migrate
from gateway.journal.writing.write_ahead_log import Log
from gateway.records.time_units import HOUR

BUSY_MS = 1_000
HOURS_KEPT = 16
"""Sealed hours of a point that stay decoded: some 1 MB."""

PointKind = tuple[str, str]
"""Quantity and unit of a point."""
ValueAndQuality = tuple[float | None, int]
_SQL = statements("database")


class Database:
    """An open journal file, brought up to the newest schema. Whatever is asked of it may raise sqlite3.Error."""

    def __init__(self, path: Path, points: Mapping[str, PointKind]) -> None:
        self.connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=BUSY_MS / 1_000)
        try:
            self._prepare(points)
            self.numbers: dict[str, int] = dict(self.connection.execute(_SQL["points"]).fetchall())
            """Point name → its number in the tables."""
            self.sealed = SealedValues(self.connection)
            self.log = Log(self.connection, path)
        except BaseException:
            self.connection.close()
            raise

    def _prepare(self, points: Mapping[str, PointKind]) -> None:
        load(self.connection)
        self.connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        self.connection.execute("PRAGMA journal_mode = WAL")
        self.connection.execute("PRAGMA synchronous = FULL")
        migrate(self.connection)
        check(self.connection)
        self.connection.executemany(_SQL["add_point"], [(name, *kind) for name, kind in points.items()])

    def close(self) -> None:
        """Close the file; SQLite checkpoints the log into it."""
        self.connection.close()


class SealedValues:
    """The values of readings that stand in chunks alone. Late ones come by the hour: the last hours stay decoded.

    Attributes:
        until: no reading measured at this time or later stands in a chunk alone.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.refresh()

    def refresh(self) -> None:
        """Forget what was decoded, because the chunks have changed."""
        (hour,) = self._connection.execute(_SQL["newest_sealed_hour"]).fetchone()
        self.until: int = -FOR_EVER if hour is None else hour + HOUR
        self._hours: dict[tuple[int, int], dict[int, ValueAndQuality]] = {}

    def at(self, point: int, measured_at: int) -> ValueAndQuality | None:
        """Return value and quality of a point's reading at exactly this time; None where no chunk alone has one."""
        if measured_at >= self.until:
            return None
        place = point, hour_of(measured_at)
        if place not in self._hours:
            rows = sealed_rows(self._connection, *place)
            self._hours[place] = {row.measured_at: (row.value, row.quality) for row in rows}
            if len(self._hours) > HOURS_KEPT:
                del self._hours[next(iter(self._hours))]
        return self._hours[place].get(measured_at)

    def has(self, point: int, measured_at: int) -> bool:
        """Return whether a chunk alone has a reading of exactly this time."""
        return self.at(point, measured_at) is not None
