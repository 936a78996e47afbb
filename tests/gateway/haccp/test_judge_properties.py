"""What holds for every trace: restarts, split lines and hostile input change no verdict."""

import json
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.cli.offline.answer import answer
from gateway.haccp.limits.fields import Fields, InputError, parse
from gateway.haccp.limits.kind import Frame
from gateway.haccp.limits.kinds import KINDS, build
from gateway.haccp.profiles.load import IDS, load
from gateway.haccp.rules.history import ReadingHistory
from gateway.haccp.rules.rule import folded, samples_in, step_of, taken
from gateway.haccp.rules.trace import MINUTE, Event, Happening, Mark, Sample, in_order

CONTROLS: list[dict[str, Any]] = [
    *({"kind": name} for name in KINDS if name != "dew_point"),  # needs a humidity; folds as the other holding kinds
    {"kind": "hot_holding", "critical_min": 60, "on_delay_min": 10, "off_delay_min": 3},
    {"kind": "cold_holding", "critical_max": 20, "critical_min": 5, "allowance_min": 30},
    {"kind": "cooking", "temperature": 63, "hold_s": 300},
    {"kind": "cooking", "table": "roast"},
    {"kind": "cooking", "lethality": {"target_min": 2}},
    {"kind": "reheating", "hold_s": 60},
    {"kind": "cooling", "stages": [{"from": 60, "to": 21, "within_min": 60}, {"to": 5, "within_min": 90}]},
    {"kind": "exposure", "rule": "2h4h"},
    {"kind": "exposure", "rule": "fish-hazards"},
    {"kind": "time_control", "hours": 4},
    {"kind": "time_control", "hours": 6},
    {"kind": "rinse", "hold_s": 30},
    {"kind": "thawing", "variant": "water"},
]
GAP = 60 * MINUTE
controls = st.sampled_from(CONTROLS)
steps = st.lists(st.tuples(st.integers(1, 90), st.integers(-20, 900)), min_size=1, max_size=20)
marks = st.lists(st.tuples(st.integers(0, 900), st.sampled_from(Happening)), max_size=4)


def judge(**case: Any) -> dict[str, Any]:
    given_: dict[str, Any] = json.loads(json.dumps(answer(Fields(parse(json.dumps(case).encode()), folder=Path()))))
    return given_


def samples_of(drawn: list[tuple[int, int]]) -> list[Sample]:
    at, samples = 0, []
    for step, tenths in drawn:
        at += step * MINUTE
        samples.append(Sample(at, tenths / 10))
    return samples


def events_of(drawn: list[tuple[int, int]], drawn_marks: list[tuple[int, Happening]]) -> list[Event]:
    return list(in_order(samples_of(drawn), [Mark(minute * MINUTE, event) for minute, event in drawn_marks]))


def rule_of(control: dict[str, Any]) -> Any:
    fields = Fields(control, folder=Path(), place="control")
    built = build(fields, control["kind"], load("mbg-strict"), Frame(GAP))
    assert built.rule is not None
    return built.rule


@given(control=controls, drawn=steps, drawn_marks=marks, cut=st.integers(0, 20))
@settings(max_examples=300)
def test_a_run_that_is_saved_and_taken_up_again_gives_the_same_verdict(
    control: dict[str, Any], drawn: list[tuple[int, int]], drawn_marks: list[tuple[int, Happening]], cut: int
) -> None:
    """Also: judging while it runs never raises, and closes to what judging the whole says."""
    rule, events = rule_of(control), events_of(drawn, drawn_marks)
    state, seen = rule.begin(), ReadingHistory()
    for number, event in enumerate(events):
        if number == cut:
            state = msgspec.json.decode(msgspec.json.encode(state), type=type(state))
        state = taken(rule, state, step_of(event, seen.last, GAP))
        if isinstance(event, Sample):
            seen.take(event)
        rule.verdict(state, seen, event.at)
    assert state == folded(rule, events, GAP)
    whole = ReadingHistory.of(samples_in(events))
    assert rule.verdict(state, seen, None) == rule.verdict(folded(rule, events, GAP), whole, None)


@given(
    control=controls,
    drawn=steps,
    drawn_marks=marks,
    more=st.lists(st.tuples(st.integers(1, 30), st.floats(0, 1)), min_size=2, max_size=6),
)
@settings(max_examples=600)
def test_between_the_values_that_a_rule_calls_calm_no_line_changes_its_state(
    control: dict[str, Any], drawn: list[tuple[int, int]], drawn_marks: list[tuple[int, Happening]], more: Any
) -> None:
    rule, events = rule_of(control), events_of(drawn, drawn_marks)
    state, seen = folded(rule, events, GAP), ReadingHistory.of(samples_in(events))
    before = Sample(max(event.at for event in events) + MINUTE, samples_in(events)[-1].value)
    for event in (before, Sample(before.at + MINUTE, before.value)):
        state, at_first = taken(rule, state, step_of(event, seen.last, GAP)), state
        seen.take(event)
    above, below = rule.calm(state, before.value)
    if state is not at_first or not above < before.value < below:
        return
    low, high = max(above, -100.0), min(below, 300.0)
    for minutes, share in more:
        last = seen.last
        assert last is not None
        value = low + (high - low) * share
        if above < value < below:
            sample = Sample(last.at + minutes * MINUTE, value)
            assert taken(rule, state, step_of(sample, last, GAP)) == state
            seen.take(sample)


FORESEEN = {"PREDICTED_FAIL", "INFEASIBLE", "INDETERMINATE"}


