"""What a probe in food shows by itself: a cook begins when it climbs through 57 °C, and ends when the pot falls.

These are proposals. The end of a cook is taken at the last moment at which the food was about as hot as it ever was:
the clock of cooling and of eating then starts early rather than late. Food of a later cook in the same pot must have
been below 57 °C before.
"""

import msgspec

from gateway.haccp.rules.trace import MINUTE, Joint, Sample, crossing, segment_between

HOT = 57.0
"""Cel: where cooling begins and hot holding of plants ends (FDA Food Code 3-401.13, 3-501.14)."""
NEAR_PEAK = 1.0
"""K: a pot that boils wavers by less."""
FALLEN = 5.0
"""K below the peak: more than the opened lid of a pot that goes on cooking."""
FALLING_FOR = 5 * MINUTE
VERSION = "cook-watch-1"


class Began(msgspec.Struct, frozen=True, gc=False):
    """The probe climbed through 57 °C at `at`; `since` is its last reading below."""

    since: int
    at: int


class Ended(msgspec.Struct, frozen=True, gc=False):
    """The heat is off since `at`."""

    at: int


class State(msgspec.Struct, frozen=True, gc=False):
    """`hot`: climbed, and not fallen below since. `peak_at`: last seen near the peak. `told`: its fall was proposed."""

    last: Sample | None = None
    hot: bool = False
    peak: float = 0.0
    peak_at: int = 0
    lowest: float = 0.0
    told: bool = False


Change = Began | Ended
_NOTHING: tuple[Change, ...] = ()


def watch(state: State, sample: Sample, max_gap: int) -> tuple[State, tuple[Change, ...]]:
    """Take the next reading of the probe; `max_gap` in microseconds."""
    last = state.last
    if last is None or (not state.hot and not sample.value >= HOT):
        return State(sample), _NOTHING
    if not state.hot:
        if last.value >= HOT:  # it was hot when it was first seen: whose cook that was is not known
            return State(sample), _NOTHING
        segment = segment_between(last, sample, max_gap)
        at = crossing(segment, HOT) if segment.joint is Joint.LINE else segment.start
        return State(sample, True, sample.value, sample.at, sample.value), (Began(last.at, at),)
    return _hot(state, sample)


def _hot(state: State, sample: Sample) -> tuple[State, tuple[Change, ...]]:
    if sample.value >= state.peak - NEAR_PEAK:
        peak = max(state.peak, sample.value)
        return State(sample, True, peak, sample.at, sample.value), _NOTHING
    if state.told and sample.value >= state.lowest + FALLEN:
        return State(sample, True, sample.value, sample.at, sample.value), _NOTHING
    below = sample.value < HOT
    fallen = sample.value <= state.peak - FALLEN and sample.at - state.peak_at >= FALLING_FOR
    changes: tuple[Change, ...] = (Ended(state.peak_at),) if not state.told and (fallen or below) else _NOTHING
    lowest = min(state.lowest, sample.value)
    return State(sample, not below, state.peak, state.peak_at, lowest, state.told or bool(changes)), changes


def to_json(state: State) -> str:
    """The state as the journal keeps it."""
    return msgspec.json.encode(state).decode()


def from_json(text: str) -> State:
    """The state of `to_json`.

    Raises:
        msgspec.DecodeError: it is none.
    """
    return msgspec.json.decode(text, type=State)
