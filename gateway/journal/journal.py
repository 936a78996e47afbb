"""The journal as the pipeline sees it: every transaction is taken, onto the disk or, if that is dead, into memory.

A disk that dies may not silence the kitchen. While it cannot be written the transactions wait in memory; judging,
alarms and acknowledgements go on. When the disk is back, one transaction writes what waits and a gap event that names
the span from the last commit, whatever could be kept.
"""

import logging
import sqlite3
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from gateway.journal.reads import Reads
from gateway.journal.writing.backlog import Backlog
from gateway.journal.writing.database import PointKind
from gateway.journal.writing.file import JournalFile, is_corrupt
from gateway.journal.writing.writer import Writer
from gateway.records.transaction import Event, Transaction

RETRY_EVERY = 2.0
"""Real seconds between two attempts to get the disk back."""
REST_EVERY = 1.0
"""Real seconds between two pauses that are used."""

log = logging.getLogger(__name__)


class Journal:
    """One writer's view of a journal that may have lost its disk.

    Attributes:
        reads: what may be asked of the file.
        waiting: the transactions that are not on the disk.
        lost_since: when the first of them was refused, UTC microseconds; None while everything is recorded.
        lost_text: why, for people.
    """

    def __init__(
        self, path: Path, points: Mapping[str, PointKind], now: int, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self.file = JournalFile(path, points)
        self.reads = Reads(self.file)
        self.waiting = Backlog()
        self.lost_since: int | None = None
        self.lost_text = ""
        self._monotonic = monotonic
        self._retry_at = self._rest_at = 0.0
        self._last_commit = now
        try:
            self.file.use(self.file.fresh_writer(now))
        except (sqlite3.Error, OSError) as error:
            self._lose(error)

    @property
    def path(self) -> Path:
        """Where the file stands."""
        return self.file.path

    def commit(self, transaction: Transaction, now: int) -> None:
        """Keep the transaction: on the disk when this returns and `lost_since` is None, else in memory."""
        if self.file.damage:
            self.set_damaged_aside(self.file.damage, now)
        transaction.events[:0], self.file.gaps = self.file.gaps, []
        if self.lost_since is None and self.file.writer is not None:
            try:
                self.file.writer.write(transaction, now)
            except (sqlite3.Error, OSError) as error:
                self._lose(error)
            else:
                self._last_commit = now
                return
        if transaction:
            self.waiting.hold(transaction)
        if self._monotonic() >= self._retry_at:
            self._retry_at = self._monotonic() + RETRY_EVERY
            self._recover(now)

    def set_damaged_aside(self, text: str, now: int, *, inode: int | None = None) -> None:
        """Keep a file that was found damaged (`text`) aside as it is, and begin a new one.

        `inode`: of the file that was looked at; nothing happens when another is in its place by now.
        """
        if inode is not None and self.file.is_another(inode):
            return
        log.error("%s is damaged: %s", self.path, text)
        self.file.damage = ""
        self.file.close()
        try:
            self.file.use(self.file.next_writer(now))
        except (sqlite3.Error, OSError) as error:
            self._lose(error)

    def rest(self) -> None:
        """Look after the file, because nothing is to be done at the moment."""
        if self.lost_since is None and self._monotonic() >= self._rest_at:
            self._rest_at = self._monotonic() + REST_EVERY
            self.file.rest()

    def close(self) -> None:
        """Close the file."""
        self.file.close()

    def _lose(self, error: Exception) -> None:
        self.lost_since = self._last_commit
        self.lost_text = f"{self.path} cannot be written ({error}): free or replace the disk; recording waits in memory"
        self._retry_at = self._monotonic() + RETRY_EVERY
        log.error("%s", self.lost_text)

    def _recover(self, now: int) -> None:
        """Open the file anew and write all that waits; a disk that still refuses is no news."""
        since = self.lost_since
        if since is None:
            return
        try:
            writer = self._written_anew(self.waiting.with_(Transaction(events=[self._gap(since, now)])), now)
        except (sqlite3.Error, OSError):
            return
        self.file.use(writer)
        log.warning("%s can be written again; %d readings from memory are in it", self.path, len(self.waiting))
        self.waiting.clear()
        self.lost_since = None
        self._last_commit = now

    def _written_anew(self, everything: Transaction, now: int) -> Writer:
        # The connection that failed may never work again; it goes on answering questions until this one does.
        fresh = self.file.fresh_writer(now)
        try:
            fresh.write(everything, now)
        except sqlite3.DatabaseError as error:
            fresh.close()
            if not is_corrupt(error):
                raise
            fresh = self.file.next_writer(now)
            fresh.write(everything, now)
        return fresh

    def _gap(self, since: int, now: int) -> Event:
        return Event(
            key=f"gap:journal:{since}",
            kind="gap",
            subject="journal",
            at=since,
            body={
                "from": since,
                "to": now,
                "reason": "disk",
                "kept": len(self.waiting),
                "dropped": self.waiting.dropped,
                "text": self.lost_text,
            },
        )
