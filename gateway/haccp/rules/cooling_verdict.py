"""Judge a cooling: each stage by its own course, else by its forecast, and all of them together."""

import msgspec

from gateway.haccp.rules.cooling_forecast import Forecast
from gateway.haccp.rules.cooling_stages import CoolingState, Stage, StageCourse
from gateway.haccp.rules.moment import Elapsed, elapsed, in_time
from gateway.haccp.rules.trace import MINUTE, full
from gateway.haccp.rules.verdict import (
    FORESEEN,
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


class Look(msgspec.Struct, frozen=True):
    """Judge the state of a cooling as of `now` (None: nothing more will come).

    Attributes:
        ahead: the forecast, if there is one.
        last_at: when the newest reading was taken.
    """

    stages: tuple[Stage, ...]
    either: bool
    state: CoolingState
    ahead: Forecast | None
    last_at: int
    now: int | None

    def verdict(self) -> Verdict:
        """Return the verdict on all stages."""
        judged = [self._judge(stage, course) for stage, course in zip(self.stages, self.state.courses, strict=True)]
        outcome = self._of_all([stage.outcome for stage in judged])
        # An INDETERMINATE stage leaves the others to decide since when the whole is certain.
        deciding = [stage for stage in judged if outcome in {Outcome.INDETERMINATE, stage.outcome}]
        moments = [stage.decided_at for stage in deciding if stage.decided_at is not None]
        early = (outcome is Outcome.FAIL) is not self.either
        return Verdict(
            outcome=outcome,
            decided_at=(min(moments) if early else max(moments)) if moments else None,
            measures=self._measures(judged),
            reasons=tuple(reason for stage in judged for reason in stage.reasons),
        )

    def _of_all(self, outcomes: list[Outcome]) -> Outcome:
        if self.either:
            return max(outcomes, key=WORST_FIRST.index)
        outcome = worst(outcomes)
        return Outcome.RUNNING if outcome is Outcome.INDETERMINATE and Outcome.RUNNING in outcomes else outcome

    def _judge(self, stage: Stage, course: StageCourse) -> "_Judged":
        took = None if course.began is None or course.ended is None else elapsed(course.began, course.ended)
        if took is not None and course.began is not None and course.ended is not None:
            outcome = in_time(took, stage.within)
            decided = course.ended.latest if outcome is not Outcome.FAIL else course.began.latest + stage.within
            reasons = () if outcome is Outcome.PASS else (_late(stage, took, outcome),)
            return _Judged(outcome, decided, reasons, took)
        return self._judge_unfinished(stage, course)

    def _judge_unfinished(self, stage: Stage, course: StageCourse) -> "_Judged":
        if course.began is not None and full(self.last_at - course.began.latest, stage.within):
            late = why("stage_late", limit=f"{stage.to:g}", minutes=f"{stage.within / MINUTE:g}")
            return _Judged(Outcome.FAIL, course.began.latest + stage.within, (_of(stage, late),), None)
        coming = None if self.ahead is None else self.ahead.of(stage.start, stage.to, stage.within, course.began)
        if coming is not None and coming.verdict in FORESEEN:
            return _Judged(coming.verdict, self.last_at, (_of(stage, coming.why),), None, coming.measure)
        outcome = undecided(self.now) if self.state.armed else Outcome.INDETERMINATE
        measure = None if coming is None else coming.measure
        reasons = (_of(stage, self._why(stage, course)),)
        return _Judged(outcome, None if outcome is Outcome.RUNNING else self.last_at, reasons, None, measure)

    def _why(self, stage: Stage, course: StageCourse) -> Why:
        if not self.state.armed:
            return why("no_cook", limit=f"{self.stages[0].start:g}")
        if course.began is None:
            return why("not_crossed", limit=f"{stage.start:g}")
        return why("not_yet", limit=f"{stage.to:g}")

    def _measures(self, judged: list["_Judged"]) -> dict[str, Measure | None]:
        began = self.state.courses[0].began
        measures: dict[str, Measure | None] = {}
        for stage, judgement in zip(self.stages, judged, strict=True):
            measures[stage.name] = Measure(
                value=None if judgement.took is None else minutes(judgement.took.most),
                limit=stage.within / MINUTE,
                verdict=judgement.outcome,
                gap_min=None if judgement.took is None else gap_minutes(judgement.took.gap),
            )
        measures["started_at"] = None if began is None else Measure(value=began.earliest, unit=TIME)
        measures["k_per_h"] = (
            None if self.ahead is None or self.ahead.k is None else Measure(value=self.ahead.k, unit="1/h")
        )
        measures["ambient"] = None if self.ahead is None else Measure(value=self.ahead.ambient, unit="°C")
        for stage, judgement in zip(self.stages, judged, strict=True):
            measures[f"predicted_{stage.name}"] = judgement.predicted
        return measures


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
