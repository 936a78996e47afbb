"""Guard bands over readings of several uncertainties: each reading by its own (ILAC-G8:09/2019; JCGM 106:2012).

Beside the fold by the limits as they are go two others, one with every limit moved by U against the food and one in its
favour. What lies between two readings is judged by the larger U of the two; then the reading itself by its own.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gateway.rules.rule import Rule, guarded, once
from gateway.rules.trace import Event, Sample
from gateway.rules.verdict import Verdict

Rules = tuple[Rule[Any], ...]
Moved = Callable[[float], Rules]


class Guard:
    """The two further folds of several rules, from the first reading that has an uncertainty on."""

    def __init__(self, states: Sequence[Any], *, least: float) -> None:
        """`states`: of the rules as they are, before that reading; `least`: the smallest U up to it."""
        self.strict: list[Any] = list(states)
        self.lenient: list[Any] = list(states)
        self.last = 0.0
        """U of the newest reading, in K."""
        self.least, self.most = least, 0.0

    def take(self, moved: Moved, event: Event, uncertainty: float) -> None:
        """The next event; `moved` gives the rules with every limit moved by so many K against the food."""
        if not isinstance(event, Sample):
            self._take(moved, event, self.last)
            return
        wider = max(self.last, uncertainty)
        self._take(moved, event, wider)
        if uncertainty < wider:
            self._take(moved, event, uncertainty)
        self.last = uncertainty
        self.least, self.most = min(self.least, uncertainty), max(self.most, uncertainty)

    def _take(self, moved: Moved, event: Event, by: float) -> None:
        self.strict = [rule.take(state, event) for rule, state in zip(moved(by), self.strict, strict=True)]
        self.lenient = [rule.take(state, event) for rule, state in zip(moved(-by), self.lenient, strict=True)]

    def verdict(
        self, nominal: Verdict, number: int, moved: Moved, judge: Callable[[Rule[Any], Any], Verdict]
    ) -> Verdict:
        """What stands of a rule's verdict; `judge` gives that of a rule and its state."""
        strict = judge(moved(self.last)[number], self.strict[number])
        lenient = judge(moved(-self.last)[number], self.lenient[number])
        return guarded(nominal, strict, lenient, (self.least, self.most))


def judged_each(
    rule: Rule[Any], events: Sequence[Event], *, now: int | None, uncertainties: Mapping[str | None, float]
) -> Verdict:
    """As gateway.rules.rule.judged, where each sensor has a U of its own, in K."""
    nominal = once(rule, events, now)
    if not any(uncertainties.values()):
        return nominal
    guard = Guard([rule.begin()], least=max(uncertainties.values()))
    for event in events:
        uncertainty = uncertainties[event.sensor] if isinstance(event, Sample) else 0.0
        guard.take(lambda by: (rule.moved(by),), event, uncertainty)
    return guard.verdict(nominal, 0, lambda by: (rule.moved(by),), lambda moved, state: moved.verdict(state, now))
