"""Judge time as the control: food leaves cold or hot keeping and is eaten or discarded in time.

Source: FDA Food Code 3-501.19: (B) four hours, started at 5 °C or below or at 57 °C or above; (C) six hours, started at
5 °C or below and never above 21 °C. Chilling the food again does not stop the clock; the mark `cooking_ended` restarts
it.
"""

import math

import msgspec

from gateway.haccp.rules.history import ReadingHistory
from gateway.haccp.rules.moment import Moment, at
from gateway.haccp.rules.rule import Rule, moved_up
from gateway.haccp.rules.trace import MINUTE, Happening, Joint, Mark, Sample, Segment, above, below, clip, within
from gateway.haccp.rules.verdict import TIME, Decision, Measure, Outcome, Verdict, Why, gap_minutes, minutes, why


class TimeControlState(msgspec.Struct, frozen=True, gc=False):
    """Hold when the food left temperature control (`out`); `unknown`: it was out when it was first seen."""

    out: Moment | None = None
    unknown: bool = False
    highest: float | None = None
    exceeded_at: int | None = None
    blind: bool = False
    over_at: int | None = None
    cooked_at: int | None = None


class TimeControl(Rule[TimeControlState], frozen=True):
    """Allow so many microseconds out of `cold` or `hot` keeping (None: not hot), never above `never_above`."""

    allowed: int
    cold: float
    hot: float | None
    never_above: float | None

    def begin(self) -> TimeControlState:
        return TimeControlState()

    def moved(self, by: float) -> "TimeControl":
        return msgspec.structs.replace(
            self,
            cold=moved_up(self.cold, -by),
            hot=None if self.hot is None else moved_up(self.hot, by),
            never_above=None if self.never_above is None else moved_up(self.never_above, -by),
        )

    def mark(self, state: TimeControlState, mark: Mark) -> TimeControlState:
        match mark.event:
            case Happening.EATEN | Happening.DISCARDED if state.over_at is None:
                return msgspec.structs.replace(state, over_at=mark.at)
            case Happening.COOKING_ENDED:
                return TimeControlState(over_at=state.over_at, cooked_at=mark.at)
            case _:
                return state

    def first(self, state: TimeControlState, sample: Sample) -> TimeControlState:
        return self._alone(state, sample.at, sample.value)

    def along(self, state: TimeControlState, segment: Segment) -> TimeControlState:
        part = clip(segment, state.cooked_at, state.over_at)
        if part is None:
            return state
        if state.highest is None:
            if math.isnan(part.first):
                return self._alone(state, segment.end, segment.last)
            state = self._alone(state, part.start, part.first)
        return self._along(state, part)

    def _alone(self, state: TimeControlState, moment: int, value: float) -> TimeControlState:
        if self._is_out(value):
            state = msgspec.structs.replace(state, out=at(moment), unknown=True)
        return self._seen(state, value, moment)

    def _is_out(self, value: float) -> bool:
        return value > self.cold and (self.hot is None or value < self.hot)

    def _along(self, state: TimeControlState, segment: Segment) -> TimeControlState:
        if state.out is None:
            left = self._left(segment)
            if left is None:
                return self._seen(state, segment.last, segment.end)
            state = msgspec.structs.replace(state, out=left)
        if segment.joint is Joint.GAP:
            state = msgspec.structs.replace(state, blind=True)
        warm = None if self.never_above is None or segment.joint is not Joint.LINE else above(segment, self.never_above)
        return self._seen(state, segment.last, segment.end if warm is None else warm[0])

    def _left(self, segment: Segment) -> Moment | None:
        """Return when the food left temperature control within the segment; None if it did not."""
        if segment.joint is not Joint.LINE:
            crossed = self._is_out(segment.last) or (segment.first <= self.cold) is not (segment.last <= self.cold)
            return Moment(segment.start, segment.end) if crossed else None
        over = above(segment, self.cold)
        if over is None:
            return None
        under = None if self.hot is None else below(segment, self.hot)
        if self.hot is not None and under is None:
            return None
        return at(over[0] if under is None else max(over[0], under[0]))

    def _seen(self, state: TimeControlState, value: float, moment: int) -> TimeControlState:
        if math.isnan(value):
            return state
        exceeded_at = state.exceeded_at
        if exceeded_at is None and state.out is not None and self.never_above is not None and value > self.never_above:
            exceeded_at = moment
        highest = value if state.highest is None else max(state.highest, value)
        if highest == state.highest and exceeded_at == state.exceeded_at:
            return state
        return msgspec.structs.replace(state, highest=highest, exceeded_at=exceeded_at)

    def verdict(self, state: TimeControlState, history: ReadingHistory, now: int | None) -> Verdict:
        if history.last is None or state.highest is None:
            return Verdict(outcome=Outcome.INDETERMINATE, reasons=(why("no_reading_food"),))
        until = _until(history.last.at, state.over_at, now)
        out = state.out
        spent = 0 if out is None else max(until - out.earliest, 0)
        discard_at = None if out is None else out.earliest + self.allowed
        outcome, decided_at, reasons = self._outcome(state, until, spent, now)
        gap = 0 if out is None else out.latest - out.earliest
        measures: dict[str, Measure | None] = {
            "minutes_out": Measure(
                value=minutes(spent), limit=self.allowed / MINUTE, verdict=outcome, gap_min=gap_minutes(gap)
            ),
            "max": Measure(value=state.highest, unit="°C", limit=self.never_above),
            "discard_at": None if discard_at is None else Measure(value=discard_at, unit=TIME),
        }
        return Verdict(outcome=outcome, decided_at=decided_at, measures=measures, reasons=reasons)

    def _outcome(self, state: TimeControlState, until: int, spent: int, now: int | None) -> Decision:
        fails = self._fails(state, spent, until)
        if fails:
            moment = min(at_ for at_, _ in fails)
            return Outcome.FAIL, moment, tuple(reason for _, reason in fails)
        over = now is None or (state.over_at is not None and state.over_at <= now)
        if not over:
            return Outcome.RUNNING, None, ()
        doubts = self._doubts(state, spent)
        return (Outcome.INDETERMINATE if doubts else Outcome.PASS), until, doubts

    def _fails(self, state: TimeControlState, spent: int, until: int) -> list[tuple[int, Why]]:
        fails = []
        if state.exceeded_at is not None:
            fails.append((state.exceeded_at, why("above", limit=f"{self.never_above:g}")))
        if state.out is not None and not within(until - state.out.latest, self.allowed):
            out = why("out", minutes=f"{minutes(spent):.1f}")
            fails.append((state.out.latest + self.allowed, out))
        return fails

    def _doubts(self, state: TimeControlState, spent: int) -> tuple[Why, ...]:
        doubts = []
        if not within(spent, self.allowed):
            doubts.append(why("gap_left"))
        if state.unknown:
            doubts.append(why("out_first"))
        if state.blind and self.never_above is not None:
            doubts.append(why("gap_hides_more", limit=f"{self.never_above:g}"))
        return tuple(doubts)


def _until(last_at: int, over_at: int | None, now: int | None) -> int:
    """Return the end of the time: it runs without readings until the food is eaten or discarded."""
    if now is None:
        return last_at if over_at is None else over_at
    return max(now, last_at) if over_at is None else min(max(now, last_at), over_at)
