"""Batches without a gateway: the fold is the judge, the table of states is complete, what the watch proposes."""

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.batch_refold import fold_of
from gateway.batches import watch
from gateway.batches.batch import TABLE, BatchMark, BatchState, FoodBatch, ForbiddenStepError, Step, next_id
from gateway.batches.fold import Source, TraceHash
from gateway.config import BatchControl, Haccp, parse
from gateway.config.plan import Plan
from gateway.judge.case import trace_hash
from gateway.rules.rule import judged
from gateway.rules.trace import MINUTE, SECOND, Happening, Mark, Sample, in_order

PLAN = Plan(Haccp())
GAP = 10 * MINUTE
GAPS = {"pot": GAP, "chiller": GAP}
steps = st.lists(
    st.tuples(st.integers(1, 15), st.integers(-20, 990), st.sampled_from(["pot", "chiller"])), min_size=1, max_size=25
)
marks = st.lists(st.tuples(st.integers(0, 300), st.sampled_from(Happening)), max_size=5)


def batch(control: BatchControl, drawn: list[tuple[int, Happening]]) -> FoodBatch:
    said = tuple(BatchMark(at=minute * MINUTE, event=event, person="siti") for minute, event in drawn)
    return FoodBatch(
        id="b", product="Nasi", state=BatchState.CLOSED, opened_at=0, closed_at=1 << 60, controls=(control,), marks=said
    )


@given(control=st.sampled_from(BatchControl), drawn=steps, said=marks)
def test_a_batch_folded_live_has_the_verdict_of_the_judge_on_the_whole_trace(
    control: BatchControl, drawn: list[tuple[int, int, str]], said: list[tuple[int, Happening]]
) -> None:
    at, samples = 0, []
    for step, tenths, sensor in drawn:
        at += step * MINUTE
        samples.append(Sample(at, tenths / 10, sensor))
    fold = fold_of(batch(control, said), PLAN, GAPS, samples, ())
    rule = PLAN.rule(control, None, GAP).rule
    assert rule is not None
    events = list(in_order(samples, [Mark(minute * MINUTE, event) for minute, event in said]))
    happened = tuple(BatchMark(at=0, event=event) for event in Happening)
    for found in fold.judged(None, room=(), marks=happened):
        assert found.verdict == judged(rule, events, now=None) or found.verdict.outcome in {
            "INFEASIBLE",
            "PREDICTED_FAIL",
        }
    assert fold.trace_hash(Source.SENSOR) == trace_hash(events)


@given(st.integers(0, 700))
def test_the_hash_of_a_trace_does_not_depend_on_how_often_it_was_asked_for(count: int) -> None:
    events = [Sample(number, number / 10, "pot") for number in range(count)]
    hashed = TraceHash()
    for number, event in enumerate(events):
        hashed.add(event)
        if number % 97 == 0:
            hashed.hexdigest()
    assert hashed.hexdigest() == trace_hash(events)


@pytest.mark.parametrize("state", BatchState)
@pytest.mark.parametrize("step", Step)
def test_every_way_between_states_is_in_the_table_or_forbidden(state: BatchState, step: Step) -> None:
    before = FoodBatch(id="b", product="Nasi", state=state, opened_at=0, controls=())
    if (state, step) in TABLE:
        assert before.took(step, at=1, who="siti").state is TABLE[state, step]
    else:
        with pytest.raises(ForbiddenStepError):
            before.took(step, at=1, who="siti")


def test_a_batch_is_where_it_was_moved_to_and_nowhere_when_it_is_over() -> None:
    moved = BatchMark(at=10, event=Happening.MOVED, point="chiller", person="siti")
    gone = BatchMark(at=20, event=Happening.MOVED, person="siti")
    before = FoodBatch(id="b", product="Nasi", state=BatchState.OPEN, opened_at=0, controls=(), point="pot")
    assert before.marked(moved).at_point == "chiller"
    assert [(stay.point, stay.since, stay.until) for stay in before.marked(moved).marked(gone).stays()] == [
        ("pot", 0, 10),
        ("chiller", 10, 20),
    ]
    assert before.marked(moved).marked(gone).at_point is None
    assert before.took(Step.CLOSE, at=5, who="siti").at_point is None


