"""What the models promise for any trace, and that none ends in anything but an answer or a named refusal."""

import json
import math
import random
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.cli.offline.command import answers
from gateway.cli.offline.model import answer
from gateway.haccp.models.calibration import CheckOutcome, check
from gateway.haccp.models.errors import ModelError
from gateway.haccp.models.growth import Growth
from gateway.haccp.models.guard_band import Conformity, Sense, conformity
from gateway.haccp.models.kinetic_mean import mean_kinetic_temperature
from gateway.haccp.models.lethality import Lethality, Method
from gateway.haccp.models.newton_cooling import fit, window
from gateway.haccp.models.organisms import ORGANISMS
from gateway.haccp.models.product_filter import ProductFilter
from gateway.haccp.models.trace import HOUR, MINUTE, Sample

ANSWERS = Path(__file__).parent / "cases/models/answers.jsonl"

temperatures = st.floats(-20, 110)
traces = st.lists(st.tuples(st.integers(1, 90), temperatures), min_size=2, max_size=12).map(
    lambda steps: [(sum(step for step, _ in steps[: n + 1]) * MINUTE, value) for n, (_, value) in enumerate(steps)]
)


def last(course: Any) -> float:
    *_, (_, value) = course
    return float(value)


def split(trace: list[Sample], share: float) -> list[Sample]:
    """The same curve with a further sample in every segment."""
    found = [trace[0]]
    for (begin, low), (end, high) in pairwise(trace):
        middle = begin + round((end - begin) * share)
        found += [(middle, low + (high - low) * (middle - begin) / (end - begin)), (end, high)]
    return found


@given(traces, st.floats(0.05, 0.95), st.sampled_from([None, 55.0]))
def test_lethality_does_not_depend_on_how_often_a_straight_line_was_read(
    trace: list[Sample], share: float, floor: float | None
) -> None:
    model = Lethality(70, 7.5, floor=floor)
    whole = last(model.course(trace))
    assert last(model.course(split(trace, share))) == pytest.approx(whole, rel=1e-6, abs=1e-9)


@given(traces, st.floats(0, 30), st.sampled_from(Method), st.sampled_from([None, 55.0, 95.0]))
def test_a_hotter_trace_is_never_less_lethal(
    trace: list[Sample], hotter: float, method: Method, floor: float | None
) -> None:
    model = Lethality(70, 7.5, floor=floor, method=method)
    raised = [(at, value + hotter) for at, value in trace]
    assert last(model.course(raised)) >= last(model.course(trace)) * (1 - 1e-12)


@given(traces)
def test_the_exact_integral_is_never_above_the_trapezoid_of_a_printed_sheet(trace: list[Sample]) -> None:
    """L is convex below its cap."""
    cool = [(at, min(value, 90.0)) for at, value in trace]
    exact, sheet = (last(Lethality(70, 7.5, floor=None, method=method).course(cool)) for method in Method)
    assert exact <= sheet * (1 + 1e-9)


@given(traces, st.sampled_from(sorted(ORGANISMS)))
def test_growth_never_goes_back_and_lag_and_maximum_only_hold_it_up(trace: list[Sample], organism: str) -> None:
    known = ORGANISMS[organism]
    course = [value for _, value in Growth(known, h0=4.0, ymax=8.0).course(trace)]
    free = last(Growth(known, h0=None, ymax=None).course(trace))
    assert all(b >= a - 1e-9 for a, b in pairwise(course))
    assert course[-1] <= min(free, 8.0) + 1e-9


def test_growth_after_days_in_the_warm_is_the_maximum() -> None:
    growth = Growth.of(ORGANISMS["b-cereus-rice"])
    assert last(growth.course([(0, 35.0), (300 * 24 * HOUR, 36.0)])) == pytest.approx(8.03)


def test_growth_in_steps_is_the_sum_of_baranyi_steps() -> None:
    """The recursion as published, against the form that adds up the work and asks once."""
    organism, h0, ymax, y = ORGANISMS["c-perfringens-rc"], 5.75, 8 * math.log(10), 2 * math.log(10)
    q = 1 / math.expm1(h0)
    for minute in range(600):
        mu = organism.specific_rate(54 - 0.08 * (minute + 0.5)) / 60
        grown = math.log((1 + q * math.exp(mu)) / (1 + q))
        y, q = y + grown - math.log(1 + math.expm1(grown) * math.exp(y - ymax)), q * math.exp(mu)
    trace = [(0, 54.0), (600 * MINUTE, 54 - 0.08 * 600)]
    assert last(Growth(organism, h0, 8.0).course(trace)) == pytest.approx(y / math.log(10), abs=1e-9)


