"""The write-ahead log: brought into its file in the pipeline's pauses, and watched (SQLite, "Write-Ahead Logging").

A checkpoint cannot pass what a reader still sees (section 6 there): while one stays in its transaction the log grows
with every commit, whatever the writer does. Our own readers stay for less than a second; for others there is a size at
which people are told. Pages that retention has freed go back to the disk here as well, a few at a time.
"""

import sqlite3
from pathlib import Path

SIZE_LIMIT = 64 * 1024 * 1024
"""Bytes to which SQLite cuts the log when it begins anew."""
ALARM_AT = 256 * 1024 * 1024
"""Bytes of a log that somebody has to look at."""
PAGES = 2_000
"""From so many on a pause is used: each checkpoint costs two fsyncs and writes every changed page once."""
PAGES_A_COMMIT = 8
"""Besides one for each reading: every point has its own page of the index."""
AUTOMATIC_PAGES = 4_000
"""16 MB: where no pause comes, a commit does it."""
PAGES_A_PAUSE = 250
"""A megabyte: some milliseconds of the pipeline."""
FREE_SHARE, FREE_PAGES = 10, 1_000
"""A tenth of the file and four megabytes stay free inside it: what is freed today is filled tomorrow."""


class Log:
    """The log of one open journal, for its writer alone."""

    def __init__(self, db: sqlite3.Connection, path: Path) -> None:
        self._db = db
        self._path = path.with_name(f"{path.name}-wal")
        self._pages = 0
        db.execute(f"PRAGMA journal_size_limit = {SIZE_LIMIT}")
        db.execute(f"PRAGMA wal_autocheckpoint = {AUTOMATIC_PAGES}")

    def committed(self, rows: int) -> None:
        """Count what a commit wrote, at most."""
        self._pages += rows + PAGES_A_COMMIT

    @property
    def size(self) -> int:
        """Bytes that it takes on the disk."""
        return self._path.stat().st_size if self._path.exists() else 0

    def rest(self) -> None:
        """Use a pause. Waits for nobody.

        Raises:
            sqlite3.Error: the file cannot be written.
        """
        if self._pages >= PAGES:
            _, frames, done = self._db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            if frames == done:
                self._pages = 0
        (pages,), (free,) = (self._db.execute(f"PRAGMA {name}").fetchone() for name in ("page_count", "freelist_count"))
        surplus = free - max(pages // FREE_SHARE, FREE_PAGES)
        if surplus > 0:
            # A page is a step of the statement, and only a script takes them all: `execute` stops after the first.
            self._db.executescript(f"PRAGMA incremental_vacuum({min(surplus, PAGES_A_PAUSE)})")
            self.committed(PAGES_A_PAUSE)
