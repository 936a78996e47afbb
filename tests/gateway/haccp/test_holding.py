"""Cold and hot holding: deviations with their delays, deadband and gaps."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.haccp.rules.deviation import Deviation, deviations
from gateway.haccp.rules.holding import AlarmLimit, HoldingRule, Side, from_json, to_json

MINUTE = 60_000_000
COLD = HoldingRule(Side.ABOVE, (AlarmLimit("critical", 5.0, 30 * MINUTE, 2 * MINUTE),), 0.5, 20 * MINUTE)
HOT = HoldingRule(Side.BELOW, (AlarmLimit("critical", 60.0, 10 * MINUTE, 0),), 0.5, 20 * MINUTE)
AT_ONCE = HoldingRule(Side.ABOVE, (AlarmLimit("critical", 5.0, 0, 0),), 0.5, 20 * MINUTE)


def judge(rule: HoldingRule, *samples: tuple[float, float]) -> list[Deviation]:
    trace = [(round(minute * MINUTE), value) for minute, value in samples]
    return deviations(rule, trace, control="ccp", point="chiller")[0]


def minutes(deviation: Deviation) -> tuple[float, float, float | None]:
    ended = deviation.returned_at
    return (
        deviation.started_at / MINUTE,
        deviation.raised_at / MINUTE,
        None if ended is None else ended / MINUTE,
    )


def test_cold_store_above_its_limit_past_the_dwell_time_is_a_deviation() -> None:
    (found,) = judge(COLD, (0, 4), (10, 6), (20, 6), (30, 6), (40, 6))
    assert minutes(found) == (5, 35, None)


def test_exactly_at_the_limit_is_within_it() -> None:
    assert judge(AT_ONCE, (0, 5.0), (10, 5.0), (20, 5.0)) == []


def test_a_door_that_is_closed_in_time_is_no_deviation() -> None:
    assert judge(COLD, (0, 4), (10, 8), (20, 8), (28, 8), (32, 4), (50, 4)) == []


def test_any_moment_inside_starts_the_delay_anew() -> None:
    (found,) = judge(COLD, (0, 6), (10, 6), (20, 5), (25, 6), (35, 6), (45, 6), (56, 6))
    assert minutes(found) == (20, 50, None)


def test_a_deviation_that_passed_its_delay_between_two_readings_was_one() -> None:
    """Beyond from minute 5 to minute 36: the last reading is inside, the deviation took place all the same."""
    (found,) = judge(COLD, (0, 4), (10, 6), (20, 6), (32, 6), (40, 4), (42, 4))
    assert minutes(found) == (5, 35, 40)


def test_it_returns_only_after_the_off_delay_inside_the_deadband() -> None:
    inside_but_near = judge(AT_ONCE, (0, 6), (10, 4.8), (20, 4.8))
    assert minutes(inside_but_near[0])[2] is None
    off_delay = HoldingRule(Side.ABOVE, (AlarmLimit("critical", 5.0, 0, 8 * MINUTE),), 0.5, 20 * MINUTE)
    (found,) = judge(off_delay, (0, 6), (10, 4), (14, 4.6), (18, 4), (30, 4))
    assert minutes(found)[2] == pytest.approx(14 + 4 * (0.1 / 0.6) + 8)


def test_hot_holding_below_its_limit_is_a_deviation_and_keeps_its_worst_value() -> None:
    (found,) = judge(HOT, (0, 62), (10, 58), (20, 55), (30, 57), (40, 65))
    assert minutes(found)[:2] == (5, 15)
    assert found.worst == 55
    assert found.returned_at is not None


def test_a_gap_between_two_readings_beyond_counts_and_any_other_gap_does_not() -> None:
    (found,) = judge(COLD, (0, 4), (10, 6), (50, 6))
    assert minutes(found) == (5, 35, None)
    (late_start,) = judge(COLD, (0, 4), (40, 6), (50, 6), (60, 6), (70, 6))
    assert minutes(late_start) == (40, 70, None)
    assert judge(COLD, (0, 6), (10, 6), (50, 4), (60, 6), (70, 6)) == []


def test_warning_and_critical_limit_are_judged_side_by_side() -> None:
    rule = HoldingRule(
        Side.ABOVE, (AlarmLimit("critical", 5.0, 10 * MINUTE, 0), AlarmLimit("warning", 4.0, 0, 0)), 0.5, 20 * MINUTE
    )
    found = judge(rule, (0, 3), (10, 7), (20, 7), (30, 3))
    assert [(d.level, *minutes(d)[:2]) for d in found] == [("warning", 2.5, 2.5), ("critical", 5, 15)]


samples = st.lists(
    st.tuples(st.integers(1, 40), st.integers(-20, 120)), min_size=1, max_size=25
)  # steps in minutes, values in tenths
rules = st.builds(
    lambda side, on, off, deadband: HoldingRule(
        side, (AlarmLimit("critical", 5.0, on * MINUTE, off * MINUTE),), deadband / 10, 20 * MINUTE
    ),
    st.sampled_from(Side),
    st.integers(0, 40),
    st.integers(0, 20),
    st.integers(0, 20),
)


def timed(steps: list[tuple[int, int]]) -> list[tuple[int, float]]:
    at, trace = 0, []
    for step, tenths in steps:
        at += step * MINUTE
        trace.append((at, tenths / 10))
    return trace


@given(rule=rules, steps=samples)
def test_deviations_last_their_delay_do_not_overlap_and_lie_within_the_trace(
    rule: HoldingRule, steps: list[tuple[int, int]]
) -> None:
    trace = timed(steps)
    found, _ = deviations(rule, trace, control="ccp", point="chiller")
    limit = rule.limits[0]
    before = 0
    for one in found:
        assert before <= one.started_at
        assert one.raised_at == one.started_at + limit.on_delay <= trace[-1][0]
        assert one.returned_at is None or one.raised_at <= one.returned_at <= trace[-1][0]
        assert one.exceeds(limit.value) or one.worst == limit.value
        before = one.returned_at or trace[-1][0]


@given(rule=rules, steps=samples, cut=st.integers(0, 24))
def test_a_fold_that_is_saved_and_taken_up_again_gives_the_same(
    rule: HoldingRule, steps: list[tuple[int, int]], cut: int
) -> None:
    from gateway.haccp.rules.holding import fold

    whole, halves = [], []
    state = saved = None
    for number, (at, value) in enumerate(timed(steps)):
        state, changes = fold(rule, state, at, value)
        whole += changes
        if number == cut and saved is not None:
            saved = from_json(to_json(saved))
        saved, changes = fold(rule, saved, at, value)
        halves += changes
    assert whole == halves


@given(rule=rules, steps=samples)
def test_more_readings_on_the_same_line_change_nothing(rule: HoldingRule, steps: list[tuple[int, int]]) -> None:
    trace = timed([(min(step, 20), tenths) for step, tenths in steps])
    denser = [trace[0]]
    for (t0, v0), (t1, v1) in itertools.pairwise(trace):
        denser += [((t0 + t1) // 2, (v0 + v1) / 2), (t1, v1)]
    coarse = deviations(rule, trace, control="ccp", point="chiller")[0]
    fine = deviations(rule, denser, control="ccp", point="chiller")[0]
    assert [d.level for d in coarse] == [d.level for d in fine]
    for one, other in zip(coarse, fine, strict=True):
        assert abs(one.started_at - other.started_at) <= 2
        assert (one.returned_at is None) == (other.returned_at is None)
