"""The pipeline: what arrives becomes readings, readings become alarms and stock, all of it one transaction a batch.

    arrival → decode → place, judge, draw (monitoring) → commit → acknowledge, tell, publish, wake the deliveries

It is the only thread that touches the kitchen's state and the journal. A batch is committed at once when it drew an
event, else when it is large or `commit_every` has passed.
"""

import time
from collections.abc import Callable, Sequence
from typing import Protocol

from drivers.contract import Clock, LinkChange, MqttMessage, Readings, Trouble
from gateway.alarms.rows import from_row
from gateway.delivery.influxdb.progress import SinkCompared, SinkDeadLetter, SinkProgress, SinkState
from gateway.ingest.mqtt_messages import Post
from gateway.ingest.queue import Intake
from gateway.ingest.rate_limit import Arrived, Thinning
from gateway.journal.journal import Journal
from gateway.monitoring.batches.refold import BatchRefolded
from gateway.monitoring.control_points.refold import Refolded, request_of
from gateway.monitoring.kitchen import Kitchen
from gateway.monitoring.recall import Recall
from gateway.records.transaction import Transaction, Upkeep
from gateway.runtime.clock.watch import ClockWatch
from gateway.runtime.health.health import SystemWatch
from gateway.runtime.refolder import Refolder
from gateway.server.clients import People
from gateway.server.requests import Command, JournalDamaged, Watch

MOST_A_TURN = 500
LARGE = 500
"""Readings that are committed without waiting: from a hundred on a commit costs them no more each."""
TICK = 0.25
"""Real seconds between two looks at what has not come."""


class Acknowledger(Protocol):
    """The broker's link."""

    def acknowledge(self, pairs: Sequence[tuple[int, int]]) -> None: ...


