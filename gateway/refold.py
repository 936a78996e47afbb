"""Late readings change the past: a control is folded anew over them, on a thread that is never in the way.

The fold begins far enough before the late reading that nothing of it can be missing: `lookback` before, or before an
alarm that was standing then. It reads the journal in short pages and rests between them.
"""

import logging
import sqlite3
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gateway.arrivals import Refolded
from gateway.intake import Intake
from gateway.journal.readings import FOR_EVER, of_point, open_read_only
from gateway.live import LiveControl
from gateway.quality import is_judged
from gateway.rules.deviation import deviations
from gateway.rules.holding import Holding

REST_EVERY = 2_000
"""Readings between two rests: some 10 ms of work."""
REST = 0.005
TURN = 1.0
RETRY_AFTER = 5.0
"""Seconds until a journal that could not be read is tried again."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Request:
    """Fold this control anew, because of readings since `since`."""

    control: str
    point: str
    offset: float
    rule: Holding
    version: str
    since: int
    lookback: int
    asked: int


def request_of(control: LiveControl, point: str, offset: float) -> Request | None:
    """What has to be folded for a control; None when nothing is due."""
    if control.refold_since is None:
        return None
    return Request(
        control.id, point, offset, control.rule, control.version, control.refold_since, control.lookback,
        control.refolds_asked,
    )  # fmt: skip


class Refolder:
    """One thread's work: `run` until `stop`. The newest request of a control replaces an older one."""

    def __init__(self, journal: Path, results: Intake[object]) -> None:
        self._journal = journal
        self._results = results
        self._due: dict[str, Request] = {}
        self._lock = threading.Lock()
        self._something = threading.Event()
        self._stopping = threading.Event()
        self.last_beat = time.monotonic()

    def ask(self, request: Request) -> None:
        """Safe from any thread; returns at once."""
        with self._lock:
            self._due[request.control] = request
        self._something.set()

    def stop(self) -> None:
        self._stopping.set()
        self._something.set()

    def run(self) -> None:
        """Fold what is due until `stop`."""
        while not self._stopping.is_set():
            self._something.wait(TURN)
            self.last_beat = time.monotonic()
            self._something.clear()
            for request in self._take():
                self._serve(request)

    def _take(self) -> list[Request]:
        with self._lock:
            due, self._due = list(self._due.values()), {}
        return due

    def _serve(self, request: Request) -> None:
        try:
            result = self._fold(request)
        except sqlite3.Error as error:
            log.warning("late readings of %s wait: %s cannot be read (%s)", request.control, self._journal, error)
            self._stopping.wait(RETRY_AFTER)
            with self._lock:
                self._due.setdefault(request.control, request)
            self._something.set()
        else:
            self._results.put(result)

    def _fold(self, request: Request) -> Refolded:
        connection = open_read_only(self._journal)
        try:
            since = request.since - request.lookback
            sql = (
                "SELECT * FROM alarm WHERE control = ? AND (returned_at IS NULL OR returned_at >= ?) ORDER BY raised_at"
            )
            known = connection.execute(sql, (request.control, since)).fetchall()
            started = connection.execute(
                "SELECT min(started_at) FROM alarm WHERE control = ? AND (returned_at IS NULL OR returned_at >= ?)",
                (request.control, since),
            ).fetchone()[0]
            if started is not None:
                since = min(since, started - request.lookback)
            readings = self._judged(connection, request, since)
            found, state = deviations(request.rule, readings, control=request.control, point=request.point)
        finally:
            connection.close()
        return Refolded(request.control, request.version, request.asked, found, state, known)

    def _judged(self, connection: sqlite3.Connection, request: Request, since: int) -> Iterator[tuple[int, float]]:
        (point,) = connection.execute("SELECT id FROM point WHERE name = ?", (request.point,)).fetchone()
        page = of_point(connection, point, since=since, until=FOR_EVER)
        for count, (at, value, quality, reason, _, _) in enumerate(page):
            if value is not None and is_judged(quality, reason):
                yield at, value + request.offset
            if count % REST_EVERY == REST_EVERY - 1:
                self.last_beat = time.monotonic()
                self._stopping.wait(REST)
