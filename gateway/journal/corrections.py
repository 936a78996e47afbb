"""The corrections of a journal's points, from its events."""

import sqlite3
from collections.abc import Mapping

import msgspec

from gateway.records.corrections import Correction, Corrections, Kind, corrections, of_offset

SUBJECT = "calibration:"
"""Before a point's name: the subject of the events about its calibration."""

_KINDS = f"kind IN {tuple(map(str, Kind))}"
_EVENTS = (
    "SELECT subject, body FROM event WHERE subject >= 'calibration:' AND subject < 'calibration;' "  # noqa: S608
    f"AND {_KINDS} ORDER BY id"
)
_OF_POINT = f"SELECT body FROM event WHERE subject = ? AND {_KINDS} ORDER BY id"  # noqa: S608


def corrections_in(connection: sqlite3.Connection) -> dict[str, Corrections]:
    """Point name → its corrections, of every point that an event corrects.

    Raises:
        sqlite3.Error: the journal cannot be read.
    """
    found: dict[str, Corrections] = {}
    for subject, body in connection.execute(_EVENTS).fetchall():
        point = subject.removeprefix(SUBJECT)
        found[point] = found.get(point, Corrections()).with_(msgspec.json.decode(body, type=Correction))
    return found


def corrections_of(connection: sqlite3.Connection, point: str) -> Corrections | None:
    """Those of one point; None when no event corrects it.

    Raises:
        sqlite3.Error: the journal cannot be read.
    """
    found = connection.execute(_OF_POINT, (f"{SUBJECT}{point}",)).fetchall()
    return corrections(msgspec.json.decode(body, type=Correction) for (body,) in found) if found else None


def all_corrections(connection: sqlite3.Connection, offsets: Mapping[str, float]) -> dict[str, Corrections]:
    """As `corrections_in`; `offsets`: of kitchen.yaml, for points of which the journal knows no event yet."""
    planned = {point: of_offset(offset) for point, offset in offsets.items() if offset}
    return planned | corrections_in(connection)


def first_seq(connection: sqlite3.Connection, point: str, since: int) -> int | None:
    """A number at or below that of every reading of a point measured at `since` or later; None without any.

    Raises:
        sqlite3.Error: the journal cannot be read.
    """
    row = connection.execute(
        "SELECT min(seq) FROM (SELECT seq FROM reading JOIN point ON point.id = reading.point "
        "WHERE point.name = :point AND measured_at >= :since UNION ALL SELECT first_seq FROM chunk "
        "JOIN point ON point.id = chunk.point WHERE point.name = :point AND hour > :since - 3600000000 "
        "AND last_at >= :since AND in_rows = 0)",
        {"point": point, "since": since},
    ).fetchone()
    return None if row[0] is None else int(row[0])
