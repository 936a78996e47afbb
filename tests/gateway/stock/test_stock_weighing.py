"""Ways of working at a bench scale: receive, issue, throw away, count, and what happens when it goes otherwise."""

from decimal import Decimal
from pathlib import Path

import pytest
from stock_rig import Rig

from gateway.records.shape import moment


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    rig = Rig(tmp_path)
    rig.wait(2)
    return rig


def received(rig: Rig, item: str, *kilograms: str, **more: object) -> dict[str, object]:
    """A receipt of several loads."""
    opened = rig.do("weigh_open", scale="bench-weight", purpose="receive", item=item, supplier="tani", **more)
    for kg in kilograms:
        rig.put("bench", kg)
        rig.empty("bench")
    temperature = {} if item in {"rice", "oil", "egg"} else {"temperature": 3.1}
    return rig.do("weigh_close", session=opened["id"], **temperature)


def test_several_weighings_make_one_receipt_of_one_lot_each_taken_when_it_stands_still(rig: Rig) -> None:
    opened = rig.do(
        "weigh_open", scale="bench-weight", purpose="receive", code="(01)08991234567891(17)261130(10)A-42",
        supplier="tani", delivery_note="SJ-1", expected=40, container="crate",
    )  # fmt: skip
    assert (opened["item"], opened["number"], opened["expires_on"], opened["state"]) == (
        "chicken",
        "A-42",
        "2026-11-30",
        "open",
    )
    for kg in ("21.85", "21.85"):
        rig.put("bench", kg)
        rig.empty("bench")
    closed = rig.do("weigh_close", session=opened["id"], temperature=3.4)

    assert [(one["gross"], one["tare"], one["net"]) for one in closed["taken"]] == [("21.85", "1.85", "20.00")] * 2
    assert (closed["total"], closed["arrived"], closed["temperature"]["verdict"]) == ("40.00", "as_expected", "pass")
    assert rig.at("stores:chiller-1") == {"chicken": Decimal("40.00")}
    [(number, expires_on, receipt)] = rig.rows("SELECT number, expires_on, receipt FROM lot WHERE item = 'chicken'")
    assert (number, expires_on, receipt) == ("A-42", "2026-11-30", opened["id"])
    rig.check()


def test_what_stands_on_the_scale_before_anybody_says_what_it_is_waits_and_is_then_taken(rig: Rig) -> None:
    rig.put("bench", "12.30")
    [bench] = [each for each in rig.snapshot()["benches"] if each["scale"] == "bench-weight"]
    assert (bench["waiting_for"], bench["untaken"]) == ("item", "12.30")
    assert rig.books() == {}

    opened = rig.do("weigh_open", scale="bench-weight", purpose="receive", item="oil")
    rig.wait(1)
    assert opened["total"] == "12.30"
    assert rig.at("stores") == {"oil": Decimal("12.30")}


def test_a_crate_that_is_lifted_and_set_down_again_is_one_crate_two_equal_sacks_are_two(rig: Rig) -> None:
    opened = rig.do("weigh_open", scale="bench-weight", purpose="receive", item="oil")
    rig.put("bench", "25.00")
    rig.put("bench", "-10.00", settle=1.5)
    rig.put("bench", "10.00")
    rig.empty("bench", settle=1.5)
    rig.put("bench", "25.00")
    rig.empty("bench")
    assert rig.do("weigh_close", session=opened["id"])["total"] == "50.00"


def test_an_elbow_on_the_platform_is_no_load(rig: Rig) -> None:
    rig.do("weigh_open", scale="bench-weight", purpose="receive", item="oil")
    rig.put("bench", "8.00", settle=1.5)
    rig.empty("bench")
    assert rig.books() == {}


def test_small_additions_add_up_and_are_lost_to_nobody(rig: Rig) -> None:
    opened = rig.do("weigh_open", scale="bench-weight", purpose="receive", item="oil")
    for _ in range(12):
        rig.put("bench", "0.05", settle=2.5)
    assert rig.do("weigh_close", session=opened["id"])["total"] in {"0.40", "0.60"}
    rig.check()


