"""Which lots a change of weight is of, and how a difference between scale and books is booked."""

from datetime import date
from decimal import Decimal

import pytest

from gateway.stock.ledger.allot import (
    BEYOND_BOOKS,
    COMPARED,
    SCALES_DIFFER,
    Allotted,
    Shelf,
    allot,
)
from gateway.stock.ledger.entries import Goods, count
from gateway.stock.ledger.lots import Held, Lot
from gateway.stock.ledger.movements import Entry, Place
from gateway.stock.ledger.units import QuantityError, number, positive
from gateway.stock.scales.bin_scale import movement_for
from gateway.stock.weighing.changes import Change

TODAY = date(2026, 11, 24)
SOON = Lot(id="rice-1", item="rice", expires_on=date(2026, 12, 1), received_at=2)
LATER = Lot(id="rice-2", item="rice", expires_on=date(2027, 3, 1), received_at=1)


def kg(text: str) -> Decimal:
    return Decimal(text)


def change_of_bin(before: str | None, after: str, here: list[Held], arriving: list[Held]) -> Allotted:
    change = Change(None if before is None else kg(before), kg(after), 7, unseen=False, tare=None)
    names = frozenset(held.lot.id for held in (*here, *arriving))
    return allot(movement_for(change, item="rice", scale="bin"), Shelf(here, arriving, TODAY, names))


def booked(allotted: Allotted) -> list[tuple[str, str, str, str, str | None]]:
    return [
        (movement.lot, movement.source, movement.destination, str(movement.quantity), movement.reason)
        for movement in allotted.movements
    ]


def test_goods_that_wait_at_receiving_are_put_away_before_a_new_lot_begins() -> None:
    allotted = change_of_bin("0.00", "40.00", [], [Held(SOON, kg("25.00"))])
    assert booked(allotted) == [
        ("rice-1", "receiving", "stores", "25.00", None),
        ("rice-20261124", "supplier", "stores", "15.00", None),
    ]
    first, second = allotted.movements
    assert (first.before, first.after, second.before, second.after) == (
        kg("0.00"),
        kg("25.00"),
        kg("25.00"),
        kg("40.00"),
    )
    assert [lot.id for lot in allotted.lots] == ["rice-20261124"]


def test_a_bin_that_shows_a_little_more_than_the_door_is_another_scale_and_no_new_lot() -> None:
    allotted = change_of_bin("0.00", "25.20", [], [Held(SOON, kg("25.00"))])
    assert booked(allotted) == [
        ("rice-1", "receiving", "stores", "25.00", None),
        ("rice-1", "adjustment", "stores", "0.20", SCALES_DIFFER),
    ]
    assert allotted.lots == []


def test_a_bin_that_shows_a_little_less_than_the_door_leaves_nothing_waiting() -> None:
    allotted = change_of_bin("0.00", "24.80", [], [Held(SOON, kg("25.00"))])
    assert booked(allotted) == [
        ("rice-1", "receiving", "stores", "24.80", None),
        ("rice-1", "receiving", "adjustment", "0.20", SCALES_DIFFER),
    ]


def test_half_of_a_delivery_put_into_the_bin_leaves_the_other_half_waiting() -> None:
    allotted = change_of_bin("0.00", "12.50", [], [Held(SOON, kg("25.00"))])
    assert booked(allotted) == [("rice-1", "receiving", "stores", "12.50", None)]


def test_an_issue_runs_through_the_lots_by_date_and_before_and_after_follow_it() -> None:
    allotted = change_of_bin("30.00", "18.00", [Held(LATER, kg("20.00")), Held(SOON, kg("10.00"))], [])
    assert booked(allotted) == [
        ("rice-1", "stores", "kitchen", "10.00", None),
        ("rice-2", "stores", "kitchen", "2.00", None),
    ]
    assert [(m.before, m.after) for m in allotted.movements] == [(30, 20), (20, 18)]
    assert [m.key for m in allotted.movements] == ["bin:rice:7", "bin:rice:7:2"]


