"""Send the journal's readings on to InfluxDB. A sink behind a cursor, never the source of truth.

    journal ──► outbox ── page ──► lines ──► server ──► answer ──► decision ─┐
       ▲                                                                     │
       └── pipeline ◄── SinkProgress, SinkState, SinkDeadLetter ◄────────────┘

The sink never writes the journal. Its cursor in memory runs ahead of the stored one; after a crash the readings between
the two are sent again, and each overwrites itself.
"""

import logging
import threading
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import NamedTuple

from drivers.contract import Clock
from gateway.delivery.influxdb.access import InfluxSettings, SecretMissingError
from gateway.delivery.influxdb.comparer import Comparer
from gateway.delivery.influxdb.decision import (
    Advance,
    BackOff,
    Bisect,
    Decision,
    Halve,
    Hold,
    ServerAnswer,
    SetAsideAll,
    decide,
    hold,
)
from gateway.delivery.influxdb.line_protocol import heartbeat, line
from gateway.delivery.influxdb.outbox import Outbox
from gateway.delivery.influxdb.progress import Reports, SinkCondition, SinkDeadLetter, SinkProgress, SinkReason
from gateway.delivery.influxdb.read_back import ReadBack, judge, question
from gateway.delivery.influxdb.server import InfluxServer, SinkServer
from gateway.delivery.influxdb.sink_status import SinkStatus
from gateway.delivery.influxdb.source import (
    JournalReplacedError,
    JournalSource,
    OutgoingReading,
    SourceUnreadableError,
)

NAME = "influxdb"

POLL = 1.0
"""Seconds between two reads of the journal when nobody wakes the sink."""

_log = logging.getLogger(__name__)


class SavedProgress(NamedTuple):
    """Where delivery continues after a start.

    Attributes:
        cursor: as the table `sink` holds it, 0 at first.
        compared_at: when the counts were last compared, UTC microseconds; None: never.
    """

    cursor: int = 0
    compared_at: int | None = None


