"""What stands in a damaged journal that was set aside: the gap event of the one that takes its place."""

import sqlite3
from contextlib import closing
from pathlib import Path

from gateway.journal.files.read_only import open_read_only
from gateway.journal.sql import statements
from gateway.records.transaction import Event

REASON = "damaged"

_SQL = statements("damaged")


def gap_of(aside: Path, now: int) -> Event:
    """The gap from the first reading of a file that was set aside to `now`, UTC microseconds.

    Each fact is asked by itself: one may be readable where another is not. Where not even the first reading is known
    the gap begins with 1970, since nothing before `now` is in the new journal.
    """
    begins = (_ask(aside, _SQL["first_reading_at"]), _ask(aside, _SQL["first_sealed_hour"]))
    since = min((at for at in begins if at is not None), default=0)
    body: dict[str, object] = {
        "from": since,
        "to": now,
        "reason": REASON,
        "file": aside.name,
        "readings": _ask(aside, _SQL["last_number"], "reading"),
        "events": _ask(aside, _SQL["last_number"], "event"),
        "text": f"the journal was damaged and stands aside as {aside.name}: keep it, and restore the last copy",
    }
    return Event(key=f"gap:damaged:{now}", kind="gap", subject="journal", at=since, body=body)


def _ask(aside: Path, sql: str, *values: str) -> int | None:
    """A number of the file, as far as it can be read; None where it cannot."""
    try:
        with closing(open_read_only(aside)) as connection:
            found = connection.execute(sql, values).fetchone()
    except sqlite3.Error:
        return None
    return found[0] if found is not None and isinstance(found[0], int) else None
