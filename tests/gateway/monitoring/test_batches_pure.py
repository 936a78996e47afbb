"""Batches without a gateway: the fold is the judge, the table of states is complete, what the watch proposes."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.cli.offline.answer import answer
from gateway.cli.offline.case import trace_hash
from gateway.config import Haccp, parse
from gateway.config.plan import HaccpPlan
from gateway.haccp.limits.fields import Fields
from gateway.haccp.limits.fields import parse as parse_json
from gateway.haccp.limits.kinds import BATCH_KINDS
from gateway.haccp.models.guard_band import Sense, conformity
from gateway.haccp.rules.breaches import LimitRow
from gateway.haccp.rules.guard import Guard
from gateway.haccp.rules.history import ReadingHistory
from gateway.haccp.rules.holding import Side
from gateway.haccp.rules.holding_control import HoldingControl
from gateway.haccp.rules.rule import folded, judged, step_of
from gateway.haccp.rules.trace import MINUTE, SECOND, Happening, Mark, Sample, in_order
from gateway.monitoring.batches.batch import (
    TABLE,
    BatchMark,
    BatchState,
    BatchStep,
    FoodBatch,
    ForbiddenStepError,
    next_id,
)
from gateway.monitoring.batches.fold import ReadingSource, SensorTraits
from gateway.monitoring.batches.refold import fold_of
from gateway.monitoring.batches.track import SensorRules, Track

PLAN = HaccpPlan(Haccp())
GAP = 10 * MINUTE
PROBES = {"pot": SensorTraits(GAP), "chiller": SensorTraits(GAP)}
HOLDING = HoldingControl((LimitRow("critical", Side.ABOVE, 5.0, on_delay=30 * MINUTE),), GAP)
steps = st.lists(
    st.tuples(st.integers(1, 15), st.integers(-20, 990), st.sampled_from(["pot", "chiller"])), min_size=1, max_size=25
)
uncertainties = st.integers(0, 12).map(lambda tenths: tenths / 10)
marks = st.lists(st.tuples(st.integers(0, 300), st.sampled_from(Happening)), max_size=5)


def batch(control: str, drawn: list[tuple[int, Happening]]) -> FoodBatch:
    said = tuple(BatchMark(at=minute * MINUTE, event=event, person="siti") for minute, event in drawn)
    return FoodBatch(
        id="b", product="Nasi", state=BatchState.CLOSED, opened_at=0, closed_at=1 << 60, controls=(control,), marks=said
    )


def samples_of(drawn: list[tuple[int, int, str]]) -> list[Sample]:
    at, samples = 0, []
    for step, tenths, sensor in drawn:
        at += step * MINUTE
        samples.append(Sample(at, tenths / 10, sensor))
    return samples


@given(control=st.sampled_from(list(BATCH_KINDS)), drawn=steps, said=marks, uncertainty=uncertainties)
def test_a_batch_folded_live_has_the_verdict_of_the_judge_on_the_whole_trace(
    control: str, drawn: list[tuple[int, int, str]], said: list[tuple[int, Happening]], uncertainty: float
) -> None:
    samples = samples_of(drawn)
    probes = {name: SensorTraits(GAP, uncertainty) for name in PROBES}
    fold = fold_of(batch(control, said), PLAN, probes, samples, ())
    rule = PLAN.rule(control, None, GAP).rule
    assert rule is not None
    events = list(in_order(samples, [Mark(minute * MINUTE, event) for minute, event in said]))
    happened = tuple(BatchMark(at=0, event=event) for event in Happening)
    asked = 0.0 if control == "eat_by" else uncertainty
    for found in fold.judged(None, room=(), marks=happened):
        expected = judged(rule, events, GAP, now=None, uncertainty=asked)
        assert found.verdict == expected or (
            found.verdict.outcome is expected.outcome and expected.outcome in {"INFEASIBLE", "PREDICTED_FAIL"}
        )
    assert fold.trace_hash(ReadingSource.SENSOR) == trace_hash(events)


@given(control=st.sampled_from(list(BATCH_KINDS)), drawn=steps, said=marks, own=st.tuples(uncertainties, uncertainties))
def test_a_batch_whose_sensors_differ_is_judged_live_as_the_judge_judges_it(
    control: str,
    drawn: list[tuple[int, int, str]],
    said: list[tuple[int, Happening]],
    own: tuple[float, float],
) -> None:
    if control == "eat_by":
        return
    samples = samples_of(drawn)
    probes = {name: SensorTraits(GAP, each) for name, each in zip(PROBES, own, strict=True)}
    fold = fold_of(batch(control, said), PLAN, probes, samples, ())
    happened = tuple(BatchMark(at=0, event=event) for event in Happening)
    used = sorted({sample.sensor: None for sample in samples})
    traces = [
        {
            "sensor": sensor,
            "trace": [[sample.at / MINUTE, sample.value] for sample in samples if sample.sensor == sensor],
            "uncertainty": probes[str(sensor)].uncertainty,
        }
        for sensor in used
    ]
    case = {
        "control": {"kind": control},
        "traces": traces,
        "marks": [{"at": minute, "event": event} for minute, event in said],
        "max_gap_s": GAP // SECOND,
    }
    (expected,) = answer(Fields(parse_json(json.dumps(case).encode()), folder=Path()))["verdicts"]
    for found in fold.judged(None, room=(), marks=happened):
        assert found.verdict.outcome == expected["verdict"]
        for name, measure in found.verdict.measures.items():
            written = expected["measures"][name]
            if measure is not None and measure.says_something and not name.startswith("predicted"):
                assert written["verdict"] == measure.verdict


@given(
    value=st.integers(720, 760),
    before=st.integers(700, 760),
    own=st.tuples(uncertainties, uncertainties),
)
def test_a_core_that_one_probe_saw_is_judged_by_the_uncertainty_of_that_probe(
    value: int, before: int, own: tuple[float, float]
) -> None:
    """W20, whatever the probe before it was worth: it can only have proved the pass itself."""
    samples = [Sample(MINUTE, before / 10, "pot"), Sample(2 * MINUTE, value / 10, "chiller")]
    probes = {name: SensorTraits(GAP, each) for name, each in zip(PROBES, own, strict=True)}
    fold = fold_of(batch("cooking", []), PLAN, probes, samples, ())
    (found,) = fold.judged(None, room=(), marks=())
    each = {conformity(s.value, 74.0, Sense.MIN, probes[str(s.sensor)].uncertainty).value for s in samples}
    assert (found.verdict.outcome == "PASS") is ("PASS" in each)
    assert found.verdict.outcome != "FAIL" or each == {"FAIL"}


def test_a_stretch_that_a_check_leaves_within_the_uncertainty_ends_there() -> None:
    """5.5 is above 5 for sure until the check; from then on, with U 1, it may be below. Eight minutes are no breach."""
    probe = SensorTraits(GAP, 0.0, ((11 * MINUTE, 1.0),))
    samples = [Sample(minute * MINUTE, 3.0 if minute < 2 else 5.5, "pot") for minute in range(60)]
    guard, seen = Guard((HOLDING,), [HOLDING.begin()], least=0.0), ReadingHistory()
    for sample in samples:
        step = step_of(sample, seen.last, GAP)
        guard.take(lambda by: (HOLDING.moved(by),), step, probe.uncertainty_at(sample.at))
        seen.take(sample)
    lenient = HOLDING.moved(-1.0).verdict(guard.lenient.states[0], seen, None)
    assert lenient.measures["minutes_beyond"].value == pytest.approx(8.2, abs=0.01)
    assert lenient.outcome == "PASS"
    assert (
        guard.verdict(
            HOLDING.verdict(folded(HOLDING, samples, GAP), seen, None),
            0,
            lambda by: (HOLDING.moved(by),),
            lambda rule, state: rule.verdict(state, seen, None),
        ).outcome
        == "INDETERMINATE"
    )


def test_readings_after_a_good_check_have_the_uncertainty_of_that_check() -> None:
    probe = SensorTraits(GAP, 0.5, ((10 * MINUTE, 0.2), (20 * MINUTE, 0.0)))
    assert [probe.uncertainty_at(minute * MINUTE) for minute in (0, 9, 10, 19, 20, 90)] == [
        0.5,
        0.5,
        0.2,
        0.2,
        0.0,
        0.0,
    ]
    for minute, outcome in ((5, "INDETERMINATE"), (15, "PASS"), (25, "PASS")):
        fold = fold_of(batch("cooking", []), PLAN, {"pot": probe}, [Sample(minute * MINUTE, 74.3, "pot")], ())
        (found,) = fold.judged(None, room=(), marks=())
        assert found.verdict.outcome == outcome


@given(st.integers(0, 700))
def test_the_hash_of_a_trace_does_not_depend_on_how_often_it_was_asked_for(count: int) -> None:
    events = [Sample(number, number / 10, "pot") for number in range(count)]
    asked = SensorRules((HOLDING,), GAP)
    track = Track(asked)
    for number, event in enumerate(events):
        track.take(asked, event)
        if number % 97 == 0:
            track.hexdigest()
    assert track.hexdigest() == trace_hash(events)


@pytest.mark.parametrize("state", BatchState)
@pytest.mark.parametrize("step", BatchStep)
def test_every_way_between_states_is_in_the_table_or_forbidden(state: BatchState, step: BatchStep) -> None:
    before = FoodBatch(id="b", product="Nasi", state=state, opened_at=0, controls=())
    if (state, step) in TABLE:
        assert before.after(step, at=1, who="siti").state is TABLE[state, step]
    else:
        with pytest.raises(ForbiddenStepError):
            before.after(step, at=1, who="siti")


def test_a_batch_is_where_it_was_moved_to_and_nowhere_when_it_is_over() -> None:
    moved = BatchMark(at=10, event=Happening.MOVED, point="chiller", person="siti")
    gone = BatchMark(at=20, event=Happening.MOVED, person="siti")
    before = FoodBatch(id="b", product="Nasi", state=BatchState.OPEN, opened_at=0, controls=(), point="pot")
    assert before.with_mark(moved).at_point == "chiller"
    assert [(stay.point, stay.since, stay.until) for stay in before.with_mark(moved).with_mark(gone).stays()] == [
        ("pot", 0, 10),
        ("chiller", 10, 20),
    ]
    assert before.with_mark(moved).with_mark(gone).at_point is None
    assert before.after(BatchStep.CLOSE, at=5, who="siti").at_point is None


def test_a_persons_mark_takes_the_place_of_the_traces() -> None:
    proposed = BatchMark(at=5, event=Happening.COOKING_ENDED, proposed=True)
    said = BatchMark(at=9, event=Happening.COOKING_ENDED, person="siti")
    before = FoodBatch(id="b", product="Nasi", state=BatchState.OPEN, opened_at=0, controls=(), marks=(proposed,))
    assert [mark.at for mark in before.effective_marks] == [5]
    assert [mark.at for mark in before.with_mark(said).effective_marks] == [9]


def test_ids_of_a_day_are_counted_on() -> None:
    assert next_id("20261124", ["20261123-07", "20261124-01"]) == "20261124-02"
    assert next_id("20261124", ["20261124-02"]) == "20261124-03"


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
    plan = HaccpPlan(config.haccp)
    stages = plan.rule("cooling", None, GAP).shown["stages"]
    assert [(stage["to"], stage["within_min"]) for stage in stages] == [(21.0, 90.0), (5.0, 360.0)]  # type: ignore[attr-defined]
    assert plan.rule("cooking", "fish", GAP).shown == {"temperature": 80.0, "hold_s": 15.0}
    assert plan.rule("cooking", "poultry", GAP).shown["temperature"] == 74.0
    main, low, second = sorted(plan.parts(config.control_points[0], config.points[0]), key=lambda part: len(part.id))
    limits = {part.id: [(limit.level, limit.value) for limit in part.rule.limits] for part in (main, low, second)}
    assert limits == {
        "ccp": [("critical", 6.0), ("warning", 4.0)],
        "ccp.2": [("critical", 8.0)],
        "ccp.low": [("critical", -1.0), ("warning", 0.5)],
    }
    assert main.tau_minutes == 30
