"""Readings in the order in which they came, out of rows and sealed hours: what a sink with a cursor reads.

Chunks of many points cover the same numbers, so a stretch of numbers is read from all of them; they stay opened until
the cursor has passed them. Rows are asked before chunks: what is sealed in between is found in one of the two.
"""

import sqlite3

from gateway.journal.chunks.chunk import ChunkDamagedError, decode
from gateway.journal.sql import statements
from gateway.records.time_units import HOUR

Arrival = tuple[int, int, int, float | None, int]
"""seq, point, measured_at, value, quality."""

_SQL = statements("arrivals")


def count_of_hour(connection: sqlite3.Connection, point: int, hour: int, cursor: int) -> int:
    """A point's readings of an hour, of those with a number up to `cursor` if they are not sealed only.

    Raises:
        sqlite3.Error: the file cannot be read.
    """
    asked = {"point": point, "hour": hour, "end": hour + HOUR, "cursor": cursor}
    return int(connection.execute(_SQL["count_of_hour"], asked).fetchone()[0])


class Arrivals:
    """One reader's view; it keeps what it has opened."""

    def __init__(self) -> None:
        self._opened: dict[int, list[Arrival]] = {}

    def page(self, connection: sqlite3.Connection, cursor: int, limit: int) -> list[Arrival]:
        """Some readings with a number above `cursor`, at most `limit`; none when there are none.

        Raises:
            sqlite3.Error: the file or a sealed hour cannot be read.
        """
        while (following := _next(connection, cursor)) is not None:
            cursor, end = following - 1, following - 1 + limit
            found = {row[0]: row for row in connection.execute(_SQL["rows"], (cursor, end)).fetchall()}
            for row in self._sealed(connection, cursor, end):
                if cursor < row[0] <= end:
                    found.setdefault(row[0], row)
            if found:
                return [found[seq] for seq in sorted(found)]
            cursor = end
        return []

    def _sealed(self, connection: sqlite3.Connection, cursor: int, end: int) -> list[Arrival]:
        wanted = [number for (number,) in connection.execute(_SQL["chunks"], (cursor, end)).fetchall()]
        self._opened = {number: self._opened.get(number) or _open(connection, number) for number in wanted}
        return [row for rows in self._opened.values() for row in rows]


def _open(connection: sqlite3.Connection, number: int) -> list[Arrival]:
    found = connection.execute(_SQL["chunk"], (number,)).fetchone()
    if found is None:
        return []  # too old to be kept, since a moment ago
    point, body = found
    try:
        return [(row.seq, point, row.measured_at, row.value, row.quality) for row in decode(body)]
    except ChunkDamagedError as error:
        raise sqlite3.DatabaseError(f"a sealed hour is damaged ({error}); `mbg-gateway verify` names it") from error


def _next(connection: sqlite3.Connection, cursor: int) -> int | None:
    """The next number that may be there."""
    (row,) = connection.execute(_SQL["next_row"], (cursor,)).fetchone()
    (chunk,) = connection.execute(_SQL["next_in_chunk"], (cursor, cursor)).fetchone()
    return min((seq for seq in (row, chunk) if seq is not None), default=None)