class InfluxSink:
    """Deliver readings from one thread: `run` until `stop`."""

    def __init__(
        self,
        kitchen_id: str,
        server: SinkServer,
        *,
        outbox: Outbox,
        comparer: Comparer,
        status: SinkStatus,
        reports: Reports,
        clock: Clock,
        rng: Random,
    ) -> None:
        self._kitchen = kitchen_id
        self._server = server
        self._outbox = outbox
        self._comparer = comparer
        self._status = status
        self._reports = reports
        self._clock = clock
        self._rng = rng
        self._failures = 0
        self._greeted = False
        self._read_back = ReadBack.FAILED
        self._stopping = threading.Event()
        self._woken = threading.Event()

    def run(self) -> None:
        """Deliver until `stop`; the target of a thread."""
        while not self._stopping.is_set():
            self._woken.clear()
            seconds = self.step()
            (self._woken if self._status.is_ok else self._stopping).wait(seconds)
        self._outbox.close()
        self._server.close()

    def stop(self) -> None:
        """End `run` after the current write."""
        self._stopping.set()
        self._woken.set()

    def wake(self) -> None:
        """Announce new readings in the journal. A back-off or a hold is not shortened by it."""
        self._woken.set()

    def send_again(self, cursor: int, number: int) -> None:
        """Deliver the readings behind `cursor` again, for the `number`th time: they have changed. Thread-safe."""
        self._outbox.send_again(cursor, number)
        self.wake()

    def step(self) -> float:
        """Do one exchange with the server; return the seconds to rest before the next."""
        try:
            return self._send_next() if self._greeted else self._greet()
        except JournalReplacedError as replaced:
            _log.warning("%s: %s", NAME, replaced)
            self._outbox.restart(replaced.cursor)
            return 0.0

    def _greet(self) -> float:
        """Identify the server and test that it accepts a line of ours, before any reading is sent."""
        try:
            software = self._server.greet()
        except SecretMissingError as error:
            return self._hold(hold(SinkReason.SECRET_MISSING, self._rng), ServerAnswer(None, str(error)))
        at = self._clock.now()
        if (pause := self._heartbeat(at)) is not None:
            return pause
        self._greeted = True
        self._failures = 0
        self._status.enter(SinkCondition.OK)
        self._read_back = judge(*self._server.select(question(at)), at)
        self._status.log_greeting(software, self._read_back)
        return 0.0

    def _heartbeat(self, at: int) -> float | None:
        """Write a heartbeat of `at`; return the seconds to rest if the server refuses it, None if it accepts."""
        answer = self._server.write(heartbeat(self._kitchen, at))
        match decide(answer, rows=1, attempt=self._failures, rng=self._rng):
            case Advance():
                return None
            case Hold() as decision:
                return self._hold(decision, answer)
            case BackOff() as decision:
                return self._back_off(decision, answer)
            case SetAsideAll() | Bisect() | Halve():
                return self._hold(hold(SinkReason.REFUSES_ALL, self._rng), answer)

    def _send_next(self) -> float:
        rows = self._outbox.page()
        if not rows:
            return 0.0 if self._compare() else POLL
        answer = self._server.write("\n".join(map(self._line, rows)))
        return self._act(decide(answer, rows=len(rows), attempt=self._failures, rng=self._rng), answer, rows)

    def _compare(self) -> bool:
        """Compare an hour, since everything is delivered; return False when there is nothing to compare now."""
        if self._read_back is not ReadBack.WORKS or not self._outbox.is_readable:
            return False
        try:
            return self._comparer.step(self._outbox.cursor, self._clock.now())
        except SourceUnreadableError:
            return False  # the outbox logs it at the next page

    def _line(self, row: OutgoingReading) -> str:
        return line(self._kitchen, row.point, measured_at=row.measured_at, value=row.value, quality=row.quality)

    def _act(self, decision: Decision, answer: ServerAnswer, rows: list[OutgoingReading]) -> float:
        match decision:
            case Advance():
                self._advance()
            case Bisect():
                self._outbox.split()
            case Halve():
                self._outbox.halve()
            case SetAsideAll():
                return self._set_aside(rows, answer)
            case Hold():
                return self._hold(decision, answer)
            case BackOff():
                return self._back_off(decision, answer)
        return 0.0

    def _advance(self) -> None:
        self._failures = 0
        self._status.enter(SinkCondition.OK)
        self._reports.put(SinkProgress(NAME, self._outbox.delivered(), self._outbox.round))

    def _set_aside(self, rows: list[OutgoingReading], answer: ServerAnswer) -> float:
        """Report refused readings as dead letters, unless the server refuses a heartbeat as well."""
        if (pause := self._heartbeat(self._clock.now())) is not None:
            return pause
        # Not logged here: a week beyond the server's retention is a million lines. Health counts and reports them.
        for row in rows:
            line = self._line(row).encode()
            self._reports.put(SinkDeadLetter(NAME, row.seq, answer.status or 0, answer.text, line))
        self._advance()
        return 0.0

    def _hold(self, decision: Hold, answer: ServerAnswer) -> float:
        self._outbox.discard()
        self._greeted = False  # the next try reads the secret again
        self._status.enter(SinkCondition.HOLDING, decision.reason, answer)
        return decision.seconds

    def _back_off(self, decision: BackOff, answer: ServerAnswer) -> float:
        self._outbox.discard()
        self._failures += 1
        self._status.enter(SinkCondition.BACKING_OFF, decision.reason, answer)
        return decision.seconds


def influx_sink(
    settings: InfluxSettings,
    *,
    kitchen_id: str,
    journal_path: Path,
    offsets: Mapping[str, float],
    saved: SavedProgress,
    reports: Reports,
    clock: Clock,
    rng: Random,
) -> InfluxSink:
    """Build the sink of one kitchen, ready for a thread.

    Args:
        settings: `delivery.influxdb` of kitchen.yaml.
        kitchen_id: the tag `kitchen`.
        journal_path: DIR/journal.db; it may appear later.
        offsets: point name → offset of kitchen.yaml.
        saved: where the last run ended.
        reports: the pipeline's queue.
        clock: the gateway's.
        rng: for the jitter.
    """
    server = InfluxServer(settings)
    source = JournalSource(journal_path, sink=NAME, offsets=offsets, now=clock.now)
    return build_sink(
        server, source, settings, kitchen_id=kitchen_id, saved=saved, reports=reports, clock=clock, rng=rng
    )


def build_sink(
    server: SinkServer,
    source: JournalSource,
    settings: InfluxSettings,
    *,
    kitchen_id: str,
    saved: SavedProgress,
    reports: Reports,
    clock: Clock,
    rng: Random,
) -> InfluxSink:
    """Build the sink from one journal to one server; arguments as `influx_sink`."""
    return InfluxSink(
        kitchen_id,
        server,
        outbox=Outbox(NAME, source, saved.cursor),
        comparer=Comparer(
            NAME, kitchen_id=kitchen_id, server=server, source=source, reports=reports, last=saved.compared_at
        ),
        status=SinkStatus(NAME, server=server.name, settings=settings, reports=reports, clock=clock),
        reports=reports,
        clock=clock,
        rng=rng,
    )
