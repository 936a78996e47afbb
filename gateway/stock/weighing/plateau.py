"""Find plateaus among weighings: the levels at which a scale was stable.

    moving ──window still──► level ──motion, spread > 1 d, no weight, tare changed──► moving
                              │  ▲
                              └──┘ checked again every 4 s: a ramp of > 0.5 d/s is moving too

A fold without I/O: time comes from the weighings. The journal stores the state as JSON, so a restart continues exactly.
Late and repeated weighings (not newer than the last one applied) change nothing.
"""

from decimal import Decimal

import msgspec
from msgspec.structs import replace

from gateway.stock.weighing.thresholds import (
    DRIFT_RATE,
    HOLD,
    MIN_READINGS,
    SECOND,
    SILENCE,
    STABLE_SPREAD,
    WINDOW,
    Thresholds,
)


class WeightReading(msgspec.Struct, frozen=True, gc=False):
    """One reading of a scale.

    Attributes:
        at: UTC microseconds.
        weight: kg; None when the scale sent none.
        stable: the scale's own flag; None when it has none.
        ok: False for overload, underload, error or a quality that stock must not trust.
        tare: kg subtracted from `weight`, if the scale sends it.
    """

    at: int
    weight: Decimal | None
    stable: bool | None
    ok: bool
    tare: Decimal | None = None


class Plateau(msgspec.Struct, frozen=True, gc=False):
    """A level at which the scale was stable.

    Attributes:
        weight: median of the window, kg.
        since: time of the window's first reading.
        left: when the level before was left; None when the scale has been stable since.
        unseen: the scale was silent in between.
        tare: kg.
        low: the lowest weight in between, kg; None when there was none.
    """

    weight: Decimal
    since: int
    left: int | None
    unseen: bool
    tare: Decimal | None
    low: Decimal | None = None


class PlateauState(msgspec.Struct, frozen=True, gc=False):
    """The state after a weighing.

    Attributes:
        last_at: time of the newest weighing applied, 0 before the first.
        shown: its weight.
        tare: its tare.
        times, weights: the window, oldest first; its spread is at most one division.
        left: start of the current transition.
        unseen: the scale was silent during it.
        low: the lowest weight during it, kg.
        mark_at, mark: time and level of the last plateau; None during a transition, except in a slow ramp.
    """

    last_at: int = 0
    shown: Decimal | None = None
    tare: Decimal | None = None
    times: tuple[int, ...] = ()
    weights: tuple[Decimal, ...] = ()
    left: int | None = None
    unseen: bool = False
    mark_at: int = 0
    mark: Decimal | None = None
    low: Decimal | None = None

    @property
    def still(self) -> bool:
        """Tell whether the window is long enough to be called stable."""
        return len(self.times) >= MIN_READINGS and self.times[-1] - self.times[0] >= WINDOW


Folded = tuple[PlateauState, Plateau | None]


def checked(weighing: WeightReading, thresholds: Thresholds) -> WeightReading:
    """Return a weighing with the decimals of the division; not ok if its weight is impossible."""
    weight = weighing.weight
    # Records show 25.00 even if the frame omitted zeros.
    weight = None if weight is None or not weight.is_finite() else weight + 0 * thresholds.division
    possible = weighing.ok and weight is not None and thresholds.fault(weight) is None
    return WeightReading(weighing.at, weight, weighing.stable, possible, weighing.tare)


def fold(state: PlateauState, weighing: WeightReading, division: Decimal) -> Folded:
    """Apply one weighing; return the plateau that it confirms, if any."""
    if weighing.at <= state.last_at:
        return state, None
    if state.last_at and weighing.at - state.last_at > SILENCE:
        state = _after_silence(state)
    weight = weighing.weight
    if not weighing.ok or weight is None or weighing.stable is False:
        return _moving(state, weighing, (), ()), None
    times, weights = _window(state, weighing.at, weight)
    if weighing.tare != state.tare or max(weights) - min(weights) > STABLE_SPREAD * division:
        return _moving(state, weighing, (weighing.at,), (weight,)), None
    state = PlateauState(
        weighing.at,
        weight,
        state.tare,
        times,
        weights,
        state.left,
        state.unseen,
        state.mark_at,
        state.mark,
        state.low,
    )
    return _checked(state, division) if state.still else (state, None)


def _window(state: PlateauState, at: int, weight: Decimal) -> tuple[tuple[int, ...], tuple[Decimal, ...]]:
    """Return the shortest run of newest readings that is long enough."""
    times, weights = (*state.times, at), (*state.weights, weight)
    spare = 0
    while len(times) - spare > MIN_READINGS and times[spare + 1] <= at - WINDOW:
        spare += 1
    return (times[spare:], weights[spare:]) if spare else (times, weights)


def _moving(
    state: PlateauState, weighing: WeightReading, times: tuple[int, ...], weights: tuple[Decimal, ...]
) -> PlateauState:
    """Leave the level, or continue the transition; the window restarts."""
    left = weighing.at if state.left is None else state.left
    low = state.low
    if weighing.ok and weighing.weight is not None:
        low = weighing.weight if low is None else min(low, weighing.weight)
    return PlateauState(weighing.at, weighing.weight, weighing.tare, times, weights, left, state.unseen, low=low)


def _after_silence(state: PlateauState) -> PlateauState:
    """Begin a transition that nobody saw, since the last weighing."""
    return PlateauState(state.last_at, state.shown, state.tare, left=state.last_at, unseen=True)


def _checked(state: PlateauState, division: Decimal) -> Folded:
    """Confirm the level of a stable window, unless that was done recently or the level drifts too fast."""
    at, level = state.last_at, sorted(state.weights)[len(state.weights) // 2]
    if state.mark is None:
        return _confirmed(state, level)
    age = at - state.mark_at
    if age < HOLD:
        return state, None
    if abs(level - state.mark) * SECOND > DRIFT_RATE * division * age:
        left = state.mark_at if state.left is None else state.left
        return replace(state, left=left, mark_at=at, mark=level), None
    return _confirmed(state, level)


def _confirmed(state: PlateauState, level: Decimal) -> Folded:
    plateau = Plateau(level, state.times[0], state.left, state.unseen, state.tare, state.low)
    state = replace(state, left=None, unseen=False, low=None, mark_at=state.last_at, mark=level)
    return state, plateau
