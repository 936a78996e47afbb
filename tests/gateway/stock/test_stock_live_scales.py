"""Scales as a start takes them up: a saved state goes on only under the plan and the version that made it."""

from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace
from stock_rig import PLAN

from gateway.config import Config, parse
from gateway.records.transaction import Fold
from gateway.stock.scales.bench_scale import BenchState
from gateway.stock.scales.live_scales import Scales
from gateway.stock.weighing.plateau import WeightReading

SECOND = 1_000_000


def config_of(plan: str = PLAN) -> Config:
    return parse(plan, Path("kitchen.yaml"))


def scales_of(plan: str = PLAN) -> Scales:
    return Scales(config_of(plan).stock.scales, lambda item: f"stores:{item}")


@pytest.fixture
def saved() -> dict[str, Fold]:
    """The states of all scales after five kilograms stood on each of them for ten seconds."""
    scales = scales_of()
    for number in range(100):
        weighing = WeightReading(number * SECOND // 10 + 1, Decimal("5.00"), stable=True, ok=True)
        for scale in scales.bins.values():
            scale.state, _, _ = scale.scale.fold(scale.state, weighing)
            scale.saved_at = weighing.at
        for bench in scales.benches.values():
            bench.state, _ = bench.scale.fold(bench.state, weighing)
            bench.saved_at = weighing.at
    live = [*scales.bins.values(), *scales.benches.values()]
    return {scale.point: scale.fold() for scale in live}


def test_a_scale_with_an_item_is_a_bin_in_its_items_store_and_one_without_a_bench() -> None:
    scales = scales_of()
    assert {point: (scale.item, scale.place) for point, scale in scales.bins.items()} == {
        "bin-weight": ("rice", "stores:rice")
    }
    assert list(scales.benches) == ["bench-weight", "second-weight"]
    assert scales.points == ["bin-weight", "bench-weight", "second-weight"]
    assert [scale.point for scale in scales.bins_of("rice")] == ["bin-weight"]
    assert scales.bins_of("oil") == []


def test_a_bench_may_be_used_for_everything_unless_its_plan_says_for_what() -> None:
    benches = scales_of().benches
    assert benches["bench-weight"].uses == {"receive", "issue", "waste", "count"}
    assert benches["second-weight"].uses == {"waste"}


def test_every_scale_goes_on_where_it_was(saved: dict[str, Fold]) -> None:
    scales = scales_of()
    for point in scales.points:
        assert scales.go_on_from(saved[point])
    for scale in scales.bins.values():
        assert scale.fold() == saved[scale.point]
        assert scale.state.level is not None
    for bench in scales.benches.values():
        assert bench.fold() == saved[bench.point]
        assert bench.state.level == Decimal("5.00")


def test_a_bench_is_open_for_loads_exactly_if_its_session_is_whatever_was_saved(saved: dict[str, Fold]) -> None:
    scales = scales_of()
    bench = scales.benches["bench-weight"]
    bench.session = "w-1"
    assert scales.go_on_from(saved[bench.point])
    assert bench.state.opened
    bench.session = None
    opened = replace(BenchState.from_json(saved[bench.point].state), opened=True).to_json()
    assert scales.go_on_from(replace_state(saved[bench.point], opened))
    assert not bench.state.opened


def replace_state(fold: Fold, state: str) -> Fold:
    return Fold(fold.subject, fold.version, fold.at, state)


@pytest.mark.parametrize("point", ["bin-weight", "bench-weight"])
def test_a_state_that_cannot_be_read_or_is_of_another_version_is_not_taken_up(
    saved: dict[str, Fold], point: str
) -> None:
    scales = scales_of()
    before = {scale.point: scale.fold() for scale in (*scales.bins.values(), *scales.benches.values())}
    fold = saved[point]
    assert not scales.go_on_from(replace_state(fold, "{"))
    assert not scales.go_on_from(Fold(point, "bin-scale-1", fold.at, fold.state))
    assert not scales.go_on_from(Fold("another-weight", fold.version, fold.at, fold.state))
    assert {scale.point: scale.fold() for scale in (*scales.bins.values(), *scales.benches.values())} == before


def test_a_bin_whose_item_changed_begins_anew(saved: dict[str, Fold]) -> None:
    scales = scales_of(PLAN.replace("{point: bin-weight, item: rice}", "{point: bin-weight, item: fish}"))
    assert not scales.go_on_from(saved["bin-weight"])
    assert scales.bins["bin-weight"].state.level is None
