"""What the rules make of a batch: a fold over its readings and marks, one for its sensors and one for typed readings.

Typed readings are judged like any other, by themselves: between two readings of a sensor they fill no gap. Live the
events come one by one; late ones have the whole batch folded anew, with the same answer as if they had been in time.
"""

from collections.abc import Mapping
from enum import StrEnum
from hashlib import sha256
from typing import Any

import msgspec

from gateway.batches.batch import BatchMark, FoodBatch
from gateway.config import BatchControl
from gateway.config.plan import Plan
from gateway.judge.limits import Built
from gateway.rules import cooling
from gateway.rules.cooling import Cooling
from gateway.rules.cooling_forecast import Curve, Newton
from gateway.rules.rule import Rule
from gateway.rules.trace import MINUTE, Event, Happening, Mark, Sample
from gateway.rules.verdict import Outcome, Verdict

TYPED_GAP = 2 * MINUTE
"""Between two readings of a hand thermometer nobody looked, unless they are this near."""
_FLUSH = 256
_FEWEST_FITTED = 40
"""Readings of a cooling that a forecast looks at while it runs: more say nothing new, and cost as much again."""
_BEFORE_ITS_READING = frozenset({Happening.COOKING_STARTED, Happening.REHEATING_STARTED})
_FORESEEN = frozenset({Outcome.PREDICTED_FAIL, Outcome.INFEASIBLE})


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


class TraceHash:
    """SHA-256 of the events as a JSON array, as `judge` gives it; what was not asked for yet is encoded in one go."""

    def __init__(self) -> None:
        self._sum = sha256()
        self._waiting: list[Event] = []
        self._any = False

    def add(self, event: Event) -> None:
        self._waiting.append(event)
        if len(self._waiting) >= _FLUSH:
            self._flush()

    def hexdigest(self) -> str:
        self._flush()
        ended = self._sum.copy()
        ended.update(b"]" if self._any else b"[]")
        return ended.hexdigest()

    def _flush(self) -> None:
        if self._waiting:
            self._sum.update(b"," if self._any else b"[")
            self._sum.update(msgspec.json.encode(self._waiting)[1:-1])
            self._any = True
            self._waiting.clear()


Rules = tuple[Rule[Any], ...]


class Track:
    """The states of a batch's controls over one kind of readings."""

    def __init__(self, controls: tuple[BatchControl, ...], rules: Rules) -> None:
        self.controls = controls
        self.rules = rules
        self.states: list[Any] = [rule.begin() for rule in rules]
        self.hash = TraceHash()
        self.samples = 0
        self.last: Sample | None = None

    def take(self, rules: Rules, event: Event) -> None:
        """The next event; `rules` are those of the sensor that it is of."""
        self.rules = rules
        self.states = [rule.take(state, event) for rule, state in zip(rules, self.states, strict=True)]
        self.hash.add(event)
        if isinstance(event, Sample):
            self.samples += 1
            self.last = event


class Judged(msgspec.Struct, frozen=True):
    """How a control of a batch stands by one kind of readings."""

    control: BatchControl
    source: Source
    verdict: Verdict
    built: Built


