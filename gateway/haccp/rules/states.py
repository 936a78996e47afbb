"""Fold several rules over the same events, and skip a rule while its state cannot change.

Nearly every reading of a kitchen changes nothing: food that is cold stays cold. Each rule says between which values its
state cannot change (`calm`), and is skipped until a reading lies outside.
"""

from collections.abc import Sequence
from typing import Any

from gateway.haccp.rules.rule import NOWHERE, Band, Rule, Step, taken
from gateway.haccp.rules.trace import Joint, Segment

Rules = tuple[Rule[Any], ...]


class States:
    """Hold the states of rules, in their order."""

    def __init__(self, rules: Rules, states: Sequence[Any]) -> None:
        self.rules = rules
        self.states = list(states)
        self._calm: list[Band] = [NOWHERE] * len(rules)

    def take(self, rules: Rules, step: Step) -> None:
        """Take the next step; `rules` may have other limits than before, but are of the same kinds."""
        if rules is not self.rules or not isinstance(step, Segment):
            self.rules = rules
            self.states = [taken(rule, state, step) for rule, state in zip(rules, self.states, strict=True)]
            self._calm = [NOWHERE] * len(rules)
            return
        low, high = (step.first, step.last) if step.first < step.last else (step.last, step.first)
        line = step.joint is Joint.LINE
        for number, (above, below) in enumerate(self._calm):
            if line and above < low and high < below:
                continue
            rule, before = rules[number], self.states[number]
            state = self.states[number] = rule.along(before, step)
            self._calm[number] = rule.calm(state, step.last) if line and state is before else NOWHERE
