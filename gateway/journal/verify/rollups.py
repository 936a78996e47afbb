"""Whether roll-ups say what the readings say that they were made from, as far as those are still kept.

A chart of years stands on roll-ups alone, and no hash covers them. Where all parts of a sealed hour are there, its
minutes and the hour are made again from the chunks, which the chain vouches for. What came late when earlier parts had
gone was added to what the roll-up said: that cannot be made again.
"""

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import zip_longest

from gateway.journal.chunks.chunk import ChunkDamagedError, Row, decode
from gateway.journal.chunks.rollup import Span, spans, unpack_minutes, usable
from gateway.journal.sealing.sealed_hour import is_whole, parts_of, rollup_of
from gateway.journal.sql import statements
from gateway.records.time_units import MINUTE

_SQL = statements("verify")


def verify_rollups(connection: sqlite3.Connection) -> Iterator[str]:
    """Each roll-up that differs as a sentence, oldest hours first; the chunks are known to hold."""
    numbers = dict(connection.execute(_SQL["points"]).fetchall())
    for (hour,) in connection.execute(_SQL["sealed_hours"]).fetchall():
        for name, parts in parts_of(connection, hour).items():
            point = numbers.get(name)
            if point is not None and is_whole(connection, point, hour, parts):
                fault = _fault(connection, point, hour)
                if fault:
                    yield f"the roll-up of {name}, hour {_time(hour)}, {fault}"


def _fault(connection: sqlite3.Connection, point: int, hour: int) -> str | None:
    found = connection.execute(_SQL["rollup"], (point, hour)).fetchone()
    if found is None:
        # Roll-ups go by age, the oldest first.
        return "is missing" if connection.execute(_SQL["has_older_rollup"], (point, hour)).fetchone() else None
    *whole, packed = found
    if not isinstance(packed, bytes):
        return "was changed: its minutes are no bytes"
    try:
        rows: list[Row] = [
            row for (body,) in connection.execute(_SQL["chunks_of_hour"], (point, hour)) for row in decode(body)
        ]
        minutes = unpack_minutes(packed).spans()
    except ChunkDamagedError as error:
        return f"cannot be read: {error}"
    rows.sort(key=lambda row: row.measured_at)
    made = spans(usable(rows), since=hour, width=MINUTE)
    for one, other in zip_longest(minutes, made):
        if one != other:
            return f"was changed: it says {_told(one)}, its readings {_told(other)}"
    expected = list(rollup_of(point, hour, made)[2:6])
    return None if whole == expected else f"was changed: it says {whole} of the whole hour, its readings {expected}"


def _told(span: Span | None) -> str:
    if span is None:
        return "nothing more"
    return (
        f"{span.readings} readings from {span.lowest:g} to {span.highest:g}, in all {span.total:g}, at {_time(span.at)}"
    )


def _time(at: int) -> str:
    return datetime.fromtimestamp(at / 1_000_000, UTC).strftime("%Y-%m-%dT%H:%MZ")
