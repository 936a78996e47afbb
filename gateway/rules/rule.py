"""The shape of a control's rule: a fold over readings and marks, and a verdict at any moment of it.

Live and afterwards are the same fold: `judged` is what the gateway does reading by reading, over a whole trace.
"""

from collections.abc import Iterable, Sequence
from typing import Protocol, Self, TypeVar

import msgspec

from gateway.models.guard_band import exact
from gateway.rules.trace import Event, Sample
from gateway.rules.verdict import Measure, Outcome, Verdict, why

S = TypeVar("S")

UNCERTAINTY = "uncertainty"
"""The measure that says which U moved a verdict."""
_AGAINST = frozenset({Outcome.FAIL, Outcome.PREDICTED_FAIL, Outcome.INFEASIBLE})
_FORESEEN = frozenset({Outcome.PREDICTED_FAIL, Outcome.INFEASIBLE})


class Rule(Protocol[S]):
    """A state is a frozen msgspec.Struct, which JSON keeps: what is saved and taken up again goes on unchanged."""

    def begin(self) -> S:
        """Nothing seen yet."""

    def take(self, state: S, event: Event) -> S:
        """The next reading or mark in order of time."""

    def verdict(self, state: S, now: int | None) -> Verdict:
        """As of `now`, while more may come; None when nothing more will."""

    def moved(self, by: float) -> Self:
        """The same rule with every limit moved by so many K against the food (in its favour when negative)."""


def judged(rule: Rule[S], events: Sequence[Event], *, now: int | None, uncertainty: float = 0.0) -> Verdict:
    """The verdict on a trace. `uncertainty` is the expanded one (U) in K; it moves verdicts, never measures."""
    nominal = once(rule, events, now)
    if not uncertainty:
        return nominal
    strict, lenient = (once(rule.moved(by), events, now) for by in (uncertainty, -uncertainty))
    return guarded(nominal, strict, lenient, (uncertainty, uncertainty))


def folded(rule: Rule[S], events: Iterable[Event]) -> S:
    """The state after all events."""
    state = rule.begin()
    for event in events:
        state = rule.take(state, event)
    return state


def once(rule: Rule[S], events: Sequence[Event], now: int | None) -> Verdict:
    """The verdict by the limits as they are."""
    verdict = rule.verdict(folded(rule, events), now)
    if verdict.outcome in _FORESEEN:
        return msgspec.structs.replace(verdict, decided_at=_foreseen_at(rule, events, verdict.outcome))
    return verdict


def _foreseen_at(rule: Rule[S], events: Sequence[Event], outcome: Outcome) -> int | None:
    """Since which reading it has been foreseen: looked for backwards in doubling steps, then by halving."""
    state = rule.begin()
    seen: list[tuple[int, S]] = []
    for event in events:
        state = rule.take(state, event)
        if isinstance(event, Sample):
            seen.append((event.at, state))
    first, step = len(seen) - 1, 1
    before = first - step
    while before >= 0 and rule.verdict(seen[before][1], seen[before][0]).outcome is outcome:
        first, step = before, 2 * step
        before = first - step
    before = max(before, -1)
    while first - before > 1:
        middle = (first + before) // 2
        found = rule.verdict(seen[middle][1], seen[middle][0]).outcome is outcome
        first, before = (middle, before) if found else (first, middle)
    return seen[first][0] if seen else None


def guarded(nominal: Verdict, strict: Verdict, lenient: Verdict, uncertainty: tuple[float, float]) -> Verdict:
    """A pass must hold with every limit moved by U against the food, a fail with every limit moved in its favour
    (ILAC-G8:09/2019; JCGM 106:2012). `uncertainty`: the least and the largest U of the readings, in K.
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
    """Since when it holds: a pass by the strict limits, a fail by the lenient ones, neither when both have spoken."""
    if outcome is Outcome.RUNNING:
        return None
    if outcome is Outcome.PASS:
        return strict.decided_at
    if outcome in _AGAINST:
        return lenient.decided_at
    return max((one.decided_at for one in (strict, lenient) if one.decided_at is not None), default=None)


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
    """A limit moved in the decimals that people read: 74 moved by 0.3 is 74.3."""
    return float(exact(limit) + exact(by))