def test_overload_is_a_fault_and_no_load(rig: Rig) -> None:
    rig.do("weigh_open", scale="bench-weight", purpose="receive", item="oil")
    rig.put("bench", "75.00")
    [bench] = [each for each in rig.snapshot()["benches"] if each["scale"] == "bench-weight"]
    assert (bench["waiting_for"], bench["fault"]) == ("fault", "over_capacity")
    rig.empty("bench")
    assert rig.books() == {}


def test_a_scale_that_never_stands_still_books_nothing_and_says_since_when(rig: Rig) -> None:
    rig.do("weigh_open", scale="bench-weight", purpose="receive", item="oil")
    began = rig.now
    for number in range(300):
        rig.loads["bench"] = Decimal("5.00") + Decimal(number % 7) / 100
        rig.wait(0.1, stable=False)
    [bench] = [each for each in rig.snapshot()["benches"] if each["scale"] == "bench-weight"]
    assert bench["waiting_for"] == "still"
    assert bench["since"] < moment(began + 2_000_000)
    assert rig.books() == {}


def test_a_pot_that_stands_on_the_scale_is_the_tare_of_what_is_put_into_it(rig: Rig) -> None:
    received(rig, "chicken", "30.00")
    opened = rig.do("weigh_open", scale="bench-weight", purpose="issue", item="chicken", batch="b-1")
    # The pot was put on before anybody tared: it is a load, and taken back.
    rig.do("weigh_cancel", session=opened["id"])
    rig.put("bench", "4.20")
    opened = rig.do("weigh_open", scale="second-weight", purpose="waste", item="chicken", reason="trimmed")
    rig.do("weigh_cancel", session=opened["id"])

    opened = rig.do("weigh_open", scale="bench-weight", purpose="issue", item="chicken", batch="b-1")
    rig.do("weigh_undo", session=opened["id"])
    rig.do("weigh_tare", session=opened["id"])
    rig.put("bench", "6.00")
    closed = rig.do("weigh_close", session=opened["id"])

    assert [(t["gross"], t["tare"], t["net"]) for t in closed["taken"] if not t["undone"]] == [
        ("10.20", "4.20", "6.00")
    ]
    assert rig.at("batch:b-1") == {"chicken": Decimal("6.00")}
    rig.check()


def test_a_scale_that_tares_by_itself_shows_net_and_gross_is_kept(rig: Rig) -> None:
    opened = rig.do("weigh_open", scale="bench-weight", purpose="receive", item="oil")
    for stable, load in ((False, "0.50"), (True, "0.00")):
        for _ in range(20):
            rig.now += 100_000
            rig.reading("bench", Decimal(load), stable=stable, tare=1.5)
    for stable, load in ((False, "3.00"), (True, "9.00")):
        for _ in range(40):
            rig.now += 100_000
            rig.reading("bench", Decimal(load), stable=stable, tare=1.5)
    rig.commit()
    [taken] = rig.do("weigh_close", session=opened["id"])["taken"]
    assert (taken["gross"], taken["tare"], taken["net"]) == ("10.50", "1.5", "9.00")


def test_issue_goes_to_the_batch_by_fefo_and_an_older_date_goes_first(rig: Rig) -> None:
    received(rig, "chicken", "10.00", expires_on="2026-11-30")
    received(rig, "chicken", "4.00", expires_on="2026-11-26")
    suggested = rig.do("stock_suggest", item="chicken", quantity="6")
    assert [(one["expires_on"], one["take"]) for one in suggested["lots"]] == [
        ("2026-11-26", "4.00"),
        ("2026-11-30", "2.000"),
    ]

    opened = rig.do("weigh_open", scale="bench-weight", purpose="issue", item="chicken", batch="b-1")
    rig.put("bench", "6.00")
    rig.do("weigh_close", session=opened["id"])

    rows = rig.rows(
        "SELECT expires_on, quantity FROM movement JOIN lot ON lot.id = lot WHERE destination = 'batch:b-1'"
    )
    assert rows == [("2026-11-26", "4.00"), ("2026-11-30", "2.00")]
    rig.check()


