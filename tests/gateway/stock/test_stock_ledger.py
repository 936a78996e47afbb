"""The books: nothing comes from nowhere, nothing twice, no lot goes below zero, a mistake can be taken back."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.records.transaction import Transaction
from gateway.stock.ledger.allot import BEYOND_BOOKS, Allotted, take
from gateway.stock.ledger.books import Books
from gateway.stock.ledger.ledger import Account, LotShortError
from gateway.stock.ledger.lots import Held, Lot
from gateway.stock.ledger.movements import Entry, Movement, MovementKind, Place, reversal
from gateway.stock.rows import holding_of, keep_account, keep_lot, lot_of
from gateway.stock.scales.bin_scale import movement_for
from gateway.stock.weighing.changes import Change

DAY = date(2026, 11, 24)
LOTS = [
    Lot(id="rice-1", item="rice", expires_on=date(2027, 1, 1), received_at=1),
    Lot(id="rice-2", item="rice", expires_on=date(2026, 12, 1), received_at=2),
    Lot(id="rice-3", item="rice", received_at=3),
    Lot(id="oil-1", item="oil", received_at=1),
]
ITEMS = {lot.id: lot.item for lot in LOTS}


def moved(before: str | None, after: str, *, at: int = 1, item: str = "rice") -> Movement:
    start = None if before is None else Decimal(before)
    change = Change(start, Decimal(after), at, unseen=False, tare=None)
    return movement_for(change, item=item, scale="scale-1")


def move(
    kg: str,
    source: str,
    destination: str,
    *,
    lot: str = "rice-1",
    key: str = "m-1",
    kind: MovementKind = MovementKind.TRANSFER,
) -> Movement:
    return Movement(
        key=key,
        item=ITEMS[lot],
        lot=lot,
        kind=kind,
        source=source,
        destination=destination,
        quantity=Decimal(kg),
        at=1,
        entry=Entry.TYPED,
    )


places = st.sampled_from(
    [
        *(Place.SUPPLIER, Place.RECEIVING, Place.STORES, "stores:chiller-1", Place.KITCHEN),
        *("batch:b-1", Place.WASTE, "school:sdn-2", Place.ADJUSTMENT),
    ]
)
movements = st.builds(
    lambda kg, source, destination, lot, key: move(str(kg), source, destination, lot=lot, key=key),
    st.integers(0, 5_000).map(lambda grams: Decimal(grams).scaleb(-3)),
    places,
    places,
    st.sampled_from(list(ITEMS)),
    st.uuids().map(str),
)


def booked_into(books: Books, wanted: list[Movement]) -> list[Movement]:
    """Those that can be booked, in their order."""
    booked = []
    for movement in wanted:
        try:
            books.post([movement])
        except LotShortError:
            continue
        booked.append(movement)
    return booked


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
    books = Books()
    books.post(booked)

    assert str(books.on_hand("rice")) == "53.50"
    assert books.amount(Account("rice", "", Place.KITCHEN)) == Decimal("11.50")
    assert books.amount(Account("rice", "", Place.SUPPLIER)) == Decimal("-25.00")


def test_an_item_that_was_never_weighed_is_unknown_and_not_zero() -> None:
    books = Books()
    assert books.on_hand("rice") is None
    books.post([moved(None, "0.00")])
    assert books.on_hand("rice") == 0


def test_a_lot_cannot_give_what_it_does_not_hold_and_nothing_of_the_rest_is_booked() -> None:
    books = Books(LOTS)
    with pytest.raises(LotShortError, match=r"holds 5\.00 kg of lot rice-1, and 5\.01 kg are to leave it"):
        books.post([move("5.00", Place.SUPPLIER, Place.STORES), move("5.01", Place.STORES, Place.KITCHEN, key="m-2")])
    assert books.holdings == {}


def test_what_a_scale_shows_beyond_the_books_is_booked_first_as_an_adjustment_that_says_why() -> None:
    books = Books(LOTS)
    books.post([move("5.00", Place.SUPPLIER, Place.STORES)])
    held = [Held(LOTS[0], Decimal("5.00"))]
    issued = replace(move("5.20", Place.STORES, Place.KITCHEN, key="m-2", kind=MovementKind.ISSUE), lot="")

    allotted = take(issued, held, books.names("rice"), DAY)
    books.post(allotted.movements, allotted.lots)

    [found, issue] = allotted.movements
    assert (found.kind, found.quantity, found.reason, found.note) == (
        MovementKind.ADJUSTMENT,
        Decimal("0.20"),
        BEYOND_BOOKS,
        "m-2",
    )
    assert (issue.lot, issue.quantity) == ("rice-1", Decimal("5.20"))
    assert books.amount(Account("rice", "rice-1", Place.STORES)) == 0


@given(st.lists(movements, max_size=30))
def test_the_sum_over_all_places_is_zero_for_every_lot_and_none_is_below_zero(wanted: list[Movement]) -> None:
    books = Books(LOTS)
    booked_into(books, wanted)
    for lot in LOTS:
        assert sum(h.quantity for account, h in books.holdings.items() if account.lot == lot.id) == 0
    owing = {account.place for account, holding in books.holdings.items() if holding.quantity < 0}
    assert owing <= {Place.SUPPLIER, Place.ADJUSTMENT}


@given(st.lists(movements, min_size=1, max_size=20), st.data())
def test_a_reversal_restores_the_balances_as_they_were_without_the_movement(
    wanted: list[Movement], data: st.DataObject
) -> None:
    books = Books(LOTS)
    booked = booked_into(books, wanted)
    if not booked:
        return
    wrong = data.draw(st.sampled_from(booked))
    back = reversal(wrong, key="back", at=9, who="siti", note="wrong item")
    try:
        books.post([back])
    except LotShortError:
        return  # it was used meanwhile: that must be explained first
    amounts = {account: holding.quantity for account, holding in books.holdings.items() if holding.quantity}
    without = [movement for movement in booked if movement.key != wrong.key]
    left = Books(LOTS)
    for movement in without:
        left._book(movement)
    assert amounts == {account: holding.quantity for account, holding in left.holdings.items() if holding.quantity}
    assert (back.reverses, back.source, back.destination) == (wrong.key, wrong.destination, wrong.source)


def stored(books: Books) -> Books:
    """The books as a start reads them from the journal's tables."""
    transaction = Transaction()
    for lot in books.lots.values():
        keep_lot(transaction, lot)
    for account in books.holdings:
        keep_account(transaction, books, account)
    rows = transaction.tables.items()
    return Books(
        [lot_of(row) for (table, _), row in rows if table == "lot"],
        [holding_of(row) for (table, _), row in rows if table == "holding"],
    )


