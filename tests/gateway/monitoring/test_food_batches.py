"""Batches of food live: what a trace proposes, what people say, what is judged; order and restarts change nothing."""

import math
import sqlite3
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from desk import iso
from food_rig import MINUTE, NOW, FoodRig, cook, in_a_blast_chiller, in_the_kitchen, measured, verdict
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.reading import Reading
from gateway.alarms.subjects import BatchSubject, ControlSubject
from gateway.cli.verify_refold import differences
from gateway.journal.files.read_only import open_read_only
from gateway.records.commands import RefusedError
from gateway.records.shape import moment

Rows = list[tuple[Any, ...]]


@pytest.fixture
def gateway(tmp_path: Path) -> FoodRig:
    return FoodRig(tmp_path)


def test_a_probe_that_climbs_through_57_proposes_a_batch_and_its_fall_a_cooling(gateway: FoodRig) -> None:
    gateway.take(cook(80, in_the_kitchen))
    batch = gateway.the_batch()
    assert (batch["state"], batch["product"], batch["id"]) == ("proposed", "Panci", "20261124-01")
    assert [offer["kind"] for offer in batch["offers"]] == ["cook", "cooling"]
    assert [(mark["event"], mark["proposed"]) for mark in batch["marks"]] == [
        ("cooking_started", True),
        ("cooking_ended", True),
    ]
    assert verdict(batch, "cooking")["verdict"] == "PASS"


def test_a_pot_that_can_never_reach_21_degrees_in_a_warm_kitchen_is_infeasible_within_minutes(gateway: FoodRig) -> None:
    gateway.take(cook(72, in_the_kitchen))
    assert verdict(gateway.the_batch(), "cooling")["verdict"] == "INFEASIBLE"
    (alarm,) = gateway.alarms()
    assert (alarm.kind, alarm.level, alarm.reason) == ("batch", "warning", "infeasible")


def test_a_pot_still_on_the_stove_in_a_warm_kitchen_alarms_nobody(gateway: FoodRig) -> None:
    gateway.take(cook(60, in_the_kitchen))
    assert gateway.alarms() == []


def test_moved_to_the_blast_chiller_in_time_its_cooling_passes_and_the_warning_is_over(gateway: FoodRig) -> None:
    now = gateway.take(cook(75, in_the_kitchen))
    name = gateway.the_batch()["id"]
    gateway.say("batch_mark", now, batch=name, event="moved", point="chiller")
    value = in_the_kitchen(15)
    trace = [measured(75 + half / 2, 2 + (value - 2) * math.exp(-0.02 * half / 2), "chiller") for half in range(400)]
    now = gateway.take(trace)
    batch = gateway.batch_of(name)
    assert batch["at_point"] == "chiller"
    assert verdict(batch, "cooling")["verdict"] == "PASS"
    assert [alarm.level for alarm in gateway.alarms() if alarm.standing] == []


def test_the_time_to_eat_by_counts_from_the_end_of_cooking_and_is_told_half_an_hour_before(gateway: FoodRig) -> None:
    gateway.take(cook(80, in_a_blast_chiller))
    batch = gateway.the_batch()
    ended = gateway.kitchen.batches.live[batch["id"]].batch.marks[1].at
    assert (batch["eat_by"], batch["eat_by_near"]) == (moment(ended + 300 * MINUTE), moment(ended + 270 * MINUTE))
    assert verdict(batch, "eat_by")["overrides"] == [{"limit": "within_min", "value": 300.0, "reason": "near schools"}]
    gateway.settle(ended + 269 * MINUTE)
    assert not gateway.kitchen.board.is_standing(BatchSubject(batch["id"], "eat_by"), "warning")
    gateway.settle(ended + 271 * MINUTE)
    assert gateway.kitchen.board.is_standing(BatchSubject(batch["id"], "eat_by"), "warning")
    gateway.settle(ended + 301 * MINUTE)
    assert gateway.kitchen.board.is_standing(BatchSubject(batch["id"], "eat_by"), "critical")


