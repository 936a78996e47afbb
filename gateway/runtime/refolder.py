"""Late readings change the past: what they touch is folded anew, on a thread that is never in the way.

A control's fold begins far enough before the late reading that nothing of it can be missing: `lookback` before, or
before an alarm that was standing then; a batch of food is folded from its beginning. Either
reads the journal in short pages and rests between them.
"""

import logging
import sqlite3
import threading
import time
from pathlib import Path
from typing import Protocol

from gateway.ingest.queue import Puts
from gateway.journal.files.read_only import open_read_only
from gateway.journal.history.judged import Rest
from gateway.monitoring.batches.refold import BatchRefolded
from gateway.monitoring.control_points.refold import Refolded

REST = 0.005
TURN = 1.0
RETRY_AFTER = 5.0
"""Seconds until a journal that could not be read is tried again."""


log = logging.getLogger(__name__)


class Due(Protocol):
    """Something to fold anew."""

    @property
    def subject(self) -> str: ...

    def fold(self, connection: sqlite3.Connection, rest: Rest) -> Refolded | BatchRefolded:
        """Fold it from the journal; `rest` is called now and then. Raises sqlite3.Error."""


class Refolder:
    """One thread's work: `run` until `stop`. The newest request of a subject replaces an older one."""

    def __init__(self, journal: Path, results: Puts[Refolded | BatchRefolded]) -> None:
        self._journal = journal
        self._results = results
        self._due: dict[str, Due] = {}
        self._lock = threading.Lock()
        self._something = threading.Event()
        self._stopping = threading.Event()
        self.last_beat = time.monotonic()

    def ask(self, due: Due) -> None:
        """Safe from any thread; returns at once."""
        with self._lock:
            self._due[due.subject] = due
        self._something.set()

    def stop(self) -> None:
        self._stopping.set()
        self._something.set()

    def run(self) -> None:
        """Fold what is due until `stop`."""
        while not self._stopping.is_set():
            self._something.wait(TURN)
            self.last_beat = time.monotonic()
            self.turn()

    def turn(self) -> None:
        """Fold what is due now."""
        self._something.clear()
        for due in self._take():
            self._serve(due)

    def _take(self) -> list[Due]:
        with self._lock:
            taken, self._due = list(self._due.values()), {}
        return taken

    def _serve(self, due: Due) -> None:
        try:
            result = self._fold(due)
        except sqlite3.Error as error:
            log.warning("late readings of %s wait: %s cannot be read (%s)", due.subject, self._journal, error)
            self._stopping.wait(RETRY_AFTER)
            with self._lock:
                self._due.setdefault(due.subject, due)
            self._something.set()
        else:
            self._results.put(result)

    def _fold(self, due: Due) -> Refolded | BatchRefolded:
        connection = open_read_only(self._journal)
        try:
            return due.fold(connection, self._rest)
        finally:
            connection.close()

    def _rest(self) -> None:
        self.last_beat = time.monotonic()
        self._stopping.wait(REST)