def test_waste_needs_a_reason_and_comes_from_a_lot_or_from_a_batch_by_its_ingredients(rig: Rig) -> None:
    assert rig.refusal("weigh_open", scale="second-weight", purpose="waste", item="chicken")[0] == "bad_request"
    received(rig, "chicken", "6.00")
    received(rig, "fish", "3.00")
    rig.do("stock_entry", purpose="issue", item="chicken", quantity="6", batch="b-1")
    rig.do("stock_entry", purpose="issue", item="fish", quantity="3", batch="b-1")
    opened = rig.do("weigh_open", scale="second-weight", purpose="waste", batch="b-1", reason="cold chain broken")
    rig.put("second", "3.00")
    rig.do("weigh_close", session=opened["id"])
    assert rig.at("waste") == {"chicken": Decimal("2.000"), "fish": Decimal("1.000")}
    assert rig.at("batch:b-1") == {"chicken": Decimal("4.000"), "fish": Decimal("2.000")}
    rig.check()


def test_a_count_compares_with_the_books_and_nothing_left_must_be_confirmed(rig: Rig) -> None:
    received(rig, "chicken", "10.00", expires_on="2026-11-30")
    received(rig, "chicken", "4.00", expires_on="2026-11-26")
    opened = rig.do("weigh_open", scale="bench-weight", purpose="count", item="chicken")
    assert rig.refusal("weigh_close", session=opened["id"])[0] == "count_of_zero"
    rig.put("bench", "9.50")
    rig.do("weigh_close", session=opened["id"])
    assert rig.at("stores:chiller-1") == {"chicken": Decimal("9.50")}
    lost = rig.rows(
        "SELECT lot.expires_on, quantity, reason FROM movement JOIN lot ON lot.id = lot WHERE kind = 'adjustment'"
    )
    assert lost == [("2026-11-26", "4.00", "count"), ("2026-11-30", "0.50", "count")]

    assert rig.refusal("stock_entry", purpose="count", item="chicken", quantity="0")[0] == "count_of_zero"
    rig.do("stock_entry", purpose="count", item="chicken", quantity="0", zero=True)
    assert rig.at("stores:chiller-1") == {}
    rig.check()


def test_a_wrong_item_is_corrected_by_reversals_and_booked_anew(rig: Rig) -> None:
    opened = rig.do("weigh_open", scale="bench-weight", purpose="receive", item="fish")
    for _ in range(2):
        rig.put("bench", "5.00")
        rig.empty("bench")
    rig.do("weigh_item", session=opened["id"], item="chicken")
    rig.put("bench", "2.50")
    closed = rig.do("weigh_close", session=opened["id"], temperature=2.0)

    assert (closed["item"], closed["total"]) == ("chicken", "12.50")
    assert rig.at("stores:chiller-1") == {"chicken": Decimal("12.50")}
    kinds = rig.rows("SELECT kind, count(*), count(reverses) FROM movement WHERE item <> 'rice' GROUP BY 1 ORDER BY 1")
    assert kinds == [("receipt", 5, 0), ("reversal", 2, 2)]
    rig.check()


def test_a_delivery_that_is_too_warm_is_a_question_and_goes_back_or_is_accepted_with_a_note(rig: Rig) -> None:
    for decision, left in (("rejected", {}), ("accepted", {"fish": Decimal("8.00")})):
        opened = rig.do("weigh_open", scale="bench-weight", purpose="receive", item="fish")
        rig.put("bench", "8.00")
        rig.empty("bench")
        error, text = rig.refusal("weigh_close", session=opened["id"], temperature=6.5)
        assert error == "too_warm"
        assert "6.5 °C, the limit is 4 °C" in text
        closed = rig.do("weigh_close", session=opened["id"], temperature=6.5, decision=decision, note="see photo")
        assert (closed["temperature"]["verdict"], closed["decision"]) == ("fail", decision)
        assert rig.at("stores:chiller-1") == left
        rig.check()