def newton(k: float, ambient: float, start: float, minutes: list[int]) -> list[Sample]:
    return [(m * MINUTE, ambient + (start - ambient) * math.exp(-k * m / 60)) for m in minutes]


@given(st.floats(0.2, 4), st.floats(-5, 32), st.floats(60, 95), st.integers(1, 10), st.integers(5, 60))
def test_a_fit_finds_the_curve_again(k: float, ambient: float, start: float, step: int, count: int) -> None:
    trace = newton(k, ambient, start, list(range(0, step * count, step)))
    known = fit(trace, ambient)
    assert known is not None
    # Seen over a twentieth of its time constant, or when it is long over, a curve tells no room; then not even its k,
    # since what is left is below the last digit of a double.
    seen = k * (window(trace)[-1][0] - window(trace)[0][0]) / HOUR
    left = math.exp(-k * window(trace)[-1][0] / HOUR)
    assert known.k == pytest.approx(k, rel=1e-5) or left <= 1e-3
    unknown = fit(trace, None)
    if seen > 0.05 and left > 1e-3:
        assert unknown is not None
        assert (unknown.k, unknown.ambient) == pytest.approx((k, ambient), rel=1e-3, abs=1e-2)


def test_a_probe_of_a_sixteenth_of_a_kelvin_seldom_calls_a_cold_room_too_warm() -> None:
    """Over a few minutes a curve hardly tells its room; each wrong word here is a wrong warning in the kitchen."""
    wrong = asked = 0
    for number in range(20):
        dice = random.Random(number)
        curve = newton(0.6 + 0.03 * number, 2, 85, list(range(45)))
        trace = [(at, round((value + dice.gauss(0, 0.05)) * 16) / 16) for at, value in curve]
        for seen in range(4, len(trace)):
            found = fit(trace[:seen], None)
            asked += 1
            wrong += found is not None and found.infeasible(5)
    assert wrong <= 0.03 * asked


def test_a_warm_room_is_known_from_the_readings_alone_within_the_hour() -> None:
    dice = random.Random(1)
    trace = [(at, round(value + dice.gauss(0, 0.05), 1)) for at, value in newton(0.8, 29, 85, list(range(60)))]
    found = fit(trace, None)
    assert found is not None
    assert found.infeasible(21)


def test_the_interval_of_a_prediction_holds_what_then_happens() -> None:
    """A resolution of 0.1 K is doubt enough, and the room is not known."""
    trace = [(at, round(value, 1)) for at, value in newton(0.6, 4, 85, list(range(0, 41, 1)))]
    found = fit(trace, None)
    assert found is not None
    reach = found.reach(21)
    assert reach is not None
    assert reach.earliest is not None
    assert reach.latest is not None
    assert reach.earliest < 156.13 * MINUTE < reach.latest
    assert 0.1 * MINUTE < reach.latest - reach.earliest < 20 * MINUTE


@pytest.mark.parametrize("room", [4.0, None])
def test_a_fit_is_surest_where_it_was_measured(room: float | None) -> None:
    trace = [(at, round(value, 1)) for at, value in newton(0.6, 4, 85, list(range(0, 41, 1)))]
    found = fit(trace, room)
    assert found is not None

    def doubt(minute: int) -> int:
        reach = found.reach(4 + 81 * math.exp(-0.6 * minute / 60))
        assert reach is not None
        assert reach.earliest is not None
        assert reach.latest is not None
        return reach.latest - reach.earliest

    assert doubt(22) < doubt(2) < doubt(120)


def test_infeasible_is_said_only_when_the_room_is_surely_too_warm() -> None:
    trace = [(at, round(value, 1)) for at, value in newton(0.5, 29, 80, list(range(0, 41, 1)))]
    found = fit(trace, None)
    assert found is not None
    assert found.infeasible(21)
    assert not found.infeasible(29)
    straddling = found.reach(found.ambient - found.ambient_sigma)
    assert straddling is not None
    assert straddling.at is None
    assert straddling.earliest is not None


