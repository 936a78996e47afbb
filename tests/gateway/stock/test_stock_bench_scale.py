"""A bench scale: which loads it weighs, whatever happens between them, and that a restart changes nothing."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from scale_trace import Trace

from gateway.stock.scales.bench_scale import BenchScale, BenchState, Load

SCALE = BenchScale("bench", Decimal("0.01"), Decimal("0.2"), Decimal(60))


def folded(trace: Trace, state: BenchState, scale: BenchScale = SCALE) -> tuple[BenchState, list[Load]]:
    loads = []
    for said in trace.said:
        state, load = scale.fold(state, said)
        loads += [] if load is None else [load]
    return state, loads


def opened() -> BenchState:
    state, load = SCALE.open(BenchState())
    assert load is None
    return state


kilograms = st.integers(30, 2_000).map(lambda n: n * Decimal("0.01"))
seconds = st.sampled_from([3.0, 4.0, 7.0])


@given(st.lists(st.tuples(kilograms, seconds, st.booleans()), max_size=8), st.booleans())
def test_every_load_is_taken_once_with_its_weight_alone_or_upon_another(
    loads: list[tuple[Decimal, float, bool]], flag: bool
) -> None:
    trace, level = Trace(flag=flag), Decimal(0)
    trace.still(3, "0.00")
    for kg, stays, carried_away in loads:
        if level + kg > 55:
            trace.move(1, "0.00")
            trace.still(2, "0.00")
            level = Decimal(0)
        level += kg
        trace.move(1, str(level))
        trace.still(stays, str(level))
        if carried_away:
            trace.move(1, "0.00")
            trace.still(2, "0.00")
            level = Decimal(0)

    _, taken = folded(trace, opened())

    assert [load.weight for load in taken] == [kg for kg, _, _ in loads]
    assert len({load.at for load in taken}) == len(taken)


@given(st.lists(st.tuples(kilograms, st.sampled_from([0.3, 0.9, 1.5])), max_size=6))
def test_nothing_that_stands_still_for_less_than_two_seconds_is_a_load(bumps: list[tuple[Decimal, float]]) -> None:
    trace = Trace()
    trace.still(3, "0.00")
    for kg, stays in bumps:
        trace.move(0.5, str(kg))
        trace.still(stays, str(kg))
        trace.move(0.5, "0.00")
        trace.still(3, "0.00")
    assert folded(trace, opened())[1] == []


@given(
    st.lists(kilograms, min_size=1, max_size=6), st.sampled_from([(0.1, 0.6), (1.0, 2.0), (2.0, 3.0)]), st.booleans()
)
def test_sacks_exchanged_before_the_empty_scale_can_stand_still_are_each_weighed(
    loads: list[Decimal], pace: tuple[float, float], flag: bool
) -> None:
    every, hurry = pace
    trace = Trace(every=every, flag=flag)
    trace.still(max(3, 6 * every), "0.00")
    for index, drawn in enumerate(loads):
        # Unlike the one before by more than a threshold: the same weight again is the same sack, set down again.
        kg = drawn + (20 if index % 2 else 0)
        trace.move(hurry, "0.00")
        trace.move(hurry, str(kg))
        trace.still(max(4, 12 * every), str(kg))

    _, taken = folded(trace, opened())

    assert [load.weight for load in taken] == [kg + (20 if n % 2 else 0) for n, kg in enumerate(loads)]


def test_a_crate_lifted_and_set_down_at_once_is_one_crate_and_what_is_added_to_it_is_weighed_alone() -> None:
    trace = Trace()
    trace.play([["still", 3, "0.00"], ["move", 1, "8.00"], ["still", 5, "8.00"]])
    trace.play([["move", 0.3, "0.00"], ["move", 0.3, "8.00"], ["still", 5, "8.00"]])
    trace.play([["move", 1, "11.00"], ["still", 5, "11.00"]])
    assert [load.weight for load in folded(trace, opened())[1]] == [8, 3]


parts = st.one_of(
    st.tuples(st.sampled_from(["still", "move", "shake"]), seconds, kilograms.map(str)),
    st.tuples(st.sampled_from(["drift", "flicker"]), seconds, kilograms.map(str), kilograms.map(str)),
    st.tuples(st.just("error"), seconds, st.none() | kilograms.map(str)),
    st.tuples(st.just("silence"), st.sampled_from([5, 61, 3_600])),
    st.tuples(st.just("press_tare"), st.sampled_from(["0.50", "1.20"])),
)


@given(st.lists(parts, max_size=10), st.data())
def test_a_restart_at_any_weighing_changes_no_load(script: list[tuple[object, ...]], data: st.DataObject) -> None:
    trace = Trace()
    trace.play(script)  # type: ignore[arg-type]
    whole = folded(trace, opened())
    cut = data.draw(st.integers(0, len(trace.said)))
    first, second = Trace(), Trace()
    first.said, second.said = trace.said[:cut], trace.said[cut:]

    state, before = folded(first, opened())
    end, after = folded(second, BenchState.from_json(state.to_json()))

    assert (end, before + after) == whole


@given(st.lists(parts, max_size=10))
def test_late_and_repeated_weighings_make_no_load(script: list[tuple[object, ...]]) -> None:
    trace = Trace()
    trace.play(script)  # type: ignore[arg-type]
    state, _ = folded(trace, opened())
    assert folded(trace, state) == (state, [])


@given(st.lists(parts, max_size=10))
def test_a_load_is_at_least_a_threshold_and_never_a_weight_that_cannot_be(script: list[tuple[object, ...]]) -> None:
    trace = Trace()
    trace.play(script)  # type: ignore[arg-type]
    for load in folded(trace, opened())[1]:
        assert load.weight >= SCALE.thresholds.commit(load.before, load.after)
        assert SCALE.thresholds.fault(load.after) is None


def test_a_load_that_nobody_named_waits_and_is_gone_when_it_is_carried_away() -> None:
    trace = Trace()
    trace.play([["still", 3, "0.00"], ["move", 1, "8.00"], ["still", 5, "8.00"]])
    state, loads = folded(trace, BenchState())
    assert (loads, SCALE.waits(state)) == ([], 8)
    trace.said.clear()
    trace.play([["move", 1, "0.00"], ["still", 3, "0.00"]])
    state, _ = folded(trace, state)
    assert SCALE.waits(state) == 0
    assert SCALE.open(state)[1] is None
