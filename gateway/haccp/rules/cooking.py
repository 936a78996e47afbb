"""Judge cooking: the core was hot enough for long enough.

The criterion is a temperature held without a break, any row of a legal step table (never interpolated: FDA Food Code
3-401.11), or thermal lethality. Beside another criterion the lethality is only reported. Only what lies between the
marks `cooking_started` and `cooking_ended` counts, if there are any.

A gap breaks a stay and adds no lethality. If it could hide what is missing, the verdict is INDETERMINATE.
"""

import math

import msgspec

from gateway.haccp.models.lethality import CAP, Lethality
from gateway.haccp.rules.history import ReadingHistory
from gateway.haccp.rules.rule import EVERYWHERE, NOWHERE, Band, Rule, moved_up
from gateway.haccp.rules.stay import NEVER, HeatTreatment, Stays, alone, along
from gateway.haccp.rules.trace import MINUTE, SECOND, Happening, Joint, Mark, Sample, Segment, clip, full, value_at
from gateway.haccp.rules.verdict import TIME, Decision, Measure, Outcome, Verdict, Why, why


class CookingState(msgspec.Struct, frozen=True, gc=False):
    """Hold the stays, the peak and the lethality so far.

    `f` is in minutes at the model's reference; `blind` is the time in gaps, in microseconds.
    """

    stays: tuple[Stays, ...]
    peak: float | None = None
    f: float = 0.0
    f_met_at: int | None = None
    blind: int = 0
    started_at: int | None = None
    ended_at: int | None = None


