"""Whether a sensor still behaves like itself: a value that leaps, a value that stands still (pure).

Stuck is measured against the sensor's own past: a probe that used to change every minute and has not changed for hours
no longer measures. How long a value stood at most is learnt, and half forgotten in a week, so that a kitchen's quiet
holiday does not blind the watch for good. A probe that was found to stand and then moves again has taught that it can
stand so long: it is not called stuck for the same span twice.

Times are UTC microseconds.
"""

import msgspec

from drivers.reading import Reason

VERSION = "1"
MINUTE = 60_000_000
SHORTEST_STUCK = 60 * MINUTE
"""No value is called stuck that has stood for less."""
TIMES = 3
"""A value is stuck when it stands this many times as long as it ever did."""
LEARNT = 30
"""Stands that must have been seen before a sensor's usual behaviour is known."""
HALF_LIFE = 7 * 24 * 60 * MINUTE


class Behaviour(msgspec.Struct):
    """What is known of one sensor. `learn` changes it in place, for it is asked for every reading.

    Attributes:
        at: the newest reading in it.
        believed_at, believed: the newest reading whose rate of change is possible.
        level, since: the value that stands, and since when it does.
        longest: microseconds that a value stood at most.
        stands: how many stands have been seen to their end.
        stuck: the value that stands does so for too long.
    """

    at: int
    believed_at: int
    believed: float
    level: float
    since: int
    longest: float = 0.0
    stands: int = 0
    stuck: bool = False


def subject_of(point: str) -> str:
    """Under which the journal keeps what is known of a point's sensor."""
    return f"behaviour:{point}"


def to_json(state: Behaviour) -> str:
    return msgspec.json.encode(state).decode()


def from_json(text: str) -> Behaviour:
    """Raises msgspec.DecodeError."""
    return msgspec.json.decode(text, type=Behaviour)


def begin(at: int, value: float) -> Behaviour:
    """A sensor of which one reading is known."""
    return Behaviour(at=at, believed_at=at, believed=value, level=value, since=at)


def doubt(state: Behaviour, at: int, value: float, limits: "Limits") -> Reason | None:
    """Tell what speaks against a reading at `at`, newer than all before; the state stays as it is.

    A leap is measured from the last value that was believed, so a leap that is real is believed when enough time has
    passed for it: |change| / `max_rate` later.
    """
    if limits.max_rate is not None:
        allowed = limits.max_rate * (at - state.believed_at) / MINUTE
        if abs(value - state.believed) > allowed:
            return Reason.RATE
    if abs(value - state.level) > limits.resolution:
        return None
    if state.stuck:
        return Reason.STUCK
    unseen = at - state.at > limits.max_gap
    return Reason.STUCK if not unseen and at - state.since >= _too_long(state, limits) else None


def learn(state: Behaviour, at: int, value: float, limits: "Limits", doubted: Reason | None) -> None:
    """Take a reading in, `doubted` as `doubt` told of it. A leap teaches nothing."""
    if doubted is Reason.RATE:
        return
    if limits.max_rate is not None:
        state.believed_at, state.believed = at, value
    moved = abs(value - state.level) > limits.resolution
    unseen = at - state.at > limits.max_gap
    state.at = at
    if moved or (unseen and not state.stuck):
        if moved and not unseen:
            _learn_stand(state, at)
        state.level, state.since, state.stuck = value, at, False
    else:
        state.stuck = doubted is Reason.STUCK


def _learn_stand(state: Behaviour, at: int) -> None:
    stood = at - state.since
    state.longest = max(float(stood), state.longest * 0.5 ** (stood / HALF_LIFE))
    state.stands += 1


def _too_long(state: Behaviour, limits: "Limits") -> float:
    if limits.stuck_after is not None:
        return limits.stuck_after
    return float("inf") if state.stands < LEARNT else max(SHORTEST_STUCK, TIMES * state.longest)


class Limits(msgspec.Struct, frozen=True):
    """What may be expected of a sensor.

    Attributes:
        max_rate: the fastest change that can be, in its unit a minute; None asks for no such thing.
        resolution: a change of no more than this, in its unit, is none.
        stuck_after: microseconds after which a value that stands is stuck; None: learnt.
        max_gap: microseconds between two readings after which nobody knows whether the value stood.
    """

    max_rate: float | None
    resolution: float
    stuck_after: int | None
    max_gap: int
