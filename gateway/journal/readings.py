"""Reading the journal from another thread or process: short read-only transactions, paged."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

PAGE = 5_000
FOR_EVER = 1 << 62
"""A time after every reading."""


def open_read_only(path: Path) -> sqlite3.Connection:
    """A connection that cannot write, not even by mistake."""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA query_only = 1")
    return connection


Measured = tuple[int, float | None, int, str | None, int | None, float | None]
"""measured_at, value, quality, reason, stable, tare."""


def of_point(connection: sqlite3.Connection, point: int, *, since: int, until: int) -> Iterator[Measured]:
    """Readings of a point with since <= measured_at < until, in order of time, a page a transaction."""
    sql = (
        "SELECT measured_at, value, quality, reason, stable, tare FROM reading "
        "WHERE point = ? AND measured_at >= ? AND measured_at < ? ORDER BY measured_at LIMIT ?"
    )
    while True:
        page: list[Measured] = connection.execute(sql, (point, since, until, PAGE)).fetchall()
        yield from page
        if len(page) < PAGE:
            return
        since = page[-1][0] + 1
