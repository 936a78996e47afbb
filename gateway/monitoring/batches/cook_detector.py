"""Detect cooks by a probe in food: one begins above 57 °C, and ends when the temperature falls (pure).

A person may decline what is detected. A cook ends at the last moment at which the food was about as hot as it ever was:
so the time to cool and the time to eat by begin early rather than late. The next cook in the same pot must begin below
57 °C.
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
"""Changes with the meaning of a saved state."""


class CookBegan(msgspec.Struct, frozen=True, gc=False):
    """The probe passed 57 °C at `at`; `since` is its last reading below."""

    since: int
    at: int


class CookEnded(msgspec.Struct, frozen=True, gc=False):
    """The heat has been off since `at`."""

    at: int


class CookState(msgspec.Struct, frozen=True, gc=False):
    """What the detector remembers of a probe.

    Attributes:
        last: the newest reading.
        hot: it has passed 57 °C and not fallen below since.
        peak: the highest value since.
        peak_at: when it was last near the peak.
        lowest: the lowest value since the peak.
        end_detected: the end of this cook was detected.
    """

    last: Sample | None = None
    hot: bool = False
    peak: float = 0.0
    peak_at: int = 0
    lowest: float = 0.0
    end_detected: bool = msgspec.field(default=False, name="told")


CookChange = CookBegan | CookEnded
_NOTHING: tuple[CookChange, ...] = ()


def detect(state: CookState, sample: Sample, max_gap: int) -> tuple[CookState, tuple[CookChange, ...]]:
    """Take the next reading of the probe; `max_gap` in microseconds."""
    last = state.last
    if last is None or (not state.hot and not sample.value >= HOT):
        return CookState(sample), _NOTHING
    if not state.hot:
        if last.value >= HOT:  # it was hot at its first reading: when that cook began is not known
            return CookState(sample), _NOTHING
        segment = segment_between(last, sample, max_gap)
        at = crossing(segment, HOT) if segment.joint is Joint.LINE else segment.start
        return CookState(sample, True, sample.value, sample.at, sample.value), (CookBegan(last.at, at),)
    return _hot(state, sample)


def _hot(state: CookState, sample: Sample) -> tuple[CookState, tuple[CookChange, ...]]:
    if sample.value >= state.peak - NEAR_PEAK:
        peak = max(state.peak, sample.value)
        return CookState(sample, True, peak, sample.at, sample.value), _NOTHING
    if state.end_detected and sample.value >= state.lowest + FALLEN:
        return CookState(sample, True, sample.value, sample.at, sample.value), _NOTHING
    below = sample.value < HOT
    fallen = sample.value <= state.peak - FALLEN and sample.at - state.peak_at >= FALLING_FOR
    ends = not state.end_detected and (fallen or below)
    changes: tuple[CookChange, ...] = (CookEnded(state.peak_at),) if ends else _NOTHING
    lowest = min(state.lowest, sample.value)
    return CookState(sample, not below, state.peak, state.peak_at, lowest, state.end_detected or ends), changes


def to_json(state: CookState) -> str:
    """Return the state as the journal keeps it."""
    return msgspec.json.encode(state).decode()


def from_json(text: str) -> CookState:
    """Return the state of `to_json`.

    Raises:
        msgspec.DecodeError: it is none.
    """
    return msgspec.json.decode(text, type=CookState)
