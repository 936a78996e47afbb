"""The corrections of a journal's points, from its events."""

import json
import sqlite3
from collections.abc import Mapping

import msgspec

from gateway.journal.sql import statements
from gateway.records.corrections import Correction, Corrections, Kind, corrections, of_offset

SUBJECT = "calibration:"
"""Before a point's name: the subject of the events about its calibration."""

_SQL = statements("corrections")
_FIRST_SEQ = statements("readings")["first_seq"]
_KINDS = json.dumps([*Kind])


def corrections_in(connection: sqlite3.Connection) -> dict[str, Corrections]:
    """Point name → its corrections, of every point that an event corrects.

    Raises:
        sqlite3.Error: the journal cannot be read.
    """
    found: dict[str, Corrections] = {}
    for subject, body in connection.execute(_SQL["of_all_points"], {"kinds": _KINDS}).fetchall():
        point = subject.removeprefix(SUBJECT)
        found[point] = found.get(point, Corrections()).with_(msgspec.json.decode(body, type=Correction))
    return found


def corrections_of(connection: sqlite3.Connection, point: str) -> Corrections | None:
    """Those of one point; None when no event corrects it.

    Raises:
        sqlite3.Error: the journal cannot be read.
    """
    found = connection.execute(_SQL["of_point"], {"subject": f"{SUBJECT}{point}", "kinds": _KINDS}).fetchall()
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
    row = connection.execute(_FIRST_SEQ, {"point": point, "since": since}).fetchone()
    return None if row[0] is None else int(row[0])
