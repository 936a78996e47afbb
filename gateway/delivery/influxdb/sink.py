"""The journal's readings, sent on to InfluxDB. A sink behind a cursor, never the truth.

    journal ── page of readings behind the cursor ──► lines ──► server ──► answer ──► decision ─┐
       ▲                                                                                        │
       └──────── pipeline ◄── SinkProgress, SinkState, SinkDeadLetter ◄─────────────────────────┘

It writes nothing itself. The cursor in memory runs ahead of the stored one; after a crash the readings between
the two are sent again, and each lands on itself.
"""

import logging
import threading
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from random import Random

from drivers.contract import Clock
from gateway.delivery.influxdb.access import InfluxSettings, SecretMissingError
from gateway.delivery.influxdb.comparer import Comparer
from gateway.delivery.influxdb.decision import (
    Advance,
    Answer,
    BackOff,
    Bisect,
    Decision,
    Halve,
    Hold,
    SetAside,
    decide,
    hold,
)
from gateway.delivery.influxdb.line_protocol import heartbeat, line
from gateway.delivery.influxdb.progress import Reports, SinkCondition, SinkDeadLetter, SinkProgress, SinkReason
from gateway.delivery.influxdb.read_back import ReadBack, judge, question
from gateway.delivery.influxdb.server import InfluxServer, Server
from gateway.delivery.influxdb.sink_state import Standing
from gateway.delivery.influxdb.source import JournalReplacedError, JournalSource, JournalUnreadableError, StoredReading

NAME = "influxdb"

BATCH = 5_000
"""Readings a request: what InfluxDB's documentation advises ("Optimize writes")."""
POLL = 1.0
"""Seconds between looks into the journal when nobody wakes the sink."""

_log = logging.getLogger(__name__)


