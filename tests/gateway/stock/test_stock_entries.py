"""Stock by hand, bins and their batches of food, reversals, alarms: what is booked, and what is asked instead."""

from decimal import Decimal
from pathlib import Path

import pytest
from desk import iso
from stock_rig import DAY, PLAN, Rig

FOUR_WEEKS = 28


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    rig = Rig(tmp_path)
    rig.wait(2)
    return rig


def entry(rig: Rig, purpose: str, item: str, quantity: object, **more: object) -> dict[str, object]:
    warm = {"temperature": 3.0} if purpose == "receive" and item in {"chicken", "fish"} else {}
    return rig.do("stock_entry", purpose=purpose, item=item, quantity=quantity, **warm, **more)


def alarms(rig: Rig) -> set[tuple[str, str]]:
    return {(alarm.level, alarm.subject.key) for alarm in rig.kitchen.board.active if alarm.standing}


# By hand


@pytest.mark.parametrize(
    ("item", "quantity", "unit", "kilograms"),
    [
        ("rice", "25", "kg", "25.000"),
        ("rice", 1500, "g", "1.500"),
        ("oil", "20", "L", "18.400"),
        ("oil", "500", "mL", "0.460"),
        ("oil", "20", None, "18.400"),
        ("egg", "300", "pcs", "18.000"),
    ],
)
def test_litres_and_pieces_are_booked_as_kilograms_and_marked_as_typed(
    rig: Rig, item: str, quantity: object, unit: str | None, kilograms: str
) -> None:
    entry(rig, "receive", item, quantity, unit=unit, supplier="tani")
    [row] = rig.rows("SELECT quantity, entry, who FROM movement WHERE kind = 'receipt'")
    assert row == (kilograms, "typed", "siti")
    rig.check()


@pytest.mark.parametrize(
    ("args", "error", "words"),
    [
        ({"item": "chicken", "quantity": "12,5"}, "bad_quantity", "a comma is not guessed at; write 12.5"),
        ({"item": "chicken", "quantity": "1,250"}, "bad_quantity", "a comma is not guessed at"),
        ({"item": "chicken", "quantity": "-3"}, "bad_quantity", "is no quantity"),
        ({"item": "chicken", "quantity": "NaN"}, "bad_quantity", "is no quantity"),
        ({"item": "chicken", "quantity": 0}, "bad_quantity", "0 is no quantity"),
        ({"item": "chicken", "quantity": "5", "unit": "L"}, "bad_quantity", "has no density"),
        ({"item": "chicken", "quantity": "5", "unit": "lb"}, "bad_request", "'unit' is one of kg, g, L, mL, pcs"),
        ({"item": "chiken", "quantity": "5"}, "unknown_item", "no item is called 'chiken'"),
        ({"item": "chicken"}, "bad_request", "how much is it?"),
        ({"quantity": "5"}, "bad_request", "what is weighed?"),
        ({"code": "(01)08991234567891(17)261331", "quantity": "5"}, "bad_barcode", "no date of the calendar"),
        ({"code": "08991234567892", "quantity": "5"}, "bad_barcode", "wrong check digit"),
        ({"code": "(01)00012345678905", "quantity": "5"}, "unknown_item", "no item has the barcode"),
        ({"item": "chicken", "quantity": "5", "expires_on": "2026-11-23"}, "expired_lot", "was good until 2026-11-23"),
        ({"item": "chicken", "quantity": "5", "expires_on": "23-11-2026"}, "bad_request", "is a day, such as"),
        ({"item": "chicken", "quantity": "5", "container": "box"}, "unknown_container", "Weigh it empty first"),
        ({"item": "chicken", "quantity": "5", "store": "cellar"}, "unknown_place", "no store is called 'cellar'"),
        ({"item": "chicken", "gross": "1.80", "container": "crate"}, "bad_quantity", "not more than crate alone"),
        (
            {"item": "chicken", "gross": "9", "tare": "1", "container": "crate"},
            "bad_quantity",
            "clear the scale's tare",
        ),
        ({"item": "chicken", "quantity": "5", "who": "nobody"}, "unknown_person", "is nobody of kitchen.people"),
        ({"item": "fish", "quantity": "5", "temperature": 9.0}, "too_warm", "send it back"),
        ({"item": "fish", "quantity": "5", "temperature": "9,0"}, "bad_request", "is a number in °C"),
    ],
)
def test_what_cannot_be_booked_is_a_question_to_the_person_and_nothing_is_booked(
    rig: Rig, args: dict[str, object], error: str, words: str
) -> None:
    word, sentence = rig.refusal("stock_entry", purpose="receive", **args)
    assert (word, words in sentence) == (error, True), sentence


