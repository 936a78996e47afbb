"""Judge the time from the end of cooking to the meal, and until when the food may be eaten.

Only marks count: of several meals the last, of several ends of cooking the first. Both are the worse case.
"""

import msgspec

from gateway.haccp.rules.history import ReadingHistory
from gateway.haccp.rules.rule import EVERYWHERE, Band, Rule
from gateway.haccp.rules.trace import MINUTE, Happening, Mark, within
from gateway.haccp.rules.verdict import TIME, Decision, Measure, Outcome, Verdict, Why, minutes, why


class EatByState(msgspec.Struct, frozen=True, gc=False):
    """Hold the moments of the marks, in microseconds."""

    cooked_at: int | None = None
    eaten_at: int | None = None
    discarded_at: int | None = None
    marked_at: int | None = None


class EatBy(Rule[EatByState], frozen=True):
    """Allow so many microseconds from the mark `cooking_ended` to the mark `eaten`; warn after `warning`."""

    allowed: int
    warning: int | None = None

    def begin(self) -> EatByState:
        return EatByState()

    def mark(self, state: EatByState, mark: Mark) -> EatByState:
        state = msgspec.structs.replace(state, marked_at=mark.at)
        match mark.event:
            case Happening.COOKING_ENDED if state.cooked_at is None:
                return msgspec.structs.replace(state, cooked_at=mark.at)
            case Happening.EATEN:
                return msgspec.structs.replace(state, eaten_at=mark.at)
            case Happening.DISCARDED if state.discarded_at is None:
                return msgspec.structs.replace(state, discarded_at=mark.at)
            case _:
                return state

    def calm(self, _state: EatByState, _value: float) -> Band:
        return EVERYWHERE

    def verdict(self, state: EatByState, history: ReadingHistory, now: int | None) -> Verdict:
        if state.cooked_at is None:
            return Verdict(outcome=Outcome.INDETERMINATE, reasons=(why("no_cooked"),))
        latest = state.cooked_at + self.allowed
        if state.eaten_at is not None and state.eaten_at < state.cooked_at:
            return Verdict(outcome=Outcome.INDETERMINATE, reasons=(why("eaten_first"),))
        took = None if state.eaten_at is None else state.eaten_at - state.cooked_at
        last_at = max((at for at in (state.marked_at, history.last_at) if at is not None), default=None)
        outcome, decided_at, reasons = self._outcome(state, latest, took, last_at, now)
        measures: dict[str, Measure | None] = {
            "cook_to_eat_min": Measure(
                value=None if took is None else minutes(took), limit=self.allowed / MINUTE, verdict=outcome
            ),
            "latest_eat_by": Measure(value=latest, unit=TIME),
        }
        return Verdict(outcome=outcome, decided_at=decided_at, measures=measures, reasons=reasons)

    def _outcome(
        self, state: EatByState, latest: int, took: int | None, last_at: int | None, now: int | None
    ) -> Decision:
        if took is not None:
            if within(took, self.allowed):
                return Outcome.PASS, state.eaten_at, self._warned(took)
            return Outcome.FAIL, latest, (why("eaten", minutes=f"{minutes(took):.1f}"),)
        until = state.discarded_at if state.discarded_at is not None else now if now is not None else last_at
        if until is not None and not within(until, latest):
            return Outcome.FAIL, latest, (why("not_eaten", minutes=f"{self.allowed / MINUTE:g}"),)
        if state.discarded_at is not None:
            return Outcome.PASS, state.discarded_at, (why("discarded"),)
        if now is not None:
            return Outcome.RUNNING, None, ()
        return Outcome.INDETERMINATE, last_at, (why("no_eaten"),)

    def _warned(self, took: int) -> tuple[Why, ...]:
        if self.warning is None or within(took, self.warning):
            return ()
        return (why("eat_warned", minutes=f"{self.warning / MINUTE:g}"),)
