"""Judge reheating: hot enough for long enough, and soon enough after leaving the cold (FDA Food Code 3-403.11).

The clock runs from the last time that the food was at `start` (Cel) or colder; the mark `reheating_started` begins a
new reheating, and is the start if the food was warmer already. Without either the start is unknown.
"""

import math

import msgspec

from gateway.haccp.rules.history import ReadingHistory
from gateway.haccp.rules.moment import Moment, at, elapsed, in_time
from gateway.haccp.rules.rule import Rule
from gateway.haccp.rules.stay import NEVER, HeatTreatment, Stays, alone, along
from gateway.haccp.rules.trace import (
    MINUTE,
    SECOND,
    Happening,
    Joint,
    Mark,
    Sample,
    Segment,
    above,
    at_or_above,
    clip,
    full,
)
from gateway.haccp.rules.verdict import Decision, Measure, Outcome, Verdict, Why, gap_minutes, minutes, undecided, why


class ReheatingState(msgspec.Struct, frozen=True, gc=False):
    """Hold when the food left the cold (`start`, None while it is cold), and when its hot stay began (`reached`)."""

    stays: Stays = NEVER
    marked_at: int | None = None
    start: Moment | None = None
    start_unknown: bool = False
    reached: Moment | None = None
    first_reached: Moment | None = None


class Reheating(Rule[ReheatingState], frozen=True):
    """Require a heat treatment after the food was at `start`; `within` in microseconds, None without a time limit."""

    start: float
    need: HeatTreatment
    within: int | None

    def begin(self) -> ReheatingState:
        return ReheatingState()

    def moved(self, by: float) -> "Reheating":
        return msgspec.structs.replace(self, need=self.need.moved(by))

    def mark(self, state: ReheatingState, mark: Mark) -> ReheatingState:
        return ReheatingState(marked_at=mark.at) if mark.event is Happening.REHEATING_STARTED else state

    def first(self, state: ReheatingState, sample: Sample) -> ReheatingState:
        return self._alone(state, sample.at, sample.value)

    def along(self, state: ReheatingState, segment: Segment) -> ReheatingState:
        if state.stays.seen.met_at is not None:
            stays = along(self.need, state.stays, segment)
            return state if stays is state.stays else msgspec.structs.replace(state, stays=stays)
        part = clip(segment, state.marked_at, None)
        if part is None or math.isnan(part.first):
            return self._alone(state, segment.end, segment.last)
        if state.start is None and state.reached is None and part.start == state.marked_at:
            state = self._alone(state, part.start, part.first)
        return self._climb(state, part)

    def _alone(self, state: ReheatingState, moment: int, value: float) -> ReheatingState:
        warm = value > self.start
        start = None
        if warm or value == self.start:
            start = Moment(moment if state.marked_at is None else state.marked_at, moment)
        hot = value >= self.need.temperature
        reached = at(moment) if hot else None
        return msgspec.structs.replace(
            state,
            stays=alone(self.need, state.stays, moment, value),
            start=start,
            start_unknown=warm and state.marked_at is None,
            reached=reached,
            first_reached=reached,
        )

    def _climb(self, state: ReheatingState, segment: Segment) -> ReheatingState:
        stays = along(self.need, state.stays, segment)
        if segment.last <= self.start and stays.seen.met_at is None:
            left = at(segment.end) if segment.last == self.start else None
            return msgspec.structs.replace(
                state, stays=stays, start=left, start_unknown=False, reached=None, first_reached=None
            )
        start = state.start
        if segment.first <= self.start:
            start = self._left(segment)
        reached = self._reached(state, segment)
        return msgspec.structs.replace(
            state,
            stays=stays,
            start=start,
            start_unknown=state.start_unknown and segment.first > self.start,
            reached=reached,
            first_reached=state.first_reached or reached,
        )

    def _left(self, segment: Segment) -> Moment:
        if segment.joint is not Joint.LINE:
            return Moment(segment.start, segment.end)
        warm = above(segment, self.start)
        return at(segment.start if warm is None else warm[0])

    def _reached(self, state: ReheatingState, segment: Segment) -> Moment | None:
        """Return when the stay began that holds at the end of the segment, or that was long enough within it."""
        hot = segment.last >= self.need.temperature
        if segment.joint is not Joint.LINE:
            if not hot:
                return None
            before = state.reached if segment.first >= self.need.temperature else None
            return Moment(segment.start if before is None else before.earliest, segment.end)
        span = at_or_above(segment, self.need.temperature)
        if span is None:
            return None
        if segment.first >= self.need.temperature and state.reached is not None:
            return state.reached if hot or full(span[1] - state.reached.latest, self.need.hold) else None
        return at(span[0]) if hot or full(span[1] - span[0], self.need.hold) else None

    def verdict(self, state: ReheatingState, history: ReadingHistory, now: int | None) -> Verdict:
        if history.last is None:
            return Verdict(outcome=Outcome.INDETERMINATE, reasons=(why("no_reading_reheating"),))
        outcome, decided_at, reasons = self._outcome(state, history.last, now)
        held = (state.stays.seen.longest or 0) / SECOND
        reached = state.reached or state.first_reached
        took = elapsed(state.start, reached) if state.start is not None and reached is not None else None
        measures: dict[str, Measure | None] = {
            "minutes_to_target": Measure(
                value=None if took is None else minutes(took.most),
                limit=None if self.within is None else self.within / MINUTE,
                verdict=outcome,
                gap_min=None if took is None else gap_minutes(took.gap),
            ),
            "held_s": Measure(value=held, unit="s", limit=self.need.hold / SECOND),
        }
        return Verdict(outcome=outcome, decided_at=decided_at, measures=measures, reasons=reasons)

    def _outcome(self, state: ReheatingState, last: Sample, now: int | None) -> Decision:
        met_at = state.stays.seen.met_at
        if met_at is not None:
            return self._when_met(state, met_at)
        if self.within is None:
            if now is not None:
                return Outcome.RUNNING, None, ()
            hidden = state.stays.possible.met_at is not None
            return Outcome.INDETERMINATE if hidden else Outcome.FAIL, last.at, (self._wanted(),)
        deadline = None if state.start is None else state.start.latest + self.within
        in_reach = state.reached is not None and deadline is not None and state.reached.earliest <= deadline
        if deadline is not None and last.at >= deadline and not in_reach:
            if state.stays.possible.met_at is not None:
                return Outcome.INDETERMINATE, last.at, (why("gap_hides"),)
            return Outcome.FAIL, deadline, (self._wanted(self.within),)
        return undecided(now), None if now is not None else last.at, (self._wanted(),)

    def _when_met(self, state: ReheatingState, met_at: int) -> Decision:
        if self.within is None:
            return Outcome.PASS, met_at, ()
        if state.start is None or state.reached is None:
            return Outcome.INDETERMINATE, met_at, (why("reheat_start"),)
        outcome = in_time(elapsed(state.start, state.reached), self.within)
        if outcome is Outcome.FAIL:
            return outcome, state.start.latest + self.within, (why("reheat_late"),)
        if state.start_unknown and outcome is Outcome.PASS:
            return Outcome.INDETERMINATE, met_at, (why("reheat_warm", limit=f"{self.start:g}"),)
        reasons = () if outcome is Outcome.PASS else (why("gap_hides_time"),)
        return outcome, met_at, reasons

    def _wanted(self, within: int | None = None) -> Why:
        parts = {"limit": f"{self.need.temperature:g}", "seconds": f"{self.need.hold / SECOND:g}"}
        if within is None:
            return why("reheat_unseen", **parts)
        return why("reheat_within", minutes=f"{within / MINUTE:g}", **parts)
