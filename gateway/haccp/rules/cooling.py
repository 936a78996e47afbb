"""Judge cooling in stages (FDA Food Code 3-501.14; FSANZ Standard 3.2.2 clause 7; FSIS Appendix B; Codex CXC 39-1993).

The clock starts at the first crossing downwards of the first stage's `start` after the last valid cook or reheat: the
mark `cooking_ended`, or the batch's own cooking criterion. A return above it that is no valid reheat neither stops nor
resets the clock. A stage ends at the first reading line at or below its `to`. Stages are judged independently: each one
on its own clock, or on the clock of the whole (`total`).

A trace that starts at or above the first limit needs no cook before it; one that starts below it needs one.
What happens inside a gap has an earliest and a latest time; a verdict is given only if both agree.
"""

import math

import msgspec

from gateway.haccp.rules.cooling_forecast import Forecast, Newton, forecast
from gateway.haccp.rules.cooling_stages import CoolingState, Stage, StageCourse
from gateway.haccp.rules.cooling_verdict import Look
from gateway.haccp.rules.history import ReadingHistory
from gateway.haccp.rules.moment import Moment, at
from gateway.haccp.rules.rule import NOWHERE, Band, Rule, moved_up
from gateway.haccp.rules.stay import HeatTreatment, Stays, alone, along
from gateway.haccp.rules.trace import SECOND, Happening, Joint, Mark, Sample, Segment, clip, crossing
from gateway.haccp.rules.verdict import Outcome, Verdict, why

VALID_COOK = HeatTreatment(74.0, 15 * SECOND)
"""A valid cook or reheat, where the food's own is not known (FDA Food Code 3-401.11, 3-403.11)."""