def test_more_than_there_is_is_a_question_unless_somebody_explains_it(rig: Rig) -> None:
    entry(rig, "receive", "chicken", "10")
    error, text = rig.refusal("stock_entry", purpose="issue", item="chicken", quantity="12", batch="b-1")
    assert error == "lot_short"
    assert "holds 10.000 kg" in text
    entry(rig, "issue", "chicken", "12", batch="b-1", explain="2 kg came without a note this morning")
    [adjusted] = rig.rows("SELECT quantity, reason, note FROM movement WHERE kind = 'adjustment'")
    assert adjusted[:2] == ("2.000", "scale_shows_more_than_the_books")
    rig.check()


def test_the_same_delivery_note_twice_is_a_question(rig: Rig) -> None:
    entry(rig, "receive", "oil", "10", supplier="tani", delivery_note="SJ-9")
    again = {"purpose": "receive", "item": "oil", "quantity": "10", "supplier": "tani", "delivery_note": "SJ-9"}
    assert rig.refusal("stock_entry", **again)[0] == "duplicate_receipt"
    rig.restart()
    assert rig.refusal("stock_entry", **again)[0] == "duplicate_receipt"
    rig.do("stock_entry", **again, again=True)
    assert rig.at("stores") == {"oil": Decimal("18.400")}


def test_a_kitchen_may_accept_an_expired_lot_and_it_stays_visible(tmp_path: Path) -> None:
    rig = Rig(tmp_path, PLAN + "  expired: accept\n")
    session = entry(rig, "receive", "chicken", "5", expires_on="2026-11-23")
    assert session["expired"] is True
    rig.wait(2)
    assert ("expired", session["lot"]) in alarms(rig)
    suggested = rig.do("stock_suggest", item="chicken", quantity="1")
    assert (suggested["lots"], suggested["missing"]) == ([], "1.000")


def test_a_command_given_twice_is_done_once_and_answered_with_how_things_stand(rig: Rig) -> None:
    first = rig.do("stock_entry", key="k-1", purpose="receive", item="oil", quantity="10")
    second = rig.do("stock_entry", key="k-1", purpose="receive", item="oil", quantity="10")
    assert second == {"id": first["id"], "state": "closed"}
    opened = rig.do("weigh_open", key="k-2", scale="bench-weight", purpose="receive", item="oil")
    assert rig.do("weigh_open", key="k-2", scale="bench-weight", purpose="receive", item="oil")["id"] == opened["id"]
    assert rig.at("stores") == {"oil": Decimal("9.200")}


def test_a_weighing_of_other_software_is_booked_with_gross_tare_and_its_scale(rig: Rig) -> None:
    rig.do("stock_weighing", purpose="receive", item="oil", gross="12.50", tare="0.50", scale="door-scale")
    [row] = rig.rows("SELECT quantity, gross, tare, scale, entry FROM movement WHERE kind = 'receipt'")
    assert row == ("12.00", "12.50", "0.50", "door-scale", "posted")


