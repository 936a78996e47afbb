"""Issue the verdicts of batches, and raise the alarms that follow from them."""

from collections.abc import Mapping

import msgspec

from gateway.config.plan import HaccpPlan
from gateway.haccp.rules.cooling_forecast import Curve
from gateway.haccp.rules.verdict import FORESEEN, Verdict
from gateway.monitoring.batches.alarms import BatchAlarms
from gateway.monitoring.batches.batch import BatchState
from gateway.monitoring.batches.fold import BatchFold, JudgedControl
from gateway.monitoring.batches.live import LiveBatch, RoomLog
from gateway.monitoring.batches.records import verdict_event, verdict_row
from gateway.monitoring.batches.verdicts import IssuedVerdict, is_due, judged_across_jump
from gateway.monitoring.points.point import LivePoint
from gateway.records.transaction import Transaction

NEVER_AGAIN = 1 << 62


class BatchJudge:
    """Judges batches by their folds and by the air of their rooms.

    Attributes:
        plan: the HACCP plan.
        rooms: for each point the one that measures the air around it.
        alarms: of the batches.
    """

    def __init__(
        self, plan: HaccpPlan, alarms: BatchAlarms, points: Mapping[str, LivePoint], *, changed: dict[str, LiveBatch]
    ) -> None:
        """`changed` takes each batch that is judged, by its id."""
        self.plan = plan
        self.alarms = alarms
        self.rooms = {point.id: point.plan.room for point in points.values() if point.plan.room is not None}
        self._changed = changed
        self._logs = {room: RoomLog() for room in self.rooms.values()}
        for room, log in self._logs.items():
            points[room].listeners.append(log)

    def judge(self, transaction: Transaction, live: LiveBatch, now: int) -> None:
        """Judge a batch as of now: issue the verdicts that are due, and update its alarms."""
        live.judged_at = now
        fold, batch = live.fold, live.batch
        if fold is None or batch.state is BatchState.DECLINED:
            return
        final = not batch.runs
        jump = batch.clock_jump
        until = None if final else now if jump is None else jump.begin
        live.judged = fold.judged(until, room=self._room(live, fold), marks=batch.marks)
        if jump is not None:
            live.judged = [judged_across_jump(judged, jump) for judged in live.judged]
        for judged in live.judged:
            trace_hash = fold.trace_hash(judged.source) if final else ""
            if is_due(live.issued.get((judged.control, judged.source)), judged, final=final, trace_hash=trace_hash):
                self._issue(transaction, live, judged, final=final, now=now)
        self.alarms.update(transaction, live, now)
        self._changed[batch.id] = live

    def _room(self, live: LiveBatch, fold: BatchFold) -> Curve:
        """The readings of the room while the food cooled; before a start, what the journal had."""
        last = fold.last
        log = None if last is None else self._logs.get(self.rooms.get(last.sensor or "", ""))
        if last is None or log is None:
            return live.room
        since_start = tuple(reading for reading in log.readings if reading[0] <= last.at)
        start = since_start[0][0] if since_start else NEVER_AGAIN
        return (*(reading for reading in live.room if reading[0] < start), *since_start)

    def _issue(
        self, transaction: Transaction, live: LiveBatch, judged: JudgedControl, *, final: bool, now: int
    ) -> None:
        before = live.issued.get((judged.control, judged.source))
        number = 1 if before is None else int(before.key.rpartition(".")[2]) + 1
        issued = IssuedVerdict(
            key=f"{live.batch.id}.{judged.control}.{judged.source}.{number}",
            batch=live.batch.id,
            control=judged.control,
            source=judged.source,
            verdict=_since_first_foreseen(before, judged.verdict),
            final=final,
            late=live.late,
            trace_hash=live.fold.trace_hash(judged.source) if live.fold is not None else "",
            computed_at=now,
            supersedes=None if before is None else before.key,
            profile=self.plan.profile.id,
            profile_hash=self.plan.profile_hash,
            approved_by=self.plan.approved_by,
            limits=dict(judged.built.shown),
            overrides=self.plan.shown_overrides(judged.control, live.batch.food),
        )
        live.issued[judged.control, judged.source] = issued
        transaction.verdicts.append(verdict_row(issued))
        transaction.events.append(verdict_event(issued))


def _since_first_foreseen(before: IssuedVerdict | None, verdict: Verdict) -> Verdict:
    """A forecast that stands was certain when it was first issued, not when it was last made."""
    if before is None or verdict.outcome not in FORESEEN or before.verdict.outcome is not verdict.outcome:
        return verdict
    return msgspec.structs.replace(verdict, decided_at=before.verdict.decided_at)
