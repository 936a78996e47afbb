"""Two days of readings in a journal that no gateway has opened yet."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from gateway.journal.sql.schema import migrate

HOUR = 3_600_000_000
HOURS, EACH = 40, 100


def measure(data: Path, began: int) -> None:
    """Readings of two points, as a gateway has stored them."""
    data.mkdir(exist_ok=True)
    with closing(sqlite3.connect(data / "journal.db")) as journal, journal:
        migrate(journal)
        for number, name in enumerate(("timed", "steady"), 1):
            journal.execute("INSERT INTO point VALUES (?, ?, 'temperature', 'Cel')", (number, name))
            rows = (
                (number, at, at, n / 10)
                for hour in range(HOURS)
                for n in range(EACH)
                for at in (began + hour * HOUR + n * 30_000_000,)
            )
            journal.executemany(
                "INSERT INTO reading (point, measured_at, recorded_at, value, quality) VALUES (?, ?, ?, ?, 2)", rows
            )


def iso(at: int) -> str:
    return datetime.fromtimestamp(at / 1e6, UTC).isoformat()