class InfluxSink:
    """One thread's work: `run` until `stop`."""

    def __init__(
        self,
        settings: InfluxSettings,
        *,
        kitchen_id: str,
        server: Server,
        source: JournalSource,
        cursor: int,
        intake: Reports,
        clock: Clock,
        rng: Random,
        compared_at: int | None = None,
    ) -> None:
        self._settings = settings
        self._kitchen = kitchen_id
        self._server = server
        self._source = source
        self._cursor = cursor
        self._intake = intake
        self._clock = clock
        self._rng = rng
        self._batch = BATCH
        self._pending: deque[list[StoredReading]] = deque()
        self._failures = 0
        self._greeted = False
        self._reads = ReadBack.FAILED
        self._comparer = Comparer(
            NAME, kitchen_id=kitchen_id, server=server, source=source, intake=intake, last=compared_at
        )
        self._readable = True
        self._standing = Standing(NAME, server=server.name, settings=settings, intake=intake, clock=clock)
        self._back: tuple[int, int] | None = None
        self._round = 0
        self._stopping = threading.Event()
        self._woken = threading.Event()

    def run(self) -> None:
        """Deliver until `stop`; the target of a thread."""
        while not self._stopping.is_set():
            self._woken.clear()
            seconds = self.step()
            (self._woken if self._standing.is_ok else self._stopping).wait(seconds)
        self._source.close()
        self._server.close()

    def stop(self) -> None:
        """End `run` after the write that is under way."""
        self._stopping.set()
        self._woken.set()

    def wake(self) -> None:
        """There are new readings in the journal. A back-off or a hold is not cut short by it."""
        self._woken.set()

    def send_again(self, cursor: int, number: int) -> None:
        """Go back to `cursor`, for the `number`th time: what follows has changed. Safe from any thread."""
        back = self._back
        if back is not None and back[1] != self._round:
            cursor = min(cursor, back[0])
        self._back = (cursor, number)
        self.wake()

    def _go_back(self) -> None:
        back = self._back
        if back is not None and back[1] != self._round:
            cursor, self._round = back
            self._cursor = min(self._cursor, cursor)
            self._pending.clear()

    def step(self) -> float:
        """Do one exchange with the server; return the seconds to rest before the next."""
        try:
            return self._send_next() if self._greeted else self._greet()
        except JournalReplacedError as replaced:
            _log.warning("%s: %s", NAME, replaced)
            self._cursor = replaced.cursor
            self._pending.clear()
            return 0.0

    def _greet(self) -> float:
        """Find out who answers and whether it takes a line of ours, before any reading is put to the test."""
        try:
            found = self._server.greet()
        except SecretMissingError as error:
            return self._hold(hold(SinkReason.SECRET_MISSING, self._rng), Answer(None, str(error)))
        at = self._clock.now()
        if (pause := self._heartbeat(at)) is not None:
            return pause
        self._greeted = True
        self._failures = 0
        self._standing.enter(SinkCondition.OK)
        self._reads = judge(*self._server.select(question(at)), at)
        _log.info("%s: %s at %s, api %s: %s", NAME, found, self._server.name, self._settings.api, self._reads)
        return 0.0

    def _heartbeat(self, at: int) -> float | None:
        """Seconds to rest if the server does not take even a heartbeat of `at`, None if it does."""
        answer = self._server.write(heartbeat(self._kitchen, at))
        match decide(answer, rows=1, attempt=self._failures, rng=self._rng):
            case Advance():
                return None
            case Hold() as held:
                return self._hold(held, answer)
            case BackOff() as later:
                return self._back_off(later, answer)
            case SetAside() | Bisect() | Halve():
                return self._hold(hold(SinkReason.REFUSES_ALL, self._rng), answer)

    def _send_next(self) -> float:
        self._go_back()
        if not self._pending and not self._read():
            return 0.0 if self._compare() else POLL
        rows = self._pending[0]
        answer = self._server.write("\n".join(map(self._line, rows)))
        return self._act(decide(answer, rows=len(rows), attempt=self._failures, rng=self._rng), answer, rows)

    def _compare(self) -> bool:
        """All is delivered, so it can be compared; False when there is nothing to compare now."""
        if self._reads is not ReadBack.WORKS or not self._readable:
            return False
        try:
            return self._comparer.step(self._cursor, self._clock.now())
        except JournalUnreadableError:
            return False  # the next look for readings says so

    def _read(self) -> bool:
        """Fetch the next page; False when there is none."""
        try:
            rows = self._source.read(self._cursor, self._batch)
        except JournalUnreadableError as error:
            if self._readable:
                _log.warning("%s: waiting for the journal: %s", NAME, error)
            self._readable = False
            return False
        self._readable = True
        if rows:
            self._pending.append(rows)
        return bool(rows)

    def _line(self, row: StoredReading) -> str:
        return line(self._kitchen, row.point, measured_at=row.measured_at, value=row.value, quality=row.quality)

    def _act(self, decision: Decision, answer: Answer, rows: list[StoredReading]) -> float:
        match decision:
            case Advance():
                return self._advance(rows[-1].seq)
            case Bisect():
                return self._split(rows)
            case Halve():
                self._batch = len(rows) // 2
                return self._split(rows)
            case SetAside():
                return self._set_aside(rows, answer)
            case Hold():
                return self._hold(decision, answer)
            case BackOff():
                return self._back_off(decision, answer)

    def _advance(self, seq: int) -> float:
        self._pending.popleft()
        self._cursor = seq
        self._failures = 0
        self._standing.enter(SinkCondition.OK)
        self._intake.put(SinkProgress(NAME, seq, self._round))
        return 0.0

    def _split(self, rows: list[StoredReading]) -> float:
        middle = len(rows) // 2
        self._pending.popleft()
        self._pending.extendleft((rows[middle:], rows[:middle]))
        return 0.0

    def _set_aside(self, rows: list[StoredReading], answer: Answer) -> float:
        """Give readings up, unless the server would refuse anything: then it is not they that are wrong."""
        if (pause := self._heartbeat(self._clock.now())) is not None:
            return pause
        # Who takes them counts and says it: a week beyond the server's retention is a million lines.
        for row in rows:
            line = self._line(row).encode()
            self._intake.put(SinkDeadLetter(NAME, row.seq, answer.status or 0, answer.text, line))
        return self._advance(rows[-1].seq)

    def _hold(self, held: Hold, answer: Answer) -> float:
        self._pending.clear()
        self._greeted = False  # the next try reads the secret anew
        self._standing.enter(SinkCondition.HOLDING, held.reason, answer)
        return held.seconds

    def _back_off(self, later: BackOff, answer: Answer) -> float:
        self._pending.clear()
        self._failures += 1
        self._standing.enter(SinkCondition.BACKING_OFF, later.reason, answer)
        return later.seconds


def influx_sink(
    settings: InfluxSettings,
    *,
    kitchen_id: str,
    journal_path: Path,
    offsets: Mapping[str, float],
    cursor: int,
    intake: Reports,
    clock: Clock,
    rng: Random,
    compared_at: int | None = None,
) -> InfluxSink:
    """The sink of one kitchen, ready for a thread.

    Args:
        settings: `delivery.influxdb` of kitchen.yaml.
        kitchen_id: the tag `kitchen`.
        journal_path: DIR/journal.db; it may appear later.
        offsets: point name → offset of kitchen.yaml.
        cursor: as the table `sink` holds it, 0 at first.
        intake: takes the reports.
        clock: the gateway's.
        rng: for the jitter.
        compared_at: when its counts were last compared with the journal's; None: never.
    """
    return InfluxSink(
        settings,
        kitchen_id=kitchen_id,
        server=InfluxServer(settings),
        source=JournalSource(journal_path, sink=NAME, offsets=offsets, now=clock.now),
        cursor=cursor,
        intake=intake,
        clock=clock,
        rng=rng,
        compared_at=compared_at,
    )
