"""Define the rule of a control: a fold over readings and marks, and a verdict at any moment of it.

The live gateway folds reading by reading; `judged` does the same over a whole trace.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Generic, Self, TypeVar

import msgspec

from gateway.haccp.models.guard_band import exact
from gateway.haccp.rules.history import ReadingHistory
from gateway.haccp.rules.trace import Event, Mark, Sample, Segment, segment_between
from gateway.haccp.rules.verdict import FORESEEN, Measure, Outcome, Verdict, why

S = TypeVar("S")

Band = tuple[float, float]
"""The values above the first and below the second."""
EVERYWHERE = (-math.inf, math.inf)
NOWHERE = (math.inf, -math.inf)

UNCERTAINTY = "uncertainty"
"""The measure that says which U a verdict was given with."""
_AGAINST = frozenset({Outcome.FAIL, *FORESEEN})


Step = Sample | Mark | Segment
"""What a rule takes: a mark, the first reading of all, or the segment that ends with the next reading."""


class Rule(msgspec.Struct, Generic[S], frozen=True):
    """Fold readings and marks into a state. What a rule does not override leaves the state as it is.

    A state is a frozen msgspec.Struct that survives JSON: a saved fold continues unchanged.
    """

    def begin(self) -> S:
        """Return the state before any event."""
        raise NotImplementedError

    def mark(self, state: S, _mark: Mark, /) -> S:
        """Return the state after a person's mark."""
        return state

    def first(self, state: S, _sample: Sample, /) -> S:
        """Return the state after the first reading."""
        return state

    def along(self, state: S, _segment: Segment, /) -> S:
        """Return the state after the next reading, at the end of what lies between it and the one before."""
        return state

    def calm(self, _state: S, _value: float, /) -> Band:
        """Return the values between which lines leave the state as it is, after a line to `value` has left it so.

        The rule is not called for such lines. By default there are none: it is called for each reading.
        """
        return NOWHERE

    def verdict(self, state: S, history: ReadingHistory, now: int | None, /) -> Verdict:
        """Return the verdict as of `now`, while more may come; None when nothing more will. `history`: all readings."""
        raise NotImplementedError

    def moved(self, _by: float, /) -> Self:
        """Return the rule with every limit moved by so many K against the food (in its favour when negative)."""
        return self


def step_of(event: Event, before: Sample | None, max_gap: int) -> Step:
    """Return the next event as a rule takes it: a mark, the first reading, or a segment from the reading `before`.

    `max_gap`: the longest step between two readings that is no gap, in microseconds.
    """
    return event if before is None or isinstance(event, Mark) else segment_between(before, event, max_gap)


def taken(rule: Rule[S], state: S, step: Step) -> S:
    """Return the state after a step."""
    match step:
        case Segment():
            return rule.along(state, step)
        case Mark():
            return rule.mark(state, step)
        case Sample():
            return rule.first(state, step)


def judged(
    rule: Rule[S], events: Sequence[Event], max_gap: int, *, now: int | None, uncertainty: float = 0.0
) -> Verdict:
    """Judge a trace. `uncertainty` is the expanded one (U) in K; it moves verdicts, never measures."""
    nominal = once(rule, events, max_gap, now)
    if not uncertainty:
        return nominal
    strict, lenient = (once(rule.moved(by), events, max_gap, now) for by in (uncertainty, -uncertainty))
    return guarded(nominal, strict, lenient, (uncertainty, uncertainty))


def folds(rule: Rule[S], events: Iterable[Event], max_gap: int) -> Iterator[tuple[Event, S]]:
    """Return each event in order of time, and the state after it."""
    state, before = rule.begin(), None
    for event in events:
        state = taken(rule, state, step_of(event, before, max_gap))
        if isinstance(event, Sample):
            before = event
        yield event, state


def folded(rule: Rule[S], events: Iterable[Event], max_gap: int) -> S:
    """Return the state after all events."""
    *_, (_, state) = [(None, rule.begin()), *folds(rule, events, max_gap)]
    return state


