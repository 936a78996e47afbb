"""Barcodes, units, containers, foresight, shrinkage and receiving limits: values in, values out."""

import contextlib
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.config.stock import Storage
from gateway.haccp.profiles.load import load
from gateway.stock.formats.gs1 import GS, BarcodeError, scan
from gateway.stock.ledger.allot import Shelf, allot
from gateway.stock.ledger.entries import shared
from gateway.stock.ledger.lots import Freshness, Held, Lot, fefo, freshness, lot_id
from gateway.stock.ledger.movements import Place
from gateway.stock.ledger.units import QuantityError, UnitOfMeasure, number
from gateway.stock.reports.foresight import HORIZON, cover, ordering
from gateway.stock.reports.shrinkage import Moved, Planned, shrinkage
from gateway.stock.reports.trace import LotStep, issued_to, stood, went_to
from gateway.stock.scales.bin_scale import movement_for
from gateway.stock.sessions.receiving import Arrived, Warmth, limit_of, quantity_check, temperature_check
from gateway.stock.weighing.changes import Change
from gateway.stock.weighing.containers import Container, TareError, net_of

TODAY = date(2026, 11, 24)  # a Tuesday
GTIN = "08991234567891"


# Barcodes


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"01{GTIN}17261231", {"gtin": GTIN, "expires_on": date(2026, 12, 31)}),
        (f"]C101{GTIN}1726123110A-42", {"gtin": GTIN, "expires_on": date(2026, 12, 31), "lot": "A-42"}),
        (f"]d201{GTIN}10A-42{GS}17261231", {"lot": "A-42", "expires_on": date(2026, 12, 31)}),
        (f"{GS}10A-42{GS}01{GTIN}", {"gtin": GTIN, "lot": "A-42"}),
        (f"(01){GTIN}(17)261231(10)A-42", {"gtin": GTIN, "lot": "A-42"}),
        (f"(01){GTIN}(15)270200", {"expires_on": date(2027, 2, 28)}),
        (f"(01){GTIN}(15)261201(17)261130", {"expires_on": date(2026, 11, 30)}),
        (f"01{GTIN}3103012500", {"weight": Decimal("12.500")}),
        (f"01{GTIN}3101000125{GS}21S-1", {"weight": Decimal("12.5"), "serial": "S-1"}),
        ("8991234567891", {"gtin": GTIN}),
        ("96385074", {"gtin": "00000096385074"}),
        (f"01{GTIN}11261120240ABC", {"produced_on": date(2026, 11, 20)}),
        (f"01{GTIN}37000024", {"count": 24}),
        (f"{GTIN}\r\n", {"gtin": GTIN}),
    ],
)
def test_a_barcode_says_which_goods_which_lot_and_until_when(text: str, expected: dict[str, object]) -> None:
    found = scan(text, TODAY)
    assert {name: getattr(found, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("08991234567892", "wrong check digit"),
        ("010899123456789", "instead of 14"),
        (f"(01){GTIN}(17)261331", "no date of the calendar"),
        (f"(01){GTIN}(17)26123", "is no date"),
        (f"01{GTIN}3103A12500", "is no weight"),
        ("hello", "does not begin with an application identifier"),
        ("", "is no GS1 barcode"),
        ("9912", "no application identifier that we know"),
    ],
)
def test_what_cannot_be_understood_is_said_and_not_guessed(text: str, why: str) -> None:
    with pytest.raises(BarcodeError, match=why):
        scan(text, TODAY)


@pytest.mark.parametrize(("year", "full"), [("26", 2026), ("76", 2076), ("77", 1977), ("99", 1999), ("00", 2000)])
def test_the_century_of_a_date_is_the_nearer_one(year: str, full: int) -> None:
    assert scan(f"(01){GTIN}(17){year}0101", TODAY).expires_on == date(full, 1, 1)


@given(st.text(max_size=60))
def test_a_scanner_may_type_anything(text: str) -> None:
    with contextlib.suppress(BarcodeError):
        scan(text, TODAY)


# Units and containers


