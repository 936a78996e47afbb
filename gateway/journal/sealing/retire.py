"""What is too old to be kept, or has no room: chunks go, roll-ups later, events never. Drawn up from the file.

By age a day goes at a time, and an event says so; for want of space whole hours go, the oldest first, and a gap event
says which. Their hashes stay in the chain: `verify` tells what went from what was taken away.
"""

import sqlite3
from typing import NamedTuple

from gateway.journal.sealing.seal import journal_id
from gateway.journal.sealing.sealed_hour import HOURS_RETIRED
from gateway.journal.sql import statements
from gateway.records.time_units import DAY, HOUR
from gateway.records.transaction import Event, Upkeep

CHUNKS_A_TURN = 500
"""Chunks that go in one transaction: a megabyte or two."""
HOURS_A_TURN = 48

_SQL = statements("sealing")


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
    (oldest,) = connection.execute(_SQL["oldest_hour"]).fetchone()
    if oldest is None or oldest >= before:
        return None
    chunks = tuple(number for (number,) in connection.execute(_SQL["chunks_between"], (oldest, before, CHUNKS_A_TURN)))
    told = connection.execute(_SQL["is_retirement_recorded"], (HOURS_RETIRED, oldest, before)).fetchone()
    body: dict[str, object] = {"from": oldest, "to": before}
    event = Event(key=f"retired:{oldest}:{before}", kind=HOURS_RETIRED, subject="journal", at=oldest, body=body)
    return Upkeep(journal=journal_id(connection), events=() if told else (event,), chunks_go=chunks)


def _old_rollups(connection: sqlite3.Connection, before: int) -> Upkeep | None:
    if connection.execute(_SQL["has_rollup_before"], (before,)).fetchone() is None:
        return None
    return Upkeep(journal=journal_id(connection), rollups_go_before=before)


def _for_room(connection: sqlite3.Connection, most: int) -> Upkeep | None:
    """The oldest hours that only chunks have; the same hour may go again, with what came late of it."""
    excess = used_bytes(connection) - most
    (oldest,) = connection.execute(_SQL["oldest_hour_without_rows"]).fetchone()
    if excess <= 0 or oldest is None:
        return None
    chunks: list[int] = []
    end, newest = oldest, 0
    found = connection.execute(_SQL["chunks_without_rows_between"], (oldest, oldest + HOURS_A_TURN * HOUR)).fetchall()
    for number, hour, last_seq, size in found:
        if excess <= 0 and hour >= end:
            break
        chunks.append(number)
        end, newest = hour + HOUR, max(newest, last_seq)
        excess -= size
    body: dict[str, object] = {"from": oldest, "to": end, "reason": "cap"}
    event = Event(key=f"gap:cap:{oldest}:{end}:{newest}", kind="gap", subject="journal", at=oldest, body=body)
    return Upkeep(journal=journal_id(connection), events=(event,), chunks_go=tuple(chunks))
