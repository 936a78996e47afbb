"""What the rules make of a batch: a fold over its readings and marks, one for its sensors and one for typed readings.

Typed readings are judged like any other, by themselves: between two readings of a sensor they fill no gap. Live the
events come one by one; late ones have the whole batch folded anew, with the same answer as if they had been in time.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

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
from gateway.monitoring.batches.track import Asked, Track
from gateway.records.corrections import uncertainty_by

TYPED_GAP = 2 * MINUTE
"""Between two readings of a hand thermometer nobody looked, unless they are this near."""
_FEWEST_FITTED = 40
"""Readings of a cooling that a forecast looks at while it runs: more say nothing new, and cost as much again."""
_BEFORE_ITS_READING = frozenset({Happening.COOKING_STARTED, Happening.REHEATING_STARTED})


class Source(StrEnum):
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


Anything = Sample | Mark | TypedReading


class Probe(msgspec.Struct, frozen=True):
    """What is known of a sensor: its longest step that is no gap, in microseconds, and how uncertain it is.

    Attributes:
        uncertainty: the expanded one (U, k = 2) in K, as the plan says.
        checks: (since, U), by time: each good check holds until the next.
    """

    max_gap: int
    uncertainty: float = 0.0
    checks: tuple[tuple[int, float], ...] = ()

    def uncertainty_at(self, at: int) -> float:
        """U of a reading of `at`."""
        return uncertainty_by(self.checks, at, self.uncertainty) if self.checks else self.uncertainty


class Kept(msgspec.Struct, frozen=True):
    """The controls that a profile has limits for, with their rules."""

    controls: tuple[str, ...]
    builts: tuple[Built, ...]
    asked: Asked


class Judged(msgspec.Struct, frozen=True):
    """How a control of a batch stands by one kind of readings.

    `as_read`: by the readings themselves, whatever their uncertainty; alarms and proposals go by it.
    """

    control: str
    source: Source
    verdict: Verdict
    as_read: Verdict
    built: Built


class BatchFold:
    """The fold of one batch. Nothing here asks a clock."""

    def __init__(self, batch: FoodBatch, plan: HaccpPlan, probes: Mapping[str, Probe]) -> None:
        """`probes`: what is known of each point now; it changes with a calibration."""
        self._plan = plan
        self._probes = probes
        self._food = batch.food
        self._known: dict[tuple[int, bool], Kept] = {}
        self._all = batch.controls
        self._gap = min((probe.max_gap for probe in probes.values()), default=TYPED_GAP)
        self._probe = Probe(self._gap)
        self._asked = self._of(self._gap, typed=False).asked
        self.sensor = Track(self._asked)
        self._asked_typed = self._of(TYPED_GAP, typed=True).asked
        self.typed = Track(self._asked_typed)
        self._at_last = (-(1 << 62), 0)

    def _of(self, gap: int, *, typed: bool) -> Kept:
        found = self._known.get((gap, typed))
        if found is None:
            both = [
                (control, built)
                for control in self._all
                if (built := self._plan.rule(control, self._food, gap)).rule is not None
                and not (typed and KINDS[control].marks_only)
            ]
            rules = tuple(built.rule for _, built in both if built.rule is not None)
            controls = tuple(control for control, _ in both)
            found = self._known[gap, typed] = Kept(controls, tuple(built for _, built in both), Asked(rules, gap))
        return found

    # Taking

    def comes_late(self, event: Anything) -> bool:
        """Whether it belongs before something that was taken already: the batch must be folded anew."""
        return (event.at, rank(event)) < self._at_last

    def take(self, event: Anything) -> None:
        """The next event in order of time; a sample's `sensor` is the point that the batch is at."""
        if isinstance(event, Sample):
            self.take_sample(event)
            return
        self._at_last = (event.at, rank(event))
        match event:
            case Mark():
                self.sensor.take(self._asked, event)
                self.typed.take(self._asked_typed, event)
            case TypedReading():
                self.typed.take(self._asked_typed, as_sample(event))

    def take_sample(self, sample: Sample, doubt: str | None = None) -> None:
        """The next reading of a sensor, in order of time; `doubt`: what a verdict has to say of it."""
        self._at_last = (sample.at, 1)
        probe = self._probes.get(sample.sensor or "", self._probe)
        if probe is not self._probe:
            self._probe, self._gap = probe, probe.max_gap
            self._asked = self._of(self._gap, typed=False).asked
        self.sensor.take(self._asked, sample, probe.uncertainty_at(sample.at))
        if doubt is not None:
            self.sensor.doubts[doubt] += 1

    @property
    def newest_at(self) -> int:
        """The moment of the newest event."""
        return self._at_last[0]

    @property
    def last(self) -> Sample | None:
        """The newest reading of a sensor."""
        return self.sensor.seen.last

    # Judging

    def judged(self, now: int | None, *, room: Curve, marks: tuple[BatchMark, ...]) -> list[Judged]:
        """How every control stands that says something; `now` None: nothing more will come."""
        happened = {mark.event for mark in marks}
        found = self._judged(self.sensor, Source.SENSOR, now, room, happened)
        if not self.typed.seen.count:
            return found
        if not self.sensor.seen.count:
            found = [one for one in found if KINDS[one.control].marks_only]
        return found + self._judged(self.typed, Source.TYPED, now, room, happened)

    def _judged(
        self, track: Track, source: Source, now: int | None, room: Curve, happened: set[Happening]
    ) -> list[Judged]:
        gap = self._gap if source is Source.SENSOR else TYPED_GAP
        kept = self._of(gap, typed=source is Source.TYPED)
        until = now if now is None else max(now, track.seen.last_at or now)
        seen = track.seen if until is None else track.seen.thinned(_FEWEST_FITTED)
        newton = Newton(room)

        def judge(rule: Rule[Any], state: Any) -> Verdict:
            return _in_room(rule, newton).verdict(state, seen, until)

        found = []
        for number, (control, built) in enumerate(zip(kept.controls, kept.builts, strict=True)):
            as_read, verdict = track.verdicts(number, judge)
            if KINDS[control].marks_only:
                verdict = as_read
            if BATCH_KINDS[control].applies(track.state(number), verdict, happened):
                found.append(Judged(control, source, verdict, as_read, built))
        return found

    def trace_hash(self, source: Source) -> str:
        """Of what was judged."""
        return (self.sensor if source is Source.SENSOR else self.typed).hexdigest()


def _in_room(rule: Rule[Any], newton: Newton) -> Rule[Any]:
    """The rule; of a cooling with the room's readings."""
    return msgspec.structs.replace(rule, newton=newton) if newton.room and isinstance(rule, Cooling) else rule


def as_sample(reading: TypedReading) -> Sample:
    """A typed reading as the rules see it."""
    return Sample(reading.at, reading.value, reading.instrument)


def rank(event: Anything) -> int:
    """As gateway.haccp.rules.trace.in_order: what starts takes the reading of its moment along, what ends too."""
    if isinstance(event, Mark):
        return 0 if event.event in _BEFORE_ITS_READING else 2
    return 1
