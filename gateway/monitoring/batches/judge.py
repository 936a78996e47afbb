"""The verdicts of batches of food: what is news becomes a record and an event, and what follows is told."""

from collections.abc import Mapping

import msgspec

from gateway.config.plan import HaccpPlan
from gateway.haccp.rules.cooling_forecast import Curve
from gateway.haccp.rules.verdict import FORESEEN, Verdict
from gateway.monitoring.batches.alarms import BatchAlarms
from gateway.monitoring.batches.batch import BatchState
from gateway.monitoring.batches.fold import BatchFold, Judged
from gateway.monitoring.batches.live import LiveBatch, RoomLog
from gateway.monitoring.batches.records import verdict_event, verdict_row
from gateway.monitoring.batches.verdicts import Given, is_news, undatable
from gateway.monitoring.points.point import LivePoint
from gateway.records.transaction import Transaction


class BatchJudge:
    """Judges batches by their folds and by what their rooms' air was."""

    def __init__(self, plan: HaccpPlan, alarms: BatchAlarms, points: Mapping[str, LivePoint]) -> None:
        self.plan = plan
        self.rooms = {point.id: point.plan.room for point in points.values() if point.plan.room is not None}
        """The point that measures the air around one."""
        self._alarms = alarms
        self._logs = {room: RoomLog() for room in self.rooms.values()}
        for room, log in self._logs.items():
            points[room].listeners.append(log)

    def judge(self, transaction: Transaction, live: LiveBatch, now: int) -> bool:
        """Give the verdicts that are news, and let somebody hear what must be heard. False: nothing to judge yet."""
        live.judged_at = now
        fold, batch = live.fold, live.batch
        if fold is None or batch.state is BatchState.DECLINED:
            return False
        final = not batch.runs
        jump = batch.clock_jump
        until = None if final else now if jump is None else jump.begin
        live.judged = fold.judged(until, room=self._room(live, fold), marks=batch.marks)
        if jump is not None:
            live.judged = [undatable(found, jump) for found in live.judged]
        for found in live.judged:
            trace_hash = fold.trace_hash(found.source) if final else ""
            if is_news(live.given.get((found.control, found.source)), found, final=final, trace_hash=trace_hash):
                self._give(transaction, live, found, final=final, now=now)
        self._alarms.update(transaction, live, now)
        return True

    def _room(self, live: LiveBatch, fold: BatchFold) -> Curve:
        """What was measured of the room while it cooled; before a start, what the journal has."""
        last = fold.last
        log = None if last is None else self._logs.get(self.rooms.get(last.sensor or "", ""))
        if last is None or log is None:
            return live.room
        heard = tuple(reading for reading in log.readings if reading[0] <= last.at)
        before = heard[0][0] if heard else 1 << 62
        return (*(reading for reading in live.room if reading[0] < before), *heard)

    def _give(self, transaction: Transaction, live: LiveBatch, found: Judged, *, final: bool, now: int) -> None:
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
        transaction.verdicts.append(verdict_row(given))
        transaction.events.append(verdict_event(given))


def _since_first_foreseen(before: Given | None, verdict: Verdict) -> Verdict:
    """A forecast that stands was certain when it was first given, not when it was last made."""
    if before is None or verdict.outcome not in FORESEEN or before.verdict.outcome is not verdict.outcome:
        return verdict
    return msgspec.structs.replace(verdict, decided_at=before.verdict.decided_at)
