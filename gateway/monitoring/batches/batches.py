"""The batches of food of a kitchen as they stand: they follow their sensors, are judged, and draw up what follows.

No I/O and no clock: readings, marks and ticks bring their time along. What is judged is gateway.monitoring.batches.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from gateway.alarms.board import Board
from gateway.config.plan import HaccpPlan
from gateway.haccp.limits.cooling import COOLING
from gateway.haccp.rules.trace import MINUTE, SECOND, Happening, Mark
from gateway.monitoring.batches.alarms import BatchAlarms
from gateway.monitoring.batches.batch import BatchMark, BatchState, FoodBatch, Offer, Proposal, Step, next_id
from gateway.monitoring.batches.fold import Probe, TypedReading
from gateway.monitoring.batches.judge import BatchJudge
from gateway.monitoring.batches.live import LiveBatch
from gateway.monitoring.batches.records import Said, as_row, batch_event, typed_row
from gateway.monitoring.batches.refold import SUBJECT, BatchRefolded, BatchRequest
from gateway.monitoring.batches.verdicts import Given
from gateway.monitoring.points.point import LivePoint
from gateway.records.transaction import Transaction

JUDGE_EVERY = 60 * SECOND
"""Of the kitchen's time: a forecast is a fit over an hour of readings, and no limit here is a matter of seconds."""
LOOK_EVERY = SECOND
MOST_A_TICK = 8
"""Batches judged between two readings at most: some 10 ms."""
KEPT = 7 * 24 * 60 * MINUTE
"""So long after its end late readings still change a batch's verdicts."""
STRAGGLERS = 10 * MINUTE
"""So long after its end a batch still hears its sensor: readings are on the way for seconds."""
APPROVED = "plan_approved"
"""Where the journal keeps who approved which plan on the page."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class FoodBatches:
    """All batches of a kitchen that run, and those of the last days."""

    def __init__(
        self,
        plan: HaccpPlan,
        board: Board,
        points: Mapping[str, LivePoint],
        zone: ZoneInfo,
        *,
        changed: dict[str, LiveBatch],
    ) -> None:
        """`changed` takes each batch that changes, by its id."""
        self.plan = plan
        self.live: dict[str, LiveBatch] = {}
        self.forgotten: deque[str] = deque()
        """Batches that ended long ago and wait to be judged anew."""
        self.probes = {point.id: probe_of(point) for point in points.values()}
        self.looked_at = 0
        self._changed = changed
        self._points = points
        self._zone = zone
        self._alarms = BatchAlarms(board, points)
        self._judge = BatchJudge(plan, self._alarms, points)

    # What begins, is marked and ends

    def restore(
        self,
        batch: FoodBatch,
        given: Iterable[Given],
        typed: Iterable[TypedReading],
        told: Iterable[tuple[str, str]],
    ) -> LiveBatch:
        """A batch of the journal; it is folded anew before it is judged."""
        live = LiveBatch(self, batch)
        live.told = set(told)
        live.given = {(one.control, one.source): one for one in given}
        live.typed = list(typed)
        self._add(live, batch)
        return live

    def begin(self, transaction: Transaction, batch: FoodBatch, *, key: str, now: int) -> LiveBatch:
        """A new batch. `key`: what its event is called."""
        live = LiveBatch(self, batch)
        self._add(live, batch)
        kind = "batch_proposed" if batch.state is BatchState.PROPOSED else "batch_opened"
        said = Said(kind=kind, key=key, at=now, person=batch.opened_by)
        self._drawn(transaction, live, said)
        self.ask_refold(transaction, live)
        return live

    def _add(self, live: LiveBatch, batch: FoodBatch) -> None:
        self.live[batch.id] = live
        self._follow(live, batch)

    def follow(self, transaction: Transaction, live: LiveBatch, batch: FoodBatch, said: Said) -> None:
        """The batch is another one, by what is said."""
        self._follow(live, batch)
        self._drawn(transaction, live, said)

    def _follow(self, live: LiveBatch, batch: FoodBatch) -> None:
        live.changed(batch)
        for name in live.stays:
            point = self._points.get(name)
            if point is not None and live not in point.listeners:
                point.listeners.append(live)

    def mark(self, transaction: Transaction, live: LiveBatch, mark: BatchMark, *, key: str, now: int) -> None:
        """Something happened to the batch: now, or as somebody says later."""
        self._follow(live, live.batch.marked(mark))
        body = msgspec.to_builtins(mark)
        self._drawn(transaction, live, Said(kind="batch_marked", key=key, at=now, person=mark.person, body=body))
        replaces = any(one.event is mark.event and one.proposed for one in live.batch.marks) and not mark.proposed
        past_reading = mark.event is Happening.MOVED and mark.at < now
        if replaces or past_reading:
            self.ask_refold(transaction, live)
        else:
            live.take_said(transaction, Mark(mark.at, mark.event))
        self.judge(transaction, live, now)

    def step(self, transaction: Transaction, live: LiveBatch, step: Step, *, who: str, key: str, now: int) -> None:
        """Accepted, declined or closed by a person.

        Raises:
            ForbiddenStepError: not in this state.
        """
        self._follow(live, live.batch.took(step, at=now, who=who))
        kinds = {Step.ACCEPT: "batch_accepted", Step.DECLINE: "batch_declined", Step.CLOSE: "batch_closed"}
        self._drawn(transaction, live, Said(kind=kinds[step], key=key, at=now, person=who))
        self.judge(transaction, live, now)
        if step is Step.DECLINE:
            self._alarms.remove(transaction, live.batch, now=now)
        elif step is Step.CLOSE:
            self._alarms.end(transaction, live.batch, now=now)

    def describe(self, transaction: Transaction, live: LiveBatch, batch: FoodBatch) -> None:
        """A person says what food a proposed batch is; the step that follows keeps it."""
        other_limits = batch.food != live.batch.food
        self._follow(live, batch)
        if other_limits:
            self.ask_refold(transaction, live)

    def offer(self, live: LiveBatch, offer: Offer) -> None:
        """The trace proposes something of this batch that a person may answer; the mark that follows keeps it."""
        self._follow(live, msgspec.structs.replace(live.batch, offers=(*live.batch.offers, offer)))

    def answer_cooling(
        self, transaction: Transaction, live: LiveBatch, *, accept: bool, who: str, key: str, now: int
    ) -> None:
        """The food is being cooled, or it is served hot and its cooling is nobody's concern."""
        batch = live.batch.without_offer(Proposal.COOLING)
        if not accept:
            kept = tuple(control for control in batch.controls if control != COOLING.name)
            batch = msgspec.structs.replace(batch, controls=kept)
        self._follow(live, batch)
        kind = "cooling_accepted" if accept else "cooling_declined"
        self._drawn(transaction, live, Said(kind=kind, key=key, at=now, person=who))
        if not accept:
            self._alarms.remove(transaction, batch, COOLING.name, now=now)
            self.ask_refold(transaction, live)

    def type(self, transaction: Transaction, live: LiveBatch, reading: TypedReading, *, key: str, now: int) -> None:
        """A person has typed a reading of this batch."""
        live.typed.append(reading)
        transaction.typed.append(typed_row(reading))
        body = msgspec.to_builtins(reading)
        self._drawn(transaction, live, Said(kind="typed_reading", key=key, at=now, person=reading.person, body=body))
        live.take_said(transaction, reading)
        self.judge(transaction, live, now)

    def _drawn(self, transaction: Transaction, live: LiveBatch, said: Said) -> None:
        transaction.events.append(batch_event(live.batch, said))
        transaction.food_batches[live.batch.id] = as_row(live.batch)
        self._changed[live.batch.id] = live

    def at(self, point: str) -> list[LiveBatch]:
        """The batches that are at a sensor now."""
        return [live for live in self.live.values() if point in live.stays and live.batch.at_point == point]

    def of(self, subject: str) -> LiveBatch | None:
        """The batch of a subject of `refold_due`."""
        return self.live.get(subject.removeprefix(SUBJECT)) if subject.startswith(SUBJECT) else None

    def new_id(self, at: int) -> str:
        """An id for a batch that begins at `at`."""
        day = (_EPOCH + timedelta(microseconds=at)).astimezone(self._zone).strftime("%Y%m%d")
        return next_id(day, self.live)

    # What is folded anew

    def ask_refold(self, transaction: Transaction, live: LiveBatch) -> None:
        """Have a batch folded anew; the journal remembers it until that is done."""
        live.asked += 1
        live.tail = []
        transaction.refold_due[f"{SUBJECT}{live.batch.id}"] = live.batch.opened_at

    def late(self, transaction: Transaction, point: str, at: int) -> None:
        """A reading came after its time: batches that were at its sensor then are folded anew, closed ones too."""
        for live in self.live.values():
            if live.batch.state is not BatchState.DECLINED and live.has(point, at):
                live.late = True
                self.ask_refold(transaction, live)

    def recalibrated(self, point: LivePoint) -> None:
        """How uncertain a point's readings are has changed, or may have."""
        self.probes[point.id] = probe_of(point)

    def corrected(self, transaction: Transaction, point: str, since: int) -> None:
        """The calibration of a sensor has changed from `since` on: batches that were at it are folded anew."""
        for live in self.live.values():
            there = any(stay.until is None or stay.until > since for stay in live.stays.get(point, ()))
            if live.batch.state is not BatchState.DECLINED and there:
                live.corrected = True
                self.ask_refold(transaction, live)

    @property
    def folding(self) -> int:
        """How many batches are being folded anew."""
        return sum(live.tail is not None for live in self.live.values())

    def request_of(self, subject: str) -> BatchRequest | None:
        """What has to be folded for a subject; None when it is no batch of ours."""
        live = self.of(subject)
        if live is None:
            return None
        corrections = {point.id: point.corrections for point in self._points.values()}
        return BatchRequest(
            live.batch, self.plan, self.probes, corrections, self._judge.rooms, tuple(live.typed), live.asked
        )

    def take_refolded(self, transaction: Transaction, result: BatchRefolded, now: int) -> None:
        """Go on from a fold over the whole batch, unless something has come since that it lacks."""
        live = self.live.get(result.batch)
        if live is None or live.asked != result.asked:
            return
        tail, live.tail = live.tail or [], None
        live.fold, live.room = result.fold, result.room
        for sample, doubt in tail:
            if result.fold.last is None or sample.at > result.fold.last.at:
                result.fold.take_sample(sample, doubt)
        transaction.refold_done.append(f"{SUBJECT}{result.batch}")
        self.judge(transaction, live, now)
        live.late = live.corrected = False

    # Judging

    def tick(self, transaction: Transaction, now: int) -> None:
        """Time passes: judge what is due, forget what is long over."""
        if 0 <= now - self.looked_at < LOOK_EVERY:
            return
        self.looked_at = now
        due = [live for live in self.live.values() if live.batch.runs and now - live.judged_at >= JUDGE_EVERY]
        for live in sorted(due, key=lambda one: one.judged_at)[:MOST_A_TICK]:
            self.judge(transaction, live, now)
        for live in [live for live in self.live.values() if not live.batch.runs]:
            self._forget(live, now - (live.batch.closed_at or 0))

    def _forget(self, live: LiveBatch, ended_ago: int) -> None:
        if ended_ago >= STRAGGLERS:
            for name in live.stays:
                point = self._points.get(name)
                if point is not None and live in point.listeners:
                    point.listeners.remove(live)
        if ended_ago >= KEPT and live.tail is None:
            del self.live[live.batch.id]

    def judge(self, transaction: Transaction, live: LiveBatch, now: int) -> None:
        """Judge a batch as of now."""
        if self._judge.judge(transaction, live, now):
            self._changed[live.batch.id] = live


def probe_of(point: LivePoint) -> Probe:
    """What a fold has to know of a point's sensor."""
    return Probe(point.plan.max_gap, point.plan.uncertainty, point.corrections.checks)
