"""Follow the batches of food of a kitchen: from their beginning over their marks to their end, judged as time passes.

No I/O and no clock: readings, marks and ticks bring their time along.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from gateway.alarms.board import Board
from gateway.config.plan import HaccpPlan
from gateway.haccp.limits.cooling import COOLING
from gateway.haccp.rules.trace import MINUTE, SECOND, Happening, Mark
from gateway.monitoring.batches.alarms import BatchAlarms
from gateway.monitoring.batches.batch import BatchMark, BatchState, BatchStep, FoodBatch, Offer, Proposal, next_id
from gateway.monitoring.batches.fold import TypedReading
from gateway.monitoring.batches.judge import BatchJudge
from gateway.monitoring.batches.live import LiveBatch
from gateway.monitoring.batches.records import BatchEvent, as_row, batch_event, typed_row
from gateway.monitoring.batches.refolds import BatchRefolds
from gateway.monitoring.batches.verdicts import IssuedVerdict
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
"""So long after its end a batch still takes readings of its sensor: they may be on the way for seconds."""
APPROVED = "plan_approved"
"""Where the journal keeps who approved which plan on the page."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_KIND_OF_STEP = {
    BatchStep.ACCEPT: "batch_accepted",
    BatchStep.DECLINE: "batch_declined",
    BatchStep.CLOSE: "batch_closed",
}