def test_too_little_and_too_much_are_said_against_the_expected_quantity(rig: Rig) -> None:
    for kg, word in (("9.50", "short"), ("10.05", "as_expected"), ("10.50", "over")):
        closed = received(rig, "oil", kg, expected="10", unit="kg", tolerance="0.1")
        assert closed["arrived"] == word


def test_the_memory_of_containers_grows_with_what_stands_empty_on_a_scale(rig: Rig) -> None:
    assert rig.refusal("weigh_open", scale="bench-weight", purpose="receive", item="oil", container="basin") == (
        "unknown_container",
        "no container is called 'basin'; known are: crate. Weigh it empty first",
    )
    rig.put("bench", "0.75")
    rig.do("stock_container", id="basin", name="Baskom", scale="bench-weight")
    rig.empty("bench")
    rig.restart()
    rig.wait(2)
    opened = rig.do("weigh_open", scale="bench-weight", purpose="receive", item="oil", container="basin")
    rig.put("bench", "5.75")
    assert rig.do("weigh_close", session=opened["id"])["total"] == "5.00"


def test_an_empty_container_is_a_question_at_the_scale_and_nothing_is_booked(rig: Rig) -> None:
    rig.do("weigh_open", scale="bench-weight", purpose="receive", item="oil", container="crate")
    rig.put("bench", "1.85")
    [session] = rig.snapshot()["sessions"]
    assert "not more than crate alone" in session["problem"]
    assert rig.books() == {}


def test_what_is_put_on_while_the_cable_is_pulled_is_taken_and_marked(rig: Rig) -> None:
    opened = rig.do("weigh_open", scale="bench-weight", purpose="receive", item="oil")
    rig.now += 120_000_000
    rig.loads["bench"] = Decimal("7.00")
    rig.wait(6)
    closed = rig.do("weigh_close", session=opened["id"])
    assert [(one["net"], one["while_offline"]) for one in closed["taken"]] == [("7.00", True)]


def test_a_restart_in_the_middle_of_a_receipt_takes_nothing_twice_and_loses_nothing(rig: Rig) -> None:
    opened = rig.do("weigh_open", scale="bench-weight", purpose="receive", item="oil")
    for kg in ("5.00", "6.00", "7.00"):
        rig.put("bench", kg, settle=1.0)
        rig.restart()
        rig.wait(3)
        rig.restart()
        rig.empty("bench")
    assert rig.do("weigh_close", session=opened["id"])["total"] == "18.00"
    rig.check()


def test_a_session_goes_on_although_its_scale_must_be_folded_anew(rig: Rig) -> None:
    opened = rig.do("weigh_open", scale="bench-weight", purpose="receive", item="oil")
    rig.commit()
    rig.journal.file.writer.database.connection.execute("UPDATE fold SET version = 'older'")
    rig.restart()
    rig.wait(2)
    rig.put("bench", "5.00")
    assert rig.do("weigh_close", session=opened["id"])["total"] == "5.00"


def test_one_scale_weighs_one_thing_at_a_time_and_a_bin_needs_no_session(rig: Rig) -> None:
    assert rig.refusal("weigh_open", scale="bench-weight", purpose="receive")[0] == "bad_request"
    rig.do("weigh_open", scale="bench-weight", purpose="receive", item="oil")
    assert rig.refusal("weigh_open", scale="bench-weight", purpose="receive", item="fish")[0] == "scale_busy"
    assert rig.refusal("weigh_open", scale="bin-weight", purpose="receive", item="rice")[0] == "not_allowed"
    assert rig.refusal("weigh_open", scale="second-weight", purpose="receive", item="oil")[0] == "not_allowed"
    assert rig.refusal("weigh_open", scale="nothing", purpose="receive", item="oil")[0] == "unknown_scale"
