"""Cooling in stages (FDA Food Code 3-501.14; FSANZ Standard 3.2.2 clause 7; USDA FSIS Appendix B; Codex CXC 39-1993).

The clock starts at the first crossing downwards of the first stage's `start` after the last valid cook or reheat: the
mark `cooking_ended`, or the batch's own cooking criterion. A return above it that is no valid reheat neither stops nor
resets the clock. A stage ends at the first reading line at or below its `to`. Stages are judged independently: each one
on its own clock, or on the clock of the whole (`total`).

A trace that starts at or above the first limit needs no cook before it; one that starts below it needs one.
What happens inside a gap has an earliest and a latest time; only what neither can change is decided.
"""

from bisect import bisect_left

import msgspec

from gateway.rules.cooling_forecast import Forecast, Newton, forecast
from gateway.rules.moment import Elapsed, Moment, at, elapsed, in_time
from gateway.rules.rule import moved_up
from gateway.rules.stay import NOWHERE, Need, Stays, alone, along
from gateway.rules.trace import (
    MINUTE,
    SECOND,
    Event,
    Happening,
    Joint,
    Mark,
    Sample,
    Segment,
    clip,
    crossing,
    full,
    segment_between,
)
from gateway.rules.verdict import (
    TIME,
    WORST_FIRST,
    Measure,
    Outcome,
    Verdict,
    Why,
    gap_minutes,
    minutes,
    undecided,
    why,
    worst,
)

KEPT = 60 * MINUTE
"""Of the falling curve: more than the forecast's window and its warm-up."""
_FEW = 20
_RECENT = 32
"""Readings that are added one by one; then they join the others."""

Readings = tuple[tuple[int, float], ...]


VALID_COOK = Need(74.0, 15 * SECOND)
"""A cook or reheat of which nothing else is known (FDA Food Code 3-401.11, 3-403.11)."""


class Stage(msgspec.Struct, frozen=True):
    """From `start` down to `to` (Cel) within so many microseconds, on the clock of the whole when `total`."""

    name: str
    start: float
    to: float
    within: int
    total: bool


class Course(msgspec.Struct, frozen=True, gc=False):
    """When a stage's own clock began, and when its limit was reached."""

    began: Moment | None = None
    ended: Moment | None = None


class State(msgspec.Struct, frozen=True, gc=False):
    """How a run stands.

    Attributes:
        armed: a crossing downwards starts the clock.
        off_heat: cooking has ended, by its mark or because the trace began hot; else it may still be on the stove.
        marked: cooking has ended by its mark, whatever the probe showed then: it may not have been in the food yet.
        alone: there is one reading so far.
        curve: the readings of the present sensor since the food was hottest.
    """

    courses: tuple[Course, ...]
    last: Sample | None = None
    armed: bool = False
    off_heat: bool = False
    marked: bool = False
    alone: bool = False
    cook: Stays = NOWHERE
    reheat: Stays = NOWHERE
    ended_mark: int | None = None
    curve: Readings = ()
    recent: Readings = ()

    @property
    def falling(self) -> Readings:
        """The readings since the food was hottest."""
        return self.curve + self.recent


