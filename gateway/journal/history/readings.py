"""Reading the journal from another thread or process: short read-only transactions, an hour at a time.

A reading stands in its row, in the chunk of its sealed hour, or in both. Rows are asked first and chunks after them:
whatever is sealed in between is found in one of the two, and once.
"""

import sqlite3
from collections.abc import Iterator

from gateway.journal.chunks.chunk import ChunkDamagedError, Row, decode
from gateway.journal.history.clock import times_again
from gateway.journal.sql import statements
from gateway.records.time_units import HOUR

FOR_EVER = 1 << 62
"""A time after every reading."""

_SQL = statements("readings")


Measured = tuple[int, float | None, int, str | None, int | None, float | None]
"""measured_at, value, quality, reason, stable, tare."""


def of_point(connection: sqlite3.Connection, point: int, *, since: int, until: int) -> Iterator[Measured]:
    """Readings of a point with since <= measured_at < until, in order of time, as folds take them.

    Where the clock showed a time twice they are those of the second time: the first were folded when they came.
    """
    for row in folded_rows(connection, point, since=since, until=until):
        yield row.measured_at, row.value, row.quality, row.reason, row.stable, row.tare


def folded_rows(connection: sqlite3.Connection, point: int, *, since: int, until: int) -> Iterator[Row]:
    """The same with every column."""
    again = [span for span in times_again(connection) if span.begin < until and span.end >= since]
    for row in rows_of(connection, point, since=since, until=until):
        if not any(span.hides(row.measured_at, row.seq) for span in again):
            yield row


def rows_of(connection: sqlite3.Connection, point: int, *, since: int, until: int) -> Iterator[Row]:
    """All readings of a point with since <= measured_at < until, in order of time.

    Raises:
        sqlite3.Error: the file or a sealed hour cannot be read.
    """
    while since < until:
        hour = _next_hour(connection, point, since, until)
        if hour is None:
            return
        yield from _of_hour(connection, point, hour, since=max(since, hour), until=min(until, hour + HOUR))
        since = hour + HOUR


def hour_of(at: int) -> int:
    """The first microsecond of its hour."""
    return at // HOUR * HOUR


def sealed_rows(connection: sqlite3.Connection, point: int, hour: int) -> list[Row]:
    """The readings of an hour that have no row any more.

    Raises:
        sqlite3.DatabaseError: a chunk is damaged, as a page of the file might be.
    """
    bodies = connection.execute(_SQL["chunks_of_hour"], (point, hour)).fetchall()
    try:
        return [row for (body,) in bodies for row in decode(body)]
    except ChunkDamagedError as error:
        raise sqlite3.DatabaseError(f"a sealed hour is damaged ({error}); `mbg-gateway verify` names it") from error


def newest(connection: sqlite3.Connection, point: int, quality: int, *, until: int) -> Row | None:
    """A point's newest reading of at least that quality until then.

    Of a time that the clock shows for the second time: of readings that came since, or from before both.
    """
    again = [span.begin for span in times_again(connection) if span.begin <= until < span.end + HOUR]
    if again:
        rows = folded_rows(connection, point, since=min(again), until=until + 1)
        found = [row for row in rows if row.quality >= quality]
        if found:
            return found[-1]
    return _newest(connection, point, quality, min([until, *again]))


def _newest(connection: sqlite3.Connection, point: int, quality: int, until: int) -> Row | None:
    """A sealed hour is asked whether any of it was good."""
    found = connection.execute(_SQL["newest_row"], (point, quality, until)).fetchone()
    row = None if found is None else Row(*found)
    sql = _SQL["newest_usable_sealed_hour"] if quality > 0 else _SQL["newest_sealed_hour"]
    (hour,) = connection.execute(sql, (point, until)).fetchone()
    if hour is None or (row is not None and row.measured_at >= hour + HOUR):
        return row
    sealed = [
        each for each in sealed_rows(connection, point, hour) if each.quality >= quality and each.measured_at <= until
    ]
    return max([*sealed, *([] if row is None else [row])], key=lambda each: each.measured_at, default=None)


def oldest_at(connection: sqlite3.Connection, point: int) -> int | None:
    """When a point's oldest reading was measured, of a sealed hour its beginning; None without any."""
    found = connection.execute(_SQL["oldest_at"], {"point": point}).fetchone()[0]
    return None if found is None else int(found)


def _next_hour(connection: sqlite3.Connection, point: int, since: int, until: int) -> int | None:
    """The first hour in which there is something."""
    (row,) = connection.execute(_SQL["first_row_at"], (point, since, until)).fetchone()
    (chunk,) = connection.execute(_SQL["first_sealed_hour"], (point, hour_of(since), until)).fetchone()
    return min((hour_of(at) for at in (row, chunk) if at is not None), default=None)


def _of_hour(connection: sqlite3.Connection, point: int, hour: int, *, since: int, until: int) -> list[Row]:
    found = {row[1]: Row(*row) for row in connection.execute(_SQL["rows"], (point, since, until)).fetchall()}
    sealed = sealed_rows(connection, point, hour)
    # The chain vouches for what is sealed: it comes before a row that somebody put in beside it.
    found |= {row.measured_at: row for row in sealed if since <= row.measured_at < until}
    return [found[at] for at in sorted(found)]