def test_food_in_the_danger_zone_is_discarded_after_four_hours_whatever_sensor_it_is_at(gateway: FoodRig) -> None:
    opened = gateway.say("batch_open", NOW, product="Soto", point="pot", controls=["exposure"])
    gateway.take([measured(half / 2, 25.0) for half in range(300)])
    gateway.say("batch_mark", NOW + 150 * MINUTE, batch=opened["id"], event="moved", point="chiller")
    gateway.take([measured(150 + half / 2, 20.0, "chiller") for half in range(200)])
    batch = gateway.batch_of(opened["id"])
    assert batch["action"] == "DISCARD"
    assert batch["exposure_min"] == pytest.approx(249.5, abs=0.6)
    assert gateway.kitchen.board.is_standing(BatchSubject(opened["id"], "exposure"), "critical")


def test_every_verdict_says_that_nobody_approved_the_plan_until_somebody_does(gateway: FoodRig) -> None:
    now = gateway.take(cook(40, in_the_kitchen))
    assert verdict(gateway.the_batch(), "cooking")["notice"] == "default profile, not approved"
    with pytest.raises(RefusedError, match="has changed"):
        gateway.say("approve_plan", now, hash="0")
    gateway.say("approve_plan", now, hash=gateway.kitchen.plan.hash)
    gateway.restart(now)
    assert gateway.kitchen.plan.approved_by == "siti"
    assert verdict(gateway.the_batch(), "cooking")["notice"] is None
    assert gateway.rows("SELECT approved_by, profile FROM verdict WHERE control = 'cooking'") == [(None, "mbg-strict")]


def test_a_declined_cook_is_no_batch_and_its_alarms_are_gone(gateway: FoodRig) -> None:
    now = gateway.take(cook(72, in_the_kitchen))
    name = gateway.the_batch()["id"]
    gateway.say("batch_decline", now, batch=name, kind="cook")
    assert gateway.the_batch()["state"] == "declined"
    assert gateway.alarms() == []
    with pytest.raises(RefusedError):
        gateway.say("batch_mark", now, batch=name, event="eaten")


def test_food_that_is_served_hot_is_not_judged_by_its_cooling(gateway: FoodRig) -> None:
    now = gateway.take(cook(72, in_the_kitchen))
    name = gateway.the_batch()["id"]
    gateway.say("batch_accept", now, batch=name, kind="cook", product="Nasi", portions=900)
    gateway.say("batch_decline", now, batch=name, kind="cooling")
    batch = gateway.the_batch()
    assert (batch["state"], batch["product"], batch["portions"]) == ("open", "Nasi", 900)
    assert "cooling" not in {one["control"] for one in batch["verdicts"]}
    assert gateway.alarms() == []


def test_a_pot_without_a_probe_is_judged_by_what_is_typed(gateway: FoodRig) -> None:
    opened = gateway.say("batch_open", NOW, product="Ayam", food="poultry")
    said = gateway.say(
        "typed_reading",
        NOW + 40 * MINUTE,
        batch=opened["id"],
        value=76.5,
        instrument="testo-1",
        at=iso(NOW + 39 * MINUTE),
    )
    assert said["typed"]["source"] == "typed"
    assert verdict(said["batch"], "cooking", "typed")["verdict"] == "PASS"
    assert gateway.rows("SELECT value, instrument, person FROM typed_reading") == [(76.5, "testo-1", "siti")]


def test_a_typed_reading_fills_no_gap_of_the_sensor(gateway: FoodRig) -> None:
    opened = gateway.say("batch_open", NOW, product="Soto", point="pot", controls=["exposure"])
    gateway.take([measured(0, 70.0), measured(1, 65.0)])
    gateway.say("typed_reading", NOW + 30 * MINUTE, batch=opened["id"], value=70.0, instrument="testo-1")
    gateway.take([measured(60, 58.0)])
    batch = gateway.batch_of(opened["id"])
    assert verdict(batch, "exposure")["measures"]["minutes_in_band"]["gap_min"] == pytest.approx(59)
    assert verdict(batch, "exposure", "typed")["measures"]["minutes_in_band"]["value"] == 0


def test_a_reading_typed_for_a_point_is_judged_by_its_limits_and_ends_no_alarm_of_the_sensor(gateway: FoodRig) -> None:
    gateway.take([measured(0, 9.0, "chiller")])
    said = gateway.say("typed_reading", NOW + MINUTE, point="chiller", value=7.5, instrument="testo-1")
    assert [(one["verdict"], one["limit"]) for one in said["verdicts"]] == [("FAIL", 5.0)]
    said = gateway.say("typed_reading", NOW + 2 * MINUTE, point="chiller", value=4.0, instrument="testo-1")
    assert [one["verdict"] for one in said["verdicts"]] == ["PASS"]
    assert [alarm.standing for alarm in gateway.alarms()] == [False]
    assert gateway.kitchen.board.is_standing(ControlSubject("ccp-chiller", "chiller"), "critical")


