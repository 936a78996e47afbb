"""Judge the rinse of dishes: hot enough for long enough (FDA Food Code 4-501.111, 4-501.112, 4-703.11)."""

import msgspec

from gateway.haccp.rules.history import ReadingHistory
from gateway.haccp.rules.rule import Rule
from gateway.haccp.rules.stay import NEVER, HeatTreatment, Stays, alone, along
from gateway.haccp.rules.trace import SECOND, Sample, Segment
from gateway.haccp.rules.verdict import Decision, Measure, Outcome, Verdict, why


class RinseState(msgspec.Struct, frozen=True, gc=False):
    """Hold the stays and the peak of one rinse."""

    stays: Stays = NEVER
    peak: float | None = None


class Rinse(Rule[RinseState], frozen=True):
    """Require a heat treatment in one rinse, or in one trace of a machine's final rinse."""

    need: HeatTreatment

    def begin(self) -> RinseState:
        return RinseState()

    def moved(self, by: float) -> "Rinse":
        return Rinse(self.need.moved(by))

    def first(self, state: RinseState, sample: Sample) -> RinseState:
        return RinseState(alone(self.need, state.stays, sample.at, sample.value), sample.value)

    def along(self, state: RinseState, segment: Segment) -> RinseState:
        stays = along(self.need, state.stays, segment)
        peak = segment.last if state.peak is None else max(segment.last, state.peak)
        return state if stays is state.stays and peak == state.peak else RinseState(stays, peak)

    def verdict(self, state: RinseState, history: ReadingHistory, now: int | None) -> Verdict:
        if history.last is None:
            return Verdict(outcome=Outcome.INDETERMINATE, reasons=(why("no_reading_rinse"),))
        outcome, decided_at, reasons = self._outcome(state, history.last, now)
        held = (state.stays.seen.longest or 0) / SECOND
        measures = {
            "peak": Measure(value=state.peak, unit="°C", limit=self.need.temperature),
            "held_s": Measure(value=held, unit="s", limit=self.need.hold / SECOND, verdict=outcome),
        }
        return Verdict(outcome=outcome, decided_at=decided_at, measures=measures, reasons=reasons)

    def _outcome(self, state: RinseState, last: Sample, now: int | None) -> Decision:
        if state.stays.seen.met_at is not None:
            return Outcome.PASS, state.stays.seen.met_at, ()
        if now is not None:
            return Outcome.RUNNING, None, ()
        if state.stays.possible.met_at is not None:
            return Outcome.INDETERMINATE, last.at, (why("gap_hides"),)
        limit, seconds = f"{self.need.temperature:g}", f"{self.need.hold / SECOND:g}"
        return Outcome.FAIL, last.at, (why("rinse", limit=limit, seconds=seconds),)
