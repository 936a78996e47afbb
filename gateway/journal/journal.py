"""The journal as the pipeline sees it: it always takes a batch, onto the disk or, when the disk is dead, into memory.

A disk that dies may not silence the kitchen. While it cannot be written the batches wait in memory, up to
`MEMORY_READINGS`; judging, alarms and acknowledgements go on. When the disk is back, one transaction writes what waits
and a gap event that names the span from the last commit, whatever could be kept.
"""

import logging
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from gateway.journal.damaged import gap_of
from gateway.journal.database import Disk, PointKind
from gateway.records.transaction import Event, Transaction

MEMORY_READINGS = 200_000
"""About 100 MB at most, and three hours of 200 points that report every ten seconds."""
RETRY_EVERY = 2.0
"""Real seconds between two attempts to get the disk back."""
REST_EVERY = 1.0
"""Real seconds between two pauses that are used."""

log = logging.getLogger(__name__)
Answer = TypeVar("Answer")
Otherwise = TypeVar("Otherwise")
ValueAndQuality = tuple[float | None, int]


class Journal:
    """One writer's view of a journal that may have lost its disk."""

    def __init__(
        self, path: Path, points: Mapping[str, PointKind], now: int, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self.path = path
        self._points = points
        self.lost_since: int | None = None
        """When the first batch was refused that is not on the disk yet; None while all is recorded."""
        self.lost_text = ""
        self.dropped = 0
        self.set_aside: Path | None = None
        """Where a corrupt file went, if there was one at the start."""
        self._disk: Disk | None = None
        self._waiting: deque[Transaction] = deque()
        self._waiting_at: dict[tuple[str, int], ValueAndQuality] = {}
        self._monotonic = monotonic
        self._retry_at = self._rest_at = 0.0
        self._last_commit = now
        self._damage = ""
        self._owed: list[Event] = []
        try:
            self._disk = self._open(now)
        except (sqlite3.Error, OSError) as error:
            self._lose(error)

    def _open(self, now: int) -> Disk:
        try:
            return Disk(self.path, self._points)
        except sqlite3.DatabaseError as error:
            if not is_corrupt(error):
                raise
        self.set_aside = self._move_aside(now)
        return Disk(self.path, self._points)

    def _move_aside(self, now: int) -> Path:
        """A corrupt file is kept for whoever can read it, with its log; never overwritten."""
        aside = self.path.with_name(f"{self.path.name}.corrupt-{now}")
        for suffix in ("", "-wal", "-shm"):
            part = self.path.with_name(self.path.name + suffix)
            if part.exists():
                part.rename(aside.with_name(aside.name + suffix))
        log.error("%s is corrupt and was set aside as %s; a new journal begins", self.path, aside.name)
        self._owed.append(gap_of(aside, now))
        return aside

    def set_damaged_aside(self, text: str, now: int, *, file: int | None = None) -> None:
        """The file was found damaged (`text`): it is kept aside as it is, and a new one begins.

        `file`: the inode of the one that was looked at; nothing happens when another is in its place by now.
        """
        if file is not None and self.path.exists() and self.path.stat().st_ino != file:
            return
        log.error("%s is damaged: %s", self.path, text)
        self._damage = ""
        try:
            if self._disk is not None:
                self._disk.close()
            self._disk = None
            self.set_aside = self._move_aside(now)
            self._disk = self._open(now)
        except (sqlite3.Error, OSError) as error:
            self._lose(error)

    def commit(self, transaction: Transaction, now: int) -> None:
        """Keep the batch: on the disk when this returns and `lost_since` is None, else in memory."""
        if self._damage:
            self.set_damaged_aside(self._damage, now)
        transaction.events[:0], self._owed = self._owed, []
        if self.lost_since is None and self._disk is not None:
            try:
                self._disk.write(transaction, now)
            except (sqlite3.Error, OSError) as error:
                self._lose(error)
            else:
                self._last_commit = now
                return
        if transaction:
            self._hold(transaction)
        if self._monotonic() >= self._retry_at:
            self._retry_at = self._monotonic() + RETRY_EVERY
            self._recover(now)

    def rest(self) -> None:
        """Nothing is to be done at the moment: look after the file."""
        if self.lost_since is not None or self._disk is None or self._monotonic() < self._rest_at:
            return
        self._rest_at = self._monotonic() + REST_EVERY
        try:
            self._disk.log.rest()
        except sqlite3.Error as error:
            if is_corrupt(error):
                self._damage = str(error)
            # The log still takes what is written; a file that stays out of reach makes it grow, and that is told.
            log.warning("%s cannot be brought up to date: %s", self.path, error)

    @property
    def log_size(self) -> int:
        """Bytes of the write-ahead log."""
        return 0 if self._disk is None else self._disk.log.size

    def ask(self, question: Callable[[Disk], Answer], otherwise: Otherwise) -> Answer | Otherwise:
        """Ask the file; `otherwise` when it cannot be read."""
        if self._disk is None:
            return otherwise
        try:
            return question(self._disk)
        except (sqlite3.Error, OSError) as error:
            log.warning("%s cannot be read: %s", self.path, error)
            if is_corrupt(error):
                self._damage = str(error)
            return otherwise

    def waiting_value(self, point: str, measured_at: int) -> ValueAndQuality | None:
        """As Disk.value_at, of readings that wait in memory."""
        return self._waiting_at.get((point, measured_at))

    def close(self) -> None:
        if self._disk is not None:
            self._disk.close()

    def _hold(self, transaction: Transaction) -> None:
        self._waiting.append(transaction)
        self._waiting_at.update({row[:2]: row[2:4] for row in transaction.readings})
        for old in self._waiting:
            if len(self._waiting_at) <= MEMORY_READINGS:
                return
            for row in old.readings:
                del self._waiting_at[row[:2]]
            self.dropped += len(old.readings)
            old.readings.clear()

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
        everything = Transaction().merge([*self._waiting, Transaction(events=[self._gap(since, now)])])
        try:
            fresh = self._write_anew(everything, now)
        except (sqlite3.Error, OSError):
            return
        if self._disk is not None:
            self._disk.close()
        self._disk = fresh
        log.warning("%s can be written again; %d readings from memory are in it", self.path, len(self._waiting_at))
        self._waiting.clear()
        self._waiting_at.clear()
        self.dropped = 0
        self.lost_since = None
        self._last_commit = now

    def _write_anew(self, everything: Transaction, now: int) -> Disk:
        # The connection that failed may never work again; it goes on answering questions until this one does.
        fresh = self._open(now)
        try:
            fresh.write(everything, now)
        except sqlite3.DatabaseError as error:
            fresh.close()
            if not is_corrupt(error):
                raise
            self.set_aside = self._move_aside(now)
            fresh = Disk(self.path, self._points)
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
                "kept": len(self._waiting_at),
                "dropped": self.dropped,
                "text": self.lost_text,
            },
        )


def is_corrupt(error: Exception) -> bool:
    """Whether the file is damaged, not merely out of reach."""
    name = getattr(error, "sqlite_errorname", "")
    return name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB"))
