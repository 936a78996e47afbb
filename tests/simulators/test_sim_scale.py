import json
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest

from simulators.clock import SECOND
from simulators.devices.scale import CsvShape, DisplayedWeight, SimulatedScale, csv_st

CASES = [json.loads(line) for line in (Path(__file__).parent / "cases/csv-st.jsonl").read_text().splitlines()]


@pytest.fixture
def scale() -> SimulatedScale:
    return SimulatedScale(load=40.0, capacity=150.0, division="0.01", rng=Random(1))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_line_is_what_the_makers_documents_print(case):
    weight = None if case["weight"] is None else Decimal(case["weight"])
    shown = DisplayedWeight(weight=weight, stable=case["stable"], net=case["net"], unit=case["unit"])
    assert csv_st(shown, CsvShape(**case["shape"])).hex() == case["hex"]


def test_a_sack_put_on_swings_and_then_stands_still_at_its_weight(scale):
    at = 100 * SECOND
    assert scale.show(at) == DisplayedWeight(weight=Decimal("40.00"), stable=True)
    scale.put(25.0, at)
    shown = [scale.show(at + tenth * SECOND // 10) for tenth in range(30)]
    assert not any(weighing.stable for weighing in shown[:10])
    assert len({weighing.weight for weighing in shown[:10]}) > 5
    assert set(shown[15:]) == {DisplayedWeight(weight=Decimal("65.00"), stable=True)}


def test_a_change_is_seen_in_motion_however_fast_the_clock_runs(scale):
    scale.put(25.0, 100 * SECOND)
    hour = 3_600 * SECOND
    assert [scale.show(hour).stable, scale.show(2 * hour).stable] == [False, True]


def test_more_than_it_can_carry_is_shown_as_overload(scale):
    scale.put(111.0, 0)
    assert csv_st(scale.show(60 * SECOND), CsvShape()).startswith(b"OL,GS,+ ")


def test_somebody_leans_on_it_and_lets_go(scale):
    scale.lean(6.0, 100 * SECOND, 1 * SECOND)
    during = scale.show(100 * SECOND + SECOND // 2)
    assert during.weight > 41
    after = [scale.show(101 * SECOND + tenth * SECOND // 10) for tenth in range(30)]
    assert not after[0].stable
    assert after[-1] == DisplayedWeight(weight=Decimal("40.00"), stable=True)


def test_a_scale_that_creeps_walks_by_itself_and_stays_where_it_has_walked_to(scale):
    hour = 3_600 * SECOND
    scale.creep(0.02, 0)
    assert scale.show(8 * hour) == DisplayedWeight(weight=Decimal("40.16"), stable=True)
    scale.creep(0.0, 8 * hour)
    assert scale.show(20 * hour).weight == Decimal("40.16")


def test_a_tared_scale_shows_net(scale):
    scale.tare(on=True, at=0)
    scale.show(SECOND)
    scale.put(5.0, 10 * SECOND)
    scale.show(11 * SECOND)
    assert scale.show(20 * SECOND) == DisplayedWeight(weight=Decimal("5.00"), stable=True, net=True)