@given(st.decimals(min_value=0, max_value=1000, places=3), st.sampled_from(["kg", "g", "L", "mL", "pcs"]))
def test_what_is_said_in_a_unit_is_shown_in_it_again(quantity: Decimal, unit: str) -> None:
    measure = UnitOfMeasure(density=Decimal("0.92"), piece=Decimal("0.06"))
    shown = measure.shown(measure.kilograms(quantity, unit), unit)
    tolerance = {
        "kg": Decimal("0.0005"),
        "g": Decimal(1),
        "L": Decimal("0.002"),
        "mL": Decimal(2),
        "pcs": Decimal("0.1"),
    }
    assert abs(shown - quantity) <= tolerance[unit]


@given(st.text(max_size=12))
def test_a_quantity_is_a_number_or_a_question(text: str) -> None:
    with contextlib.suppress(QuantityError):
        assert number(text) >= 0


CRATE = Container(id="crate", name={"id": "Krat", "en": "Crate"}, tare=Decimal("1.85"))


@given(st.decimals(min_value="0.01", max_value=100, places=2), st.booleans(), st.none() | st.just(Decimal("0.50")))
def test_gross_is_tare_and_net(weight: Decimal, crated: bool, scale_tare: Decimal | None) -> None:
    try:
        net = net_of(weight, scale_tare=scale_tare, container=CRATE if crated else None)
    except TareError:
        assert crated
        assert scale_tare or weight <= CRATE.tare
    else:
        assert net.gross == net.tare + net.net
        assert net.net > 0


# Lots


def lot(name: str, day: date | None, at: int = 1) -> Lot:
    return Lot(id=name, item="rice", expires_on=day, received_at=at)


def test_first_expired_is_first_out_undated_last_and_of_equals_the_older() -> None:
    lots = [lot("d", None), lot("a", TODAY, 2), lot("c", TODAY + timedelta(3)), lot("b", TODAY, 3), lot("gone", TODAY)]
    held = [Held(one, Decimal(0 if one.id == "gone" else 1)) for one in lots]
    assert [one.lot.id for one in fefo(held)] == ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    ("days", "expected"), [(-1, "expired"), (0, "expiring"), (2, "expiring"), (3, "fresh"), (None, "undated")]
)
def test_a_lot_is_good_on_its_last_day(days: int | None, expected: str) -> None:
    day = None if days is None else TODAY + timedelta(days)
    assert freshness(lot("a", day), TODAY, soon=2) == Freshness(expected)


def test_a_new_lot_has_a_name_that_no_other_has() -> None:
    assert lot_id("rice", TODAY, ["rice-20261124", "rice-20261124-2", "rice-20261124-x"]) == "rice-20261124-3"


weights = st.decimals(min_value="0.01", max_value=50, places=2)


@given(
    st.lists(weights, max_size=4),
    st.lists(weights, max_size=3),
    weights,
    st.sampled_from(["receipt", "issue", "first"]),
)
def test_whatever_a_bin_shows_its_movements_bring_the_books_to_it_and_no_lot_below_zero(
    here: list[Decimal], waiting: list[Decimal], after: Decimal, what: str
) -> None:
    held = [Held(lot(f"h-{n}", TODAY + timedelta(n), n), kg) for n, kg in enumerate(here)]
    arriving = [Held(lot(f"w-{n}", None, n), kg) for n, kg in enumerate(waiting)]
    booked = sum(here, Decimal(0))
    before = None if what == "first" else booked
    level = booked + after if what == "receipt" else max(Decimal(0), booked - after)
    change = Change(before, level, 5, unseen=False, tare=None)
    names = frozenset(one.lot.id for one in (*held, *arriving))

    allotted = allot(movement_for(change, item="rice", scale="bin"), Shelf(held, arriving, TODAY, names))

    amounts = {(one.lot.id, Place.STORES): one.quantity for one in held}
    amounts |= {(one.lot.id, Place.RECEIVING): one.quantity for one in arriving}
    for movement in allotted.movements:
        for place, sign in ((movement.source, -1), (movement.destination, 1)):
            key = (movement.lot, Place(place))
            amounts[key] = amounts.get(key, Decimal(0)) + sign * movement.quantity
            bounded = place in {Place.STORES, Place.RECEIVING, Place.KITCHEN}
            assert not bounded or amounts[key] >= 0, allotted.movements
    assert sum((kg for (_, place), kg in amounts.items() if place is Place.STORES), Decimal(0)) == level
    assert len({movement.key for movement in allotted.movements}) == len(allotted.movements)
    assert all(movement.reason for movement in allotted.movements if movement.kind == "adjustment")