class Pipeline:
    """One thread's work: `run` until `stop`."""

    def __init__(
        self,
        *,
        kitchen: Kitchen,
        journal: Journal,
        intake: Intake[object],
        clock: Clock,
        post: Post,
        people: People,
        watch: SystemWatch,
        clock_watch: ClockWatch,
        refolder: Refolder,
        broker: Acknowledger | None,
        after_commit: Sequence[Callable[[], None]] = (),
        send_again: Callable[[int, int], None] | None = None,
        commit_every: int,
        begun: Transaction,
    ) -> None:
        """`begun`: what the start has drawn up; `commit_every` in real microseconds.

        `send_again`: has a delivery go back to a number, for the n-th time.
        """
        self._kitchen = kitchen
        self._journal = journal
        self._intake = intake
        self._clock = clock
        self._post = post
        self._people = people
        self._watch = watch
        self._clock_watch = clock_watch
        self._refolder = refolder
        self._broker = broker
        self._after_commit = after_commit
        self._send_again = send_again
        self._commit_every = commit_every / 1_000_000
        self._thinning = Thinning()
        self._recall = Recall(kitchen, journal)
        self._batch = begun
        self._acknowledgements: list[tuple[int, int]] = []
        # Real time that only grows: the kitchen's clock may be set back, the next commit may not wait for that.
        self._committed_at = self._ticked_at = time.monotonic()
        self._stopping = False
        self.last_beat = time.monotonic()

    def stop(self) -> None:
        """Let `run` commit what it has and return."""
        self._stopping = True

    def run(self) -> None:
        """Turn until `stop`."""
        while not self._stopping:
            self.turn(self._wait())
        self.turn(0.0)
        self._watch.save(self._batch, self._clock.now(), time.monotonic())
        self._clock_watch.save(self._batch)
        self._commit(self._clock.now(), time.monotonic())

    def _wait(self) -> float:
        """Real seconds until something is due that does not arrive."""
        due = self._ticked_at + TICK
        if self._batch or self._acknowledgements:
            due = min(due, self._committed_at + self._commit_every)
        return max(0.0, due - time.monotonic())

    def turn(self, wait: float) -> None:
        """Take what has arrived, look at what has not, commit when it is time."""
        for arrival in self._intake.take(MOST_A_TURN, wait):
            self._take(arrival)
        moment = time.monotonic()
        self.last_beat = moment
        is_due = moment - self._ticked_at >= TICK
        if is_due:
            self._ticked_at = moment
            self._look_at_clock(moment)
        now = self._clock.now()
        if is_due:
            self._tick(now, moment)
        if self._commit_is_due(moment):
            self._commit(now, moment)
        if not self._intake:
            self._journal.rest()

    def _look_at_clock(self, moment: float) -> None:
        """What was measured by the time before is committed before the clock is followed."""
        before = self._clock.now()
        happened = self._clock_watch.look()
        if happened is None:
            return
        self._commit(before, moment)
        turn = self._clock_watch.draw(self._batch, happened)
        if turn is not None:
            self._thinning.rebase(turn.offset)
            self._watch.rebase(turn)
        self._commit(self._clock.now(), moment)

    def _take(self, arrival: object) -> None:  # noqa: C901, PLR0912 - one line a kind of arrival
        if isinstance(arrival, MqttMessage | Readings | LinkChange | Trouble):
            arrival = self._clock_watch.in_time(arrival)
        match arrival:
            case MqttMessage():
                self._acknowledgements.append((arrival.connection, arrival.mid))
                self._post.open(self._batch, arrival)
            case Readings(readings=readings, at=at):
                for reading in readings:
                    self._take_thinned(self._thinning.take(reading, at))
            case Trouble():
                if arrival.mid:
                    self._acknowledgements.append((arrival.connection, arrival.mid))
                self._post.set_aside(self._batch, arrival)
                self._watch.trouble(self._batch, arrival)
            case LinkChange():
                self._watch.link_changed(self._batch, arrival)
                self._post.link_changed(self._batch, arrival)
            case Command():
                self._people.obey(self._batch, arrival, self._clock.now())
            case Watch(client=client):
                self._people.greet(client, self._clock.now())
            case Refolded():
                known = [from_row(row) for row in arrival.known]
                self._kitchen.control_points.take_refolded(self._batch, arrival, known, self._clock.now())
            case BatchRefolded():
                self._kitchen.batches.take_refolded(self._batch, arrival, self._clock.now())
            case Upkeep():
                self._batch.upkeep.append(arrival)
            case JournalDamaged(text=text, file=file):
                self._journal.set_damaged_aside(text, self._clock.now(), file=file)
            case SinkProgress() | SinkState() | SinkDeadLetter() | SinkCompared():
                self._watch.sink_reported(self._batch, arrival, self._clock.now())

    def _take_thinned(self, arrived: list[Arrived]) -> None:
        for reading, at in arrived:
            self._kitchen.take(self._batch, reading, at)
        self._kitchen.counters.thinned = self._thinning.thinned

    def _tick(self, now: int, moment: float) -> None:
        self._take_thinned(self._thinning.tick(now))
        self._kitchen.tick(self._batch, now)
        self._recall.take_up(self._batch)
        self._watch.tick(self._batch, now, moment)
        self._clock_watch.tick(self._batch, moment)
        self._post.tick(now)
        self._people.heartbeat(now, moment)

    def _commit_is_due(self, moment: float) -> bool:
        batch = self._batch
        if batch.events or len(batch.readings) >= LARGE:
            return True
        waiting = bool(batch) or bool(self._acknowledgements) or self._journal.lost_since is not None
        return waiting and moment - self._committed_at >= self._commit_every

    def _commit(self, now: int, moment: float) -> None:
        again = self._changed_past(now)
        self._recall.find(self._batch, now)
        batch, self._batch = self._batch, Transaction()
        self._committed_at = moment
        if batch or self._journal.lost_since is not None:
            self._journal.commit(batch, now)
            self._kitchen.committed()
        if self._broker is not None and self._acknowledgements:
            self._broker.acknowledge(self._acknowledgements)
        self._acknowledgements = []
        changed = self._kitchen.board.take_changed()
        self._post.tell(changed, now, moment)
        self._people.tell(changed, now, moment)
        for subject in batch.refold_due:
            self._ask_refold(subject)
        for wake in self._after_commit:
            wake()
        if again is not None and self._send_again is not None:
            self._send_again(*again)

    def _changed_past(self, now: int) -> tuple[int, int] | None:
        """Where a delivery has to go back to, because readings were corrected; kept while the journal cannot say."""
        resend = self._kitchen.resend
        if not resend:
            return None
        asked = [(point, since) for point, since in resend.items()]
        found = self._journal.ask(lambda disk: [disk.first_seq(*each) for each in asked], None)
        if found is None or self._journal.lost_since is not None:
            return None
        resend.clear()
        first = [seq for seq in found if seq is not None]
        return self._watch.send_again(self._batch, min(first) - 1, now) if first else None

    def _ask_refold(self, subject: str) -> None:
        control = self._kitchen.control_points.by_id.get(subject)
        due = (
            self._kitchen.batches.request_of(subject)
            if control is None
            else request_of(control, self._kitchen.control_points.point_of(control).corrections)
        )
        if due is not None:
            self._refolder.ask(due)
