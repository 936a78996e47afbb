"""Dish rinse: hot enough for long enough (FDA Food Code 4-501.111, 4-501.112, 4-703.11)."""

import msgspec

from gateway.haccp.rules.rule import NOWHERE, Band
from gateway.haccp.rules.seen import Seen
from gateway.haccp.rules.stay import NEVER, Need, Stays, alone, along
from gateway.haccp.rules.trace import SECOND, Mark, Sample, Segment
from gateway.haccp.rules.verdict import Measure, Outcome, Verdict, Why, why


class State(msgspec.Struct, frozen=True, gc=False):
    """What was seen of one rinse."""

    stays: Stays = NEVER
    peak: float | None = None


class Rinse(msgspec.Struct, frozen=True):
    """One rinse, or one trace of a machine's final rinse."""

    need: Need

    def begin(self) -> State:
        return State()

    def moved(self, by: float) -> "Rinse":
        return Rinse(self.need.moved(by))

    def mark(self, state: State, mark: Mark) -> State:  # noqa: ARG002 - none counts
        return state

    def first(self, state: State, sample: Sample) -> State:
        return State(alone(self.need, state.stays, sample.at, sample.value), sample.value)

    def along(self, state: State, segment: Segment) -> State:
        stays = along(self.need, state.stays, segment)
        peak = segment.last if state.peak is None else max(segment.last, state.peak)
        return state if stays is state.stays and peak == state.peak else State(stays, peak)

    def calm(self, state: State, value: float) -> Band:  # noqa: ARG002 - whatever it says, each reading is looked at
        return NOWHERE

    def verdict(self, state: State, seen: Seen, now: int | None) -> Verdict:
        if seen.last is None:
            return Verdict(outcome=Outcome.INDETERMINATE, reasons=(why("no_reading_rinse"),))
        outcome, decided_at, reasons = self._outcome(state, seen.last, now)
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