def test_a_reading_typed_for_a_point_a_day_late_is_recorded_and_judged_no_more(gateway: FoodRig) -> None:
    """It was a crash: of a day's typed readings none was left to judge."""
    reading = {"point": "chiller", "value": 7.5, "instrument": "testo-1", "at": iso(NOW)}
    said = gateway.say("typed_reading", NOW + 1800 * MINUTE, **reading)
    assert said["verdicts"] == []
    assert gateway.rows("SELECT value FROM typed_reading") == [(7.5,)]


def test_a_closed_batch_has_final_verdicts_and_never_a_pass_without_readings(gateway: FoodRig) -> None:
    opened = gateway.say("batch_open", NOW, product="Ayam")
    closed = gateway.say("batch_close", NOW + MINUTE, batch=opened["id"])
    assert {one["verdict"] for one in closed["verdicts"]} == {"INDETERMINATE"}
    assert gateway.rows("SELECT DISTINCT verdict, final FROM verdict") == [("INDETERMINATE", 1)]


@pytest.mark.parametrize(
    ("command", "args", "error"),
    [
        ("batch_open", {}, "bad_request"),
        ("batch_open", {"product": "Nasi", "point": "oven"}, "unknown_point"),
        ("batch_open", {"product": "Nasi", "food": "stone"}, "bad_request"),
        ("batch_open", {"product": "Nasi", "controls": []}, "bad_request"),
        ("batch_open", {"product": "Nasi", "portions": 0}, "bad_request"),
        ("batch_open", {"product": "Nasi", "at": iso(NOW + MINUTE)}, "bad_request"),
        ("batch_open", {"product": "Nasi", "who": "nobody"}, "unknown_person"),
        ("batch_mark", {"batch": "20261124-09", "event": "eaten"}, "unknown_batch"),
        ("typed_reading", {"value": 70, "instrument": "testo-1"}, "bad_request"),
        ("typed_reading", {"point": "pot", "value": "70", "instrument": "testo-1"}, "bad_request"),
        ("typed_reading", {"point": "pot", "value": 70}, "bad_request"),
        ("batch_accept", {"batch": "20261124-09", "kind": "cook"}, "unknown_batch"),
    ],
)
def test_what_cannot_be_is_refused_with_a_word_and_a_sentence(
    gateway: FoodRig, command: str, args: dict[str, Any], error: str
) -> None:
    with pytest.raises(RefusedError) as refused:
        gateway.say(command, NOW, **args)
    assert refused.value.error == error
    assert gateway.kitchen.batches.live == {}


STORY = (
    "SELECT control, source, verdict, action, decided_at, final, body, trace_hash FROM verdict "
    "WHERE final = 1 ORDER BY id"
)
steps = st.lists(st.tuples(st.integers(1, 12), st.sampled_from([3, 20, 30, 58, 61, 76, 90])), min_size=4, max_size=25)


def trace_of(drawn: list[tuple[int, int]]) -> list[Reading]:
    minute, found = 0.0, []
    for step, value in drawn:
        minute += step / 2
        found.append(measured(minute, float(value), "hall"))
    return found


def closed_after(gateway: FoodRig, trace: list[Reading], order: Iterable[int]) -> Rows:
    """The final verdicts of a batch whose readings came in this order."""
    end = NOW + 200 * MINUTE
    opened = gateway.say("batch_open", NOW, product="Nasi", point="hall")
    for number in order:
        gateway.kitchen.take(gateway.batch, trace[number], end)
        gateway.commit(end)
    gateway.settle(end)
    gateway.say("batch_mark", end, batch=opened["id"], event="cooking_ended", at=iso(NOW + 20 * MINUTE))
    gateway.say("batch_close", end, batch=opened["id"])
    newest: dict[tuple[Any, ...], tuple[Any, ...]] = {row[:2]: row for row in gateway.rows(STORY)}
    return sorted(newest.values(), key=lambda row: row[:2])