@given(st.lists(movements, max_size=20), st.data())
def test_the_books_go_on_from_the_journals_tables_at_any_movement(wanted: list[Movement], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(wanted)))
    whole, books = Books(LOTS), Books(LOTS)
    booked_into(whole, wanted)

    booked_into(books, wanted[:cut])
    books = stored(books)
    booked_into(books, wanted[cut:])

    assert (books.holdings, books.lots) == (whole.holdings, whole.lots)


@given(st.permutations(range(8)), st.permutations(range(8)))
def test_two_scales_and_a_person_in_any_interleaving_give_the_same_balances(
    first: list[int], second: list[int]
) -> None:
    """Each draws from lots that hold enough; who comes first makes no difference to what is left."""
    received = [move("100", Place.SUPPLIER, Place.STORES, lot=lot.id, key=f"in-{lot.id}") for lot in LOTS]
    drawn = [
        move(str(kg), Place.STORES, Place.KITCHEN if kg % 2 else "batch:b-1", lot=lot.id, key=f"out-{lot.id}-{kg}")
        for lot in LOTS[:2]
        for kg in (1, 2, 3, 4)
    ]
    one, other = Books(LOTS), Books(LOTS)
    one.post([*received, *(drawn[index] for index in first)])
    other.post([*received, *(drawn[index] for index in second)])
    assert one.holdings == other.holdings


def test_a_quantity_is_taken_from_several_lots_and_before_and_after_run_through_them() -> None:
    held = [Held(LOTS[1], Decimal("5.00")), Held(LOTS[0], Decimal("40.00"))]
    change = Change(Decimal("45.00"), Decimal("37.50"), 7, unseen=False, tare=None)

    allotted: Allotted = take(movement_for(change, item="rice", scale="bin"), held, frozenset(ITEMS), DAY)

    first, second = allotted.movements
    assert [(m.lot, str(m.quantity), str(m.before), str(m.after)) for m in (first, second)] == [
        ("rice-2", "5.00", "45.00", "40.00"),
        ("rice-1", "2.50", "40.00", "37.50"),
    ]
    assert first.key != second.key