def test_goods_are_put_elsewhere_lot_by_lot(rig: Rig) -> None:
    entry(rig, "receive", "chicken", "5", expires_on="2026-12-01")
    entry(rig, "receive", "chicken", "5", expires_on="2026-11-28")
    rig.do("stock_move", item="chicken", quantity="7", **{"from": "chiller-1", "to": "kitchen"})
    left = rig.rows("SELECT expires_on, quantity FROM holding JOIN lot ON lot.id = lot WHERE place = 'kitchen'")
    assert sorted(left) == [("2026-11-28", "5.000"), ("2026-12-01", "2.000")]
    refused = {"from": "chiller-1", "to": "nowhere"}
    assert rig.refusal("stock_move", item="chicken", quantity="1", **refused)[0] == "unknown_place"
    refused = {"from": "kitchen", "to": "chiller-1"}
    assert rig.refusal("stock_move", item="chicken", quantity="8", **refused)[0] == "lot_short"


# Taking back


def test_a_movement_is_taken_back_once_by_a_linked_one(rig: Rig) -> None:
    entry(rig, "receive", "oil", "10", unit="kg")
    [(key,)] = rig.rows("SELECT key FROM movement WHERE kind = 'receipt'")
    back = rig.do("stock_reverse", movement=key, note="typed twice")
    assert (back["kind"], back["reverses"], back["quantity"]) == ("reversal", key, "10.000")
    assert rig.books().keys() == {("rice", "rice-20261124", "stores:dry")} & rig.books().keys()
    assert rig.refusal("stock_reverse", movement=key)[0] == "not_allowed"
    assert rig.refusal("stock_reverse", movement=back["id"])[0] == "not_allowed"
    assert rig.refusal("stock_reverse", movement="none")[0] == "unknown_movement"
    rig.check()


def test_what_was_used_meanwhile_must_be_explained_before_its_receipt_is_taken_back(rig: Rig) -> None:
    entry(rig, "receive", "chicken", "10")
    [(key,)] = rig.rows("SELECT key FROM movement WHERE kind = 'receipt'")
    entry(rig, "issue", "chicken", "4", batch="b-1")
    rig.restart()
    assert rig.refusal("stock_reverse", movement=key)[0] == "lot_short"
    rig.do("stock_reverse", movement=key, explain="it was the delivery of yesterday")
    [adjusted] = rig.rows("SELECT quantity, reason, note FROM movement WHERE kind = 'adjustment'")
    assert adjusted == ("4.000", "explained", "it was the delivery of yesterday")
    rig.check()


# Bins


def test_what_is_taken_from_a_bin_goes_to_the_batch_that_is_named_for_its_scale(rig: Rig) -> None:
    rig.put("bin", "40.00", settle=14)
    rig.do("stock_batch", scale="bin-weight", batch="b-7")
    rig.restart()
    rig.put("bin", "-7.50", settle=14)
    rig.do("stock_batch", scale="bin-weight")
    rig.put("bin", "-2.50", settle=14)
    assert rig.at("batch:b-7") == {"rice": Decimal("7.50")}
    assert rig.at("kitchen") == {"rice": Decimal("2.50")}
    rig.check()


def test_what_was_weighed_at_the_door_is_put_away_in_the_bin_and_not_received_twice(rig: Rig) -> None:
    rig.put("bin", "10.00", settle=14)
    opened = rig.do("weigh_open", scale="bench-weight", purpose="receive", item="rice", expires_on="2027-03-01")
    rig.put("bench", "25.00")
    rig.empty("bench")
    rig.do("weigh_close", session=opened["id"])
    assert rig.at("receiving") == {"rice": Decimal("25.00")}
    rig.put("bin", "24.98", settle=14)
    assert rig.at("receiving") == {}
    assert rig.at("stores:dry") == {"rice": Decimal("34.98")}
    kinds = rig.rows("SELECT kind, quantity FROM movement WHERE item = 'rice' AND kind <> 'opening' ORDER BY id")
    assert kinds == [("receipt", "10.00"), ("receipt", "25.00"), ("put_away", "24.98"), ("adjustment", "0.02")]
    rig.check()


