"""Judge a batch by its rules: one fold over the readings of its sensors, one over what people typed.

Typed readings are judged by themselves: they fill no gap between two readings of a sensor. Events come one by one. If
one comes late, the whole batch is folded again, with the same result as if it had been in time.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec

from gateway.config.plan import HaccpPlan
from gateway.haccp.limits.kind import Built
from gateway.haccp.limits.kinds import BATCH_KINDS, KINDS
from gateway.haccp.rules.cooling import Cooling
from gateway.haccp.rules.cooling_forecast import Curve, Newton
from gateway.haccp.rules.rule import Rule
from gateway.haccp.rules.trace import MINUTE, Happening, Mark, Sample
from gateway.haccp.rules.verdict import Verdict
from gateway.monitoring.batches.batch import BatchMark, FoodBatch
from gateway.monitoring.batches.track import SensorRules, Track
from gateway.records.corrections import uncertainty_by

TYPED_GAP = 2 * MINUTE
"""Two readings of a hand thermometer that are further apart have a gap between them."""
_FEWEST_FITTED = 40
"""Readings of a cooling that its forecast uses while it runs: more add nothing, and cost as much again."""
_BEFORE_ITS_READING = frozenset({Happening.COOKING_STARTED, Happening.REHEATING_STARTED})


class ReadingSource(StrEnum):
    """Who measured."""

    SENSOR = "sensor"
    TYPED = "typed"


class TypedStep(StrEnum):
    """What a hand thermometer was put into, and when."""

    CORE = "core"
    DELIVERY = "delivery"
    RECHECK = "recheck"


class TypedReading(msgspec.Struct, frozen=True, kw_only=True):
    """A reading that a person typed, of a batch or of a point. `value` in Cel, `at` in UTC microseconds."""

    key: str
    at: int
    value: float
    instrument: str
    person: str
    step: TypedStep = TypedStep.CORE
    batch: str | None = None
    point: str | None = None


BatchInput = Sample | Mark | TypedReading
"""What a fold takes."""


class SensorTraits(msgspec.Struct, frozen=True):
    """What is known of a sensor.

    Attributes:
        max_gap: the longest step between two readings that is no gap, in microseconds.
        uncertainty: the expanded one (U, k = 2) in K, as the plan says.
        checks: (since, U), by time: each good check holds until the next.
    """

    max_gap: int
    uncertainty: float = 0.0
    checks: tuple[tuple[int, float], ...] = ()

    def uncertainty_at(self, at: int) -> float:
        """Return U of a reading of this time."""
        return uncertainty_by(self.checks, at, self.uncertainty) if self.checks else self.uncertainty


class _Controls(NamedTuple):
    """The controls that the profile has limits for, what was built of each, and their rules."""

    kinds: tuple[str, ...]
    built: tuple[Built, ...]
    rules: SensorRules


class JudgedControl(msgspec.Struct, frozen=True):
    """The verdict of a control by one source of readings.

    Attributes:
        control: its kind.
        source: of the readings.
        verdict: with the uncertainty of the readings.
        as_read: by the readings alone; alarms and proposals go by it.
        built: its rule and limits.
    """

    control: str
    source: ReadingSource
    verdict: Verdict
    as_read: Verdict
    built: Built


class BatchFold:
    """Folds the events of one batch, in order of time. It asks no clock."""

    def __init__(self, batch: FoodBatch, plan: HaccpPlan, sensors: Mapping[str, SensorTraits]) -> None:
        """`sensors`: what is known of each point's sensor now; a calibration changes it."""
        self._plan = plan
        self._sensors = sensors
        self._food = batch.food
        self._kinds = batch.controls
        self._built: dict[tuple[int, bool], _Controls] = {}
        self._gap = min((traits.max_gap for traits in sensors.values()), default=TYPED_GAP)
        self._traits = SensorTraits(self._gap)
        self._rules = self._controls(self._gap, typed=False).rules
        self.sensor = Track(self._rules)
        self._rules_of_typed = self._controls(TYPED_GAP, typed=True).rules
        self.typed = Track(self._rules_of_typed)
        self._at_last = (-(1 << 62), 0)

    def _controls(self, gap: int, *, typed: bool) -> _Controls:
        controls = self._built.get((gap, typed))
        if controls is None:
            pairs = [
                (kind, built)
                for kind in self._kinds
                if (built := self._plan.rule(kind, self._food, gap)).rule is not None
                and not (typed and KINDS[kind].marks_only)
            ]
            rules = tuple(built.rule for _, built in pairs if built.rule is not None)
            kinds, all_built = tuple(kind for kind, _ in pairs), tuple(built for _, built in pairs)
            controls = self._built[gap, typed] = _Controls(kinds, all_built, SensorRules(rules, gap))
        return controls

    # Take

    def comes_late(self, event: BatchInput) -> bool:
        """Whether the event belongs before one that was taken: the batch must be folded again."""
        return (event.at, rank(event)) < self._at_last

    def take(self, event: BatchInput) -> None:
        """Take the next event in order of time; a sample's `sensor` is the point that the batch is at."""
        if isinstance(event, Sample):
            self.take_sample(event)
            return
        self._at_last = (event.at, rank(event))
        match event:
            case Mark():
                self.sensor.take(self._rules, event)
                self.typed.take(self._rules_of_typed, event)
            case TypedReading():
                self.typed.take(self._rules_of_typed, as_sample(event))

    def take_sample(self, sample: Sample, doubt: str | None = None) -> None:
        """Take the next reading of a sensor in order of time; `doubt`: why it is uncertain although it is judged."""
        self._at_last = (sample.at, 1)
        traits = self._sensors.get(sample.sensor or "", self._traits)
        if traits is not self._traits:
            self._traits, self._gap = traits, traits.max_gap
            self._rules = self._controls(self._gap, typed=False).rules
        self.sensor.take(self._rules, sample, traits.uncertainty_at(sample.at))
        if doubt is not None:
            self.sensor.doubts[doubt] += 1

    @property
    def newest_at(self) -> int:
        """The time of the newest event."""
        return self._at_last[0]

    @property
    def last(self) -> Sample | None:
        """The newest reading of a sensor."""
        return self.sensor.seen.last

    # Judge

    def judged(self, now: int | None, *, room: Curve, marks: tuple[BatchMark, ...]) -> list[JudgedControl]:
        """Return the verdicts of all controls that apply; `now` None: no event comes any more."""
        marked = {mark.event for mark in marks}
        by_sensor = self._judged(self.sensor, ReadingSource.SENSOR, now, room, marked)
        if not self.typed.seen.count:
            return by_sensor
        if not self.sensor.seen.count:
            by_sensor = [judged for judged in by_sensor if KINDS[judged.control].marks_only]
        return by_sensor + self._judged(self.typed, ReadingSource.TYPED, now, room, marked)

    def _judged(
        self, track: Track, source: ReadingSource, now: int | None, room: Curve, marked: set[Happening]
    ) -> list[JudgedControl]:
        gap = self._gap if source is ReadingSource.SENSOR else TYPED_GAP
        controls = self._controls(gap, typed=source is ReadingSource.TYPED)
        until = now if now is None else max(now, track.seen.last_at or now)
        seen = track.seen if until is None else track.seen.thinned(_FEWEST_FITTED)
        newton = Newton(room)

        def judge(rule: Rule[Any], state: Any) -> Verdict:
            return _in_room(rule, newton).verdict(state, seen, until)

        all_judged = []
        for number, (kind, built) in enumerate(zip(controls.kinds, controls.built, strict=True)):
            as_read, verdict = track.verdicts(number, judge)
            if KINDS[kind].marks_only:
                verdict = as_read
            if BATCH_KINDS[kind].applies(track.state(number), verdict, marked):
                all_judged.append(JudgedControl(kind, source, verdict, as_read, built))
        return all_judged

    def trace_hash(self, source: ReadingSource) -> str:
        """Return the hash of the events of one source."""
        return (self.sensor if source is ReadingSource.SENSOR else self.typed).hexdigest()


def _in_room(rule: Rule[Any], newton: Newton) -> Rule[Any]:
    """The rule; that of a cooling with the room's readings."""
    return msgspec.structs.replace(rule, newton=newton) if newton.room and isinstance(rule, Cooling) else rule


def as_sample(reading: TypedReading) -> Sample:
    """Return a typed reading as the rules take it."""
    return Sample(reading.at, reading.value, reading.instrument)


def rank(event: BatchInput) -> int:
    """Return the place of an event among others of its moment: a beginning before the reading, an end after it.

    As gateway.haccp.rules.trace.in_order.
    """
    if isinstance(event, Mark):
        return 0 if event.event in _BEFORE_ITS_READING else 2
    return 1
