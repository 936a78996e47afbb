"""What is too old to be kept, or has no room: chunks go, roll-ups later, events never. Drawn up from the file.

By age a day goes at a time, and an event says so; for want of space whole hours go, the oldest first, and a gap event
says which. Their hashes stay in the chain: `verify` tells what went from what was taken away.
"""

import sqlite3
from typing import NamedTuple

from gateway.journal.chunk import HOUR
from gateway.journal.records import Event, Upkeep
from gateway.journal.seal import journal_id
from gateway.journal.sealed import HOURS_RETIRED

DAY = 24 * HOUR
CHUNKS_A_TURN = 500
"""Chunks that go in one transaction: a megabyte or two."""
HOURS_A_TURN = 48

_OLDEST = "SELECT min(hour) FROM chunk"
_OLD = "SELECT id FROM chunk WHERE hour < ? ORDER BY hour LIMIT ?"
_OLD_ROLLUP = "SELECT 1 FROM point WHERE EXISTS (SELECT 1 FROM rollup WHERE rollup.point = point.id AND hour < ?)"
_SIZES = (
    "SELECT hour, sum(length(body)) FROM chunk WHERE hour IN (SELECT DISTINCT hour FROM chunk ORDER BY hour LIMIT ?) "
    "GROUP BY hour HAVING max(in_rows) = 0 ORDER BY hour"
)


class Keeping(NamedTuple):
    """How long readings and roll-ups are kept, in microseconds, and how many bytes the journal may hold."""

    readings: int = 90 * DAY
    rollups: int = 1_830 * DAY
    most_bytes: int | None = None


def retire(connection: sqlite3.Connection, now: int, keeping: Keeping) -> Upkeep | None:
    """What goes next at `now`, UTC microseconds; None when all may stay.

    Raises:
        sqlite3.Error: the file cannot be read.
    """
    return (
        _old_readings(connection, (now - keeping.readings) // DAY * DAY)
        or _old_rollups(connection, (now - keeping.rollups) // DAY * DAY)
        or (None if keeping.most_bytes is None else _for_room(connection, keeping.most_bytes))
    )


def used_bytes(connection: sqlite3.Connection) -> int:
    """What the journal holds; pages that are free again are not counted, they are used first."""
    numbers = [
        connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
    ]
    pages, free, size = numbers
    return int((pages - free) * size)


def _old_readings(connection: sqlite3.Connection, before: int) -> Upkeep | None:
    (oldest,) = connection.execute(_OLDEST).fetchone()
    if oldest is None or oldest >= before:
        return None
    chunks = tuple(number for (number,) in connection.execute(_OLD, (before, CHUNKS_A_TURN)))
    key = f"retired:{before}"
    told = connection.execute("SELECT 1 FROM event WHERE key = ?", (key,)).fetchone()
    body: dict[str, object] = {"from": oldest, "to": before}
    event = Event(key=key, kind=HOURS_RETIRED, subject="journal", at=oldest, body=body)
    return Upkeep(journal=journal_id(connection), events=() if told else (event,), chunks_go=chunks)


def _old_rollups(connection: sqlite3.Connection, before: int) -> Upkeep | None:
    if connection.execute(_OLD_ROLLUP, (before,)).fetchone() is None:
        return None
    return Upkeep(journal=journal_id(connection), rollups_go_before=before)


def _for_room(connection: sqlite3.Connection, most: int) -> Upkeep | None:
    excess = used_bytes(connection) - most
    hours: list[int] = []
    for hour, size in connection.execute(_SIZES, (HOURS_A_TURN,)).fetchall():
        if excess <= 0:
            break
        hours.append(hour)
        excess -= size
    if not hours:
        return None
    begin, end = hours[0], hours[-1] + HOUR
    marks = ",".join("?" * len(hours))
    found = connection.execute(f"SELECT id FROM chunk WHERE hour IN ({marks})", hours).fetchall()  # noqa: S608 - marks
    body: dict[str, object] = {"from": begin, "to": end, "reason": "cap"}
    event = Event(key=f"gap:cap:{begin}:{end}", kind="gap", subject="journal", at=begin, body=body)
    return Upkeep(journal=journal_id(connection), events=(event,), chunks_go=tuple(number for (number,) in found))