def test_a_bin_whose_fold_begins_anew_is_compared_with_the_books(rig: Rig) -> None:
    rig.put("bin", "40.00", settle=14)
    rig.commit()
    with_version = rig.rows("SELECT count(*) FROM fold WHERE subject = 'bin-weight'")
    assert with_version == [(1,)]
    rig.journal.file.writer.database.connection.execute("UPDATE fold SET version = 'older'")
    rig.loads["bin"] = Decimal("39.00")
    rig.restart()
    rig.wait(4)
    assert rig.at("stores:dry") == {"rice": Decimal("39.00")}
    [row] = rig.rows("SELECT quantity, reason, before_weight, after_weight FROM movement WHERE kind = 'adjustment'")
    assert row == ("1.00", "scale_began_anew", "40.00", "39.00")
    rig.check()


def test_what_a_bin_counts_is_typed_only_for_a_scale_that_is_broken_or_for_the_past(rig: Rig) -> None:
    rig.put("bin", "40.00", settle=14)
    typed = {"purpose": "issue", "item": "rice", "quantity": "5"}
    assert rig.refusal("stock_entry", **typed)[0] == "scale_counts"
    rig.do("stock_entry", **typed, by_hand=True)
    rig.now += 120_000_000
    rig.do("stock_entry", **typed)
    assert rig.at("kitchen") == {"rice": Decimal("10.000")}
    weighed = {"purpose": "issue", "item": "rice"}
    assert rig.refusal("weigh_open", scale="bench-weight", **weighed)[0] == "scale_counts"


def test_what_was_written_on_paper_is_entered_with_its_own_time(rig: Rig) -> None:
    yesterday = rig.now - DAY
    entry(rig, "receive", "oil", "10", at=iso(yesterday), expires_on="2026-12-01")
    [(at, received_at)] = rig.rows(
        "SELECT movement.at, received_at FROM movement JOIN lot ON lot.id = lot WHERE kind = 'receipt'"
    )
    assert (at, received_at) == (yesterday, yesterday)
    for wrong in (iso(rig.now + 1), iso(rig.now - 100 * DAY), "yesterday", rig.now):
        refused = rig.refusal("stock_entry", purpose="receive", item="oil", quantity="1", at=wrong)
        assert refused[0] == "bad_request"


# Barcodes


def test_a_barcode_that_nobody_knew_is_learned_once_and_survives_a_restart(rig: Rig) -> None:
    code = "(01)08992234567898(10)B-7"
    assert rig.do("stock_scan", code=code)["item"] is None
    assert rig.refusal("stock_entry", purpose="receive", code=code, quantity="5")[0] == "unknown_item"

    rig.do("stock_barcode", code=code, item="fish")
    rig.restart()

    assert rig.do("stock_scan", code=code)["item"] == "fish"
    rig.do("stock_entry", purpose="receive", code=code, quantity="5", temperature=2.0)
    assert rig.kitchen.stores.on_hand("fish") == 5
    [fish] = [one for one in rig.snapshot()["catalogue"]["items"] if one["id"] == "fish"]
    assert fish["barcodes"] == ["08992234567898"]


def test_a_barcode_that_was_given_to_the_wrong_item_is_given_to_the_right_one_but_not_kitchen_yamls(rig: Rig) -> None:
    code = "8992234567898"
    rig.do("stock_barcode", code=code, item="fish")
    rig.do("stock_barcode", code=code, item="egg")
    rig.restart()
    assert rig.do("stock_scan", code=code)["item"] == "egg"
    assert rig.refusal("stock_barcode", code="8991234567891", item="egg")[0] == "not_allowed"
    assert rig.refusal("stock_barcode", code="12", item="egg")[0] == "bad_barcode"
    assert rig.refusal("stock_barcode", code=code, item="salt")[0] == "unknown_item"


# Batches of food


def test_a_plan_reserves_what_its_batch_still_needs_until_it_leaves(rig: Rig) -> None:
    entry(rig, "receive", "chicken", "50")
    rig.do("stock_plan", batch="b-1", recipe="chicken-rice", portions=500)
    [chicken] = [one for one in rig.snapshot()["stock"] if one["item"] == "chicken"]
    assert (chicken["reserved"], chicken["available"]) == ("30", "20.000")
    entry(rig, "issue", "chicken", "18", batch="b-1")
    [chicken] = [one for one in rig.snapshot()["stock"] if one["item"] == "chicken"]
    assert (chicken["reserved"], chicken["available"]) == ("12.000", "20.000")
    rig.do("stock_deliver", batch="b-1", school="sdn-2", portions=300)
    assert rig.kitchen.stores.reservations.reserved("chicken") == 0