@given(st.lists(weights, min_size=1, max_size=5), weights)
def test_waste_of_a_batch_is_shared_over_its_ingredients_and_nothing_is_lost(here: list[Decimal], kg: Decimal) -> None:
    held = [("rice", Held(lot(f"h-{n}", None), one)) for n, one in enumerate(here)]
    assert sum((share for _, _, share in shared(held, kg)), Decimal(0)) == kg


# Receiving


@pytest.mark.parametrize(
    ("received", "expected", "tolerance", "word"),
    [
        ("9.8", "10", None, Arrived.AS_EXPECTED),
        ("9.79", "10", None, Arrived.SHORT),
        ("10.21", "10", None, Arrived.OVER),
        ("9.5", "10", "0.5", Arrived.AS_EXPECTED),
        ("3", None, None, Arrived.NOTHING_EXPECTED),
    ],
)
def test_a_delivery_is_compared_with_what_was_ordered(
    received: str, expected: str | None, tolerance: str | None, word: Arrived
) -> None:
    wanted, allowed = (None if text is None else Decimal(text) for text in (expected, tolerance))
    assert quantity_check(Decimal(received), wanted, allowed) is word


@pytest.mark.parametrize(
    ("storage", "value", "verdict"),
    [
        (Storage.MEAT, 4.0, Warmth.PASS),
        (Storage.MEAT, 5.0, Warmth.WARNING),
        (Storage.MEAT, 5.1, Warmth.FAIL),
        (Storage.FISH, 2.1, Warmth.WARNING),
        (Storage.FISH, 4.1, Warmth.FAIL),
        (Storage.DAIRY, 4.1, Warmth.FAIL),
        (Storage.PRODUCE, 10.0, Warmth.PASS),
        (Storage.PRODUCE, 10.1, Warmth.FAIL),
        (Storage.FROZEN, -18.0, Warmth.PASS),
        (Storage.FROZEN, -16.0, Warmth.WARNING),
        (Storage.FROZEN, -14.9, Warmth.FAIL),
        (Storage.HOT, 65.0, Warmth.PASS),
        (Storage.HOT, 59.9, Warmth.FAIL),
        (Storage.DRY, 31.0, Warmth.NOT_ASKED),
        (Storage.MEAT, None, Warmth.NOT_MEASURED),
    ],
)
def test_a_delivery_may_not_arrive_warmer_than_it_must_be_kept(
    storage: Storage, value: float | None, verdict: Warmth
) -> None:
    assert temperature_check(value, limit_of(storage, load("mbg-strict"))).verdict is verdict


def test_a_profile_without_a_number_asks_nothing() -> None:
    assert limit_of(Storage.FROZEN, load("who")) is None


# Foresight


def uses(weekly: list[int], weeks: int) -> dict[date, Decimal]:
    monday = TODAY - timedelta(TODAY.weekday())
    return {
        day: Decimal(kg)
        for week in range(weeks + 1)
        for number_of_day, kg in enumerate(weekly)
        if (day := monday - timedelta(7 * week) + timedelta(number_of_day)) < TODAY
    }


def test_sundays_use_nothing_and_fridays_are_like_fridays() -> None:
    found = cover(Decimal(100), uses([10, 20, 30, 20, 40, 0, 0], 5), TODAY)
    assert found is not None
    # From Tuesday: 20 + 30 + 20 leaves 30 for a Friday that takes 40.
    assert (found.days, found.low, found.high) == (3.8, 3.8, 3.8)