def test_more_than_the_books_hold_is_booked_in_first_and_says_so() -> None:
    allotted = change_of_bin("10.00", "2.00", [Held(SOON, kg("7.50"))], [])
    assert booked(allotted) == [
        ("rice-1", "adjustment", "stores", "0.50", BEYOND_BOOKS),
        ("rice-1", "stores", "kitchen", "8.00", None),
    ]


@pytest.mark.parametrize(
    ("shows", "movements"),
    [
        ("30.00", []),
        ("30.50", [("rice-2", "adjustment", "stores", "0.50", COMPARED)]),
        ("25.00", [("rice-1", "stores", "adjustment", "5.00", COMPARED)]),
        (
            "18.00",
            [
                ("rice-1", "stores", "adjustment", "10.00", COMPARED),
                ("rice-2", "stores", "adjustment", "2.00", COMPARED),
            ],
        ),
    ],
)
def test_a_scale_that_begins_anew_is_compared_with_the_books(
    shows: str, movements: list[tuple[str, str, str, str, str | None]]
) -> None:
    """More goes to the lot that is used last, less was used first expired, first out."""
    allotted = change_of_bin(None, shows, [Held(LATER, kg("20.00")), Held(SOON, kg("10.00"))], [])
    assert booked(allotted) == movements
    for movement in allotted.movements[:1]:
        assert (movement.before, movement.key) == (kg("30.00"), "bin:rice:7")


def test_a_scale_that_begins_anew_over_used_up_lots_gives_the_newest_of_them_what_it_shows() -> None:
    allotted = change_of_bin(None, "3.00", [Held(SOON, kg("0.00"))], [])
    assert booked(allotted) == [("rice-1", "adjustment", "stores", "3.00", COMPARED)]


def counted(quantity: str, held: list[Held]) -> tuple[list[tuple[str, str, str, str, str | None]], Decimal]:
    goods = Goods(key="c", item="rice", quantity=kg(quantity), at=9, entry=Entry.TYPED, who="siti")
    allotted, difference = count(goods, held, place=Place.STORES, names=frozenset({"rice-1", "rice-2"}), day=TODAY)
    return booked(allotted), difference


def test_a_count_that_agrees_books_nothing() -> None:
    held = [Held(SOON, kg("10.00")), Held(LATER, kg("20.00"))]
    assert counted("30.00", held) == ([], 0)


def test_what_a_count_lacks_is_missing_from_the_lots_that_would_have_been_used_first() -> None:
    held = [Held(SOON, kg("10.00")), Held(LATER, kg("20.00"))]
    movements, difference = counted("19.50", held)
    assert difference == kg("-10.50")
    assert movements == [
        ("rice-1", "stores", "adjustment", "10.00", "count"),
        ("rice-2", "stores", "adjustment", "0.50", "count"),
    ]


def test_what_a_count_has_too_much_belongs_to_the_last_lot_that_is_there() -> None:
    held = [Held(SOON, kg("10.00")), Held(LATER, kg("0.00"))]
    assert counted("10.50", held) == ([("rice-1", "adjustment", "stores", "0.50", "count")], kg("0.50"))


def test_the_first_count_of_an_item_begins_a_lot_even_if_there_is_nothing() -> None:
    assert counted("4.00", []) == ([("rice-20261124", "adjustment", "stores", "4.00", "count")], kg("4.00"))
    assert counted("0.00", []) == ([("rice-20261124", "adjustment", "stores", "0.00", "count")], 0)


def test_more_than_any_kitchen_holds_is_a_slip_of_the_finger() -> None:
    assert number("100000000") == 100_000_000, "grams of a hundred tonnes"
    with pytest.raises(QuantityError, match="more than any kitchen holds"):
        number("100000001")


def test_nothing_cannot_be_booked_and_says_how_a_count_of_nothing_is_confirmed() -> None:
    assert positive("0.001") == kg("0.001")
    with pytest.raises(QuantityError, match="zero: true"):
        positive("0")
