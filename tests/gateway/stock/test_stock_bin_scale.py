"""What a kitchen gets from a scale under a bin: traces of weighings and the movements that they must give."""

import json
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scale_trace import DIVISION, SECOND, START, Trace

from gateway.stock.ledger.movements import Movement, MovementKind, Place
from gateway.stock.scales.bin_scale import BinScale, BinState
from gateway.stock.weighing.plateau import WeightReading
from gateway.stock.weighing.thresholds import Fault

CASES = [json.loads(line) for line in (Path(__file__).parent / "cases/bin_scale.jsonl").read_text().splitlines()]


def folded(
    scale: BinScale, said: Iterable[WeightReading], state: BinState | None = None
) -> tuple[BinState, list[Movement]]:
    state, all_booked = state or scale.start(), []
    for s in said:
        state, booked, _ = scale.fold(state, s)
        all_booked += booked
    return state, all_booked


def told(movement: Movement) -> list[str]:
    offline = ["offline"] if movement.while_offline else []
    return [movement.kind, str(movement.quantity), *offline]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_bin_scale_books_what_was_put_on_and_taken_off(case: dict[str, Any]) -> None:
    minimum, capacity = Decimal(case.get("minimum", "0")), case.get("capacity")
    scale = BinScale("rice", "rice-scale", DIVISION, minimum, Decimal(capacity) if capacity else None)
    said = Trace(every=case.get("every", 0.1), flag=case.get("flag", True)).play(case["trace"])

    state, booked = folded(scale, said)

    assert [told(movement) for movement in booked] == case["movements"]
    if state.level:
        assert state.level.drift == Decimal(case.get("drift", "0"))
        assert state.level.aside == Decimal(case.get("aside", "0"))
        assert not state.level.pending


def test_a_receipt_says_where_from_what_the_scale_showed_and_when_it_began() -> None:
    said = Trace().play([["still", 5, "10.0"], ["move", 2, "35.0"], ["still", 20, "35.0"]])

    _, [opening, receipt] = folded(BinScale("rice", "rice-scale"), said)

    began = START + 5_100_000
    assert (opening.source, opening.destination) == (Place.ADJUSTMENT, Place.STORES)
    assert receipt == Movement(
        key=f"rice-scale:rice:{began}",
        item="rice",
        kind=MovementKind.RECEIPT,
        source=Place.SUPPLIER,
        destination=Place.STORES,
        quantity=Decimal(25),
        before=Decimal(10),
        after=Decimal(35),
        tare=None,
        scale="rice-scale",
        at=began,
        while_offline=False,
    )
    assert str(receipt.quantity) == "25.00"


@pytest.mark.parametrize(
    "then",
    [
        [["still", 13, "35.00"]],
        [
            ["still", 2, "35.00"],
            ["move", 1, "60.00"],
            ["still", 3, "60.00"],
            *[["move", 1, "70.00"], ["still", 3, "80.00"]] * 2,
        ],
    ],
    ids=["it stays alone", "more is put on all the time"],
)
def test_a_receipt_is_known_within_fifteen_seconds_of_putting_it_on(then: list[list[Any]]) -> None:
    said = Trace().play([["still", 5, "10.00"], ["move", 2, "35.00"], *then])
    _, [_, receipt, *_] = folded(BinScale("rice", "rice-scale"), said)
    assert (receipt.kind, receipt.quantity) == (MovementKind.RECEIPT, 25)


def test_a_slow_pour_is_dated_at_its_beginning() -> None:
    pour = [["still", 9, "10.00"], ["drift", 60, "10.00", "10.54"], ["still", 20, "10.54"]]
    _, [_, receipt] = folded(BinScale("rice", "rice-scale"), Trace().play(pour))
    assert 5 * SECOND <= receipt.at - START <= 13 * SECOND


def test_what_nobody_saw_is_dated_when_it_was_noticed() -> None:
    said = Trace().play([["still", 5, "10.00"], ["silence", 3600], ["still", 20, "22.50"]])
    _, [_, receipt] = folded(BinScale("rice", "rice-scale"), said)
    assert (receipt.while_offline, receipt.at) == (True, START + 3605 * SECOND + 100_000)


def test_late_and_repeated_weighings_make_no_movement() -> None:
    said = Trace().play([["still", 5, "10.0"], ["move", 2, "35.0"], ["still", 20, "35.0"]])
    scale = BinScale("rice", "rice-scale")
    state, booked = folded(scale, said)

    again, more = folded(scale, reversed(said), state)

    assert (again, more) == (state, [])
    doubled = [weighing for weighing in said for _ in range(2)]
    assert folded(scale, doubled) == (state, booked)


def test_the_page_sees_the_weight_while_it_moves_and_when_it_stands() -> None:
    scale, state = BinScale("rice", "rice-scale"), BinState()
    for said in Trace().play([["still", 3, "10.00"]]):
        state, _, live = scale.fold(state, WeightReading(said.at, said.weight, True, ok=True))
    assert (live.weight, live.stable, live.fault) == (Decimal("10.00"), True, None)

    state, _, live = scale.fold(state, WeightReading(state.plateau.last_at + 1, Decimal("12.34"), False, ok=True))
    assert (live.weight, live.stable, live.fault) == (Decimal("12.34"), False, None)
    state, _, live = scale.fold(state, WeightReading(state.plateau.last_at + 1, Decimal(-3), True, ok=True))
    assert (live.weight, live.stable, live.fault) == (Decimal("-3.00"), False, Fault.NEGATIVE)
    state, _, live = scale.fold(state, WeightReading(state.plateau.last_at + 1, None, None, ok=False))
    assert (live.weight, live.stable, live.fault) == (None, False, None)
    state, _, live = scale.fold(state, WeightReading(state.plateau.last_at + 1, Decimal("NaN"), True, ok=True))
    assert (live.weight, live.stable, live.fault) == (None, False, None)


