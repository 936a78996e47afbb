"""Late readings change the past: what they touch is folded anew, on a thread that is never in the way.

A control's fold begins far enough before the late reading that nothing of it can be missing: `lookback` before, or
before an alarm that was standing then; a batch of food is folded from its beginning (gateway.food.refold). Either
reads the journal in short pages and rests between them.
"""

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from gateway.arrivals import Refolded
from gateway.intake import Intake
from gateway.journal.readings import FOR_EVER, of_point, open_read_only
from gateway.live import LiveControl, of_product
from gateway.models.product_filter import ProductFilter
from gateway.quality import doubt_of, is_judged
from gateway.rules.deviation import deviations
from gateway.rules.dew_spread import settled, spreads
from gateway.rules.holding import Holding
from gateway.sensors.corrections import Corrections

REST_EVERY = 2_000
"""Readings between two rests: some 10 ms of work."""
REST = 0.005
TURN = 1.0
RETRY_AFTER = 5.0
"""Seconds until a journal that could not be read is tried again."""

Rest = Callable[[], object]

log = logging.getLogger(__name__)


class Due(Protocol):
    """Something to fold anew."""

    @property
    def subject(self) -> str: ...

    def fold(self, connection: sqlite3.Connection, rest: Rest) -> object:
        """The result, for the pipeline; `rest` is called now and then. Raises sqlite3.Error."""


@dataclass(frozen=True, slots=True)
class Humidity:
    """The point that a dew point is paired with; a reading counts for `max_age` microseconds."""

    point: str
    corrections: Corrections
    max_age: int

    def paired(
        self, connection: sqlite3.Connection, temperatures: Iterator[tuple[int, float]], since: int, rest: Rest
    ) -> Iterator[tuple[int, float]]:
        """How far above its dew point the air was, from `since` on."""
        since -= self.max_age
        heard = list(judged_readings(connection, self.point, self.corrections, since=since, until=FOR_EVER, rest=rest))
        return spreads(settled(temperatures, heard[-1][0] if heard else 0), heard, self.max_age)


@dataclass(frozen=True, slots=True)
class Request:
    """Fold this control anew, because of readings since `since`."""

    subject: str
    point: str
    corrections: Corrections
    rule: Holding
    product: ProductFilter | None
    version: str
    since: int
    lookback: int
    asked: int
    humidity: "Humidity | None" = None

    def fold(self, connection: sqlite3.Connection, rest: Rest) -> Refolded:
        """The deviations since then, and where the fold stands."""
        since = self.since - self.lookback
        sql = "SELECT * FROM alarm WHERE control = ? AND (returned_at IS NULL OR returned_at >= ?) ORDER BY raised_at"
        known = connection.execute(sql, (self.subject, since)).fetchall()
        started = connection.execute(
            "SELECT min(started_at) FROM alarm WHERE control = ? AND (returned_at IS NULL OR returned_at >= ?)",
            (self.subject, since),
        ).fetchone()[0]
        if started is not None:
            since = min(since, started - self.lookback)
        readings = judged_readings(connection, self.point, self.corrections, since=since, until=FOR_EVER, rest=rest)
        if self.humidity is not None:
            readings = self.humidity.paired(connection, readings, since, rest)
        judged = of_product(self.product, readings)
        found, state = deviations(self.rule, judged, control=self.subject, point=self.point)
        return Refolded(self.subject, self.version, self.asked, found, state, known)


def judged_readings(
    connection: sqlite3.Connection, point: str, corrections: Corrections, *, since: int, until: int, rest: Rest
) -> Iterator[tuple[int, float]]:
    """What rules see of a point, since <= measured_at < until, in order of time, as calibrated."""
    for at, value, _ in doubted_readings(connection, point, corrections, since=since, until=until, rest=rest):
        yield at, value


def doubted_readings(
    connection: sqlite3.Connection, point: str, corrections: Corrections, *, since: int, until: int, rest: Rest
) -> Iterator[tuple[int, float, str | None]]:
    """As `judged_readings`, with what a verdict has to say of each; None: nothing."""
    found = connection.execute("SELECT id FROM point WHERE name = ?", (point,)).fetchone()
    if found is None:
        return
    page = of_point(connection, found[0], since=since, until=until)
    for count, (at, value, quality, reason, _, _) in enumerate(page):
        if value is not None and is_judged(quality, reason):
            yield at, corrections.value(value, at), doubt_of(*corrections.quality(quality, reason, at))
        if count % REST_EVERY == REST_EVERY - 1:
            rest()


def request_of(control: LiveControl, corrections: Corrections) -> Request | None:
    """What has to be folded for a control; None when nothing is due."""
    if control.refold_since is None:
        return None
    pair = control.humidity
    humidity = None if pair is None else Humidity(pair.id, pair.corrections, pair.plan.max_gap)
    return Request(
        control.id, control.plan.point, corrections, control.rule, control.product, control.version,
        control.refold_since, control.lookback, control.refolds_asked, humidity,
    )  # fmt: skip


class Refolder:
    """One thread's work: `run` until `stop`. The newest request of a subject replaces an older one."""

    def __init__(self, journal: Path, results: Intake[object]) -> None:
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

    def _fold(self, due: Due) -> object:
        connection = open_read_only(self._journal)
        try:
            return due.fold(connection, self._rest)
        finally:
            connection.close()

    def _rest(self) -> None:
        self.last_beat = time.monotonic()
        self._stopping.wait(REST)