class Cooling(Rule[CoolingState], frozen=True):
    """Require stages in order; the clock of the first is the clock of the whole.

    Attributes:
        cook: the batch's own cooking criterion; after it a crossing downwards starts the clock.
        reheat: the reheat that resets a running clock.
        either: one stage that is met is enough.
        newton: the room's temperature, for the forecast.
    """

    stages: tuple[Stage, ...]
    cook: HeatTreatment = VALID_COOK
    reheat: HeatTreatment = VALID_COOK
    either: bool = False
    newton: Newton = Newton()

    def begin(self) -> CoolingState:
        return CoolingState(tuple(StageCourse() for _ in self.stages))

    def moved(self, by: float) -> "Cooling":
        stages = tuple(msgspec.structs.replace(stage, to=moved_up(stage.to, -by)) for stage in self.stages)
        return msgspec.structs.replace(self, stages=stages)

    @property
    def hot(self) -> float:
        return self.stages[0].start

    def mark(self, state: CoolingState, mark: Mark) -> CoolingState:
        ended = mark.event is Happening.COOKING_ENDED
        return msgspec.structs.replace(state, ended_mark=mark.at) if ended else state

    def first(self, state: CoolingState, sample: Sample) -> CoolingState:
        state = msgspec.structs.replace(
            state,
            armed=sample.value >= self.hot,
            off_heat=sample.value >= self.hot,
            marked=state.ended_mark is not None,
            cook=alone(self.cook, state.cook, sample.at, sample.value),
            reheat=alone(self.reheat, state.reheat, sample.at, sample.value),
            ended_mark=None,
        )
        return self._started(state, at(sample.at)) if sample.value == self.hot else state

    def along(self, state: CoolingState, segment: Segment) -> CoolingState:
        mark = state.ended_mark
        if mark is None:
            return self._along(state, segment)
        if segment.joint is Joint.LINE:
            before, after = clip(segment, None, mark), clip(segment, mark, None)
            state = state if before is None else self._along(state, before)
            state = state if after is None else self._along(self._cook_ended(state, after.first), after)
        else:
            state = self._along(self._cook_ended_unseen(state, segment, mark), segment)
        return msgspec.structs.replace(state, ended_mark=None)

    def calm(self, state: CoolingState, value: float) -> Band:
        low, high = -math.inf, min(self.cook.temperature, self.reheat.temperature)
        if state.ended_mark is not None or not (state.cook.at_rest and state.reheat.at_rest):
            return NOWHERE
        if state.courses[0].began is None:
            return (self.hot, high) if value > self.hot else (low, min(self.hot, high))
        for stage, course in zip(self.stages, state.courses, strict=True):
            if course.ended is None:
                low = max(low, stage.start if course.began is None else stage.to)
        return low, high

    def _cook_ended(self, state: CoolingState, value: float) -> CoolingState:
        """Reset the clock at the mark, unless the food had fallen below the first limit before it."""
        if value >= self.hot:
            return msgspec.structs.replace(self._reset(state), off_heat=True)
        return msgspec.structs.replace(state, marked=True)

    def _cook_ended_unseen(self, state: CoolingState, segment: Segment, mark: int) -> CoolingState:
        """Handle a mark inside a gap: the food may have fallen before it or after, so a running clock goes on."""
        ends = (segment.first, segment.last)
        if mark == segment.start or min(ends) >= self.hot or max(ends) < self.hot:
            return self._cook_ended(state, segment.first)
        return msgspec.structs.replace(state, armed=True)

    def _reset(self, state: CoolingState) -> CoolingState:
        return msgspec.structs.replace(state, armed=True, courses=self.begin().courses)

    def _along(self, state: CoolingState, segment: Segment) -> CoolingState:
        state = self._heated(state, segment)
        if state.marked and not state.armed and segment.last >= self.hot:
            state = msgspec.structs.replace(state, armed=True, off_heat=True)
        if state.courses[0].began is None and state.armed:
            began = self._fell(segment, self.hot)
            state = state if began is None else self._started(state, began)
        courses = self._courses(state, segment)
        return state if courses is state.courses else msgspec.structs.replace(state, courses=courses)

    def _heated(self, state: CoolingState, segment: Segment) -> CoolingState:
        cook = along(self.cook, state.cook, segment)
        same = state.reheat is state.cook and self.reheat == self.cook
        reheat = cook if same else along(self.reheat, state.reheat, segment)
        if reheat.seen.met_at is not None:
            # Each valid reheat is met anew, so that the next one is seen, too.
            heated_again = not state.armed or state.courses[0].began is not None
            state = msgspec.structs.replace(self._reset(state), off_heat=state.off_heat and not heated_again)
            reheat = Stays(msgspec.structs.replace(reheat.seen, met_at=None), reheat.possible)
        armed = state.armed or cook.seen.met_at is not None
        if cook is state.cook and reheat is state.reheat and armed is state.armed:
            return state
        return msgspec.structs.replace(state, armed=armed, cook=cook, reheat=reheat)

    def _started(self, state: CoolingState, began: Moment) -> CoolingState:
        courses = tuple(
            StageCourse(began) if number == 0 or stage.total else StageCourse()
            for number, stage in enumerate(self.stages)
        )
        return msgspec.structs.replace(state, courses=courses)

    def _fell(self, segment: Segment, level: float) -> Moment | None:
        """Return when the line fell below the level; None if it did not."""
        if not segment.first >= level > segment.last:
            return None
        return at(crossing(segment, level)) if segment.joint is Joint.LINE else Moment(segment.start, segment.end)

    def _courses(self, state: CoolingState, segment: Segment) -> tuple[StageCourse, ...]:
        courses, last = state.courses, segment.last
        clock = courses[0].began
        if clock is None:
            return courses
        for stage, course in zip(self.stages, courses, strict=True):
            if course.ended is None and last <= (stage.start if course.began is None else stage.to):
                both = zip(self.stages, courses, strict=True)
                return tuple(self._step(stage, course, clock, segment) for stage, course in both)
        return courses  # as in most readings of a cooling

    def _step(self, stage: Stage, course: StageCourse, clock: Moment, segment: Segment) -> StageCourse:
        began = course.began or self._came_down(segment, stage.start, clock)
        if began is None or course.ended is not None:
            return course
        return StageCourse(began, self._came_down(segment, stage.to, began))

    def _came_down(self, segment: Segment, level: float, since: Moment) -> Moment | None:
        """Return the first moment at or below the level that is not before `since`."""
        if not segment.last <= level:
            return None
        if segment.first <= level:
            moment = at(segment.start)
        elif segment.joint is Joint.LINE:
            moment = at(crossing(segment, level))
        else:
            moment = Moment(segment.start, segment.end)
        return Moment(max(moment.earliest, since.earliest), max(moment.latest, since.latest))

    def verdict(self, state: CoolingState, history: ReadingHistory, now: int | None) -> Verdict:
        if history.last is None:
            return Verdict(outcome=Outcome.INDETERMINATE, reasons=(why("no_reading_cooling"),))
        ahead = self._forecast(state, history)
        return Look(self.stages, self.either, state, ahead, history.last.at, now).verdict()

    def _forecast(self, state: CoolingState, history: ReadingHistory) -> Forecast | None:
        falling = history.falling
        if not state.armed or not (len(falling) > 1 or history.count == 1):
            return None
        off_heat = state.off_heat or state.courses[0].began is not None
        return forecast(falling, self.newton, off_heat=off_heat)