class FoodBatches:
    """The batches of a kitchen that run, and those of the last days.

    Attributes:
        plan: the HACCP plan.
        live: the batches by id.
        refolds: has batches judged again.
        looked_at: the last tick that looked, in UTC microseconds.
    """

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
        self.looked_at = 0
        self._changed = changed
        self._points = points
        self._zone = zone
        self._judge = BatchJudge(plan, BatchAlarms(board, points), points, changed=changed)
        self.refolds = BatchRefolds(self.live, self._judge, points)

    # Begin

    def restore(
        self,
        batch: FoodBatch,
        *,
        issued: Iterable[IssuedVerdict],
        typed: Iterable[TypedReading],
        alarmed: Iterable[tuple[str, str]],
    ) -> LiveBatch:
        """Take up a batch of the journal; it is folded from there before it is judged. `alarmed`: see AlarmMemory."""
        live = LiveBatch(self.refolds, batch)
        live.alarms.raised = set(alarmed)
        live.issued = {(verdict.control, verdict.source): verdict for verdict in issued}
        live.typed = list(typed)
        self._add(live, batch)
        return live

    def begin(self, transaction: Transaction, batch: FoodBatch, *, key: str, now: int) -> LiveBatch:
        """Begin a batch. `key` names its event."""
        live = LiveBatch(self.refolds, batch)
        self._add(live, batch)
        kind = "batch_proposed" if batch.state is BatchState.PROPOSED else "batch_opened"
        self._record(transaction, live, BatchEvent(kind=kind, key=key, at=now, person=batch.opened_by))
        self.refolds.ask(transaction, live)
        return live

    def _add(self, live: LiveBatch, batch: FoodBatch) -> None:
        self.live[batch.id] = live
        self._become(live, batch)

    def at(self, point: str) -> list[LiveBatch]:
        """Return the batches that are at a sensor now."""
        return [live for live in self.live.values() if point in live.stays and live.batch.at_point == point]

    def new_id(self, at: int) -> str:
        """Return an id for a batch that begins at this time."""
        day = (_EPOCH + timedelta(microseconds=at)).astimezone(self._zone).strftime("%Y%m%d")
        return next_id(day, self.live)

    # Change

    def change(self, transaction: Transaction, live: LiveBatch, batch: FoodBatch, event: BatchEvent) -> None:
        """Replace a batch by what an event has made of it, and record the event."""
        self._become(live, batch)
        self._record(transaction, live, event)

    def _become(self, live: LiveBatch, batch: FoodBatch) -> None:
        """Have a batch take the readings of every sensor that it is at, or was."""
        live.become(batch)
        for name in live.stays:
            point = self._points.get(name)
            if point is not None and live not in point.listeners:
                point.listeners.append(live)

    def _record(self, transaction: Transaction, live: LiveBatch, event: BatchEvent) -> None:
        transaction.events.append(batch_event(live.batch, event))
        transaction.food_batches[live.batch.id] = as_row(live.batch)
        self._changed[live.batch.id] = live

    def mark(self, transaction: Transaction, live: LiveBatch, mark: BatchMark, *, key: str, now: int) -> None:
        """Mark what happened to a batch, now or a while ago."""
        body = msgspec.to_builtins(mark)
        event = BatchEvent(kind="batch_marked", key=key, at=now, person=mark.person, body=body)
        self.change(transaction, live, live.batch.with_mark(mark), event)
        proposed = any(other.event is mark.event and other.proposed for other in live.batch.marks)
        moved_before = mark.event is Happening.MOVED and mark.at < now
        if (proposed and not mark.proposed) or moved_before:
            self.refolds.ask(transaction, live)
        else:
            live.take_entry(transaction, Mark(mark.at, mark.event))
        self.judge(transaction, live, now)

    def step(self, transaction: Transaction, live: LiveBatch, step: BatchStep, *, who: str, key: str, now: int) -> None:
        """Accept, decline or close a batch.

        Raises:
            ForbiddenStepError: not in this state.
        """
        batch = live.batch.after(step, at=now, who=who)
        self.change(transaction, live, batch, BatchEvent(kind=_KIND_OF_STEP[step], key=key, at=now, person=who))
        self.judge(transaction, live, now)
        if step is BatchStep.DECLINE:
            self._judge.alarms.remove(transaction, batch, now=now)
        elif step is BatchStep.CLOSE:
            self._judge.alarms.end(transaction, batch, now=now)

    def describe(self, transaction: Transaction, live: LiveBatch, batch: FoodBatch) -> None:
        """Take over what a person says of a batch; the event of the next step records it."""
        has_other_limits = batch.food != live.batch.food
        self._become(live, batch)
        if has_other_limits:
            self.refolds.ask(transaction, live)

    def offer(self, live: LiveBatch, offer: Offer) -> None:
        """Propose something of a batch to people; the event of the next mark records it."""
        self._become(live, msgspec.structs.replace(live.batch, offers=(*live.batch.offers, offer)))

    def answer_cooling(
        self, transaction: Transaction, live: LiveBatch, *, accept: bool, who: str, key: str, now: int
    ) -> None:
        """Judge the cooling of a batch, or leave it: the food is served hot."""
        batch = live.batch.without_offer(Proposal.COOLING)
        if not accept:
            others = tuple(control for control in batch.controls if control != COOLING.name)
            batch = msgspec.structs.replace(batch, controls=others)
        kind = "cooling_accepted" if accept else "cooling_declined"
        self.change(transaction, live, batch, BatchEvent(kind=kind, key=key, at=now, person=who))
        if not accept:
            self._judge.alarms.remove(transaction, batch, COOLING.name, now=now)
            self.refolds.ask(transaction, live)

    def type(self, transaction: Transaction, live: LiveBatch, reading: TypedReading, *, key: str, now: int) -> None:
        """Take a reading that a person typed for a batch."""
        live.typed.append(reading)
        transaction.typed.append(typed_row(reading))
        body = msgspec.to_builtins(reading)
        event = BatchEvent(kind="typed_reading", key=key, at=now, person=reading.person, body=body)
        self._record(transaction, live, event)
        live.take_entry(transaction, reading)
        self.judge(transaction, live, now)

    # Judge

    def judge(self, transaction: Transaction, live: LiveBatch, now: int) -> None:
        """Judge a batch as of now."""
        self._judge.judge(transaction, live, now)

    def tick(self, transaction: Transaction, now: int) -> None:
        """Judge the batches that are due, and forget those that are long over."""
        if 0 <= now - self.looked_at < LOOK_EVERY:
            return
        self.looked_at = now
        due = [live for live in self.live.values() if live.batch.runs and now - live.judged_at >= JUDGE_EVERY]
        for live in sorted(due, key=lambda live: live.judged_at)[:MOST_A_TICK]:
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
