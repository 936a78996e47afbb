"""Judge a batch again from the journal: after a start, after a mark of the past, after late readings."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from gateway.config.plan import HaccpPlan
from gateway.haccp.rules.cooling_forecast import Curve
from gateway.haccp.rules.trace import HOUR, Mark, Sample
from gateway.journal.history.judged import Rest, doubted_readings, judged_readings
from gateway.journal.history.readings import FOR_EVER
from gateway.monitoring.batches.batch import FoodBatch
from gateway.monitoring.batches.fold import BatchFold, SensorTraits, TypedReading, rank
from gateway.records.corrections import Corrections

ROOM_KEPT = HOUR
"""Of the room's readings: as long as the forecast's window."""
NO_DOUBTS: Mapping[tuple[str | None, int], str] = {}
SUBJECT = "batch:"
"""Stands before a batch's id where controls are named by their ids alone."""


@dataclass(frozen=True, slots=True)
class BatchRefolded:
    """A batch that was judged again.

    Attributes:
        batch: its id.
        asked: how often a refold had been asked for when this one began.
        fold: over all that the journal has of the batch.
        room: the readings of its room in the last hour.
    """

    batch: str
    asked: int
    fold: BatchFold
    room: Curve


@dataclass(frozen=True, slots=True)
class BatchRefold:
    """The order to judge a batch again.

    Attributes:
        batch: as it stands.
        plan: the HACCP plan.
        sensors: what is known of each point's sensor.
        corrections: of the calibration of each point.
        rooms: for each point the one that measures the air around it.
        typed: what people typed for the batch.
        asked: how often a refold has been asked for.
    """

    batch: FoodBatch
    plan: HaccpPlan
    sensors: Mapping[str, SensorTraits]
    corrections: Mapping[str, Corrections]
    rooms: Mapping[str, str]
    typed: tuple[TypedReading, ...]
    asked: int

    @property
    def subject(self) -> str:
        return f"{SUBJECT}{self.batch.id}"

    def fold(self, connection: sqlite3.Connection, rest: Rest) -> BatchRefolded:
        """Fold everything from the batch's beginning, in order of time."""
        readings = self._readings(connection, rest)
        samples = [sample for sample, _ in readings]
        doubts = {(sample.sensor, sample.at): doubt for sample, doubt in readings if doubt is not None}
        fold = fold_of(self.batch, self.plan, self.sensors, samples, self.typed, doubts=doubts)
        return BatchRefolded(self.batch.id, self.asked, fold, self._room(connection, samples, rest))

    def empty(self) -> BatchFold:
        """Return the fold of a batch that has no reading yet."""
        return fold_of(self.batch, self.plan, self.sensors, [], self.typed)

    def _readings(self, connection: sqlite3.Connection, rest: Rest) -> list[tuple[Sample, str | None]]:
        jump = self.batch.clock_jump
        end = FOR_EVER if jump is None else jump.begin
        return [
            (Sample(at, value, stay.point), doubt)
            for stay in self.batch.stays()
            for at, value, doubt in doubted_readings(
                connection,
                stay.point,
                self.corrections.get(stay.point, Corrections()),
                since=stay.since,
                until=end if stay.until is None else min(stay.until, end),
                rest=rest,
            )
        ]

    def _room(self, connection: sqlite3.Connection, samples: list[Sample], rest: Rest) -> Curve:
        last = samples[-1] if samples else None
        room = None if last is None else self.rooms.get(last.sensor or "")
        if last is None or room is None:
            return ()
        corrections = self.corrections.get(room, Corrections())
        since = last.at - ROOM_KEPT
        return tuple(judged_readings(connection, room, corrections, since=since, until=last.at + 1, rest=rest))


def fold_of(
    batch: FoodBatch,
    plan: HaccpPlan,
    sensors: Mapping[str, SensorTraits],
    samples: list[Sample],
    typed: tuple[TypedReading, ...],
    *,
    doubts: Mapping[tuple[str | None, int], str] = NO_DOUBTS,
) -> BatchFold:
    """Return the fold over all readings and marks of a batch, in order of time; `doubts`: by sensor and time."""
    fold = BatchFold(batch, plan, sensors)
    events: list[Sample | Mark | TypedReading] = [*samples, *typed, *batch.events()]
    for event in sorted(events, key=lambda event: (event.at, rank(event))):
        if isinstance(event, Sample):
            fold.take_sample(event, doubts.get((event.sensor, event.at)))
        else:
            fold.take(event)
    return fold