# Mostly near one level, where thresholds decide.
kilograms = (st.integers(980, 1020) | st.integers(-2, 4000)).map(lambda n: str(n * DIVISION))
seconds = st.sampled_from([0.3, 1, 2, 3, 5, 9, 14])
parts = st.one_of(
    st.tuples(st.sampled_from(["still", "move", "shake"]), seconds, kilograms),
    st.tuples(st.sampled_from(["drift", "flicker"]), seconds, kilograms, kilograms),
    st.tuples(st.just("error"), seconds, st.none() | kilograms),
    st.tuples(st.just("silence"), st.sampled_from([5, 61, 3600])),
    st.tuples(st.just("press_tare"), st.sampled_from(["0.50", "1.20"])),
)
traces = st.builds(
    lambda script, every, flag: Trace(every=every, flag=flag).play(script),
    st.lists(parts, max_size=12),
    st.sampled_from([0.1, 0.25, 1]),
    st.booleans(),
)
scales = st.builds(
    BinScale,
    st.just("rice"),
    st.just("rice-scale"),
    st.just(DIVISION),
    st.sampled_from([Decimal(0), Decimal("0.2")]),
    st.sampled_from([None, Decimal(30)]),
)


@given(scales, traces)
def test_every_gram_between_first_and_last_level_is_accounted_for(scale: BinScale, said: list[WeightReading]) -> None:
    state, booked = folded(scale, said)
    if state.level is None:
        assert not booked
        return
    level = state.level
    movements = sum(m.after - m.before for m in booked)
    pending = sum(step.after - step.base for step in level.pending)

    assert movements + level.drift + level.aside + pending == level.base
    assert abs(level.base - level.level) < scale.thresholds.commit(level.base, Decimal(40))


@given(scales, traces)
def test_movements_are_at_least_a_threshold_and_have_keys_of_their_own(
    scale: BinScale, said: list[WeightReading]
) -> None:
    _, booked = folded(scale, said)

    assert [m.kind is MovementKind.OPENING for m in booked] == [i == 0 for i in range(len(booked))]
    for m in booked[1:]:
        assert m.quantity == abs(m.after - m.before) >= scale.thresholds.commit(m.before, m.after)
    assert len({m.key for m in booked}) == len(booked)
    assert [m.at for m in booked] == sorted(m.at for m in booked)


@given(scales, traces, st.data())
def test_a_crash_at_any_weighing_changes_no_movement(
    scale: BinScale, said: list[WeightReading], data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, len(said)))
    before, booked = folded(scale, said[:cut])

    restored = scale.start(before.to_json())
    end, more = folded(scale, said[cut:], restored)

    assert restored == before
    assert (end, booked + more) == folded(scale, said)


@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from([0.1, 0.5, 1.5, 6]), st.booleans()), max_size=40))
@example([(2, 1.5, True), (1, 6, True), (0, 6, True), (2, 1.5, True), (2, 6, True), (2, 6, True)])
def test_weight_that_stays_within_one_threshold_never_makes_a_movement(
    walk: list[tuple[int, float, bool]],
) -> None:
    trace = Trace()
    trace.still(2, "10.00")
    for divisions, length, stable in walk:
        kg = str(10 + divisions * DIVISION)
        if stable:
            trace.still(length, kg)
        else:
            trace.shake(length, kg)

    _, booked = folded(BinScale("rice", "rice-scale"), trace.said)

    assert [m.kind for m in booked] == [MovementKind.OPENING]


@given(kilograms, st.sampled_from([0.5, 1.5, 3, 6]), st.sampled_from([0.1, 1]))
def test_an_excursion_that_is_back_within_ten_seconds_gives_nothing(top: str, length: float, lifting: float) -> None:
    trace = Trace().play(
        [
            ["still", 5, "10.00"],
            ["move", lifting, top],
            ["still", length, top],
            ["move", lifting, "10.01"],
            ["still", 30, "10.01"],
        ]
    )
    assert len(folded(BinScale("rice", "rice-scale"), trace)[1]) == 1


@given(st.lists(st.integers(4, 500), min_size=1, max_size=6))
def test_what_is_put_on_in_plateaus_is_received_in_as_many_movements(divisions: list[int]) -> None:
    scale, trace, kg = BinScale("rice", "rice-scale", minimum=Decimal(0)), Trace(), Decimal(0)
    trace.still(5, "0.00")
    for n in divisions:
        kg += n * DIVISION
        trace.move(1, str(kg))
        trace.still(4, str(kg))
    trace.still(20, str(kg))

    _, [_, *receipts] = folded(scale, trace.said)

    assert [r.quantity for r in receipts] == [n * DIVISION for n in divisions]
    assert {r.kind for r in receipts} == {MovementKind.RECEIPT}


def test_what_a_scale_that_never_rests_weighs_is_booked_when_its_level_is_found_again() -> None:
    trace = Trace(every=0.1, flag=False)
    trace.still(5, "10.00")
    trace.move(1, "35.00")
    for _ in range(10):  # a second of rest, then three divisions of vibration: never four seconds on end
        trace.still(1.2, "35.00")
        trace.flicker(0.6, "34.98", "35.01")
    _, booked = folded(BinScale("rice", "rice-scale"), trace.said)
    assert [told(movement) for movement in booked] == [["opening", "10.00"], ["receipt", "25.00"]]
