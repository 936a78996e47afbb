"""Fold the events of a batch through its rules, as they are and with their limits moved by the uncertainty."""

from collections import Counter
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any

import msgspec

from gateway.haccp.rules.guard import Guard
from gateway.haccp.rules.history import ReadingHistory
from gateway.haccp.rules.rule import Rule, step_of
from gateway.haccp.rules.states import Rules, States
from gateway.haccp.rules.trace import Event, Sample
from gateway.haccp.rules.verdict import Verdict, Why, why

_RUN = 16
"""Events that are folded at once at the most: the states of a few hundred batches do not fit into a processor's cache
together, so that fetching one costs as much as a reading or two.
"""
_DOUBTED = "doubted_"
"""Before the reason that a reading is uncertain: together they are the sentence by which a verdict says so."""


class TraceHash:
    """Computes SHA-256 of the events as a JSON array, as `judge` does."""

    def __init__(self) -> None:
        self._sum = sha256()
        self._any = False

    def add(self, events: Sequence[Event]) -> None:
        """Add the next events, at least one."""
        self._sum.update(b"," if self._any else b"[")
        self._sum.update(msgspec.json.encode(events)[1:-1])
        self._any = True

    def hexdigest(self) -> str:
        """Return the hash of the events so far."""
        ended = self._sum.copy()
        ended.update(b"]" if self._any else b"[]")
        return ended.hexdigest()


class SensorRules:
    """The rules of a batch's controls at one sensor, and the same with their limits moved, each made once."""

    def __init__(self, rules: Rules, max_gap: int) -> None:
        """`max_gap`: the longest step between two readings that is no gap, in microseconds."""
        self.rules = rules
        self.max_gap = max_gap
        self._moved: dict[float, Rules] = {0.0: rules}

    def moved(self, by: float) -> Rules:
        """Return the rules with every limit moved by so many K against the food."""
        rules = self._moved.get(by)
        if rules is None:
            rules = self._moved[by] = tuple(rule.moved(by) for rule in self.rules)
        return rules


class Track:
    """Keeps the states of a batch's rules over one source of readings. Events are folded in runs, or when asked for.

    Attributes:
        doubts: how many readings were judged although they are uncertain, by reason.
    """

    def __init__(self, rules: SensorRules) -> None:
        self.doubts: Counter[str] = Counter()
        self._rules = rules
        self._nominal = States(rules.rules, [rule.begin() for rule in rules.rules])
        self._guard: Guard | None = None
        """None while no reading had an uncertainty."""
        self._seen = ReadingHistory()
        self._hash = TraceHash()
        self._pending: list[tuple[SensorRules, Event, float]] = []

    def take(self, rules: SensorRules, event: Event, uncertainty: float = 0.0) -> None:
        """Take the next event. `rules`: those of its sensor; `uncertainty`: its U in K."""
        self._pending.append((rules, event, uncertainty))
        if len(self._pending) >= _RUN:
            self._fold()

    def _fold(self) -> None:
        for rules, event, uncertainty in self._pending:
            self._rules = rules
            step = step_of(event, self._seen.last, rules.max_gap)
            if uncertainty and self._guard is None:
                self._guard = Guard(rules.rules, self._nominal.states, least=0.0 if self._seen.count else uncertainty)
            if self._guard is not None:
                self._guard.take(rules.moved, step, uncertainty)
            self._nominal.take(rules.rules, step)
            if isinstance(event, Sample):
                self._seen.take(event)
        self._hash.add([event for _, event, _ in self._pending])
        self._pending.clear()

    @property
    def seen(self) -> ReadingHistory:
        """All readings so far."""
        if self._pending:
            self._fold()
        return self._seen

    def hexdigest(self) -> str:
        """Return the hash of all events so far."""
        if self._pending:
            self._fold()
        return self._hash.hexdigest()

    def state(self, number: int) -> Any:
        """Return the state of a rule."""
        if self._pending:
            self._fold()
        return self._nominal.states[number]

    def verdicts(self, number: int, judge: Callable[[Rule[Any], Any], Verdict]) -> tuple[Verdict, Verdict]:
        """Return a rule's verdict by the readings alone, and by the readings with their uncertainty.

        `judge` gives the verdict of a rule and its state.
        """
        state = self.state(number)
        as_read = verdict = judge(self._rules.rules[number], state)
        if self._guard is not None:
            verdict = self._guard.verdict(as_read, number, self._rules.moved, judge)
        doubts = tuple(why(f"{_DOUBTED}{reason}", count=f"{count}") for reason, count in sorted(self.doubts.items()))
        return as_read, msgspec.structs.replace(verdict, reasons=verdict.reasons + doubts) if doubts else verdict


def doubts_in(reasons: tuple[Why, ...]) -> frozenset[str]:
    """Return which doubts a verdict names, however many readings they are about."""
    return frozenset(reason.sentence for reason in reasons if reason.sentence.startswith(_DOUBTED))
