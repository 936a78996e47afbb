"""Judge holding over a run: limits on either side, several of one level, and a tolerated period.

FAIL means that a critical deviation took place, its on-delay included. A law may tolerate one period beyond the limit
(`allowance`): one deviation within it leaves a pass. Where the probe measures air, delays and limits are those of the
product near it (`tau_minutes`, see models.product_filter); highest and lowest are of the raw values.
"""

from collections.abc import Iterable

import msgspec

from gateway.haccp.models.product_filter import ProductFilter
from gateway.haccp.rules.breaches import AlarmSpan, Breach, LimitRow, RowCourse, begin, step, until
from gateway.haccp.rules.history import ReadingHistory
from gateway.haccp.rules.holding import Side
from gateway.haccp.rules.rule import Rule
from gateway.haccp.rules.trace import MINUTE, Sample, Segment, within
from gateway.haccp.rules.verdict import Decision, Measure, Outcome, Verdict, Why, gap_minutes, minutes, why

CRITICAL = "critical"


class HoldingControlState(msgspec.Struct, frozen=True):
    """Hold the state of each limit, the newest value (filtered, if there is a filter), the highest and the lowest."""

    courses: tuple[RowCourse, ...] = ()
    last: Sample | None = None
    highest: float = 0.0
    lowest: float = 0.0


