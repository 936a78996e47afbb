"""The batches of food of a kitchen as they stand: they follow their sensors, are judged, and draw up what follows.

No I/O and no clock: readings, marks and ticks bring their time along. What is judged is gateway.batches.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from gateway.batch_records import Said, as_row, batch_event, typed_row, verdict_event, verdict_row
from gateway.batch_refold import SUBJECT, BatchRefolded, BatchRequest
from gateway.batches import watch
from gateway.batches.batch import BatchMark, BatchState, FoodBatch, Offer, Proposal, Step, next_id
from gateway.batches.fold import BatchFold, Judged, TypedReading
from gateway.batches.standing import (
    FORESEEN,
    LEVEL_OF,
    Given,
    Level,
    Reason,
    happened_at,
    is_news,
    number_of,
    reason_of,
)
from gateway.board import BatchAlarm, Board
from gateway.config import BatchControl
from gateway.config.plan import Plan
from gateway.journal.records import Batch
from gateway.live import LivePoint
from gateway.live_batch import CookWatch, LiveBatch, RoomLog
from gateway.rules.cooling_forecast import Curve
from gateway.rules.trace import MINUTE, SECOND, Happening, Mark
from gateway.rules.verdict import Outcome, Verdict

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
        self, plan: Plan, board: Board, points: Mapping[str, LivePoint], zone: ZoneInfo, language: str
    ) -> None:
        self.plan = plan
        self.live: dict[str, LiveBatch] = {}
        self.changed: dict[str, LiveBatch] = {}
        """Batches that changed since people were last told; who tells them clears it."""
        self.watches: dict[str, CookWatch] = {}
        self.rooms = {point.id: point.plan.room for point in points.values() if point.plan.room is not None}
        self.gaps = {point.id: point.plan.max_gap for point in points.values()}
        self._looked_at = 0
        self._board = board
        self._points = points
        self._zone = zone
        self._language = language
        self._logs = {room: RoomLog() for room in self.rooms.values()}
        for room, log in self._logs.items():
            points[room].listeners.append(log)
        for point in points.values():
            if point.plan.measures == "food":
                self.watches[point.id] = CookWatch(self, point.plan.max_gap)
                point.listeners.append(self.watches[point.id])

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

    def begin(self, journal: Batch, batch: FoodBatch, *, key: str, now: int) -> LiveBatch:
        """A new batch. `key`: what its event is called."""
        live = LiveBatch(self, batch)
        self._add(live, batch)
        kind = "batch_proposed" if batch.state is BatchState.PROPOSED else "batch_opened"
        said = Said(kind=kind, key=key, at=now, person=batch.opened_by)
        self._drawn(journal, live, said)
        self.ask_refold(journal, live)
        return live

    def _add(self, live: LiveBatch, batch: FoodBatch) -> None:
        self.live[batch.id] = live
        self._follow(live, batch)

    def _follow(self, live: LiveBatch, batch: FoodBatch) -> None:
        live.changed(batch)
        for name in live.stays:
            point = self._points.get(name)
            if point is not None and live not in point.listeners:
                point.listeners.append(live)

    def mark(self, journal: Batch, live: LiveBatch, mark: BatchMark, *, key: str, now: int) -> None:
        """Something happened to the batch: now, or as somebody says later."""
        self._follow(live, live.batch.marked(mark))
        body = msgspec.to_builtins(mark)
        self._drawn(journal, live, Said(kind="batch_marked", key=key, at=now, person=mark.person, body=body))
        replaces = any(one.event is mark.event and one.proposed for one in live.batch.marks) and not mark.proposed
        past_reading = mark.event is Happening.MOVED and mark.at < now
        if replaces or past_reading:
            self.ask_refold(journal, live)
        else:
            live.take_said(journal, Mark(mark.at, mark.event))
        self.judge(journal, live, now)

    def step(self, journal: Batch, live: LiveBatch, step: Step, *, who: str, key: str, now: int) -> None:
        """Accepted, declined or closed by a person.

        Raises:
            ForbiddenStepError: not in this state.
        """
        self._follow(live, live.batch.took(step, at=now, who=who))
        kinds = {Step.ACCEPT: "batch_accepted", Step.DECLINE: "batch_declined", Step.CLOSE: "batch_closed"}
        self._drawn(journal, live, Said(kind=kinds[step], key=key, at=now, person=who))
        self.judge(journal, live, now)
        for alarm in [alarm for alarm in self._board.active if alarm.batch == live.batch.id]:
            if step is Step.DECLINE:
                self._board.remove(journal, alarm, at=now)
            elif step is Step.CLOSE:
                self._board.return_normal(journal, alarm.subject, alarm.level, at=now)

    def describe(self, journal: Batch, live: LiveBatch, batch: FoodBatch) -> None:
        """A person says what food a proposed batch is; the step that follows keeps it."""
        other_limits = batch.food != live.batch.food
        self._follow(live, batch)
        if other_limits:
            self.ask_refold(journal, live)

    def answer_cooling(self, journal: Batch, live: LiveBatch, *, accept: bool, who: str, key: str, now: int) -> None:
        """The food is being cooled, or it is served hot and its cooling is nobody's concern."""
        batch = live.batch.without_offer(Proposal.COOLING)
        if not accept:
            kept = tuple(control for control in batch.controls if control is not BatchControl.COOLING)
            batch = msgspec.structs.replace(batch, controls=kept)
        self._follow(live, batch)
        kind = "cooling_accepted" if accept else "cooling_declined"
        self._drawn(journal, live, Said(kind=kind, key=key, at=now, person=who))
        if not accept:
            for alarm in [alarm for alarm in self._board.active if alarm.subject == f"{batch.id}.cooling"]:
                self._board.remove(journal, alarm, at=now)
            self.ask_refold(journal, live)

    def type(self, journal: Batch, live: LiveBatch, reading: TypedReading, *, key: str, now: int) -> None:
        """A person has typed a reading of this batch."""
        live.typed.append(reading)
        journal.typed.append(typed_row(reading))
        body = msgspec.to_builtins(reading)
        self._drawn(journal, live, Said(kind="typed_reading", key=key, at=now, person=reading.person, body=body))
        live.take_said(journal, reading)
        self.judge(journal, live, now)

    def _drawn(self, journal: Batch, live: LiveBatch, said: Said) -> None:
        journal.events.append(batch_event(live.batch, said))
        journal.food_batches[live.batch.id] = as_row(live.batch)
        self.changed[live.batch.id] = live

    # What the trace proposes

    def cook_began(self, journal: Batch, point: LivePoint, began: watch.Began, now: int) -> None:
        """A probe climbed through 57 °C: a batch is proposed, or the one that is there began to cook."""
        mark = BatchMark(at=began.at, event=Happening.COOKING_STARTED, proposed=True)
        there = self.at(point.id)
        for live in there:
            if not live.batch.has_mark(Happening.COOKING_STARTED):
                self.mark(journal, live, mark, key=f"cook:{live.batch.id}:{began.at}", now=now)
        if not there:
            batch = FoodBatch(
                id=self.new_id(began.since),
                product=point.plan.name[self._language],
                state=BatchState.PROPOSED,
                opened_at=began.since,
                controls=self.plan.batch_controls,
                point=point.id,
                marks=(mark,),
                offers=(Offer(Proposal.COOK, began.at),),
            )
            self.begin(journal, batch, key=f"batch_proposed:{batch.id}", now=now)

    def cook_ended(self, journal: Batch, point: LivePoint, at: int, now: int) -> None:
        """The heat is off: the clocks of cooling and of eating start, if what was cooked is done."""
        for live in self.at(point.id):
            batch = live.batch
            if batch.has_mark(Happening.COOKING_ENDED) or not self._is_cooked(live, now):
                continue
            if BatchControl.COOLING in batch.controls:
                self._follow(live, msgspec.structs.replace(batch, offers=(*batch.offers, Offer(Proposal.COOLING, at))))
            mark = BatchMark(at=at, event=Happening.COOKING_ENDED, proposed=True)
            self.mark(journal, live, mark, key=f"cooked:{batch.id}:{at}", now=now)

    def _is_cooked(self, live: LiveBatch, now: int) -> bool:
        if BatchControl.COOKING not in live.batch.controls:
            return True
        judged = [] if live.fold is None else live.fold.judged(now, room=(), marks=live.batch.marks)
        return any(one.control is BatchControl.COOKING and one.verdict.outcome is Outcome.PASS for one in judged)

    def at(self, point: str) -> list[LiveBatch]:
        """The batches that are at a sensor now."""
        return [live for live in self.live.values() if live.batch.at_point == point]

    def of(self, subject: str) -> LiveBatch | None:
        """The batch of a subject of `refold_due`."""
        return self.live.get(subject.removeprefix(SUBJECT)) if subject.startswith(SUBJECT) else None

    def new_id(self, at: int) -> str:
        """An id for a batch that begins at `at`."""
        day = (_EPOCH + timedelta(microseconds=at)).astimezone(self._zone).strftime("%Y%m%d")
        return next_id(day, self.live)

    # What is folded anew

    def ask_refold(self, journal: Batch, live: LiveBatch) -> None:
        """Have a batch folded anew; the journal remembers it until that is done."""
        live.asked += 1
        live.tail = []
        journal.refold_due[f"{SUBJECT}{live.batch.id}"] = live.batch.opened_at

    def late(self, journal: Batch, point: str, at: int) -> None:
        """A reading came after its time: batches that were at its sensor then are folded anew, closed ones too."""
        for live in self.live.values():
            if live.batch.state is not BatchState.DECLINED and live.has(point, at):
                live.late = True
                self.ask_refold(journal, live)

    def corrected(self, journal: Batch, point: str, since: int) -> None:
        """The calibration of a sensor has changed from `since` on: batches that were at it are folded anew."""
        for live in self.live.values():
            there = any(stay.until is None or stay.until > since for stay in live.stays.get(point, ()))
            if live.batch.state is not BatchState.DECLINED and there:
                live.late = True
                self.ask_refold(journal, live)

    def request_of(self, subject: str) -> BatchRequest | None:
        """What has to be folded for a subject; None when it is no batch of ours."""
        live = self.of(subject)
        if live is None:
            return None
        corrections = {point.id: point.corrections for point in self._points.values()}
        return BatchRequest(live.batch, self.plan, self.gaps, corrections, self.rooms, tuple(live.typed), live.asked)

    def take_refolded(self, journal: Batch, result: BatchRefolded, now: int) -> None:
        """Go on from a fold over the whole batch, unless something has come since that it lacks."""
        live = self.live.get(result.batch)
        if live is None or live.asked != result.asked:
            return
        tail, live.tail = live.tail or [], None
        live.fold, live.room = result.fold, result.room
        for sample in tail:
            if result.fold.last is None or sample.at > result.fold.last.at:
                result.fold.take(sample)
        journal.refold_done.append(f"{SUBJECT}{result.batch}")
        self.judge(journal, live, now)
        live.late = False

    # Judging

    def tick(self, journal: Batch, now: int) -> None:
        """Time passes: judge what is due, forget what is long over."""
        if now - self._looked_at < LOOK_EVERY:
            return
        self._looked_at = now
        due = [live for live in self.live.values() if live.batch.runs and now - live.judged_at >= JUDGE_EVERY]
        for live in sorted(due, key=lambda one: one.judged_at)[:MOST_A_TICK]:
            self.judge(journal, live, now)
        for live in [live for live in self.live.values() if not live.batch.runs]:
            self._forget(live, now - (live.batch.closed_at or 0))

    def _forget(self, live: LiveBatch, ended_ago: int) -> None:
        if ended_ago >= STRAGGLERS:
            for name in live.stays:
                point = self._points.get(name)
                if point is not None and live in point.listeners:
                    point.listeners.remove(live)
        if ended_ago >= KEPT:
            del self.live[live.batch.id]

    def judge(self, journal: Batch, live: LiveBatch, now: int) -> None:
        """Give the verdicts that are news, and let somebody hear what must be heard."""
        live.judged_at = now
        fold, batch = live.fold, live.batch
        if fold is None or batch.state is BatchState.DECLINED:
            return
        final = not batch.runs
        live.judged = fold.judged(None if final else now, room=self._room(live, fold), marks=batch.marks)
        self.changed[batch.id] = live
        for found in live.judged:
            trace_hash = fold.trace_hash(found.source) if final else ""
            if is_news(live.given.get((found.control, found.source)), found, final=final, trace_hash=trace_hash):
                self._give(journal, live, found, final=final, now=now)
        for control in batch.controls:
            self._alarm(journal, live, [found for found in live.judged if found.control is control], now)

    def _room(self, live: LiveBatch, fold: BatchFold) -> Curve:
        """What was measured of the room while it cooled; before a start, what the journal has."""
        last = fold.last
        log = None if last is None else self._logs.get(self.rooms.get(last.sensor or "", ""))
        if last is None or log is None:
            return live.room
        heard = tuple(reading for reading in log.readings if reading[0] <= last.at)
        before = heard[0][0] if heard else 1 << 62
        return (*(reading for reading in live.room if reading[0] < before), *heard)

    def _give(self, journal: Batch, live: LiveBatch, found: Judged, *, final: bool, now: int) -> None:
        before = live.given.get((found.control, found.source))
        number = 1 if before is None else int(before.key.rpartition(".")[2]) + 1
        given = Given(
            key=f"{live.batch.id}.{found.control}.{found.source}.{number}",
            batch=live.batch.id,
            control=found.control,
            source=found.source,
            verdict=_since_first_foreseen(before, found.verdict),
            final=final,
            late=live.late,
            trace_hash=live.fold.trace_hash(found.source) if live.fold is not None else "",
            computed_at=now,
            supersedes=None if before is None else before.key,
            profile=self.plan.profile.id,
            profile_hash=self.plan.profile_hash,
            approved_by=self.plan.approved_by,
            limits=dict(found.built.shown),
            overrides=self.plan.shown_overrides(found.control, live.batch.food),
        )
        live.given[found.control, found.source] = given
        journal.verdicts.append(verdict_row(given))
        journal.events.append(verdict_event(given))

    def _alarm(self, journal: Batch, live: LiveBatch, found: list[Judged], now: int) -> None:
        told = [(reason, one) for one in found if (reason := reason_of(one, now)) is not None]
        told.sort(key=lambda pair: LEVEL_OF[pair[0]] is not Level.CRITICAL)
        if told:
            self._raise(journal, live, *told[0], now)
        elif found:
            subject = f"{live.batch.id}.{found[0].control}"
            if live.late:
                live.held.add(subject)
            if subject not in live.held:
                self._board.return_normal(journal, subject, Level.WARNING, at=now)

    def _raise(self, journal: Batch, live: LiveBatch, reason: Reason, found: Judged, now: int) -> None:
        subject, level = f"{live.batch.id}.{found.control}", LEVEL_OF[reason]
        if self._board.is_standing(subject, Level.CRITICAL) or self._board.is_standing(subject, level):
            return
        ended = live.batch.closed_at
        if ended is not None and (found.control, level) in live.told:
            return
        live.told.add((found.control, level))
        if level is Level.CRITICAL:
            self._board.supersede(journal, subject, at=now)
        value, limit = number_of(found)
        alarm = BatchAlarm(
            batch=live.batch.id,
            control=found.control,
            level=level,
            reason=reason,
            at=happened_at(found, now),
            point=None if live.fold is None or live.fold.last is None else live.fold.last.sensor,
            value=value,
            limit=limit,
        )
        self._board.raise_batch(journal, alarm, known_at=now, late=live.late)
        if ended is not None:
            self._board.return_normal(journal, subject, level, at=max(ended, alarm.at))


def _since_first_foreseen(before: Given | None, verdict: Verdict) -> Verdict:
    """A forecast that stands was certain when it was first given, not when it was last made."""
    if before is None or verdict.outcome not in FORESEEN or before.verdict.outcome is not verdict.outcome:
        return verdict
    return msgspec.structs.replace(verdict, decided_at=before.verdict.decided_at)
