"""The books: nothing comes from nowhere, nothing is booked twice."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.stock.changes import Change
from gateway.stock.ledger import Account, Balances, on_hand, post, post_all
from gateway.stock.movements import Movement, Place, of_bin


def moved(before: str | None, after: str, *, at: int = 1, item: str = "rice") -> Movement:
    start = None if before is None else Decimal(before)
    change = Change(start, Decimal(after), at, unseen=False, tare=None)
    return of_bin(change, item=item, scale="scale-1")


weights = st.integers(-3, 10_000).map(lambda n: str(n * Decimal("0.01")))
movements = st.lists(
    st.builds(
        moved,
        st.none() | weights,
        weights,
        at=st.integers(1, 20),
        item=st.sampled_from(["rice", "oil"]),
    ),
    unique_by=lambda movement: movement.key,
)


@pytest.mark.parametrize(
    ("before", "after", "kind", "way"),
    [
        (None, "40.00", "opening", "adjustment → stores"),
        (None, "0.00", "opening", "adjustment → stores"),
        (None, "-0.02", "opening", "stores → adjustment"),
        ("40.00", "65.00", "receipt", "supplier → stores"),
        ("65.00", "53.50", "issue", "stores → kitchen"),
    ],
)
def test_a_change_on_a_bin_says_where_the_goods_went(before: str | None, after: str, kind: str, way: str) -> None:
    movement = moved(before, after)
    assert (movement.kind, f"{movement.source} → {movement.destination}") == (kind, way)
    assert movement.quantity == abs(Decimal(after) - Decimal(before or 0))


def test_on_hand_is_what_was_there_and_came_in_less_what_went_out() -> None:
    booked = [
        moved(None, "40.00", at=1),
        moved("40.00", "65.00", at=2),
        moved("65.00", "53.50", at=3),
    ]
    balances = post_all(Balances(), booked)

    assert str(on_hand(balances, "rice")) == "53.50"
    assert balances.amounts[Account("rice", Place.KITCHEN)] == Decimal("11.50")
    assert balances.amounts[Account("rice", Place.SUPPLIER)] == Decimal("-25.00")


def test_an_item_that_was_never_weighed_is_unknown_and_not_zero() -> None:
    assert on_hand(Balances(), "rice") is None
    assert on_hand(post(Balances(), moved(None, "0.00")), "rice") == 0


@given(movements)
def test_the_sum_over_all_places_is_zero_for_every_item(booked: list[Movement]) -> None:
    amounts = post_all(Balances(), booked).amounts
    for item in ("rice", "oil"):
        assert sum(kg for account, kg in amounts.items() if account.item == item) == 0


@given(movements, st.randoms(use_true_random=False))
def test_booking_again_or_in_another_order_changes_nothing(booked: list[Movement], random) -> None:
    balances = post_all(Balances(), booked)
    shuffled = [*booked, *booked]
    random.shuffle(shuffled)

    assert post_all(Balances(), shuffled) == balances
    for movement in booked:
        assert post(balances, movement) == balances


def test_posting_leaves_the_balances_it_was_given_alone() -> None:
    empty = Balances()
    post(empty, moved(None, "40.00"))
    assert empty == Balances()
