"""Dish rinse: hot enough for long enough (FDA Food Code 4-501.111, 4-501.112, 4-703.11)."""

import msgspec

from gateway.rules.stay import NOWHERE, Need, Stays, alone, along
from gateway.rules.trace import SECOND, Event, Mark, Sample, segment_between
from gateway.rules.verdict import Measure, Outcome, Verdict, Why, why


class State(msgspec.Struct, frozen=True, gc=False):
    """What was seen of one rinse."""

    stays: Stays = NOWHERE
    last: Sample | None = None
    peak: float | None = None


class Rinse(msgspec.Struct, frozen=True):
    """One rinse, or one trace of a machine's final rinse; `max_gap` in microseconds."""

    need: Need
    max_gap: int

    def begin(self) -> State:
        return State()

    def moved(self, by: float) -> "Rinse":
        return Rinse(self.need.moved(by), self.max_gap)

    def take(self, state: State, event: Event) -> State:
        if isinstance(event, Mark):
            return state
        if state.last is None:
            return State(alone(self.need, state.stays, event.at, event.value), event, event.value)
        stays = along(self.need, state.stays, segment_between(state.last, event, self.max_gap))
        return State(stays, event, max(event.value, state.peak or event.value))

    def verdict(self, state: State, now: int | None) -> Verdict:
        if state.last is None:
            return Verdict(outcome=Outcome.INDETERMINATE, reasons=(why("no_reading_rinse"),))
        outcome, decided_at, reasons = self._outcome(state, state.last, now)
        held = (state.stays.seen.longest or 0) / SECOND
        measures = {
            "peak": Measure(value=state.peak, unit="°C", limit=self.need.temperature),
            "held_s": Measure(value=held, unit="s", limit=self.need.hold / SECOND, verdict=outcome),
        }
        return Verdict(outcome=outcome, decided_at=decided_at, measures=measures, reasons=reasons)

    def _outcome(self, state: State, last: Sample, now: int | None) -> tuple[Outcome, int | None, tuple[Why, ...]]:
        if state.stays.seen.met_at is not None:
            return Outcome.PASS, state.stays.seen.met_at, ()
        if now is not None:
            return Outcome.RUNNING, None, ()
        if state.stays.possible.met_at is not None:
            return Outcome.INDETERMINATE, last.at, (why("gap_hides"),)
        limit, seconds = f"{self.need.temperature:g}", f"{self.need.hold / SECOND:g}"
        return Outcome.FAIL, last.at, (why("rinse", limit=limit, seconds=seconds),)