def test_the_window_is_the_last_45_minutes_without_the_first_five() -> None:
    def minutes(step: int, until: int) -> list[int]:
        return [at // MINUTE for at, _ in window([(m * MINUTE, 80.0) for m in range(0, until + 1, step)])]

    assert minutes(1, 10) == list(range(11))
    assert minutes(1, 14) == list(range(5, 15))
    assert minutes(1, 60) == list(range(15, 61))
    assert minutes(10, 60) == list(range(0, 61, 10))


@given(st.floats(-20, 60), st.floats(-20, 60), st.floats(0.5, 120), st.lists(st.integers(1, 600), max_size=50))
def test_a_filtered_probe_comes_to_the_air_and_never_passes_it(
    start: float, air: float, tau: float, steps: list[int]
) -> None:
    y, distance = start, abs(start - air)
    for step in steps:
        y = ProductFilter(tau).step(y, air, step * MINUTE)
        assert abs(y - air) <= distance + 1e-9
        distance = abs(y - air)
    assert ProductFilter(tau).step(y, air, round(60 * tau * MINUTE)) == pytest.approx(air, abs=1e-9)


@given(st.lists(temperatures, min_size=1, max_size=20))
def test_a_kinetic_mean_lies_between_the_mean_and_the_warmest(values: list[float]) -> None:
    mean = mean_kinetic_temperature(values)
    assert sum(values) / len(values) - 1e-6 <= mean <= max(values) + 1e-6


@given(st.integers(-400, 1200), st.integers(-400, 1200), st.integers(0, 50), st.sampled_from(Sense))
def test_a_guard_band_is_exact_in_tenths(reading: int, limit: int, uncertainty: int, sense: Sense) -> None:
    inside = reading - limit if sense is Sense.MIN else limit - reading
    expected = Conformity.INDETERMINATE
    if inside >= uncertainty:
        expected = Conformity.PASS
    elif inside < -uncertainty:
        expected = Conformity.FAIL
    assert conformity(reading / 10, limit / 10, sense, uncertainty / 10) is expected


@given(st.integers(-2000, 2000), st.integers(1, 30))
def test_a_steady_probe_is_judged_by_its_offset_alone(thousandths: int, count: int) -> None:
    found = check([thousandths / 1000] * count)
    expected = CheckOutcome.ACCEPTED if abs(thousandths) < 300 else CheckOutcome.OFFSET_STORED
    assert found.outcome is (CheckOutcome.QUARANTINE if abs(thousandths) > 1000 else expected)
    assert found.offset == -thousandths / 1000


def test_a_reference_beyond_reason_is_refused() -> None:
    with pytest.raises(ModelError, match="d_ref"):
        Lethality(70, 7.5, d_ref=-1)


numbers = st.one_of(st.floats(-300, 300), st.floats(), st.integers(), st.just(0), st.none(), st.booleans(), st.text())
samples = st.lists(st.tuples(st.floats(-1e4, 1e4), st.floats(-50, 150)).map(list) | st.lists(numbers), max_size=6)
KEYS = "t_ref z d_ref floor h0 y0 ymax egr5 temperature ambient humidity altitude_m tau_min start limit uncertainty"
MODELS = sorted({json.loads(line)["input"]["model"] for line in ANSWERS.read_text().splitlines()})
inputs = st.fixed_dictionaries(
    {"model": st.sampled_from(MODELS)},
    optional={
        "trace": samples,
        "organism": st.sampled_from(sorted(ORGANISMS)),
        "sense": st.sampled_from(Sense),
        "method": st.sampled_from(Method),
        **dict.fromkeys([*KEYS.split(), "reading"], numbers),
        **dict.fromkeys(["to", "values", "weights", "ice", "boiling"], st.lists(numbers, max_size=4)),
    },
)


@settings(max_examples=300)
@given(inputs)
def test_any_input_gets_an_answer_or_a_refusal_and_nothing_else(given_input: dict[str, Any]) -> None:
    (line,) = answers(answer, [json.dumps(given_input).encode()], Path())
    found = json.loads(line, parse_constant=pytest.fail)
    assert "value" in found or found["error"] == "unusable_input"