def settled(outcome: str | None) -> str | None:
    """A forecast looks at readings, not at lines: more of them may foresee what fewer could not."""
    return "not settled" if outcome in FORESEEN else outcome


def told(verdict: dict[str, Any]) -> dict[str, Any]:
    """A verdict without what a forecast may move."""
    measures = {
        name: measure and {**measure, "verdict": settled(measure["verdict"])}
        for name, measure in verdict["measures"].items()
        if not name.startswith("predicted_") and name not in {"k_per_h", "ambient"}
    }
    return {"verdict": settled(verdict["verdict"]), "action": verdict["action"], "measures": measures}


def near(one: Any, other: Any) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(near(one[key], other[key]) for key in one)
    if isinstance(one, float | int) and isinstance(other, float | int):
        return abs(one - other) <= 2e-5 * max(1.0, abs(one))
    return bool(one == other)


@given(control=controls, drawn=steps, parts=st.integers(2, 4))
@settings(max_examples=300)
def test_more_readings_on_the_same_line_change_no_number(
    control: dict[str, Any], drawn: list[tuple[int, int]], parts: int
) -> None:
    coarse = [(sample.at, sample.value) for sample in samples_of(drawn)]
    fine = coarse[:1]
    for (t0, v0), (t1, v1) in pairwise(coarse):
        if t1 - t0 > 40 * MINUTE:
            fine.append((t1, v1))
            continue
        fine += [(t0 + (t1 - t0) * part // parts, v0 + (v1 - v0) * part / parts) for part in range(1, parts)]
        fine.append((t1, v1))  # exactly: a value that only touches a limit must go on touching it
    one, other = (
        judge(control=control, trace=[[at / MINUTE, value] for at, value in trace], interval_s=60, max_gap_s=2400)
        for trace in (coarse, fine)
    )
    first, second = told(one["verdicts"][0]), told(other["verdicts"][0])
    assert near(first, second), (first, second)
    assert len(one["alarms"]) == len(other["alarms"])


@given(drawn=steps, rise=st.integers(0, 300))
def test_a_hotter_trace_never_has_less_lethality(drawn: list[tuple[int, int]], rise: int) -> None:
    control = {"kind": "cooking", "lethality": {"target_min": 2}}
    trace = [[sample.at / MINUTE, sample.value] for sample in samples_of(drawn)]
    hotter = [[at, value + rise / 10] for at, value in trace]
    less, more = (
        judge(control=control, trace=one)["verdicts"][0]["measures"]["f_min"]["value"] for one in (trace, hotter)
    )
    assert more >= less - 1e-9


@given(stay=st.integers(1, 300), longer=st.integers(0, 300), rule=st.sampled_from(["2h4h", "fish-hazards", "2h"]))
def test_a_longer_stay_in_the_danger_band_is_never_less_exposure(stay: int, longer: int, rule: str) -> None:
    def exposure(minutes: int) -> float:
        trace = [[0, 4], [5, 30], [5 + minutes, 30], [10 + minutes, 4]]
        found = judge(control={"kind": "exposure", "rule": rule}, trace=trace, max_gap_s=60000)
        value: float = found["verdicts"][0]["measures"]["minutes_in_band"]["value"]
        return value

    assert exposure(stay + longer) >= exposure(stay)


@given(gap=st.integers(30, 600), hot=st.integers(700, 900))
def test_no_lethality_is_credited_in_a_gap(gap: int, hot: int) -> None:
    trace = [[0, 20], [1, 20], [2, hot / 10], [2 + gap, hot / 10]]
    control = {"kind": "cooking", "lethality": {"target_min": 1e6}}
    with_gap = judge(control=control, trace=trace, max_gap_s=120)["verdicts"][0]
    without = judge(control=control, trace=trace[:3], max_gap_s=120)["verdicts"][0]
    assert with_gap["measures"]["f_min"]["value"] == without["measures"]["f_min"]["value"]


values = st.recursive(
    st.none() | st.booleans() | st.integers(-10, 1000) | st.floats() | st.text(max_size=5) | st.sampled_from(IDS),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["at", "event", "from", "to"]), inner),
    max_leaves=8,
)
keys = ["trace", "traces", "marks", "interval_s", "max_gap_s", "uncertainty", "now", "ambient", "zone", "correction"]


@given(
    base=controls,
    extra=st.dictionaries(st.sampled_from(["stages", "lethality", "critical_max", "food", "hold_s", "rule"]), values),
    rest=st.dictionaries(st.sampled_from(["profile", *keys]), values),
    trace=st.lists(
        st.lists(st.integers(-50, 150) | st.none() | st.floats(-50, 150), min_size=2, max_size=2), max_size=6
    ),
)
@settings(max_examples=400)
def test_hostile_input_is_answered_or_refused_with_its_place(
    base: dict[str, Any], extra: dict[str, Any], rest: dict[str, Any], trace: list[Any]
) -> None:
    case = {"control": {**base, **extra}, "trace": trace, **rest}
    with suppress(InputError):
        answer(Fields(case, folder=Path("/nonexistent")))


def test_every_kind_answers_an_empty_trace_without_a_pass() -> None:
    for kind in KINDS:
        case: dict[str, Any] = {"control": {"kind": kind}, "trace": [], "profile": list(IDS)}
        if kind == "dew_point":
            case["humidity"] = 60
        for verdict in judge(**case)["verdicts"]:
            assert verdict["verdict"] in {None, "INDETERMINATE"}, kind
            assert verdict["reasons"]