def test_the_interval_grows_with_how_much_days_differ_and_holds_the_mean() -> None:
    steady, wild = uses([20] * 7, 4), uses([20] * 7, 4)
    for number_of_day, day in enumerate(sorted(wild)):
        wild[day] += Decimal(12 if number_of_day // 7 % 2 else -12)
    first, second = cover(Decimal(200), steady, TODAY), cover(Decimal(200), wild, TODAY)
    assert first is not None
    assert second is not None
    assert first.low == first.high == first.days == 10.0
    assert second.low < 10.0 < second.high


def test_nothing_is_foretold_from_less_than_a_week_or_from_no_use() -> None:
    assert cover(Decimal(10), {TODAY - timedelta(3): Decimal(5)}, TODAY) is None
    assert cover(Decimal(10), {}, TODAY) is None
    assert ordering(Decimal(10), {}, TODAY, lead_days=1) is None


def test_a_week_of_use_is_enough_for_a_forecast_and_six_days_are_not() -> None:
    def days_of(count: int) -> dict[date, Decimal]:
        return {TODAY - timedelta(number): Decimal(5) for number in range(1, count + 1)}

    assert cover(Decimal(10), days_of(6), TODAY) is None
    week = cover(Decimal(10), days_of(7), TODAY)
    assert week is not None
    assert (week.days, week.history_days) == (2.0, 7)


def test_only_the_last_four_weeks_count() -> None:
    month = uses([20] * 7, 4)
    year = {TODAY - timedelta(number): Decimal(500) for number in range(29, 365)}
    assert cover(Decimal(100), year | month, TODAY) == cover(Decimal(100), month, TODAY)


def test_what_was_used_today_is_not_expected_once_more() -> None:
    before = uses([20] * 7, 4)
    fresh = cover(Decimal(30), before, TODAY)
    later = cover(Decimal(30), before | {TODAY: Decimal(20)}, TODAY)
    assert fresh is not None
    assert later is not None
    assert (fresh.days, later.days) == (1.5, 2.5)


def test_what_is_planned_for_today_is_todays_use_and_no_other() -> None:
    before = uses([20] * 7, 4)
    for reserved, days in ((0, 2.5), (20, 2.5), (40, 1.5), (60, 0.8)):
        found = cover(Decimal(50), before, TODAY, Decimal(reserved))
        assert found is not None
        assert found.days == days


def test_stock_that_outlasts_the_horizon_says_so_and_none_at_all_lasts_for_nothing() -> None:
    many = cover(Decimal(100_000), uses([20] * 7, 4), TODAY)
    assert many is not None
    assert many.days == HORIZON
    none = cover(Decimal(-5), uses([20] * 7, 4), TODAY)
    assert none is not None
    assert (none.days, none.low, none.high) == (0, 0, 0)


def test_the_reorder_point_covers_the_days_until_the_delivery_and_a_fixed_one_goes_before() -> None:
    before = uses([20] * 7, 4)
    found = ordering(Decimal(30), before, TODAY, lead_days=2)
    assert found is not None
    assert (found.point, found.quantity, found.from_history) == (Decimal("60.00"), Decimal("170.00"), True)
    fixed = ordering(Decimal(30), before, TODAY, lead_days=2, fixed_point=Decimal(25))
    assert fixed is not None
    assert (fixed.point, fixed.from_history) == (Decimal(25), False)


@given(st.dictionaries(st.integers(1, 40), st.integers(0, 60), max_size=40), st.integers(0, 500))
def test_more_stock_never_lasts_shorter_and_the_interval_holds_the_middle(days: dict[int, int], kg: int) -> None:
    history = {TODAY - timedelta(ago): Decimal(used) for ago, used in days.items()}
    less, more = (cover(Decimal(amount), history, TODAY) for amount in (kg, kg + 50))
    assert (less is None) == (more is None)
    if less is not None and more is not None:
        assert less.low <= less.days <= less.high <= HORIZON
        assert less.days <= more.days


# Shrinkage and traces


def test_shrinkage_is_what_was_taken_beyond_the_recipe_with_waste_and_count() -> None:
    plan = Planned("b-1", 200, {"rice": Decimal(100)})
    day = date(2026, 11, 24)
    moved = [
        Moved("rice", "stores", "batch:b-1", Decimal("21.0"), day),
        Moved("rice", "batch:b-1", "stores", Decimal("0.5"), day),
        Moved("rice", "stores", "waste", Decimal("0.3"), day),
        Moved("rice", "stores", "adjustment", Decimal("0.2"), day),
        Moved("rice", "stores", "batch:b-2", Decimal("5.0"), day),
        Moved("rice", "batch:b-1", "school:sdn-2", Decimal("20.5"), day),
        Moved("rice", "supplier", "stores", Decimal(50), day),
    ]
    [row] = shrinkage(moved, [plan])
    assert (row.week, row.expected, row.weighed) == ("2026-W48", Decimal(20), Decimal("20.5"))
    assert (row.without_recipe, row.wasted, row.adjusted) == (Decimal("5.0"), Decimal("0.3"), Decimal("0.2"))
    assert (row.unexplained, row.share) == (Decimal("1.0"), 0.05)


def test_a_batch_that_still_gets_its_ingredients_is_no_shrinkage_yet() -> None:
    cooked = Planned("b-1", 200, {"rice": Decimal(100)})
    begun = Planned("b-2", 300, {"rice": Decimal(100)}, open=True)
    day = date(2026, 11, 24)
    moved = [
        Moved("rice", "stores", "batch:b-1", Decimal(20), day),
        Moved("rice", "stores", "batch:b-2", Decimal(10), day),
    ]
    [row] = shrinkage(moved, [cooked, begun])
    assert (row.expected, row.weighed, row.unexplained) == (Decimal(20), Decimal(20), Decimal(0))


def test_what_stood_in_a_store_counts_from_before_and_within_the_span() -> None:
    steps = [
        LotStep("a", "supplier", "stores:c", Decimal(10), 1),
        LotStep("a", "stores:c", "kitchen", Decimal(4), 5),
        LotStep("a", "stores:c", "kitchen", Decimal(1), 12),
        LotStep("b", "supplier", "stores:c", Decimal(7), 15),
        LotStep("c", "supplier", "stores:c", Decimal(3), 2),
        LotStep("c", "stores:c", "waste", Decimal(3), 8),
        LotStep("d", "supplier", "stores:c", Decimal(9), 30),
    ]
    found = {
        one.lot: (one.at_start, one.arrived, one.left, one.exposed)
        for one in stood(steps, "stores:c", since=10, until=20)
    }
    assert found == {"a": (6, 0, 1, 6), "b": (0, 7, 0, 7)}


def test_an_issue_that_was_taken_back_reached_no_batch() -> None:
    steps = [
        LotStep("a", "stores", "batch:b-1", Decimal(4), 1),
        LotStep("a", "batch:b-1", "stores", Decimal(4), 2),
        LotStep("a", "stores", "batch:b-2", Decimal(3), 3),
        LotStep("a", "batch:b-2", "school:s", Decimal(3), 4),
    ]
    assert issued_to(steps) == {"a": {"b-2": Decimal(3)}}


def test_goods_that_came_back_from_a_school_or_were_never_sent_did_not_reach_it() -> None:
    steps = [
        LotStep("a", "stores", "batch:b-1", Decimal(9), 1),
        LotStep("a", "batch:b-1", "school:sdn-2", Decimal(5), 2),
        LotStep("a", "batch:b-1", "school:tk-1", Decimal(4), 2),
        LotStep("a", "school:sdn-2", "waste", Decimal(2), 3),
        LotStep("a", "school:tk-1", "batch:b-1", Decimal(4), 4),
    ]
    assert went_to(steps, Place.SCHOOL) == {"a": {"sdn-2": Decimal(3)}}
    assert went_to(steps, Place.WASTE) == {"a": {"": Decimal(2)}}
    assert went_to(steps[:1], Place.SCHOOL) == {}
