"""Whether the sealed hours are what the chain says: every chunk's hash stands in an event, so a changed bit is found.

What a chunk says of itself in its other columns is derived again from its content; rows that it stands beside must be
the same readings. A chunk may be missing only where an event says that it went.
"""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from gateway.journal.chunk import HOUR, ChunkDamagedError, Row, decode
from gateway.journal.readings import COLUMNS
from gateway.journal.sealed import RETIRED, SEALED, chunk_hash, facts_of
from gateway.journal.verify import Link, links

_CHUNK = (
    "SELECT point, count, first_at, last_at, usable_at, first_seq, last_seq, in_rows, body, "
    "(SELECT coalesce(max(last_seq), 0) FROM chunk AS before WHERE before.point = chunk.point "
    "AND before.hour = chunk.hour AND before.part < chunk.part) "
    "FROM chunk JOIN point ON point.id = chunk.point WHERE name = ? AND hour = ? AND part = ?"
)
_ROWS = (
    f"SELECT {COLUMNS} FROM reading WHERE point = ? AND measured_at >= ? AND measured_at < ? "  # noqa: S608
    "AND seq > ? AND seq <= ? ORDER BY measured_at"
)
_ALL = "SELECT name, hour, part FROM chunk JOIN point ON point.id = chunk.point ORDER BY chunk.id"


class _Sealing(msgspec.Struct):
    part: int
    chunks: dict[str, str]


@dataclass(slots=True)
class Sealed:
    """What was looked at: chunks that are there, and those that went as an event says."""

    chunks: int = 0
    readings: int = 0
    gone: int = 0
    missing: list[tuple[str, int, int]] = field(default_factory=list)
    retired: list[tuple[int, int]] = field(default_factory=list)


def verify_chunks(connection: sqlite3.Connection, seen: Sealed) -> Iterator[str]:
    """Each fault as a sentence; the chain itself is known to hold. Counts into `seen`."""
    known: set[tuple[str, int, int]] = set()
    for link in links(connection):
        if link.kind == SEALED:
            sealing = msgspec.json.decode(link.body, type=_Sealing)
            for name, digest in sealing.chunks.items():
                known.add((name, link.at, sealing.part))
                yield from _fault(connection, seen, (name, link.at, sealing.part), digest)
        elif link.kind in RETIRED:
            seen.retired += _retired(link)
    for place in seen.missing:
        if any(begin <= place[1] < end for begin, end in seen.retired):
            seen.gone += 1
        else:
            yield f"{_name(place)} is missing, and no event says that it went"
    for place in connection.execute(_ALL):
        if place not in known:
            yield f"{_name(place)} was never sealed: no event has its hash"


def _fault(connection: sqlite3.Connection, seen: Sealed, place: tuple[str, int, int], digest: str) -> Iterator[str]:
    found = connection.execute(_CHUNK, place).fetchone()
    if found is None:
        seen.missing.append(place)
        return
    point, *facts, in_rows, body, before = found
    seen.chunks += 1
    if not isinstance(body, bytes) or chunk_hash(body) != digest:
        yield f"{_name(place)} was changed: its hash is not the one that was sealed"
        return
    try:
        rows = decode(body)
    except ChunkDamagedError as error:
        yield f"{_name(place)} cannot be read: {error}"
        return
    seen.readings += len(rows)
    if tuple(facts) != facts_of(rows):
        yield f"{_name(place)} is described wrongly in its table"
    asked = (point, place[1], place[1] + HOUR, before, facts[-1])
    stored = [Row(*row) for row in connection.execute(_ROWS, asked)]
    if stored != (rows if in_rows else []):
        yield f"{_name(place)}: the rows of that hour were changed after it was sealed"


def _retired(link: Link) -> list[tuple[int, int]]:
    body: dict[str, Any] = msgspec.json.decode(link.body)
    return [(body["from"], body["to"])] if link.kind != "gap" or body.get("reason") == "cap" else []


def _name(place: tuple[str, int, int]) -> str:
    name, hour, part = place
    return f"the chunk of {name}, hour {hour}, part {part},"
