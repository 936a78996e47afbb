"""Judge the fridge of retained samples: cold all the time, and for long enough (Codex CXC 39-1993: three days).

The trace is the fridge's; the sample is in it from the first reading, or the mark `moved`, until the mark `discarded`.
"""

import msgspec

from gateway.haccp.rules.history import ReadingHistory
from gateway.haccp.rules.holding_control import HoldingControl, HoldingControlState
from gateway.haccp.rules.rule import Rule
from gateway.haccp.rules.trace import MINUTE, Happening, Mark, Sample, Segment, full
from gateway.haccp.rules.verdict import Measure, Outcome, Verdict, minutes, why, worst


class RetainedSampleState(msgspec.Struct, frozen=True):
    """Hold the state of the fridge, and from when to when it held the sample."""

    fridge: HoldingControlState = HoldingControlState()
    since: int | None = None
    removed_at: int | None = None


class RetainedSample(Rule[RetainedSampleState], frozen=True):
    """Keep a sample in the fridge for `kept` microseconds."""

    fridge: HoldingControl
    kept: int

    def begin(self) -> RetainedSampleState:
        return RetainedSampleState()

    def moved(self, by: float) -> "RetainedSample":
        return RetainedSample(self.fridge.moved(by), self.kept)

    def mark(self, state: RetainedSampleState, mark: Mark) -> RetainedSampleState:
        if state.removed_at is not None:
            return state
        match mark.event:
            case Happening.DISCARDED:
                return msgspec.structs.replace(state, removed_at=mark.at)
            case Happening.MOVED:
                return RetainedSampleState(since=mark.at)
            case _:
                return state if state.since is not None else msgspec.structs.replace(state, since=mark.at)

    def first(self, state: RetainedSampleState, sample: Sample) -> RetainedSampleState:
        return self._read(state, self.fridge.first(state.fridge, sample), sample.at)

    def along(self, state: RetainedSampleState, segment: Segment) -> RetainedSampleState:
        return self._read(state, self.fridge.along(state.fridge, segment), segment.end)

    def _read(self, state: RetainedSampleState, fridge: HoldingControlState, at: int) -> RetainedSampleState:
        if state.removed_at is not None:
            return state
        return RetainedSampleState(fridge, at if state.since is None else state.since)

    def verdict(self, state: RetainedSampleState, history: ReadingHistory, now: int | None) -> Verdict:
        cold = self.fridge.verdict(state.fridge, history, now if state.removed_at is None else None)
        if state.since is None or state.fridge.last is None:
            return cold
        until = state.fridge.last.at if state.removed_at is None else state.removed_at
        duration = until - state.since
        long_enough = self._long_enough(state, duration, now)
        early = long_enough is Outcome.FAIL
        measure = Measure(value=minutes(duration), limit=self.kept / MINUTE, verdict=long_enough)
        reasons = (why("removed", hours=f"{minutes(duration) / 60:.1f}"),) if early else ()
        outcome = worst((cold.outcome, long_enough))
        return msgspec.structs.replace(
            cold,
            outcome=outcome,
            decided_at=self._decided_at(cold, outcome, state),
            measures={**cold.measures, "kept_min": measure},
            reasons=(*cold.reasons, *reasons),
        )

    def _long_enough(self, state: RetainedSampleState, duration: int, now: int | None) -> Outcome:
        if full(duration, self.kept):
            return Outcome.PASS
        if state.removed_at is not None:
            return Outcome.FAIL
        return Outcome.INDETERMINATE if now is None else Outcome.RUNNING

    def _decided_at(self, cold: Verdict, outcome: Outcome, state: RetainedSampleState) -> int | None:
        if outcome is Outcome.RUNNING:
            return None
        return cold.decided_at if cold.outcome is outcome else state.removed_at