class Cooling(msgspec.Struct, frozen=True):
    """Stages in order; the first one's clock is the clock of the whole.

    Attributes:
        cook: the batch's own criterion, after which a crossing downwards starts the clock.
        reheat: what sets a running clock back.
        either: one stage that is met is enough.
        newton: how warm the room is, for the forecast.
    """

    stages: tuple[Stage, ...]
    max_gap: int
    cook: Need = VALID_COOK
    reheat: Need = VALID_COOK
    either: bool = False
    newton: Newton = Newton()

    def begin(self) -> State:
        return State(tuple(Course() for _ in self.stages))

    def moved(self, by: float) -> "Cooling":
        stages = tuple(msgspec.structs.replace(stage, to=moved_up(stage.to, -by)) for stage in self.stages)
        return msgspec.structs.replace(self, stages=stages)

    @property
    def hot(self) -> float:
        return self.stages[0].start

    def take(self, state: State, event: Event) -> State:
        if isinstance(event, Mark):
            ended = event.event is Happening.COOKING_ENDED
            return msgspec.structs.replace(state, ended_mark=event.at) if ended else state
        if state.last is None:
            return self._first(state, event)
        moved = state.last.sensor != event.sensor
        curve, recent = _falling((), (), event) if moved else _falling(state.curve, state.recent, event)
        state = self._next(state, segment_between(state.last, event, self.max_gap))
        return msgspec.structs.replace(state, last=event, alone=False, curve=curve, recent=recent)

    def _first(self, state: State, sample: Sample) -> State:
        state = msgspec.structs.replace(
            state,
            last=sample,
            armed=sample.value >= self.hot,
            off_heat=sample.value >= self.hot,
            marked=state.ended_mark is not None,
            alone=True,
            cook=alone(self.cook, state.cook, sample.at, sample.value),
            reheat=alone(self.reheat, state.reheat, sample.at, sample.value),
            ended_mark=None,
            recent=((sample.at, sample.value),),
        )
        return self._started(state, at(sample.at)) if sample.value == self.hot else state

    def _next(self, state: State, segment: Segment) -> State:
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

    def _cook_ended(self, state: State, value: float) -> State:
        """At the mark the clock is set back, unless the food had fallen below the first limit before it."""
        if value >= self.hot:
            return msgspec.structs.replace(self._reset(state), off_heat=True)
        return msgspec.structs.replace(state, marked=True)

    def _cook_ended_unseen(self, state: State, segment: Segment, mark: int) -> State:
        """Inside a gap the food may have fallen on either side of the mark: the clock that runs goes on."""
        ends = (segment.first, segment.last)
        if mark == segment.start or min(ends) >= self.hot or max(ends) < self.hot:
            return self._cook_ended(state, segment.first)
        return msgspec.structs.replace(state, armed=True)

    def _reset(self, state: State) -> State:
        return msgspec.structs.replace(state, armed=True, courses=self.begin().courses)

    def _along(self, state: State, segment: Segment) -> State:
        state = self._heated(state, segment)
        if state.marked and not state.armed and segment.last >= self.hot:
            state = msgspec.structs.replace(state, armed=True, off_heat=True)
        if state.courses[0].began is None and state.armed:
            began = self._fell(segment, self.hot)
            state = state if began is None else self._started(state, began)
        courses = self._courses(state, segment)
        return state if courses is state.courses else msgspec.structs.replace(state, courses=courses)

    def _heated(self, state: State, segment: Segment) -> State:
        cook, reheat = along(self.cook, state.cook, segment), along(self.reheat, state.reheat, segment)
        if reheat.seen.met_at is not None:
            # Each valid reheat is met anew, so that the next one is seen, too.
            heated_again = not state.armed or state.courses[0].began is not None
            state = msgspec.structs.replace(self._reset(state), off_heat=state.off_heat and not heated_again)
            reheat = Stays(msgspec.structs.replace(reheat.seen, met_at=None), reheat.possible)
        armed = state.armed or cook.seen.met_at is not None
        if cook is state.cook and reheat is state.reheat and armed is state.armed:
            return state
        return msgspec.structs.replace(state, armed=armed, cook=cook, reheat=reheat)

    def _started(self, state: State, began: Moment) -> State:
        courses = tuple(
            Course(began) if number == 0 or stage.total else Course() for number, stage in enumerate(self.stages)
        )
        return msgspec.structs.replace(state, courses=courses)

    def _fell(self, segment: Segment, level: float) -> Moment | None:
        """When the line left the level downwards."""
        if not segment.first >= level > segment.last:
            return None
        return at(crossing(segment, level)) if segment.joint is Joint.LINE else Moment(segment.start, segment.end)

    def _courses(self, state: State, segment: Segment) -> tuple[Course, ...]:
        clock = state.courses[0].began
        if clock is None or not self._any_steps(state.courses, segment):
            return state.courses
        both = zip(self.stages, state.courses, strict=True)
        return tuple(self._step(stage, course, clock, segment) for stage, course in both)

    def _any_steps(self, courses: tuple[Course, ...], segment: Segment) -> bool:
        """Whether a stage may begin or end in the segment; in most readings of a cooling none does."""
        for stage, course in zip(self.stages, courses, strict=True):
            if course.ended is None and (course.began is None or segment.last <= stage.to):
                return True
        return False

    def _step(self, stage: Stage, course: Course, clock: Moment, segment: Segment) -> Course:
        began = course.began or self._came_down(segment, stage.start, clock)
        if began is None or course.ended is not None:
            return course
        return Course(began, self._came_down(segment, stage.to, began))

    def _came_down(self, segment: Segment, level: float, since: Moment) -> Moment | None:
        """The first moment at or below the level that is not before `since`."""
        if not segment.last <= level:
            return None
        if segment.first <= level:
            found = at(segment.start)
        elif segment.joint is Joint.LINE:
            found = at(crossing(segment, level))
        else:
            found = Moment(segment.start, segment.end)
        return Moment(max(found.earliest, since.earliest), max(found.latest, since.latest))

    def verdict(self, state: State, now: int | None) -> Verdict:
        if state.last is None:
            return Verdict(outcome=Outcome.INDETERMINATE, reasons=(why("no_reading_cooling"),))
        seen = self._forecast(state)
        judged = [self._judge(stage, course, state, seen, now) for stage, course in self._by_stage(state)]
        outcome = self._of_all([found.outcome for found in judged])
        # A stage of which nobody knows leaves the others to decide whether it was a fail.
        asked = judged if outcome is Outcome.INDETERMINATE else [one for one in judged if one.outcome is outcome]
        decided = [found.decided_at for found in asked if found.decided_at is not None]
        early = (outcome is Outcome.FAIL) is not self.either
        return Verdict(
            outcome=outcome,
            decided_at=(min(decided) if early else max(decided)) if decided else None,
            measures=self._measures(state, judged, seen),
            reasons=tuple(reason for found in judged for reason in found.reasons),
        )

    def _of_all(self, outcomes: list[Outcome]) -> Outcome:
        if self.either:
            return max(outcomes, key=WORST_FIRST.index)
        outcome = worst(outcomes)
        return Outcome.RUNNING if outcome is Outcome.INDETERMINATE and Outcome.RUNNING in outcomes else outcome

    def _by_stage(self, state: State) -> list[tuple[Stage, Course]]:
        return list(zip(self.stages, state.courses, strict=True))

    def _forecast(self, state: State) -> Forecast | None:
        curve = state.falling
        if not state.armed or not (len(curve) > 1 or state.alone):
            return None
        off_heat = state.off_heat or state.courses[0].began is not None
        return forecast(curve, self.newton, off_heat=off_heat)

    def _judge(self, stage: Stage, course: Course, state: State, seen: Forecast | None, now: int | None) -> "_Judged":
        took = None if course.began is None or course.ended is None else elapsed(course.began, course.ended)
        if took is not None and course.began is not None and course.ended is not None:
            outcome = in_time(took, stage.within)
            decided = course.ended.latest if outcome is not Outcome.FAIL else course.began.latest + stage.within
            reasons = () if outcome is Outcome.PASS else (_late(stage, took, outcome),)
            return _Judged(outcome, decided, reasons, took)
        return self._judge_unfinished(stage, course, state, seen, now)

    def _judge_unfinished(
        self, stage: Stage, course: Course, state: State, seen: Forecast | None, now: int | None
    ) -> "_Judged":
        last_at = 0 if state.last is None else state.last.at
        if course.began is not None and full(last_at - course.began.latest, stage.within):
            late = why("stage_late", limit=f"{stage.to:g}", minutes=f"{stage.within / MINUTE:g}")
            return _Judged(Outcome.FAIL, course.began.latest + stage.within, (_of(stage, late),), None)
        coming = None if seen is None else seen.of(stage.start, stage.to, stage.within, course.began)
        if coming is not None and coming.verdict in {Outcome.PREDICTED_FAIL, Outcome.INFEASIBLE}:
            return _Judged(coming.verdict, last_at, (_of(stage, coming.why),), None, coming.measure)
        outcome = undecided(now) if state.armed else Outcome.INDETERMINATE
        measure = None if coming is None else coming.measure
        told = (_of(stage, self._why(stage, course, state)),)
        return _Judged(outcome, None if outcome is Outcome.RUNNING else last_at, told, None, measure)

    def _why(self, stage: Stage, course: Course, state: State) -> Why:
        if not state.armed:
            return why("no_cook", limit=f"{self.hot:g}")
        if course.began is None:
            return why("not_crossed", limit=f"{stage.start:g}")
        return why("not_yet", limit=f"{stage.to:g}")

    def _measures(self, state: State, judged: list["_Judged"], seen: Forecast | None) -> dict[str, Measure | None]:
        began = state.courses[0].began
        found: dict[str, Measure | None] = {}
        for stage, one in zip(self.stages, judged, strict=True):
            found[stage.name] = Measure(
                value=None if one.took is None else minutes(one.took.most),
                limit=stage.within / MINUTE,
                verdict=one.outcome,
                gap_min=None if one.took is None else gap_minutes(one.took.gap),
            )
        found["started_at"] = None if began is None else Measure(value=began.earliest, unit=TIME)
        found["k_per_h"] = None if seen is None or seen.k is None else Measure(value=seen.k, unit="1/h")
        found["ambient"] = None if seen is None else Measure(value=seen.ambient, unit="°C")
        for stage, one in zip(self.stages, judged, strict=True):
            found[f"predicted_{stage.name}"] = one.predicted
        return found


