"""Whether the sealed hours are what the chain says: every chunk's hash stands in an event, so a changed bit is found.

What a chunk says of itself in its other columns is derived again from its content; rows that it stands beside must be
the same readings, and whatever was numbered before the last sealing must stand in a chunk. A chunk may be missing only
where an event says that it went. The gateway may be running: what belongs together is read in one short transaction.
"""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec

from gateway.journal.chunks.chunk import ChunkDamagedError, Row, decode
from gateway.journal.sealing.sealed_hour import RETIRED, SEALED, chunk_hash, facts_of
from gateway.journal.sql import statements
from gateway.journal.verify.chain import Link, links
from gateway.records.time_units import HOUR

ROWS_A_PAGE = 20_000

_SQL = statements("verify")


class _Sealing(msgspec.Struct):
    part: int
    chunks: dict[str, str]


class _Went(msgspec.Struct):
    """Of an event by which chunks went; a gap has a reason, and only that of `cap` took any."""

    begin: int = msgspec.field(name="from")
    end: int = msgspec.field(name="to")
    reason: str = "cap"


@dataclass(slots=True)
class Sealed:
    """What was looked at: chunks that are there, and those that went as an event says."""

    chunks: int = 0
    readings: int = 0
    gone: int = 0
    missing: list[tuple[str, int, int]] = field(default_factory=list)
    retired: list[tuple[int, int]] = field(default_factory=list)


def verify_chunks(connection: sqlite3.Connection, seen: Sealed) -> Iterator[str]:
    """Each fault as a sentence; the chain itself is known to hold. Counts into `seen`.

    `connection` is in no transaction.
    """
    known: set[tuple[str, int, int]] = set()
    (newest,) = connection.execute(_SQL["newest_chunk"]).fetchone()
    for link in links(connection):
        try:
            for place, digest in _told(link, seen):
                known.add(place)
                yield from _fault(connection, seen, place, digest)
        except msgspec.MsgspecError as error:
            yield f"event {link.id} ({link.kind}, {link.key}) says nothing that can be understood: {error}"
    for place in seen.missing:
        if any(begin <= place[1] < end for begin, end in seen.retired):
            seen.gone += 1
        else:
            yield f"{_name(place)} is missing, and no event says that it went"
    for place in connection.execute(_SQL["all_chunks"], (newest,)):
        if place not in known:
            yield f"{_name(place)} was never sealed: no event has its hash"
    yield from _beside(connection)


def _told(link: Link, seen: Sealed) -> list[tuple[tuple[str, int, int], str]]:
    """The chunks of a sealing with their hashes; what went is noted."""
    if link.kind == SEALED:
        sealing = msgspec.json.decode(link.body, type=_Sealing)
        return [((name, link.at, sealing.part), digest) for name, digest in sealing.chunks.items()]
    if link.kind in RETIRED:
        went = msgspec.json.decode(link.body, type=_Went)
        if went.reason == "cap":
            seen.retired.append((went.begin, went.end))
    return []


def _fault(connection: sqlite3.Connection, seen: Sealed, place: tuple[str, int, int], digest: str) -> Iterator[str]:
    connection.execute("BEGIN")
    try:
        found = connection.execute(_SQL["chunk"], place).fetchone()
        if found is None:
            seen.missing.append(place)
            return
        point, *facts, in_rows, body, before = found
        asked = (point, place[1], place[1] + HOUR, before, facts[-1])
        stored = [Row(*row) for row in connection.execute(_SQL["rows_of_chunk"], asked)]
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
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
    if tuple(facts) != facts_of(rows) or in_rows not in (0, 1):
        yield f"{_name(place)} is described wrongly in its table"
    if stored != (rows if in_rows else []):
        yield f"{_name(place)}: the rows of that hour were changed after it was sealed"


def _beside(connection: sqlite3.Connection) -> Iterator[str]:
    """Rows that are numbered as if they had been sealed and stand in no chunk."""
    after = -(1 << 63)
    while (end := connection.execute(_SQL["end_of_page"], (after, ROWS_A_PAGE)).fetchone()[0]) is not None:
        asked = {"after": after, "end": end, "hour": HOUR}
        for number, name in connection.execute(_SQL["rows_beside_chunks"], asked).fetchall():
            yield f"reading {number} of {name} was put in, or changed, after its hour was sealed: no chunk has it"
        after = end


def _name(place: tuple[str, int, int]) -> str:
    name, hour, part = place
    return f"the chunk of {name}, hour {hour}, part {part},"