class BatchFold:
    """The fold of one batch. Nothing here asks a clock."""

    def __init__(self, batch: FoodBatch, plan: Plan, gaps: Mapping[str, int]) -> None:
        """`gaps`: the longest step of each point that is no gap, in microseconds."""
        self._plan = plan
        self._gaps = gaps
        self._food = batch.food
        self._known: dict[tuple[int, bool], tuple[tuple[BatchControl, ...], tuple[Built, ...], Rules]] = {}
        self._all = batch.controls
        usual = min(gaps.values(), default=TYPED_GAP)
        self.sensor = self._track(usual, typed=False)
        self.typed = self._track(TYPED_GAP, typed=True)
        self._gap = usual
        self._rules: Rules | None = None
        self._sensor: str | None = None
        self._at_last = (-(1 << 62), 0)

    def _track(self, gap: int, *, typed: bool) -> Track:
        controls, _, rules = self._of(gap, typed=typed)
        return Track(controls, rules)

    def _of(self, gap: int, *, typed: bool) -> tuple[tuple[BatchControl, ...], tuple[Built, ...], Rules]:
        """The controls that a profile has limits for, with their rules."""
        found = self._known.get((gap, typed))
        if found is None:
            both = [
                (control, built)
                for control in self._all
                if (built := self._plan.rule(control, self._food, gap)).rule is not None
                and not (typed and control is BatchControl.EAT_BY)
            ]
            controls = tuple(control for control, _ in both)
            found = controls, tuple(built for _, built in both), tuple(b.rule for _, b in both if b.rule is not None)
            self._known[gap, typed] = found
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
                self.sensor.take(self._of(self._gap, typed=False)[2], event)
                self.typed.take(self._of(TYPED_GAP, typed=True)[2], event)
            case TypedReading():
                self.typed.take(self._of(TYPED_GAP, typed=True)[2], as_sample(event))

    def take_sample(self, sample: Sample) -> None:
        """The next reading of a sensor, in order of time."""
        self._at_last = (sample.at, 1)
        if sample.sensor != self._sensor or self._rules is None:
            self._sensor = sample.sensor
            self._gap = self._gaps.get(sample.sensor or "", self._gap)
            self._rules = self._of(self._gap, typed=False)[2]
        self.sensor.take(self._rules, sample)

    @property
    def newest_at(self) -> int:
        """The moment of the newest event."""
        return self._at_last[0]

    @property
    def last(self) -> Sample | None:
        """The newest reading of a sensor."""
        return self.sensor.last

    # Judging

    def judged(self, now: int | None, *, room: Curve, marks: tuple[BatchMark, ...]) -> list[Judged]:
        """How every control stands that says something; `now` None: nothing more will come."""
        happened = {mark.event for mark in marks}
        found = self._judged(self.sensor, Source.SENSOR, now, room, happened)
        if not self.typed.samples:
            return found
        if not self.sensor.samples:
            found = [one for one in found if one.control is BatchControl.EAT_BY]
        return found + self._judged(self.typed, Source.TYPED, now, room, happened)

    def _judged(
        self, track: Track, source: Source, now: int | None, room: Curve, happened: set[Happening]
    ) -> list[Judged]:
        gap = self._gap if source is Source.SENSOR else TYPED_GAP
        _, builts, _ = self._of(gap, typed=source is Source.TYPED)
        until = now if now is None or track.last is None else max(now, track.last.at)
        found = []
        for control, built, rule, state in zip(track.controls, builts, track.rules, track.states, strict=True):
            verdict = _verdict(rule, state, until, room)
            if _applies(control, state, verdict, happened):
                found.append(Judged(control, source, verdict, built))
        return found

    def trace_hash(self, source: Source) -> str:
        """Of what was judged."""
        return (self.sensor if source is Source.SENSOR else self.typed).hash.hexdigest()


def _verdict(rule: Rule[Any], state: Any, now: int | None, room: Curve) -> Verdict:
    """By the rule; of a cooling with the room's readings, and while it runs by fewer of its own."""
    if not isinstance(rule, Cooling):
        return rule.verdict(state, now)
    if room:
        rule = msgspec.structs.replace(rule, newton=Newton(room))
    falling = state.falling
    if now is not None and len(falling) > 2 * _FEWEST_FITTED:
        step = len(falling) // _FEWEST_FITTED
        thinned = (*falling[:-1:step], falling[-1])
        state = msgspec.structs.replace(state, curve=thinned, recent=())
    return rule.verdict(state, now)


def as_sample(reading: TypedReading) -> Sample:
    """A typed reading as the rules see it."""
    return Sample(reading.at, reading.value, reading.instrument)


def rank(event: Anything) -> int:
    """As gateway.rules.trace.in_order: what starts takes the reading of its moment along, what ends too."""
    if isinstance(event, Mark):
        return 0 if event.event in _BEFORE_ITS_READING else 2
    return 1


def _applies(control: BatchControl, state: object, verdict: Verdict, happened: set[Happening]) -> bool:
    """Food that is eaten hot is never cooled, and most is never heated again: no verdict then."""
    match control:
        case BatchControl.REHEATING:
            return Happening.REHEATING_STARTED in happened
        case BatchControl.COOLING:
            begun = isinstance(state, cooling.State) and state.courses[0].began is not None
            # What is still on the stove in a warm kitchen is no cooling that cannot succeed.
            return begun or (verdict.outcome in _FORESEEN and Happening.COOKING_ENDED in happened)
        case _:
            return True
