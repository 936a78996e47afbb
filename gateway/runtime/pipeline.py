"""The pipeline: what arrives becomes readings, readings become alarms and stock, all of it one transaction.

    arrival → ingest (decode, rate limit) → monitoring (assess, record, judge, weigh) → commit → tell

It is the only thread that touches the kitchen's state and the journal.
"""

import time
from collections.abc import Callable
from typing import assert_never

from drivers.contract import LinkChange, MqttMessage, Readings, Trouble
from gateway.delivery.influxdb.progress import SinkCompared, SinkDeadLetter, SinkProgress, SinkState
from gateway.ingest.entrance import Entrance
from gateway.ingest.queue import BoundedQueue
from gateway.monitoring.batches.refold import BatchRefolded
from gateway.monitoring.control_points.refold import Refolded
from gateway.records.transaction import Upkeep
from gateway.runtime.arrivals import Arrival, FromLink, JournalDamaged
from gateway.runtime.clock.watch import ClockWatch
from gateway.runtime.commit import Commit
from gateway.runtime.health.health import Health
from gateway.runtime.late import LateData
from gateway.server.clients import Server
from gateway.server.requests import Command, Watch

MOST_A_TURN = 500
TICK = 0.25
"""Real seconds between two looks at what has not come."""


class Pipeline:
    """One thread's work: `run` until `stop`."""

    def __init__(
        self,
        *,
        arrivals: BoundedQueue[Arrival],
        clock_watch: ClockWatch,
        entrance: Entrance,
        late: LateData,
        server: Server,
        health: Health,
        commit: Commit,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Each arrival is taken by one of these rooms; `commit` ends the transaction that they fill."""
        self._arrivals = arrivals
        self._clock_watch = clock_watch
        self._entrance = entrance
        self._late = late
        self._server = server
        self._health = health
        self._commit = commit
        self._monotonic = monotonic
        # Real time that only grows: the kitchen's clock may be set back, the next commit may not wait for that.
        self._ticked_at = self._monotonic()
        self._stopping = False
        self.last_beat = self._monotonic()

    def stop(self) -> None:
        """Let `run` commit what it has and return."""
        self._stopping = True

    def run(self) -> None:
        """Turn until `stop`."""
        while not self._stopping:
            self.turn(self._wait())
        self.turn(0.0)
        moment = self._monotonic()
        self._health.save(self._commit.transaction, self._clock_watch.now(), moment)
        self._clock_watch.save(self._commit.transaction)
        self._commit.commit(self._clock_watch.now(), moment)

    def _wait(self) -> float:
        """Return the real seconds until something is due that does not arrive."""
        due = self._ticked_at + TICK
        if (commit_at := self._commit.due_at) is not None:
            due = min(due, commit_at)
        return max(0.0, due - self._monotonic())

    def turn(self, wait: float) -> None:
        """Take what has arrived, look at what has not, commit when it is time."""
        for arrival in self._arrivals.take(MOST_A_TURN, wait):
            self._take(arrival)
        self.last_beat = moment = self._monotonic()
        is_due = moment - self._ticked_at >= TICK
        if is_due:
            self._ticked_at = moment
            self._look_at_clock(moment)
        now = self._clock_watch.now()
        if is_due:
            self._tick(now, moment)
        if self._commit.is_due(moment) or (is_due and not self._commit.waits):
            self._commit.commit(now, moment)
        if not self._arrivals:
            self._health.rest()

    def _look_at_clock(self, moment: float) -> None:
        """Commit what was measured by the time before, then follow a clock that was set."""
        before = self._clock_watch.now()
        happened = self._clock_watch.look()
        if happened is None:
            return
        self._commit.commit(before, moment)
        turn = self._clock_watch.draw(self._commit.transaction, happened)
        if turn is not None:
            self._entrance.rebase(turn.offset)
            self._health.rebase(turn)
        self._commit.commit(self._clock_watch.now(), moment)

    def _take(self, arrival: Arrival) -> None:
        transaction = self._commit.transaction
        match arrival:
            case MqttMessage() | Readings() | LinkChange() | Trouble():
                self._take_from_link(self._clock_watch.in_time(arrival))
            case Command():
                self._server.desk.obey(transaction, arrival, self._clock_watch.now())
            case Watch(client=client):
                self._server.feed.greet(client, self._clock_watch.now())
            case Refolded() | BatchRefolded():
                self._late.take(transaction, arrival, self._clock_watch.now())
            case Upkeep():
                transaction.upkeep.append(arrival)
            case JournalDamaged():
                self._health.journal_damaged(arrival.text, arrival.file, self._clock_watch.now())
            case SinkProgress() | SinkState() | SinkDeadLetter() | SinkCompared():
                self._health.deliveries.reported(transaction, arrival, self._clock_watch.now())
            case _:
                assert_never(arrival)

    def _take_from_link(self, arrival: FromLink) -> None:
        transaction = self._commit.transaction
        match arrival:
            case MqttMessage():
                self._commit.acknowledge(arrival.connection, arrival.mid)
                self._entrance.take_message(transaction, arrival)
            case Readings():
                self._entrance.take_readings(transaction, arrival)
            case Trouble():
                if arrival.mid:
                    self._commit.acknowledge(arrival.connection, arrival.mid)
                self._entrance.set_aside(transaction, arrival)
                self._health.links.trouble(transaction, arrival)
            case LinkChange():
                self._health.links.changed(transaction, arrival)
                self._entrance.link_changed(transaction, arrival)
            case _:
                assert_never(arrival)

    def _tick(self, now: int, moment: float) -> None:
        """Have time pass, in the order of the way of a reading."""
        transaction = self._commit.transaction
        self._entrance.tick(transaction, now)
        self._late.tick(transaction, now)
        self._health.tick(transaction, now, moment)
        self._clock_watch.tick(transaction, moment)
        self._server.feed.tick(now, moment)
