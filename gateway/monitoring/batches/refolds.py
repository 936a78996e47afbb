"""Have batches judged again from the journal: after a start, a mark of the past, late readings or a calibration."""

from collections import deque
from collections.abc import Mapping

from gateway.monitoring.batches.batch import BatchState
from gateway.monitoring.batches.fold import SensorTraits
from gateway.monitoring.batches.judge import BatchJudge
from gateway.monitoring.batches.live import LiveBatch
from gateway.monitoring.batches.refold import SUBJECT, BatchRefold, BatchRefolded
from gateway.monitoring.points.point import LivePoint
from gateway.records.transaction import Transaction


class BatchRefolds:
    """Asks for refolds, and goes on from their results. The journal remembers what is due until it is done.

    Attributes:
        sensors: what is known of each point's sensor.
        ended: ids of batches that ended long ago and wait to be judged again.
    """

    def __init__(self, live: Mapping[str, LiveBatch], judge: BatchJudge, points: Mapping[str, LivePoint]) -> None:
        self.sensors = {point.id: traits_of(point) for point in points.values()}
        self.ended: deque[str] = deque()
        self._live = live
        self._judge = judge
        self._points = points

    # Ask

    def ask(self, transaction: Transaction, live: LiveBatch) -> None:
        """Have a batch judged again."""
        live.asked += 1
        live.tail = []
        transaction.refold_due[f"{SUBJECT}{live.batch.id}"] = live.batch.opened_at

    def ask_late(self, transaction: Transaction, point: str, at: int) -> None:
        """Have the batches judged again that were at a sensor at this time, closed ones too: a reading came late."""
        for live in self._live.values():
            if live.batch.state is not BatchState.DECLINED and live.has(point, at):
                live.late = True
                self.ask(transaction, live)

    def ask_corrected(self, transaction: Transaction, point: str, since: int) -> None:
        """Have the batches judged again that were at a sensor since `since`: its calibration has changed."""
        for live in self._live.values():
            was_there = any(stay.until is None or stay.until > since for stay in live.stays.get(point, ()))
            if live.batch.state is not BatchState.DECLINED and was_there:
                live.corrected = True
                self.ask(transaction, live)

    def ask_again(self, transaction: Transaction, subject: str) -> bool:
        """Ask for what was due when the gateway stopped; False if the subject is no batch."""
        if not subject.startswith(SUBJECT):
            return False
        name = subject.removeprefix(SUBJECT)
        live = self._live.get(name)
        if live is None:
            self.ended.append(name)
        else:
            live.late = True
            self.ask(transaction, live)
        return True

    def recalibrate(self, point: LivePoint) -> None:
        """Take over how uncertain a point's readings are now."""
        self.sensors[point.id] = traits_of(point)

    # Fold

    @property
    def count(self) -> int:
        """How many batches are being folded."""
        return sum(live.tail is not None for live in self._live.values())

    def request_of(self, subject: str) -> BatchRefold | None:
        """Return the order for a subject of `refold_due`; None if it is no batch of the last days."""
        live = self._live.get(subject.removeprefix(SUBJECT)) if subject.startswith(SUBJECT) else None
        if live is None:
            return None
        return BatchRefold(
            batch=live.batch,
            plan=self._judge.plan,
            sensors=self.sensors,
            corrections={point.id: point.corrections for point in self._points.values()},
            rooms=self._judge.rooms,
            typed=tuple(live.typed),
            asked=live.asked,
        )

    def take(self, transaction: Transaction, result: BatchRefolded, now: int) -> None:
        """Go on from a result, unless something has come since that it lacks."""
        live = self._live.get(result.batch)
        if live is None or live.asked != result.asked:
            return
        tail, live.tail = live.tail or [], None
        live.fold, live.room = result.fold, result.room
        for sample, doubt in tail:
            if result.fold.last is None or sample.at > result.fold.last.at:
                result.fold.take_sample(sample, doubt)
        transaction.refold_done.append(f"{SUBJECT}{result.batch}")
        self._judge.judge(transaction, live, now)
        live.late = live.corrected = False


def traits_of(point: LivePoint) -> SensorTraits:
    """Return what a fold needs to know of a point's sensor."""
    return SensorTraits(point.plan.max_gap, point.plan.uncertainty, point.corrections.checks)
