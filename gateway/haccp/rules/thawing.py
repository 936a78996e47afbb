"""Judge thawing: at or below a ceiling, and above `cold` only so long (FDA Food Code 3-501.13; Codex CXC 39-1993).

In a refrigerator the ceiling is the cold limit itself; under running water part of the food may be above it for a
while, preparation included. Times in microseconds. A gap with either end above `cold` is charged in full.
"""

import msgspec

from gateway.haccp.rules.history import ReadingHistory
from gateway.haccp.rules.rule import Rule, moved_up
from gateway.haccp.rules.trace import MINUTE, ROUNDING, Happening, Joint, Mark, Sample, Segment, above, clip
from gateway.haccp.rules.verdict import Decision, Measure, Outcome, Verdict, gap_minutes, minutes, why

_OVER = frozenset({Happening.COOKING_STARTED, Happening.EATEN, Happening.DISCARDED})


class ThawingState(msgspec.Struct, frozen=True, gc=False):
    """Sum the microseconds above `cold`, and those of them in gaps."""

    spent: int = 0
    gap: int = 0
    blind: bool = False
    highest: float = 0.0
    failed_at: int | None = None
    over_at: int | None = None


class Thawing(Rule[ThawingState], frozen=True):
    """Keep food at or below `ceiling`, above `cold` for `allowed` microseconds (None: any time); both in Cel."""

    ceiling: float
    cold: float
    allowed: int | None

    def begin(self) -> ThawingState:
        return ThawingState()

    def moved(self, by: float) -> "Thawing":
        return msgspec.structs.replace(self, ceiling=moved_up(self.ceiling, -by), cold=moved_up(self.cold, -by))

    def mark(self, state: ThawingState, mark: Mark) -> ThawingState:
        over = mark.event in _OVER and state.over_at is None
        return msgspec.structs.replace(state, over_at=mark.at) if over else state

    def first(self, state: ThawingState, sample: Sample) -> ThawingState:
        failed_at = sample.at if sample.value > self.ceiling else None
        return ThawingState(highest=sample.value, failed_at=failed_at, over_at=state.over_at)

    def along(self, state: ThawingState, segment: Segment) -> ThawingState:
        part = clip(segment, None, state.over_at)
        return state if part is None else self._charge(state, part)

    def _charge(self, state: ThawingState, segment: Segment) -> ThawingState:
        line = segment.joint is Joint.LINE
        span = above(segment, self.cold) if line else (segment.start, segment.end)
        over = above(segment, self.ceiling) if line else None
        if not line and not max(segment.first, segment.last) > self.cold:
            span = None
        failed_at = [] if state.failed_at is None else [state.failed_at]
        failed_at += [] if over is None else [over[0]]
        failed_at += [segment.end] if not line and segment.last > self.ceiling else []
        length = 0 if span is None else span[1] - span[0]
        if self.allowed is not None and span is not None and state.spent + length > self.allowed + ROUNDING:
            failed_at.append(span[0] + max(self.allowed - state.spent, 0))
        gap = segment.joint is Joint.GAP
        return msgspec.structs.replace(
            state,
            spent=state.spent + length,
            gap=state.gap + (length if gap else 0),
            blind=state.blind or gap,
            highest=max(state.highest, segment.last) if segment.last > state.highest else state.highest,
            failed_at=min(failed_at, default=None),
        )

    def verdict(self, state: ThawingState, history: ReadingHistory, now: int | None) -> Verdict:
        if history.last is None:
            return Verdict(outcome=Outcome.INDETERMINATE, reasons=(why("no_reading_thawing"),))
        outcome, decided_at, reasons = self._outcome(state, history.last.at, now)
        measures: dict[str, Measure | None] = {
            "max": Measure(value=state.highest, unit="°C", limit=self.ceiling),
            "minutes_above": Measure(
                value=minutes(state.spent),
                limit=None if self.allowed is None else self.allowed / MINUTE,
                verdict=outcome,
                gap_min=gap_minutes(state.gap),
            ),
        }
        return Verdict(outcome=outcome, decided_at=decided_at, measures=measures, reasons=reasons)

    def _outcome(self, state: ThawingState, last_at: int, now: int | None) -> Decision:
        if state.failed_at is not None:
            spent = f"{minutes(state.spent):.1f}"
            thawed = why("thawed", highest=f"{state.highest:g}", minutes=spent, limit=f"{self.cold:g}")
            return Outcome.FAIL, state.failed_at, (thawed,)
        if now is not None and (state.over_at is None or state.over_at > now):
            return Outcome.RUNNING, None, ()
        if state.blind:
            return Outcome.INDETERMINATE, last_at, (why("gap_hides_more", limit=f"{self.ceiling:g}"),)
        return Outcome.PASS, last_at, ()