@settings(max_examples=12, deadline=None)
@given(drawn=steps, data=st.data())
def test_readings_in_any_order_of_arrival_give_the_verdicts_of_the_order_of_time(
    drawn: list[tuple[int, int]], data: st.DataObject
) -> None:
    trace = trace_of(drawn)
    order = data.draw(st.permutations(range(len(trace))))
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        in_time, shuffled = FoodRig(Path(one)), FoodRig(Path(other))
        assert closed_after(in_time, trace, range(len(trace))) == closed_after(shuffled, trace, order)
        in_time.journal.close()
        shuffled.journal.close()


@settings(max_examples=8, deadline=None)
@given(cut=st.integers(1, 200))
def test_a_restart_at_any_moment_gives_the_same_verdicts(cut: int) -> None:
    trace = cook(400, in_a_blast_chiller)
    stories = []
    for kills in (False, True):
        with tempfile.TemporaryDirectory() as folder:
            gateway = FoodRig(Path(folder))
            if kills:
                now = gateway.take(trace[: cut * 8])
                gateway.restart(now)
                now = gateway.take(trace[cut * 8 :])
            else:
                now = gateway.take(trace)
            gateway.say("batch_close", now, batch=gateway.the_batch()["id"])
            stories.append(gateway.rows(STORY))
            gateway.journal.close()
    assert stories[0] == stories[1]


def test_batches_and_verdicts_follow_from_the_events(gateway: FoodRig) -> None:
    now = gateway.take(cook(90, in_the_kitchen))
    name = gateway.the_batch()["id"]
    gateway.say("batch_accept", now, batch=name, kind="cook", product="Soto", food="poultry")
    gateway.say("batch_mark", now, batch=name, event="departed", school="sd-1")
    gateway.say("typed_reading", now, batch=name, value=71.0, instrument="testo-1", step="delivery")
    gateway.say("batch_close", now, batch=name, note="habis")
    connection = open_read_only(gateway.path)
    assert list(differences(connection)) == []
    connection.close()
    with sqlite3.connect(gateway.path) as writer:
        writer.execute("UPDATE verdict SET verdict = 'PASS' WHERE control = 'cooling'")
        writer.execute("UPDATE batch SET product = 'Opor'")
    writer.close()
    connection = open_read_only(gateway.path)
    assert {text.split()[0] for text in differences(connection)} == {"batch", "verdict"}
    connection.close()


def test_late_readings_give_back_the_time_that_a_gap_was_charged_and_no_alarm_is_withdrawn(gateway: FoodRig) -> None:
    opened = gateway.say("batch_open", NOW, product="Soto", point="pot", controls=["exposure"])
    gateway.take([measured(0, 30.0), measured(1, 30.0), measured(260, 3.0)])
    batch = gateway.batch_of(opened["id"])
    assert verdict(batch, "exposure")["verdict"] == "FAIL"
    gateway.take([measured(2 + half / 2, 3.0) for half in range(515)], every=1_000)
    batch = gateway.batch_of(opened["id"])
    assert (verdict(batch, "exposure")["verdict"], verdict(batch, "exposure")["late"]) == ("RUNNING", True)
    assert gateway.kitchen.board.is_standing(BatchSubject(opened["id"], "exposure"), "critical")
    said = gateway.rows("SELECT key, verdict, late, supersedes FROM verdict WHERE control = 'exposure' ORDER BY id")
    assert [row[1:3] for row in said] == [("FAIL", 0), ("RUNNING", 1)]
    assert said[1][3] == said[0][0]


def test_late_readings_of_a_closed_batch_change_its_verdict_and_alarm_once(gateway: FoodRig) -> None:
    opened = gateway.say("batch_open", NOW, product="Soto", point="pot", controls=["exposure"])
    gateway.take([measured(half / 2, 3.0) for half in range(20)])
    gateway.take([measured(250 + half / 2, 3.0) for half in range(20)])
    gateway.say("batch_close", NOW + 265 * MINUTE, batch=opened["id"])
    assert verdict(gateway.batch_of(opened["id"]), "exposure")["verdict"] == "PASS"
    for _ in range(2):
        gateway.take([measured(10 + half / 2, 30.0) for half in range(480)], every=1_000)
    assert verdict(gateway.batch_of(opened["id"]), "exposure")["verdict"] == "FAIL"
    (alarm,) = gateway.alarms()
    assert (alarm.state, alarm.late, alarm.reason) == ("RETURNED_UNACKNOWLEDGED", True, "discard")
    assert gateway.rows("SELECT count(*) FROM event WHERE kind = 'alarm_raised' AND subject LIKE '%.exposure'") == [
        (1,)
    ]