class _Judged(msgspec.Struct, frozen=True):
    outcome: Outcome
    decided_at: int | None
    reasons: tuple[Why, ...]
    took: Elapsed | None
    predicted: Measure | None = None


def _of(stage: Stage, reason: Why) -> Why:
    return why("of_stage", stage=stage.name, why=(reason,))


def _late(stage: Stage, took: Elapsed, outcome: Outcome) -> Why:
    if outcome is Outcome.INDETERMINATE:
        return _of(stage, why("gap_hides_limit", limit=f"{stage.to:g}"))
    allowed = f"{stage.within / MINUTE:g}"
    return _of(stage, why("stage_took", minutes=f"{minutes(took.least):.1f}", allowed=allowed))


def _falling(curve: Readings, recent: Readings, sample: Sample) -> tuple[Readings, Readings]:
    """The readings since the hottest one; what the forecast never looks at again is dropped."""
    first = curve[0] if curve else recent[0] if recent else None
    newest = (sample.at, sample.value)
    if first is None or sample.value >= first[1]:
        return (), (newest,)
    recent = (*recent, newest)
    if len(recent) < _RECENT:
        return curve, recent
    kept = curve + recent
    if sample.at - kept[0][0] <= 2 * KEPT or len(kept) <= _FEW:
        return kept, ()
    oldest = bisect_left(kept, sample.at - KEPT, key=lambda one: one[0])
    return kept[min(oldest, len(kept) - _FEW) :], ()
