"""The states of a batch's controls over one kind of readings, with what is to be known of these readings' worth."""

from collections import Counter
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any

import msgspec

from gateway.haccp.rules.guard import Guard
from gateway.haccp.rules.history import History
from gateway.haccp.rules.rule import Rule, step_of
from gateway.haccp.rules.states import Rules, States
from gateway.haccp.rules.trace import Event, Sample
from gateway.haccp.rules.verdict import Verdict, Why, why

_RUN = 16
"""Events that are folded at once at the most: the states of a few hundred batches do not fit into a processor's cache
together, so that fetching one costs as much as a reading or two.
"""
_DOUBTED = "doubted_"
"""Before the reason that a reading is judged although it is uncertain: the sentence by which a verdict says so."""


class TraceHash:
    """SHA-256 of the events as a JSON array, as `judge` gives it."""

    def __init__(self) -> None:
        self._sum = sha256()
        self._any = False

    def add(self, events: Sequence[Event]) -> None:
        """The next ones; at least one."""
        self._sum.update(b"," if self._any else b"[")
        self._sum.update(msgspec.json.encode(events)[1:-1])
        self._any = True

    def hexdigest(self) -> str:
        ended = self._sum.copy()
        ended.update(b"]" if self._any else b"[]")
        return ended.hexdigest()


class Asked:
    """The rules of a batch's controls at one sensor, and the same with their limits moved, each made once."""

    def __init__(self, rules: Rules, max_gap: int) -> None:
        """`max_gap`: the longest step between two readings that is no gap, in microseconds."""
        self.rules = rules
        self.max_gap = max_gap
        self._moved: dict[float, Rules] = {0.0: rules}

    def moved(self, by: float) -> Rules:
        """With every limit moved by so many K against the food."""
        found = self._moved.get(by)
        if found is None:
            found = self._moved[by] = tuple(rule.moved(by) for rule in self.rules)
        return found


class Track:
    """The states of a batch's controls over one kind of readings. Events are folded when somebody asks, or in runs."""

    def __init__(self, asked: Asked) -> None:
        self.doubts: Counter[str] = Counter()
        """How many readings were judged although they are uncertain, by reason."""
        self._asked = asked
        self._nominal = States(asked.rules, [rule.begin() for rule in asked.rules])
        self._guard: Guard | None = None
        """None while no reading had an uncertainty."""
        self._seen = History()
        self._hash = TraceHash()
        self._owed: list[tuple[Asked, Event, float]] = []

    def take(self, asked: Asked, event: Event, uncertainty: float = 0.0) -> None:
        """The next event; `asked` are the rules of the sensor that it is of, `uncertainty` its U in K."""
        self._owed.append((asked, event, uncertainty))
        if len(self._owed) >= _RUN:
            self._fold()

    def _fold(self) -> None:
        for asked, event, uncertainty in self._owed:
            self._asked = asked
            step = step_of(event, self._seen.last, asked.max_gap)
            if uncertainty and self._guard is None:
                self._guard = Guard(asked.rules, self._nominal.states, least=0.0 if self._seen.count else uncertainty)
            if self._guard is not None:
                self._guard.take(asked.moved, step, uncertainty)
            self._nominal.take(asked.rules, step)
            if isinstance(event, Sample):
                self._seen.take(event)
        self._hash.add([event for _, event, _ in self._owed])
        self._owed.clear()

    @property
    def seen(self) -> History:
        """All readings so far."""
        if self._owed:
            self._fold()
        return self._seen

    def hexdigest(self) -> str:
        """The hash of all events so far."""
        if self._owed:
            self._fold()
        return self._hash.hexdigest()

    def state(self, number: int) -> Any:
        """Of a rule."""
        if self._owed:
            self._fold()
        return self._nominal.states[number]

    def verdicts(self, number: int, judge: Callable[[Rule[Any], Any], Verdict]) -> tuple[Verdict, Verdict]:
        """How a rule stands by its readings, and by what they are worth; `judge` gives that of a rule and its state."""
        state = self.state(number)
        as_read = verdict = judge(self._asked.rules[number], state)
        if self._guard is not None:
            verdict = self._guard.verdict(as_read, number, self._asked.moved, judge)
        said = tuple(why(f"{_DOUBTED}{reason}", count=f"{count}") for reason, count in sorted(self.doubts.items()))
        return as_read, msgspec.structs.replace(verdict, reasons=verdict.reasons + said) if said else verdict


def doubts_in(reasons: tuple[Why, ...]) -> frozenset[str]:
    """Which doubts a verdict names, however many readings they are about."""
    return frozenset(reason.sentence for reason in reasons if reason.sentence.startswith(_DOUBTED))
