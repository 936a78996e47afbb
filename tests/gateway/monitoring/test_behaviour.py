"""A sensor that leaps or stands still, against what it always did; two that exchange their levels."""

import math
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from drivers.reading import Reason
from gateway.monitoring.points.behaviour import (
    LEARNT,
    MINUTE,
    SHORTEST_STUCK,
    Behaviour,
    Limits,
    begin,
    doubt,
    from_json,
    learn,
    to_json,
)
from gateway.monitoring.probes.swapped import Swap, SwapWatch

LIMITS = Limits(max_rate=None, resolution=0.0, stuck_after=None, max_gap=2 * MINUTE)
HOUR = 60 * MINUTE


def step(state: Behaviour, at: int, value: float, limits: Limits) -> Reason | None:
    """As the kitchen does it: the reading is assessed, recorded, and learnt from."""
    found = doubt(state, at, value, limits)
    learn(state, at, value, limits, found)
    return found


def told(values: list[tuple[int, float]], limits: Limits = LIMITS) -> list[Reason | None]:
    state = begin(*values[0])
    return [None, *(step(state, at, value, limits) for at, value in values[1:])]


def lively(minutes: int, *, since: int = 0) -> list[tuple[int, float]]:
    """A chiller's air, each minute a tenth up or down."""
    return [(since + m * MINUTE, round(3.0 + math.sin(m / 7), 1)) for m in range(minutes)]


def test_a_probe_that_always_moved_is_stuck_after_an_hour_at_one_value() -> None:
    values = lively(600)
    still = [(values[-1][0] + (m + 1) * MINUTE, values[-1][1]) for m in range(90)]
    found = told(values + still)
    assert set(found[: len(values)]) == {None}
    doubted = [at - values[-1][0] for (at, _), reason in zip(values + still, found, strict=True) if reason]
    assert SHORTEST_STUCK - 5 * MINUTE <= doubted[0] <= SHORTEST_STUCK + MINUTE
    assert set(found[len(values) + 65 :]) == {Reason.STUCK}


def test_a_probe_that_moves_again_is_believed_and_not_called_stuck_for_the_same_span_twice() -> None:
    values = lively(600)
    level, at = values[-1][1], values[-1][0]
    still = [(at + (m + 1) * MINUTE, level) for m in range(90)]
    again = [(still[-1][0] + MINUTE, level + 0.1)]
    once_more = [(again[0][0] + (m + 1) * MINUTE, level + 0.1) for m in range(120)]
    found = told(values + still + again + once_more)
    assert set(found[len(values) + len(still) :]) == {None}


def test_a_probe_that_never_moved_is_no_judge_of_itself() -> None:
    assert set(told([(m * MINUTE, -18.0) for m in range(3_000)])) == {None}


def test_a_silence_is_not_counted_as_standing_still() -> None:
    values = lively(600)
    level, at = values[-1][1], values[-1][0]
    found = told([*values, (at + 5 * HOUR, level), (at + 5 * HOUR + MINUTE, level)])
    assert found[-2:] == [None, None]


def test_what_is_stuck_stays_stuck_over_a_silence_and_a_restart() -> None:
    values = lively(600)
    state = begin(*values[0])
    for at, value in values[1:]:
        step(state, at, value, LIMITS)
    level, last = values[-1][1], values[-1][0]
    for minute in range(1, 91):
        step(state, last + minute * MINUTE, level, LIMITS)
    state = from_json(to_json(state))
    assert step(state, last + 9 * HOUR, level, LIMITS) is Reason.STUCK
    assert step(state, last + 9 * HOUR + MINUTE, level + 0.5, LIMITS) is None


def test_a_leap_is_doubted_until_there_was_time_for_it() -> None:
    limits = Limits(max_rate=10.0, resolution=0.0, stuck_after=None, max_gap=2 * MINUTE)
    spike = told([(0, 4.0), (MINUTE // 6, 80.0), (MINUTE // 3, 4.1)], limits)
    assert spike == [None, Reason.RATE, None]
    real = told([(0, 4.0), *((second * MINUTE // 60, 24.0) for second in range(10, 181, 10))], limits)
    assert real.count(Reason.RATE) == 11  # 20 K at 10 K a minute: believed after two minutes
    assert real[-1] is None


@given(
    st.lists(st.tuples(st.integers(1, 10 * HOUR), st.floats(-40, 120).map(lambda x: round(x, 1))), min_size=2),
    st.one_of(st.none(), st.floats(0.1, 100)),
)
def test_any_readings_are_believed_or_doubted_by_the_two_reasons_and_the_state_outlives_a_restart(
    steps: list[tuple[int, float]], max_rate: float | None
) -> None:
    limits = Limits(max_rate=max_rate, resolution=0.0, stuck_after=None, max_gap=2 * MINUTE)
    at = 0
    state = begin(0, steps[0][1])
    other = begin(0, steps[0][1])
    for wait, value in steps[1:]:
        at += wait
        reason = step(state, at, value, limits)
        other = from_json(to_json(other))
        assert step(other, at, value, limits) is reason
        assert reason in {None, Reason.RATE, Reason.STUCK}
        assert reason is not Reason.STUCK or state.stands >= LEARNT


def hour(watch: SwapWatch, since: int, minutes: int, one: float, other: float) -> list[Swap]:
    return [
        swap
        for minute in range(minutes)
        for swap in watch.note({"chiller": one, "freezer": other, "room": 28.0}, (since + minute) * MINUTE)
    ]


def test_two_probes_that_exchange_their_levels_are_suspected_once() -> None:
    watch = SwapWatch()
    assert hour(watch, 0, 60, 3.0, -19.0) == []
    found = hour(watch, 60, 180, -18.4, 3.3)
    assert [(swap.one, swap.other) for swap in found] == [("chiller", "freezer")]
    assert 45 * MINUTE <= found[0].since <= 60 * MINUTE


def test_a_power_cut_or_a_freezer_alone_is_no_swap() -> None:
    watch = SwapWatch()
    assert hour(watch, 0, 60, 3.0, -19.0) == []
    assert hour(watch, 60, 60, 8.0, 3.0) == []
    warming = SwapWatch()
    for minute, (one, other) in enumerate(pairwise([3.0 + m / 10 for m in range(240)])):
        assert warming.note({"chiller": one, "freezer": other - 22}, minute * MINUTE) == []
