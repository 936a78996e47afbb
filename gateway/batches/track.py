"""The states of a batch's controls over one kind of readings, with what is to be known of these readings' worth."""

from collections import Counter
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import msgspec

from gateway.rules.guard import Guard, Rules
from gateway.rules.rule import Rule
from gateway.rules.trace import Event, Sample
from gateway.rules.verdict import Verdict, Why, why

_FLUSH = 256
_DOUBTED = "doubted_"
"""Before the reason that a reading is judged although it is uncertain: the sentence by which a verdict says so."""


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


class Asked:
    """The rules of a batch's controls at one sensor, and the same with their limits moved, each made once."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self._moved: dict[float, Rules] = {0.0: rules}

    def moved(self, by: float) -> Rules:
        """With every limit moved by so many K against the food."""
        found = self._moved.get(by)
        if found is None:
            found = self._moved[by] = tuple(rule.moved(by) for rule in self.rules)
        return found


class Track:
    """The states of a batch's controls over one kind of readings."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.states: list[Any] = [rule.begin() for rule in asked.rules]
        self.guard: Guard | None = None
        """None while no reading had an uncertainty."""
        self.doubts: Counter[str] = Counter()
        """How many readings were judged although they are uncertain, by reason."""
        self.hash = TraceHash()
        self.samples = 0
        self.last: Sample | None = None

    def take(self, asked: Asked, event: Event, uncertainty: float = 0.0) -> None:
        """The next event; `asked` are the rules of the sensor that it is of, `uncertainty` its U in K."""
        self.asked = asked
        if uncertainty and self.guard is None:
            self.guard = Guard(self.states, least=0.0 if self.samples else uncertainty)
        if self.guard is not None:
            self.guard.take(asked.moved, event, uncertainty)
        self.states = [rule.take(state, event) for rule, state in zip(asked.rules, self.states, strict=True)]
        self.hash.add(event)
        if isinstance(event, Sample):
            self.samples += 1
            self.last = event

    def verdicts(self, number: int, judge: Callable[[Rule[Any], Any], Verdict]) -> tuple[Verdict, Verdict]:
        """How a rule stands by its readings, and by what they are worth; `judge` gives that of a rule and its state."""
        as_read = verdict = judge(self.asked.rules[number], self.states[number])
        if self.guard is not None:
            verdict = self.guard.verdict(as_read, number, self.asked.moved, judge)
        said = tuple(why(f"{_DOUBTED}{reason}", count=f"{count}") for reason, count in sorted(self.doubts.items()))
        return as_read, msgspec.structs.replace(verdict, reasons=verdict.reasons + said) if said else verdict


def doubts_in(reasons: tuple[Why, ...]) -> frozenset[str]:
    """Which doubts a verdict names, however many readings they are about."""
    return frozenset(reason.sentence for reason in reasons if reason.sentence.startswith(_DOUBTED))
