"""Propose cooks and their ends by the probes in food. A proposal counts at once, until a person says otherwise."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from gateway.haccp.limits.cooking import COOKING
from gateway.haccp.limits.cooling import COOLING
from gateway.haccp.rules.trace import SECOND, Happening, Sample
from gateway.haccp.rules.verdict import Outcome
from gateway.monitoring.batches import cook_detector
from gateway.monitoring.batches.batch import BatchMark, BatchState, FoodBatch, Offer, Proposal
from gateway.monitoring.batches.batches import FoodBatches
from gateway.monitoring.batches.cook_detector import CookBegan, CookEnded, CookState
from gateway.monitoring.batches.live import LiveBatch
from gateway.monitoring.points.point import LivePoint
from gateway.records.time_shift import moved
from gateway.records.transaction import Fold, Transaction

CHECKPOINT_EVERY = 60 * SECOND
"""Microseconds of readings that a start detects again at most."""


class CookProposals:
    """Watches every point that measures food, and proposes what the watches detect."""

    def __init__(self, batches: FoodBatches, points: Iterable[LivePoint], language: str) -> None:
        self.watches = {
            point.id: CookWatch(self, point.plan.max_gap) for point in points if point.plan.measures == "food"
        }
        self._batches = batches
        self._language = language
        for point in points:
            if point.id in self.watches:
                point.listeners.append(self.watches[point.id])

    def began(self, transaction: Transaction, point: LivePoint, cook: CookBegan, now: int) -> None:
        """Propose a batch, or mark that the batch at this point began to cook."""
        mark = BatchMark(at=cook.at, event=Happening.COOKING_STARTED, proposed=True)
        batches = self._batches.at(point.id)
        for live in batches:
            if not live.batch.has_mark(Happening.COOKING_STARTED):
                self._batches.mark(transaction, live, mark, key=f"cook:{live.batch.id}:{cook.at}", now=now)
        if not batches:
            batch = FoodBatch(
                id=self._batches.new_id(cook.since),
                product=point.plan.name[self._language],
                state=BatchState.PROPOSED,
                opened_at=cook.since,
                controls=self._batches.plan.batch_controls,
                point=point.id,
                marks=(mark,),
                offers=(Offer(Proposal.COOK, cook.at),),
            )
            self._batches.begin(transaction, batch, key=f"batch_proposed:{batch.id}", now=now)

    def ended(self, transaction: Transaction, point: LivePoint, at: int, now: int) -> None:
        """Mark that the batch at this point is cooked, if it is: its cooling and the time to eat it by begin."""
        for live in self._batches.at(point.id):
            batch = live.batch
            if batch.has_mark(Happening.COOKING_ENDED) or not _is_cooked(live, now):
                continue
            if COOLING.name in batch.controls:
                self._batches.offer(live, Offer(Proposal.COOLING, at))
            mark = BatchMark(at=at, event=Happening.COOKING_ENDED, proposed=True)
            self._batches.mark(transaction, live, mark, key=f"cooked:{batch.id}:{at}", now=now)


def _is_cooked(live: LiveBatch, now: int) -> bool:
    if COOKING.name not in live.batch.controls:
        return True
    judged = [] if live.fold is None else live.fold.judged(now, room=(), marks=live.batch.marks)
    return any(one.control == COOKING.name and one.as_read.outcome is Outcome.PASS for one in judged)


@dataclass(slots=True, eq=False)
class CookWatch:
    """Follows a probe in food.

    Attributes:
        proposals: takes what is detected.
        max_gap: the longest step between two readings that is no gap, in microseconds.
        state: of the detector.
        saved_at: the newest reading in the state that the journal has.
    """

    proposals: "CookProposals"
    max_gap: int
    state: CookState = field(default_factory=CookState)
    saved_at: int = 0

    def take_reading(self, transaction: Transaction, point: LivePoint, sample: Sample, now: int) -> None:
        """Take the next reading of the probe."""
        at = sample.at
        self.state, changes = cook_detector.detect(self.state, sample, self.max_gap)
        for change in changes:
            match change:
                case CookBegan():
                    self.proposals.began(transaction, point, change, now)
                case CookEnded(at=ended):
                    self.proposals.ended(transaction, point, ended, now)
        if changes or at - self.saved_at >= CHECKPOINT_EVERY:
            self.save(transaction, point.id, at)

    def redate(self, transaction: Transaction, point: str, move: Callable[[int], int]) -> None:
        """Go on by another clock."""
        if self.state.last is not None:
            self.state = moved(self.state, move)
            self.save(transaction, point, move(self.saved_at))

    def save(self, transaction: Transaction, point: str, at: int) -> None:
        """Record the state after the reading of this time."""
        self.saved_at = at
        subject = f"cook:{point}"
        transaction.folds[subject] = Fold(subject, cook_detector.VERSION, at, cook_detector.to_json(self.state))
