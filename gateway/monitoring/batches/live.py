"""A batch that runs, and what else it listens to: the air of the room that it cools in."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from gateway.haccp.rules.cooling_forecast import Curve
from gateway.haccp.rules.trace import Mark, Sample
from gateway.monitoring.batches.batch import FoodBatch, Stay
from gateway.monitoring.batches.fold import BatchFold, Judged, Source, TypedReading
from gateway.monitoring.batches.refold import ROOM_KEPT
from gateway.monitoring.batches.verdicts import Given
from gateway.monitoring.points.point import LivePoint
from gateway.records.quality import doubt_of
from gateway.records.time_shift import moved
from gateway.records.transaction import Transaction

Key = tuple[str, Source]
Heard = tuple[Sample, str | None]
"""A reading, and why it is uncertain although it is judged."""


class Owner(Protocol):
    """Whose batches these are."""

    def ask_refold(self, transaction: Transaction, live: "LiveBatch") -> None: ...


@dataclass(slots=True, eq=False)
class LiveBatch:
    """A batch, where its fold stands, and the verdicts that stand. `fold` is None until it is folded after a start."""

    owner: Owner
    batch: FoodBatch
    fold: BatchFold | None = None
    tail: list[Heard] | None = None
    """While it is being folded anew: what came meanwhile."""
    asked: int = 0
    late: bool = False
    """Readings that came after their time are being folded."""
    corrected: bool = False
    """Readings whose calibration has changed are being folded."""
    given: dict[Key, Given] = field(default_factory=dict)
    judged: list[Judged] = field(default_factory=list)
    judged_at: int = 0
    typed: list[TypedReading] = field(default_factory=list)
    room: Curve = ()
    held: set[str] = field(default_factory=set)
    """Alarms that late readings would have ended; they never do."""
    told: set[tuple[str, str]] = field(default_factory=set)
    """Control and level of all its alarms so far: after its end none comes twice."""
    stays: dict[str, list[Stay]] = field(default_factory=dict)

    @property
    def judges_past(self) -> bool:
        """What is folded tells of the past: nothing that was told is withdrawn for it."""
        return self.late or self.corrected

    def changed(self, batch: FoodBatch) -> None:
        """Another state of it."""
        self.batch = batch
        self.stays = {}
        for stay in batch.stays():
            self.stays.setdefault(stay.point, []).append(stay)

    def has(self, point: str, at: int) -> bool:
        """Whether a reading is of this batch."""
        return any(stay.has(at) for stay in self.stays.get(point, ()))

    def take_reading(self, transaction: Transaction, point: LivePoint, sample: Sample, _now: int) -> None:
        """Take a reading of a sensor that the batch is at, or was; none after its clock has jumped."""
        if self.batch.clock_jump is not None:
            return
        for stay in self.stays.get(point.id, ()):
            if stay.since <= sample.at and (stay.until is None or sample.at < stay.until):
                latest = point.latest
                doubt = None
                if latest is not None and latest.reason is not None:
                    doubt = doubt_of(latest.quality, latest.reason)
                self.take_sample(transaction, sample, doubt)

    def redate(self, _transaction: Transaction, _point: str, _move: Callable[[int], int]) -> None:
        """Stay as it is: gateway.monitoring.batches.clock_change looks after all batches at once."""

    def take_sample(self, transaction: Transaction, sample: Sample, doubt: str | None = None) -> None:
        """A reading, mostly the newest; `doubt`: what a verdict has to say of it."""
        fold, tail = self.fold, self.tail
        if fold is not None and tail is None and sample.at > fold.newest_at:
            fold.take_sample(sample, doubt)
            return
        before = tail[-1][0].at if fold is None and tail else None
        if (fold is not None and fold.comes_late(sample)) or (before is not None and sample.at < before):
            self.owner.ask_refold(transaction, self)
            return
        if fold is not None:
            fold.take_sample(sample, doubt)
        if tail is not None:
            tail.append((sample, doubt))

    def take_said(self, transaction: Transaction, said: Mark | TypedReading) -> None:
        """What a person said, of now or of the past. It is in the batch already: a fold of the whole batch has it."""
        if self.fold is None or self.tail is not None or self.fold.comes_late(said):
            self.owner.ask_refold(transaction, self)
        if self.fold is not None and not self.fold.comes_late(said):
            self.fold.take(said)


@dataclass(slots=True, eq=False)
class RoomLog:
    """What a point said of the air in the last hour."""

    readings: deque[tuple[int, float]] = field(default_factory=deque)

    def take_reading(self, _transaction: Transaction, _point: LivePoint, sample: Sample, _now: int) -> None:
        """Take a reading of the room."""
        self.readings.append((sample.at, sample.value))
        while self.readings[0][0] < sample.at - ROOM_KEPT:
            self.readings.popleft()

    def redate(self, _transaction: Transaction, _point: str, move: Callable[[int], int]) -> None:
        """Go on by another clock."""
        self.readings = deque(moved(list(self.readings), move))
