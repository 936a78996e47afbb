"""The journal's file through all of a run: opened, set aside when it is damaged, opened anew when its disk is back."""

import logging
import sqlite3
from collections.abc import Mapping
from pathlib import Path

from gateway.journal.files.damaged import gap_of
from gateway.journal.writing.database import PointKind
from gateway.journal.writing.writer import Writer
from gateway.records.transaction import Event

log = logging.getLogger(__name__)


class JournalFile:
    """The file at `path`, which may be out of reach.

    Attributes:
        writer: the open file; None before it could be opened.
        damage: what somebody who read the file found to be wrong with it; empty while nothing is known.
        set_aside: where a damaged file went; for whoever tells people of it.
        gaps: the events that name what stands in files that were set aside, until they are written.
    """

    def __init__(self, path: Path, points: Mapping[str, PointKind]) -> None:
        self.path = path
        self._points = points
        self.writer: Writer | None = None
        self.damage = ""
        self.set_aside: Path | None = None
        self.gaps: list[Event] = []

    def fresh_writer(self, now: int) -> Writer:
        """Open the file; one that is damaged is set aside first, and a new one begins.

        Raises:
            sqlite3.Error, OSError: it cannot be opened.
        """
        try:
            return Writer(self.path, self._points)
        except sqlite3.DatabaseError as error:
            if not is_corrupt(error):
                raise
        return self.next_writer(now)

    def next_writer(self, now: int) -> Writer:
        """Set a damaged file aside and open a new one in its place.

        Raises:
            sqlite3.Error, OSError: that is not possible.
        """
        aside = self.path.with_name(f"{self.path.name}.corrupt-{now}")
        # With its log, for whoever can read them; nothing is overwritten.
        for suffix in ("", "-wal", "-shm"):
            part = self.path.with_name(self.path.name + suffix)
            if part.exists():
                part.rename(aside.with_name(aside.name + suffix))
        log.error("%s is corrupt and was set aside as %s; a new journal begins", self.path, aside.name)
        self.set_aside, self.damage = aside, ""
        self.gaps.append(gap_of(aside, now))
        return Writer(self.path, self._points)

    def is_another(self, inode: int) -> bool:
        """Return whether the file that stands there now is not the one with this inode."""
        return self.path.exists() and self.path.stat().st_ino != inode

    def use(self, writer: Writer) -> None:
        """Have this writer take the place of the one before."""
        self.close()
        self.writer = writer

    def close(self) -> None:
        """Close the file, if it is open."""
        if self.writer is not None:
            self.writer.close()
        self.writer = None

    @property
    def log_size(self) -> int:
        """Bytes of the write-ahead log."""
        return 0 if self.writer is None else self.writer.database.log.size

    def rest(self) -> None:
        """Use a pause to bring the log into the file."""
        if self.writer is None:
            return
        try:
            self.writer.database.log.rest()
        except sqlite3.Error as error:
            if is_corrupt(error):
                self.damage = str(error)
            # The log still takes what is written; a file that stays out of reach makes it grow, and that is told.
            log.warning("%s cannot be brought up to date: %s", self.path, error)

    def cannot_be_read(self, error: Exception) -> None:
        """Take note of the error that a question met."""
        log.warning("%s cannot be read: %s", self.path, error)
        if is_corrupt(error):
            self.damage = str(error)


def is_corrupt(error: Exception) -> bool:
    """Return whether the file is damaged, not merely out of reach."""
    name = getattr(error, "sqlite_errorname", "")
    return name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB"))