def once(rule: Rule[S], events: Sequence[Event], max_gap: int, now: int | None) -> Verdict:
    """Judge a trace by the nominal limits."""
    verdict = rule.verdict(folded(rule, events, max_gap), ReadingHistory.of(samples_in(events)), now)
    if verdict.outcome in FORESEEN:
        return msgspec.structs.replace(verdict, decided_at=_foreseen_at(rule, events, max_gap, verdict.outcome))
    return verdict


def _foreseen_at(rule: Rule[S], events: Sequence[Event], max_gap: int, outcome: Outcome) -> int | None:
    """Find the reading since which the outcome was foreseen: backwards in doubling steps, then by halving."""
    samples = samples_in(events)
    states = [state for event, state in folds(rule, events, max_gap) if isinstance(event, Sample)]

    def is_foreseen(number: int) -> bool:
        history = ReadingHistory.of(samples[: number + 1])
        return rule.verdict(states[number], history, samples[number].at).outcome is outcome

    first, step = len(samples) - 1, 1
    before = first - step
    while before >= 0 and is_foreseen(before):
        first, step = before, 2 * step
        before = first - step
    before = max(before, -1)
    while first - before > 1:
        middle = (first + before) // 2
        first, before = (middle, before) if is_foreseen(middle) else (first, middle)
    return samples[first].at if samples else None


def samples_in(events: Iterable[Event]) -> list[Sample]:
    """Return the readings among the events."""
    return [event for event in events if isinstance(event, Sample)]


def guarded(nominal: Verdict, strict: Verdict, lenient: Verdict, uncertainty: tuple[float, float]) -> Verdict:
    """Return the nominal verdict with its guard band (ILAC-G8:09/2019; JCGM 106:2012).

    A pass must hold with every limit moved by U against the food, a fail with every limit moved in its favour.
    `uncertainty`: the least and the largest U of the readings, in K.
    """
    least, most = uncertainty
    outcome = _between(nominal.outcome, strict.outcome, lenient.outcome)
    measures = {name: _guarded_measure(name, nominal, strict, lenient) for name in nominal.measures}
    measures[UNCERTAINTY] = (
        Measure(value=most, unit="K") if least == most else Measure(value=most, unit="K", low=least, high=most)
    )
    reasons = nominal.reasons
    if outcome is Outcome.INDETERMINATE is not nominal.outcome:
        reasons += (why("uncertain", u=f"{most:g}"),)
    decided = _guarded_at(outcome, strict, lenient)
    return msgspec.structs.replace(nominal, outcome=outcome, decided_at=decided, measures=measures, reasons=reasons)


def _guarded_at(outcome: Outcome, strict: Verdict, lenient: Verdict) -> int | None:
    """Return since when the outcome is certain: a pass by the strict limits, a fail by the lenient, else by both."""
    if outcome is Outcome.RUNNING:
        return None
    if outcome is Outcome.PASS:
        return strict.decided_at
    if outcome in _AGAINST:
        return lenient.decided_at
    return max((verdict.decided_at for verdict in (strict, lenient) if verdict.decided_at is not None), default=None)


def _between(nominal: Outcome, strict: Outcome, lenient: Outcome) -> Outcome:
    if strict is Outcome.PASS:
        # Between limits that lie closer together, one tolerated deviation can be two.
        return Outcome.INDETERMINATE if {nominal, lenient} & _AGAINST else strict
    if lenient in _AGAINST:
        return lenient
    if Outcome.RUNNING in (nominal, strict, lenient):
        return Outcome.RUNNING
    return Outcome.INDETERMINATE


def _guarded_measure(name: str, nominal: Verdict, strict: Verdict, lenient: Verdict) -> Measure | None:
    measure = nominal.measures[name]
    if measure is None or measure.verdict is None:
        return measure
    others = [other.measures.get(name) for other in (strict, lenient)]
    outcomes = [measure.verdict if other is None or other.verdict is None else other.verdict for other in others]
    return msgspec.structs.replace(measure, verdict=_between(measure.verdict, *outcomes))


def moved_up(limit: float, by: float) -> float:
    """Return a limit moved in the decimals that people read: 74 moved by 0.3 is 74.3."""
    return float(exact(limit) + exact(by))
