"""Follow a batch that runs, and the air of the room that it cools in, as readings come."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from gateway.haccp.rules.cooling_forecast import Curve
from gateway.haccp.rules.trace import Mark, Sample
from gateway.monitoring.batches.batch import FoodBatch, PointStay
from gateway.monitoring.batches.fold import BatchFold, JudgedControl, ReadingSource, TypedReading
from gateway.monitoring.batches.refold import ROOM_KEPT
from gateway.monitoring.batches.verdicts import IssuedVerdict
from gateway.monitoring.points.point import LivePoint
from gateway.records.quality import doubt_of
from gateway.records.time_shift import moved
from gateway.records.transaction import Transaction

ControlSource = tuple[str, ReadingSource]
"""A kind of control, and by whose readings it is judged."""
DoubtedSample = tuple[Sample, str | None]
"""A reading, and why it is uncertain although it is judged."""


class RefoldQueue(Protocol):
    """Has batches judged again from the journal (BatchRefolds)."""

    def ask(self, transaction: Transaction, live: "LiveBatch") -> None: ...


@dataclass(slots=True)
class AlarmMemory:
    """What a batch remembers of its alarms.

    Attributes:
        raised: kind of control and level of all of them so far: after the batch's end none comes twice.
        held: the controls whose warning late readings would have ended; they end none.
    """

    raised: set[tuple[str, str]] = field(default_factory=set)
    held: set[str] = field(default_factory=set)


@dataclass(slots=True, eq=False)
class LiveBatch:
    """A batch with the state of its rules and its verdicts.

    Attributes:
        refolds: has it judged again.
        batch: as it stands.
        fold: its rules; None from a start until it is folded from the journal.
        tail: while it is being folded again, the readings that came meanwhile.
        asked: how often a refold has been asked for.
        late: readings that came after their time are being folded.
        corrected: readings whose calibration has changed are being folded.
        issued: the verdicts in the records.
        judged: its controls as they stand.
        judged_at: since when.
        typed: what people typed for it.
        room: the readings of the room before a start.
        alarms: what it remembers of them.
        stays: at which sensor it was when.
    """

    refolds: RefoldQueue
    batch: FoodBatch
    fold: BatchFold | None = None
    tail: list[DoubtedSample] | None = None
    asked: int = 0
    late: bool = False
    corrected: bool = False
    issued: dict[ControlSource, IssuedVerdict] = field(default_factory=dict)
    judged: list[JudgedControl] = field(default_factory=list)
    judged_at: int = 0
    typed: list[TypedReading] = field(default_factory=list)
    room: Curve = ()
    alarms: AlarmMemory = field(default_factory=AlarmMemory)
    stays: dict[str, list[PointStay]] = field(default_factory=dict)

    @property
    def judges_past(self) -> bool:
        """What is being folded is about the past: no alarm is withdrawn for it."""
        return self.late or self.corrected

    def become(self, batch: FoodBatch) -> None:
        """Go on as the batch is now."""
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
        """Take a reading, mostly the newest; `doubt`: why it is uncertain although it is judged."""
        fold, tail = self.fold, self.tail
        if fold is not None and tail is None and sample.at > fold.newest_at:
            fold.take_sample(sample, doubt)
            return
        before = tail[-1][0].at if fold is None and tail else None
        if (fold is not None and fold.comes_late(sample)) or (before is not None and sample.at < before):
            self.refolds.ask(transaction, self)
            return
        if fold is not None:
            fold.take_sample(sample, doubt)
        if tail is not None:
            tail.append((sample, doubt))

    def take_entry(self, transaction: Transaction, entry: Mark | TypedReading) -> None:
        """Take what a person entered, of now or of the past. The batch has it already, so that a refold has it, too."""
        if self.fold is None or self.tail is not None or self.fold.comes_late(entry):
            self.refolds.ask(transaction, self)
        if self.fold is not None and not self.fold.comes_late(entry):
            self.fold.take(entry)


@dataclass(slots=True, eq=False)
class RoomLog:
    """Remembers the last hour of a point that measures the air of a room."""

    readings: deque[tuple[int, float]] = field(default_factory=deque)

    def take_reading(self, _transaction: Transaction, _point: LivePoint, sample: Sample, _now: int) -> None:
        """Take a reading of the room."""
        self.readings.append((sample.at, sample.value))
        while self.readings[0][0] < sample.at - ROOM_KEPT:
            self.readings.popleft()

    def redate(self, _transaction: Transaction, _point: str, move: Callable[[int], int]) -> None:
        """Go on by another clock."""
        self.readings = deque(moved(list(self.readings), move))
