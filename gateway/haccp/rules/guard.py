"""Apply guard bands to readings of several uncertainties, each by its own (ILAC-G8:09/2019; JCGM 106:2012).

Beside the nominal fold there are two others: one with every limit moved by U against the food, one in its favour. What
lies between two readings is judged by the larger U of the two, the reading itself by its own.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gateway.haccp.rules.history import ReadingHistory
from gateway.haccp.rules.rule import Rule, Step, guarded, once, step_of
from gateway.haccp.rules.states import Rules, States
from gateway.haccp.rules.trace import Event, Joint, Mark, Sample, Segment
from gateway.haccp.rules.verdict import Verdict

Moved = Callable[[float], Rules]


class Guard:
    """Fold several rules with strict and with lenient limits, from the first reading that has an uncertainty on."""

    def __init__(self, rules: Rules, states: Sequence[Any], *, least: float) -> None:
        """`states`: of the nominal rules before that reading; `least`: the smallest U up to it."""
        self.strict = States(rules, states)
        self.lenient = States(rules, states)
        self.last = 0.0
        """U of the newest reading, in K."""
        self.least, self.most = least, 0.0

    def take(self, moved: Moved, step: Step, uncertainty: float) -> None:
        """Take the next step; `moved` gives the rules with every limit moved by so many K against the food.

        `uncertainty`: of the reading that the step ends with.
        """
        if isinstance(step, Mark):
            self._take(moved, self.last, step)
            return
        wider = max(self.last, uncertainty)
        self._take(moved, wider, step)
        if uncertainty < wider:
            self._take(moved, uncertainty, end_of(step))
        self.last = uncertainty
        self.least, self.most = min(self.least, uncertainty), max(self.most, uncertainty)

    def _take(self, moved: Moved, by: float, step: Step) -> None:
        self.strict.take(moved(by), step)
        self.lenient.take(moved(-by), step)

    def verdict(
        self, nominal: Verdict, number: int, moved: Moved, judge: Callable[[Rule[Any], Any], Verdict]
    ) -> Verdict:
        """Return a rule's verdict with its guard band; `judge` gives the verdict on a rule and its state."""
        strict = judge(moved(self.last)[number], self.strict.states[number])
        lenient = judge(moved(-self.last)[number], self.lenient.states[number])
        return guarded(nominal, strict, lenient, (self.least, self.most))


def judged_each(
    rule: Rule[Any],
    events: Sequence[Event],
    max_gap: int,
    *,
    now: int | None,
    uncertainties: Mapping[str | None, float],
) -> Verdict:
    """Judge a trace as gateway.haccp.rules.rule.judged does, with an own U in K for each sensor."""
    nominal = once(rule, events, max_gap, now)
    if not any(uncertainties.values()):
        return nominal
    guard, history = Guard((rule,), [rule.begin()], least=max(uncertainties.values())), ReadingHistory()
    for event in events:
        uncertainty = uncertainties[event.sensor] if isinstance(event, Sample) else 0.0
        guard.take(lambda by: (rule.moved(by),), step_of(event, history.last, max_gap), uncertainty)
        if isinstance(event, Sample):
            history.take(event)
    return guard.verdict(
        nominal, 0, lambda by: (rule.moved(by),), lambda moved, state: moved.verdict(state, history, now)
    )


def end_of(step: Sample | Segment) -> Segment:
    """Return the reading that a step ends with, as a segment of no length."""
    at, value = (step.at, step.value) if isinstance(step, Sample) else (step.end, step.last)
    return Segment(at, value, at, value, Joint.LINE)
