"""Judge the time in the danger zone over the whole life of a lot, across all its sensors.

There are two rules of this shape: 2 hour/4 hour (FSANZ, Safe Food Australia, guide to Standard 3.2.2: below 2 h use or
chill, below 4 h use now, else discard), and the cumulative exposure of FDA's Fish and Fishery Products Hazards and
Controls Guidance, Appendix 4, which allows less where the food was warm.

Neither end of the band belongs to it. A gap is charged in full if either of its ends is in the band, and as warm if
either end is warm; so is the pause while the food moves between two sensors.
"""

import math

import msgspec

from gateway.haccp.rules.history import ReadingHistory
from gateway.haccp.rules.rule import NOWHERE, Band, Rule, moved_up
from gateway.haccp.rules.trace import (
    MINUTE,
    ROUNDING,
    Happening,
    Joint,
    Mark,
    Sample,
    Segment,
    above,
    between,
    clip,
    full,
    within,
)
from gateway.haccp.rules.verdict import Action, Measure, Outcome, Verdict, Why, gap_minutes, minutes, why

_OVER = frozenset({Happening.EATEN, Happening.DISCARDED})


class ExposureState(msgspec.Struct, frozen=True, gc=False):
    """Sum the microseconds in the band, those above `warm`, those in gaps (in `band` too), and unseen passages."""

    band: int = 0
    hot: int = 0
    was_warm: bool = False
    gap: int = 0
    passed: int = 0
    failed_at: int | None = None
    over_at: int | None = None