class Cooking(Rule[CookingState], frozen=True):
    """Require one of `needs`; if there are none, the model decides by its target.

    Attributes:
        target: minutes of F at the model's reference.
        table: the needs are the rows of a legal table.
        doubt: K that are subtracted from each value for the model.
    """

    needs: tuple[HeatTreatment, ...]
    model: Lethality
    target: float
    max_gap: int
    table: bool = False
    doubt: float = 0.0

    def begin(self) -> CookingState:
        return CookingState(tuple(NEVER for _ in self.needs))

    def moved(self, by: float) -> "Cooking":
        needs = tuple(need.moved(by) for need in self.needs)
        return msgspec.structs.replace(self, needs=needs, doubt=moved_up(self.doubt, by))

    def mark(self, state: CookingState, mark: Mark) -> CookingState:
        if mark.event is Happening.COOKING_STARTED:
            return CookingState(self.begin().stays, started_at=mark.at)
        if mark.event is Happening.COOKING_ENDED and state.ended_at is None:
            return msgspec.structs.replace(state, ended_at=mark.at)
        return state

    def first(self, state: CookingState, sample: Sample) -> CookingState:
        if state.ended_at is not None and sample.at > state.ended_at:
            return state
        if state.started_at is not None and sample.at - state.started_at > self.max_gap:
            blind = Segment(state.started_at, sample.value, sample.at, sample.value, Joint.GAP)
            return self._after_gap(state, blind, sample.at)
        return self._alone(state, sample.at, sample.value)

    def along(self, state: CookingState, segment: Segment) -> CookingState:
        if state.ended_at is not None and segment.start > state.ended_at:
            return state
        part = clip(segment, state.started_at, state.ended_at)
        if part is None:
            return state
        if part.joint is not Joint.LINE:
            return self._after_gap(state, part, segment.end)
        if state.peak is None:
            state = self._alone(state, part.start, part.first)
        return self._heated(state, part)

    def calm(self, state: CookingState, _value: float) -> Band:
        if state.ended_at is not None:
            return EVERYWHERE
        if state.peak is None or self.model.floor is None or not all(stays.at_rest for stays in state.stays):
            return NOWHERE
        earned_from = min([self.model.floor + self.doubt, *(need.temperature for need in self.needs)])
        return -math.inf, min(earned_from, state.peak)

    def _alone(self, state: CookingState, at: int, value: float) -> CookingState:
        stays = tuple(alone(need, stay, at, value) for need, stay in zip(self.needs, state.stays, strict=True))
        return msgspec.structs.replace(state, stays=stays, peak=_highest(state.peak, value))

    def _after_gap(self, state: CookingState, segment: Segment, read_at: int) -> CookingState:
        stays = self._along(state, segment)
        peak = _highest(state.peak, segment.last) if segment.end == read_at else state.peak
        return msgspec.structs.replace(state, stays=stays, peak=peak, blind=state.blind + segment.length)

    def _heated(self, state: CookingState, segment: Segment) -> CookingState:
        more = self.model.line(segment.first - self.doubt, segment.last - self.doubt, segment.length)
        stays = self._along(state, segment)
        peak = _highest(state.peak, max(segment.first, segment.last))
        if not more and stays is state.stays and peak == state.peak:
            return state
        f_met_at = state.f_met_at
        if f_met_at is None and not self.needs and state.f + more >= self.target:
            f_met_at = self._met_at(segment, self.target - state.f, more)
        return CookingState(stays, peak, state.f + more, f_met_at, state.blind, state.started_at, state.ended_at)

    def _along(self, state: CookingState, segment: Segment) -> tuple[Stays, ...]:
        if len(self.needs) == 1:
            stays = along(self.needs[0], state.stays[0], segment)
            return state.stays if stays is state.stays[0] else (stays,)
        return tuple(along(need, stays, segment) for need, stays in zip(self.needs, state.stays, strict=True))

    def _met_at(self, segment: Segment, missing: float, more: float) -> int:
        """Return when the missing lethality was reached within the segment, by halving: the integral only grows."""
        low, high = segment.start, segment.end
        while high - low > 1:
            middle = (low + high) // 2
            value = value_at(segment, middle) - self.doubt
            part = self.model.line(segment.first - self.doubt, value, middle - segment.start)
            low, high = (low, middle) if part >= min(missing, more) else (middle, high)
        return high

    def verdict(self, state: CookingState, history: ReadingHistory, now: int | None) -> Verdict:
        if history.last is None or state.peak is None:
            return Verdict(outcome=Outcome.INDETERMINATE, reasons=(why("no_reading_cooking"),))
        outcome, decided_at, reasons = self._outcome(state, history.last, now)
        return Verdict(outcome=outcome, decided_at=decided_at, measures=self._measures(state, outcome), reasons=reasons)

    def _outcome(self, state: CookingState, last: Sample, now: int | None) -> Decision:
        met_at = self._accepted_at(state)
        if met_at is not None:
            return Outcome.PASS, met_at, ()
        silent = now is not None and now - last.at > self.max_gap
        over = now is None or (state.ended_at is not None and (silent or last.at >= state.ended_at))
        if not over:
            return Outcome.RUNNING, None, ()
        decided_at = last.at if state.ended_at is None else state.ended_at
        if self._could_be_hidden(state, last, silent=silent):
            return Outcome.INDETERMINATE, decided_at, (why("gap_hides"),)
        return Outcome.FAIL, decided_at, (self._missing(state),)

    def _accepted_at(self, state: CookingState) -> int | None:
        if not self.needs:
            return state.f_met_at
        return min((stays.seen.met_at for stays in state.stays if stays.seen.met_at is not None), default=None)

    def _could_be_hidden(self, state: CookingState, last: Sample, *, silent: bool) -> bool:
        tail = 0 if state.ended_at is None else state.ended_at - last.at
        tail = tail if tail > self.max_gap or (silent and tail > 0) else 0
        if not self.needs:
            hottest = self.model.rate(CAP) * (state.blind + tail) / MINUTE
            return hottest > 0 and state.f + hottest >= self.target
        return any(
            stays.possible.met_at is not None
            or (tail > 0 and full(last.at + tail - (stays.possible.since or last.at), need.hold))
            for need, stays in zip(self.needs, state.stays, strict=True)
        )

    def _missing(self, state: CookingState) -> Why:
        if not self.needs:
            return why("lethality", f=f"{state.f:.2f}", target=f"{self.target:g}")
        if state.peak is not None and state.peak < min(need.temperature for need in self.needs):
            return why("never_reached", limit=f"{min(need.temperature for need in self.needs):.1f}")
        number, need = self._row(state)
        held = (state.stays[number].seen.longest or 0) / SECOND
        needed = f"{need.hold / SECOND:g}"
        return why("held", temperature=f"{need.temperature:.1f}", held=f"{held:g}", hold=needed)

    def _row(self, state: CookingState) -> tuple[int, HeatTreatment]:
        """Return the need that was met first, else the highest that the peak reached, else the lowest."""
        rows = list(enumerate(self.needs))
        met = [row for row in rows if state.stays[row[0]].seen.met_at is not None]
        if met:
            return min(met, key=lambda row: state.stays[row[0]].seen.met_at or 0)
        reached = [row for row in rows if state.peak is not None and row[1].temperature <= state.peak]
        if reached:
            return max(reached, key=lambda row: row[1].temperature)
        return min(rows, key=lambda row: row[1].temperature)

    def _measures(self, state: CookingState, outcome: Outcome) -> dict[str, Measure | None]:
        rate = 0.0 if state.peak is None else self.model.rate(state.peak)
        decides = not self.needs
        limit, log_limit = (self.target, self.model.log_reduction(self.target)) if decides else (None, None)
        log = self.model.log_reduction(state.f)
        measures: dict[str, Measure | None] = {
            "peak": Measure(value=state.peak, unit="°C"),
            "held_s": None,
            "accepted_at": _moment(self._accepted_at(state)),
            "f_min": Measure(value=state.f, limit=limit, verdict=outcome if decides else None),
            "log_reduction": None if log is None else Measure(value=log, unit="log10", limit=log_limit),
            "required_min": None,
            "model_required_min": Measure(value=self.target / rate) if rate > 0 else None,
        }
        if self.needs:
            number, need = self._row(state)
            held = (state.stays[number].seen.longest or 0) / SECOND
            measures["held_s"] = Measure(value=held, unit="s", limit=need.hold / SECOND, verdict=outcome)
            if self.table and state.peak is not None and state.peak >= need.temperature:
                measures["required_min"] = Measure(value=need.hold / MINUTE)
        return measures


def _highest(peak: float | None, value: float) -> float:
    return value if peak is None else max(peak, value)


def _moment(at: int | None) -> Measure | None:
    return None if at is None else Measure(value=at, unit=TIME)
