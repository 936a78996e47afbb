"""Writing what was drawn up to seal hours or to let them go, in the writer's transaction."""

import sqlite3

from gateway.journal.sql import statements
from gateway.records.time_units import HOUR
from gateway.records.transaction import Upkeep

_SQL = statements("sealing")


def belongs(db: sqlite3.Connection, upkeep: Upkeep) -> bool:
    """Whether it was drawn up for this file and nothing of it is there yet."""
    found = db.execute(_SQL["is_journal"], (upkeep.journal,)).fetchone()
    keys = [event.key for event in upkeep.events]
    return found is not None and not any(db.execute(_SQL["has_event"], (key,)).fetchone() for key in keys)


def keep(db: sqlite3.Connection, upkeep: Upkeep) -> None:
    """Write it; the events are the caller's."""
    db.executemany(_SQL["add_chunk"], upkeep.chunks)
    db.executemany(_SQL["set_rollup"], upkeep.rollups)
    for chunk in (*upkeep.rows_go, *upkeep.chunks_go):
        db.executemany(_SQL["delete_rows"], db.execute(_SQL["place_of_rows"], (HOUR, chunk)).fetchall())
        db.execute(_SQL["stand_in_for_rows"], (chunk,))
    db.executemany(_SQL["delete_chunk"], [(chunk,) for chunk in upkeep.chunks_go])
    if upkeep.rollups_go_before is not None:
        # By point, since that is how they lie.
        points = db.execute(_SQL["points"]).fetchall()
        before = upkeep.rollups_go_before
        db.executemany(_SQL["delete_rollups"], [(point, before) for point, _ in points])
    if upkeep.sealed_seq is not None:
        db.execute(_SQL["set_sealed_seq"], (str(upkeep.sealed_seq),))