def test_portions_take_their_share_of_every_lot_to_the_school_and_nothing_stays_behind(rig: Rig) -> None:
    entry(rig, "receive", "chicken", "10")
    rig.do("stock_plan", batch="b-1", recipe="chicken-rice", portions=300)
    entry(rig, "issue", "chicken", "10", batch="b-1")
    rig.do("stock_deliver", batch="b-1", school="sdn-2", portions=100)
    rig.restart()
    rig.do("stock_deliver", batch="b-1", school="tk-1", portions=200)
    assert rig.at("school:sdn-2") == {"chicken": Decimal("3.333")}
    assert rig.at("school:tk-1") == {"chicken": Decimal("6.667")}
    assert rig.at("batch:b-1") == {}
    assert rig.refusal("stock_deliver", batch="b-1", school="sdn-9", portions=1)[0] == "unknown_school"
    rig.check()


def test_a_departure_with_portions_takes_its_share_to_the_school_in_the_same_command(rig: Rig) -> None:
    entry(rig, "receive", "chicken", "10")
    food = rig.do("batch_open", product="Nasi ayam", recipe="chicken-rice", portions=300)["id"]
    entry(rig, "issue", "chicken", "10", batch=food)
    asked = {"batch": food, "event": "departed", "school": "sdn-2", "portions": 150}

    rig.do("batch_mark", key="left", **asked)
    rig.do("batch_mark", key="left", **asked)

    assert rig.at("school:sdn-2") == {"chicken": Decimal("5.000")}
    assert rig.refusal("batch_mark", **asked | {"school": "sdn-9"})[0] == "unknown_school"
    assert rig.refusal("batch_mark", **asked | {"school": None})[0] == "bad_request"
    marks = rig.kitchen.batches.live[food].batch.marks
    assert [(mark.event.value, mark.school) for mark in marks] == [("departed", "sdn-2")]
    rig.check()


def test_a_batch_that_nobody_opened_is_refused_where_batches_are_known(rig: Rig) -> None:
    rig.food = {"b-1"}
    entry(rig, "receive", "oil", "10")
    assert rig.refusal("stock_entry", purpose="issue", item="oil", quantity="1", batch="b-2")[0] == "unknown_batch"
    entry(rig, "issue", "oil", "1", batch="b-1")


# Alarms and foresight


def test_stock_below_its_reorder_point_alarms_and_a_delivery_ends_it(rig: Rig) -> None:
    rig.put("bin", "40.00", settle=14)
    assert ("low_stock", "rice") not in alarms(rig)
    rig.put("bin", "-22.00", settle=14)
    assert ("low_stock", "rice") in alarms(rig)
    rig.restart()
    rig.wait(2)
    assert rig.rows("SELECT count(*) FROM alarm WHERE level = 'low_stock'") == [(1,)]
    rig.put("bin", "30.00", settle=14)
    assert ("low_stock", "rice") not in alarms(rig)


def test_a_lot_alarms_before_its_date_and_differently_after_it(rig: Rig) -> None:
    lot = entry(rig, "receive", "chicken", "5", expires_on="2026-11-27")["lot"]
    rig.wait(2)
    assert alarms(rig) == {("low_stock", "rice")}
    rig.now += DAY
    rig.wait(2)
    assert ("expiring", lot) in alarms(rig)
    rig.now += 3 * DAY
    rig.wait(2)
    assert ("expired", lot) in alarms(rig)
    assert ("expiring", lot) not in alarms(rig)
    assert rig.refusal("stock_entry", purpose="issue", item="chicken", quantity="1", lot=lot)[0] == "expired_lot"
    entry(rig, "waste", "chicken", "5", lot=lot, reason="expired")
    rig.wait(2)
    assert ("expired", lot) not in alarms(rig)