def test_a_persons_mark_takes_the_place_of_the_traces() -> None:
    proposed = BatchMark(at=5, event=Happening.COOKING_ENDED, proposed=True)
    said = BatchMark(at=9, event=Happening.COOKING_ENDED, person="siti")
    before = FoodBatch(id="b", product="Nasi", state=BatchState.OPEN, opened_at=0, controls=(), marks=(proposed,))
    assert [mark.at for mark in before.counted] == [5]
    assert [mark.at for mark in before.marked(said).counted] == [9]


def test_ids_of_a_day_are_counted_on() -> None:
    assert next_id("20261124", ["20261123-07", "20261124-01"]) == "20261124-02"
    assert next_id("20261124", ["20261124-02"]) == "20261124-03"


def changes(values: list[float], every: int = 30 * SECOND) -> list[watch.Change]:
    state, found = watch.State(), []
    for number, value in enumerate(values):
        state, new = watch.watch(state, Sample(number * every, value, "pot"), 2 * MINUTE)
        found += new
    return found


def boiled(minutes: int) -> list[float]:
    return [28 + 5 * number for number in range(14)] + [98.0] * (2 * minutes)


def test_a_cook_begins_at_the_crossing_of_57_and_ends_where_the_food_was_hottest_last() -> None:
    began, ended = changes([*boiled(20), *(98 * math.exp(-0.01 * number) for number in range(1, 60))])
    assert began == watch.Began(since=5 * 30 * SECOND, at=174 * SECOND)
    assert isinstance(ended, watch.Ended)
    assert ended.at == pytest.approx((14 + 40) * 30 * SECOND, abs=90 * SECOND)


def test_a_lid_that_is_opened_ends_no_cook() -> None:
    (began,) = changes([*boiled(10), 94, 92, 91, 93, 97, 98, 98])
    assert isinstance(began, watch.Began)


def test_what_is_hot_when_it_is_first_seen_is_nobodys_cook() -> None:
    assert changes([80.0] * 20 + [40.0]) == []


def test_the_same_pot_cooks_again_after_it_was_cold() -> None:
    again = changes([*boiled(5), 20.0, *boiled(5)])
    assert [type(change) for change in again] == [watch.Began, watch.Ended, watch.Began]


def test_an_override_of_one_number_leaves_the_others_as_the_profile_has_them() -> None:
    text = """
kitchen: {id: k1, name: Dapur}
mqtt: {}
devices: [{id: p, driver: senml-json}]
haccp:
  overrides:
    - {control: cooling, limit: stage_1.within_min, value: 90, reason: blast chiller}
    - {control: cooking, limit: temperature, value: 80, reason: old pots, food: fish}
    - {control: cold_holding, limit: critical_max, value: 6, reason: old chiller}
points: [{id: air, name: A, device: p, channel: T, quantity: temperature, interval: 10s, measures: air}]
control_points: [{id: ccp, kind: cold_holding, point: air}]
"""
    config = parse(text, Path("kitchen.yaml"))
    plan = Plan(config.haccp)
    stages = plan.rule(BatchControl.COOLING, None, GAP).shown["stages"]
    assert [(stage["to"], stage["within_min"]) for stage in stages] == [(21.0, 90.0), (5.0, 360.0)]  # type: ignore[attr-defined]
    assert plan.rule(BatchControl.COOKING, "fish", GAP).shown == {"temperature": 80.0, "hold_s": 15.0}
    assert plan.rule(BatchControl.COOKING, "poultry", GAP).shown["temperature"] == 74.0
    main, low, second = sorted(plan.parts(config.control_points[0], config.points[0]), key=lambda part: len(part.id))
    limits = {part.id: [(limit.level, limit.value) for limit in part.rule.limits] for part in (main, low, second)}
    assert limits == {
        "ccp": [("critical", 6.0), ("warning", 4.0)],
        "ccp.2": [("critical", 8.0)],
        "ccp.low": [("critical", -1.0), ("warning", 0.5)],
    }
    assert main.tau_minutes == 30