class Exposure(Rule[ExposureState], frozen=True):
    """Allow so much time in the band between `low` and `high`; times in microseconds, temperatures in Cel.

    Attributes:
        limit: time in the band that is allowed.
        reached_is_over: exactly the limit is too long already.
        chill_until: below it the food may be chilled again; None where the rule names no action.
        warm: time above it has a limit of its own, `warm_limit`.
        never_warm_limit: the limit in place of `limit` while the food was never warm.
    """

    low: float
    high: float
    limit: int
    max_gap: int
    reached_is_over: bool = False
    chill_until: int | None = None
    warm: float | None = None
    warm_limit: int = 0
    never_warm_limit: int = 0

    def begin(self) -> ExposureState:
        return ExposureState()

    def moved(self, by: float) -> "Exposure":
        warm = None if self.warm is None else moved_up(self.warm, -by)
        return msgspec.structs.replace(self, low=moved_up(self.low, -by), high=moved_up(self.high, by), warm=warm)

    def mark(self, state: ExposureState, mark: Mark) -> ExposureState:
        over = mark.event in _OVER and state.over_at is None
        return msgspec.structs.replace(state, over_at=mark.at) if over else state

    def along(self, state: ExposureState, segment: Segment) -> ExposureState:
        plain = state.over_at is None and segment.joint is Joint.LINE
        return self._charge(state, segment) if plain else self._until_over(state, segment)

    def calm(self, state: ExposureState, value: float) -> Band:
        if state.over_at is not None:
            return NOWHERE
        return (-math.inf, self.low) if value <= self.low else (self.high, math.inf)

    def _until_over(self, state: ExposureState, segment: Segment) -> ExposureState:
        """Charge a segment up to the meal; a gap that the meal cuts short is as warm as its two readings."""
        part = clip(segment, None, state.over_at)
        if part is None:
            return state
        if segment.joint is Joint.LINE:
            return self._charge(state, part)
        return self._charge_blind(state, msgspec.structs.replace(segment, end=part.end))

    def _charge(self, state: ExposureState, segment: Segment) -> ExposureState:
        span = between(segment, self.low, self.high)
        if span is None:
            return state
        warm = None if self.warm is None else above(segment, self.warm)
        if warm is None or warm[1] <= span[0] or warm[0] >= span[1]:
            return self._add(state, span[0], span[1], warm=False)
        if segment.first > segment.last:
            middle = min(warm[1], span[1])
            return self._add(self._add(state, span[0], middle, warm=True), middle, span[1], warm=False)
        middle = max(warm[0], span[0])
        return self._add(self._add(state, span[0], middle, warm=False), middle, span[1], warm=True)

    def _charge_blind(self, state: ExposureState, segment: Segment) -> ExposureState:
        ends = (segment.first, segment.last)
        gap = segment.length if segment.joint is Joint.GAP else 0
        if not any(self._inside(value) for value in ends):
            passed = min(ends) <= self.low and max(ends) >= self.high
            return msgspec.structs.replace(state, passed=state.passed + gap) if passed else state
        charged = self._add(state, segment.start, segment.end, warm=any(self._is_warm(value) for value in ends))
        return msgspec.structs.replace(charged, gap=charged.gap + gap)

    def _inside(self, value: float) -> bool:
        return self.low < value < self.high

    def _is_warm(self, value: float) -> bool:
        return self.warm is not None and self.warm < value < self.high

    def _add(self, state: ExposureState, start: int, end: int, *, warm: bool) -> ExposureState:
        if end <= start:
            return state
        was_warm = state.was_warm or warm
        left = self._left(state, warm=warm)
        failed_at = state.failed_at
        if failed_at is None and (end - start > left + ROUNDING or (self.reached_is_over and full(end - start, left))):
            failed_at = start + max(left, 0)
        band, hot = state.band + end - start, state.hot + (end - start if warm else 0)
        return ExposureState(band, hot, was_warm, state.gap, state.passed, failed_at, state.over_at)

    def _left(self, state: ExposureState, *, warm: bool) -> int:
        """Return how long the food may stay where it is until the limit."""
        if self.warm is None:
            return self.limit - state.band
        if not (warm or state.was_warm):
            return self.never_warm_limit - state.band
        left = self.limit - state.band
        return min(left, self.warm_limit - state.hot) if warm else left

    def verdict(self, state: ExposureState, history: ReadingHistory, now: int | None) -> Verdict:
        last = history.last
        if last is None:
            return Verdict(outcome=Outcome.INDETERMINATE, reasons=(why("no_reading_food"),))
        state = self._until(state, last, now)
        outcome, reasons = self._outcome(state, now)
        action = self._action(state)
        last_at = last.at if state.over_at is None else min(last.at, state.over_at)
        decided = state.failed_at if outcome is Outcome.FAIL else None if outcome is Outcome.RUNNING else last_at
        return Verdict(
            outcome=outcome,
            decided_at=decided,
            measures=self._measures(state, outcome, warm=self._is_warm(last.value)),
            reasons=reasons,
            action=action,
        )

    def _until(self, state: ExposureState, last: Sample, now: int | None) -> ExposureState:
        """Charge a silence longer than a gap up to `now`: whatever comes next, it will be charged."""
        end = min((at for at in (now, state.over_at) if at is not None), default=None)
        if end is None or end - last.at <= self.max_gap:
            return state
        return self._charge_blind(state, Segment(last.at, last.value, end, last.value, Joint.GAP))

    def _outcome(self, state: ExposureState, now: int | None) -> tuple[Outcome, tuple[Why, ...]]:
        if state.failed_at is not None:
            band = {"low": f"{self.low:g}", "high": f"{self.high:g}"}
            return Outcome.FAIL, (why("in_band", minutes=f"{minutes(state.band):.1f}", **band),)
        if now is not None and (state.over_at is None or state.over_at > now):
            return Outcome.RUNNING, ()
        if state.passed and not within(state.band + state.passed, self.limit):
            return Outcome.INDETERMINATE, (why("gap_passed"),)
        return Outcome.PASS, ()

    def _action(self, state: ExposureState) -> Action | None:
        if self.chill_until is None:
            return None
        if state.failed_at is not None:
            return Action.DISCARD
        return Action.USE_NOW if full(state.band, self.chill_until) else Action.USE_OR_CHILL

    def _measures(self, state: ExposureState, outcome: Outcome, *, warm: bool) -> dict[str, Measure | None]:
        allowed = self.never_warm_limit if self.warm is not None and not state.was_warm else self.limit
        left = 0 if state.failed_at is not None else max(self._left(state, warm=warm), 0)
        gap = gap_minutes(state.gap)
        return {
            "minutes_in_band": Measure(value=minutes(state.band), limit=allowed / MINUTE, verdict=outcome, gap_min=gap),
            "minutes_above_21": None
            if self.warm is None
            else Measure(value=minutes(state.hot), limit=self.warm_limit / MINUTE),
            "remaining_min": Measure(value=minutes(left), gap_min=gap),
        }