def test_days_of_cover_come_from_the_weeks_before_and_reserve_counts(rig: Rig) -> None:
    entry(rig, "receive", "oil", "1000", unit="kg")
    for _ in range(FOUR_WEEKS):
        if rig.kitchen.stores.today(rig.now).weekday() < 5:
            entry(rig, "issue", "oil", "10", unit="kg")
        rig.now += DAY
    rig.restart()
    [oil] = [one for one in rig.snapshot()["stock"] if one["item"] == "oil"]
    assert oil["on_hand"] == "800.000"
    assert oil["cover"]["days"] == 60.0
    entry(rig, "count", "oil", "95", unit="kg")
    [oil] = [one for one in rig.snapshot()["stock"] if one["item"] == "oil"]
    assert oil["cover"] == {"days": 13.5, "low": 13.5, "high": 13.5, "level": 80, "history_days": 28}


# Lists


def test_items_come_from_a_spreadsheet_all_of_them_or_none(rig: Rig) -> None:
    text = "id;name_id;name_en;unit;piece;store\nonion;Bawang;Onion;kg;;dry\ntofu;Tahu;Tofu;pcs;0.1;\n"
    assert rig.do("stock_items", csv=text) == {"items": ["onion", "tofu"]}
    rig.restart()
    entry(rig, "receive", "tofu", "30")
    assert rig.at("stores") == {"tofu": Decimal("3.000")}
    for wrong, words in (
        ("id,name_id\nrice,Beras\n", "line 2: rice stands in kitchen.yaml"),
        ("id,name_id,unit\nx,X,L\n", "line 2: L needs density"),
        ('id,name_id,piece\nx,X,"0,1"\n', "line 2: piece '0,1' is no number; write 0.1"),
        ("id,name_id,store\nx,X,cellar\n", "line 2: no store is called 'cellar'"),
        ("id,nama\nx,X\n", "line 1: unknown column 'nama'"),
        ("id,name_id\nok,Ok\nX Y,Z\n", 'line 3: id: "X Y" is no id'),
    ):
        error, sentence = rig.refusal("stock_items", csv=wrong)
        assert (error, words in sentence) == ("bad_csv", True), sentence
    assert "ok" not in rig.kitchen.stores.catalogue.items


def test_a_night_in_which_the_scale_drifts_by_twenty_grams_an_hour_is_no_consumption_and_says_so(rig: Rig) -> None:
    rig.put("bin", "18.00", settle=14)
    dusk = rig.loads["bin"]
    for minute in range(600):
        rig.loads["bin"] = (dusk - Decimal(minute) * Decimal("0.020") / 60).quantize(Decimal("0.01"))
        rig.wait(0.6)
        rig.now += 59 * 1_000_000
    assert rig.at("stores:dry") == {"rice": Decimal("18.00")}
    assert ("drift", "rice") in alarms(rig)
    rig.put("bin", "-8.00", settle=14)
    assert rig.at("stores:dry") == {"rice": Decimal("10.00")}
    [rice] = [one for one in rig.snapshot()["stock"] if one["item"] == "rice"]
    assert rice["drift"] == "-0.20"
    rig.check()


def test_nothing_is_booked_on_stock_that_nobody_could_read(tmp_path: Path) -> None:
    """The disk is away at the start and comes back: the books of before must not be written over."""
    before = Rig(tmp_path)
    before.wait(2)
    before.put("bin", "40.00", settle=14)
    before.journal.close()
    (tmp_path / "journal.db").rename(tmp_path / "kept")
    (tmp_path / "journal.db").mkdir()
    blind = Rig(tmp_path)
    blind.loads["bin"] = Decimal("40.00")
    blind.wait(5)
    assert blind.refusal("stock_entry", purpose="receive", item="oil", quantity="1")[0] == "stock_unknown"
    assert blind.books() == {}
    (tmp_path / "journal.db").rmdir()
    (tmp_path / "kept").rename(tmp_path / "journal.db")
    again = Rig(tmp_path)
    assert again.at("stores:dry") == {"rice": Decimal("40.00")}