class HoldingControl(Rule[HoldingControlState], frozen=True):
    """Keep values within all rows; `allowance` and `max_gap` in microseconds, `tau_minutes` None without a filter."""

    rows: tuple[LimitRow, ...]
    max_gap: int
    tau_minutes: float | None = None
    allowance: int | None = None
    unit: str = "°C"

    def begin(self) -> HoldingControlState:
        return HoldingControlState()

    def moved(self, by: float) -> "HoldingControl":
        return msgspec.structs.replace(self, rows=tuple(row.moved(by) for row in self.rows))

    def first(self, _state: HoldingControlState, sample: Sample) -> HoldingControlState:
        courses = tuple(begin(row, sample) for row in self.rows)
        return HoldingControlState(courses, sample, sample.value, sample.value)

    def along(self, state: HoldingControlState, segment: Segment) -> HoldingControlState:
        last, air = state.last, segment.last
        if last is None:
            return self.first(state, Sample(segment.end, air))
        if self.tau_minutes is not None:
            product = ProductFilter(self.tau_minutes).step(last.value, air, segment.length)
            segment = Segment(segment.start, last.value, segment.end, product, segment.joint)
        courses = tuple(
            step(row, course, segment, self.max_gap) for row, course in zip(self.rows, state.courses, strict=True)
        )
        sample = Sample(segment.end, segment.last)
        return HoldingControlState(courses, sample, max(state.highest, air), min(state.lowest, air))

    def alarms(self, state: HoldingControlState) -> list[AlarmSpan]:
        """Return the alarms in order of time."""
        return sorted((alarm for course in state.courses for alarm in course.alarms), key=lambda alarm: alarm.raised_at)

    def verdict(self, state: HoldingControlState, _history: ReadingHistory, now: int | None) -> Verdict:
        if state.last is None:
            return Verdict(outcome=Outcome.INDETERMINATE, reasons=(why("no_reading"),))
        breaches = self._breaches(state)
        outcome, decided_at, reasons = self._outcome(state, state.last.at, breaches, now)
        return Verdict(
            outcome=outcome,
            decided_at=decided_at,
            measures=self._measures(state, state.last.at, breaches, outcome),
            reasons=reasons,
        )

    def _critical(self, state: HoldingControlState) -> list[tuple[LimitRow, RowCourse]]:
        both = zip(self.rows, state.courses, strict=True)
        return [(row, course) for row, course in both if row.level == CRITICAL]

    def _breaches(self, state: HoldingControlState) -> list[Breach]:
        """Return the deviations in order of time; one that passed several limits of a side counts once."""
        breaches: list[Breach] = []
        for side in Side:
            of_rows = (course.breaches for row, course in self._critical(state) if row.side is side)
            breaches += _merged(breach for of_row in of_rows for breach in of_row)
        return sorted(breaches, key=lambda breach: breach.raised_at)

    def _outcome(self, state: HoldingControlState, last_at: int, breaches: list[Breach], now: int | None) -> Decision:
        failed_at = self._failed_at(breaches, last_at)
        if failed_at is not None:
            return Outcome.FAIL, failed_at, (self._why_failed(state, last_at, breaches),)
        if now is not None:
            return Outcome.RUNNING, None, ()
        if any(course.hidden for _, course in self._critical(state)):
            return Outcome.INDETERMINATE, last_at, (why("gap_long"),)
        return Outcome.PASS, last_at, self._warnings(state)

    def _failed_at(self, breaches: list[Breach], last_at: int) -> int | None:
        if not breaches:
            return None
        if self.allowance is None:
            return breaches[0].raised_at
        first = breaches[0]
        ended_at = last_at if first.ended_at is None else first.ended_at
        if not within(ended_at - first.started_at, self.allowance):
            return max(first.started_at + self.allowance, first.raised_at)
        return breaches[1].raised_at if len(breaches) > 1 else None

    def _why_failed(self, state: HoldingControlState, last_at: int, breaches: list[Breach]) -> Why:
        beyond, _, _ = self._beyond(state, last_at)
        limits = tuple(self._limit(row) for row, course in self._critical(state) if course.breaches)
        parts: dict[str, str | tuple[Why, ...]] = {"minutes": f"{minutes(beyond):.1f}", "limits": limits}
        deviations = why("deviation") if len(breaches) == 1 else why("deviations", count=str(len(breaches)))
        if self.allowance is None:
            return why("beyond", deviations=(deviations,), **parts)
        return why("beyond_tolerated", deviations=(deviations,), tolerated=f"{self.allowance / MINUTE:g}", **parts)

    def _limit(self, row: LimitRow) -> Why:
        side = "max" if row.side is Side.ABOVE else "min"
        parts = {"limit": f"{row.value:g}", "unit": self.unit}
        if row.on_delay:
            return why(f"{side}_for", minutes=f"{row.on_delay / MINUTE:g}", **parts)
        return why(side, **parts)

    def _warnings(self, state: HoldingControlState) -> tuple[Why, ...]:
        both = zip(self.rows, state.courses, strict=True)
        return tuple(
            why("warned", limit=(self._limit(row),))
            for row, course in both
            if row.level != CRITICAL and course.breaches
        )

    def _beyond(self, state: HoldingControlState, last_at: int) -> tuple[int, int, tuple[int, int]]:
        """Return the microseconds beyond, those of them in gaps, and both of the longest excursion.

        Limits of one side lie one beyond the other, so the nearest one has all the time; the sides never overlap.
        """
        total = gap = 0
        longest = (0, 0)
        for side in Side:
            courses = [until(course, last_at) for row, course in self._critical(state) if row.side is side]
            if not courses:
                continue
            beyond, in_gaps, excursion = max(courses, key=lambda course: course[0])
            total, gap = total + beyond, gap + in_gaps
            if excursion is not None:
                longest = max(longest, (excursion.length, excursion.gap))
        return total, gap, longest

    def _measures(
        self, state: HoldingControlState, last_at: int, breaches: list[Breach], outcome: Outcome
    ) -> dict[str, Measure | None]:
        total, gap, (longest, longest_gap) = self._beyond(state, last_at)
        return {
            "minutes_beyond": Measure(value=minutes(total), gap_min=gap_minutes(gap)),
            "longest_minutes": Measure(value=minutes(longest), gap_min=gap_minutes(longest_gap)),
            "breaches": Measure(value=len(breaches), unit="1", verdict=outcome),
            "max": Measure(value=state.highest, unit=self.unit, limit=self._nearest(Side.ABOVE)),
            "min": Measure(value=state.lowest, unit=self.unit, limit=self._nearest(Side.BELOW)),
            "allowance_used": self._allowance_used(breaches, last_at),
        }

    def _nearest(self, side: Side) -> float | None:
        values = [row.value for row in self.rows if row.level == CRITICAL and row.side is side]
        if not values:
            return None
        return min(values) if side is Side.ABOVE else max(values)

    def _allowance_used(self, breaches: list[Breach], last_at: int) -> Measure | None:
        if self.allowance is None:
            return None
        used = 0
        if breaches:
            first = breaches[0]
            used = min((last_at if first.ended_at is None else first.ended_at) - first.started_at, self.allowance)
        return Measure(value=minutes(used), limit=self.allowance / MINUTE)


def _merged(breaches: Iterable[Breach]) -> list[Breach]:
    merged: list[Breach] = []
    for breach in sorted(breaches, key=lambda breach: breach.started_at):
        if merged and merged[-1].overlaps(breach):
            merged[-1] = _joined(merged[-1], breach)
        else:
            merged.append(breach)
    return merged


def _joined(breach: Breach, other: Breach) -> Breach:
    ends = (breach.ended_at, other.ended_at)
    ended_at = None if None in ends else max(end for end in ends if end is not None)
    return Breach(min(breach.started_at, other.started_at), min(breach.raised_at, other.raised_at), ended_at)
