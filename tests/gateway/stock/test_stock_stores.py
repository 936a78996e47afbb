"""Stores in memory: a movement is booked once, found however old it is, and a changed plan is taken up at the start."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from stock_rig import PLAN, Rig

from gateway.config import parse
from gateway.stock.ledger.allot import Allotted
from gateway.stock.ledger.booked import RECENT
from gateway.stock.ledger.ledger import LotShortError
from gateway.stock.ledger.movements import Entry, Movement, MovementKind, Place
from gateway.stock.weighing.plateau import WeightReading

RICE = {"purpose": "receive", "item": "rice", "quantity": "25", "unit": "kg", "supplier": "tani"}


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


def issue_of(rig: Rig, key: str, kg: str) -> Movement:
    """Rice of the lot that was received, on its way to the kitchen."""
    ((lot,),) = rig.rows("SELECT id FROM lot WHERE item = 'rice'")
    return Movement(
        key=key,
        item="rice",
        lot=lot,
        kind=MovementKind.ISSUE,
        source=Place.RECEIVING,
        destination=Place.KITCHEN,
        quantity=Decimal(kg),
        at=rig.now,
        entry=Entry.TYPED,
    )


def book(rig: Rig, *movements: Movement) -> None:
    rig.kitchen.stores.book(rig.batch, Allotted(list(movements), []))
    rig.commit()


def change_plan(rig: Rig, *replacements: tuple[str, str]) -> None:
    """Start again over the same journal with another kitchen.yaml."""
    plan = PLAN
    for old, new in replacements:
        assert old in plan
        plan = plan.replace(old, new)
    rig.config = parse(plan, Path("kitchen.yaml"))
    rig.restart()


def test_a_movement_whose_key_is_booked_changes_nothing_not_even_after_a_restart(rig: Rig) -> None:
    rig.do("stock_entry", **RICE)
    movement = issue_of(rig, "m-1", "5.00")
    book(rig, movement)
    once = rig.books()
    book(rig, movement)
    assert rig.books() == once
    rig.restart()
    book(rig, movement)
    assert rig.books() == once
    assert rig.rows("SELECT count(*) FROM movement WHERE key = 'm-1'") == [(1,)]
    rig.check()


def test_more_than_a_lot_holds_is_not_booked_and_leaves_nothing_to_commit(rig: Rig) -> None:
    rig.do("stock_entry", **RICE)
    before = rig.books()
    with pytest.raises(LotShortError):
        book(rig, issue_of(rig, "m-1", "20.00"), issue_of(rig, "m-2", "5.01"))
    assert not rig.batch
    assert rig.books() == before


def test_a_movement_is_found_however_many_came_after_it_and_whether_it_was_taken_back(rig: Rig) -> None:
    rig.do("stock_entry", **RICE)
    first = issue_of(rig, "m-1", "5.00")
    book(rig, first)
    rig.do("stock_reverse", movement="m-1", note="wrong item")
    for number in range(RECENT + 1):
        rig.kitchen.stores.book(rig.batch, Allotted([issue_of(rig, f"later-{number}", "0.00")], []))
    rig.commit()
    found = rig.kitchen.stores.booked.find("m-1")
    assert found is not None
    movement, taken_back = found
    assert (movement.quantity, movement.destination, taken_back) == (Decimal("5.00"), "kitchen", True)
    assert rig.kitchen.stores.booked.find("m-none") is None


def test_goods_follow_their_item_to_the_store_that_kitchen_yaml_names_by_now(rig: Rig) -> None:
    rig.do("stock_entry", **RICE | {"item": "oil", "unit": "L"})
    assert rig.at("stores") == {"oil": Decimal("23.000")}
    change_plan(rig, ("unit: L, density: 0.92}", "unit: L, density: 0.92, store: dry}"))
    assert rig.at("stores") == {}
    assert rig.at("stores:dry") == {"oil": Decimal("23.000")}
    ((kind, reason),) = rig.rows("SELECT kind, reason FROM movement WHERE source = 'stores'")
    assert (kind, reason) == ("transfer", "store_named")
    rig.restart()
    assert rig.rows("SELECT count(*) FROM movement WHERE reason = 'store_named'") == [(1,)]
    rig.check()


def test_the_alarm_of_an_item_ends_when_kitchen_yaml_has_the_item_no_more(rig: Rig) -> None:
    rig.do("stock_entry", **RICE | {"item": "egg", "unit": "pcs", "expires_on": "2026-11-25"})
    rig.wait(2)
    assert {alarm.level.value for alarm in rig.kitchen.board.active} == {"expiring", "low_stock"}
    change_plan(rig, ("    - {id: egg, name: {id: Telur, en: Egg}, unit: pcs, piece: 0.06}\n", ""))
    rig.wait(2)
    assert {alarm.level.value for alarm in rig.kitchen.board.active} == {"low_stock"}, "rice is low as before"


def test_what_a_batch_needs_is_reserved_and_never_less_than_nothing(rig: Rig) -> None:
    rig.do("stock_entry", **RICE)
    rig.do("stock_plan", batch="b-1", recipe="chicken-rice", portions=100)
    stores = rig.kitchen.stores
    assert stores.reservations.reserved("rice") == Decimal(10)
    book(rig, replace(issue_of(rig, "m-1", "4.00"), destination="batch:b-1"))
    assert stores.reservations.reserved("rice") == Decimal(6)
    book(rig, replace(issue_of(rig, "m-2", "9.00"), destination="batch:b-1"))
    assert stores.reservations.reserved("rice") == Decimal(0)
    assert stores.reservations.reserved("oil") == Decimal(0)


def test_a_weighing_of_a_point_that_is_no_scale_of_the_stock_is_ignored(rig: Rig) -> None:
    rig.wait(1)
    before = rig.books()
    stores = rig.kitchen.stores
    stores.weigh(rig.batch, "chiller-air", WeightReading(rig.now, Decimal(25), stable=True, ok=True))
    assert not rig.batch
    assert rig.books() == before
