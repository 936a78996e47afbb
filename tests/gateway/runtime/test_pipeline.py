"""The pipeline as it is assembled: what arrives is kept before anybody is told of it, and everybody is told."""

from pathlib import Path

import pytest
from gateway_rig import MINUTE, NOW, SECOND, GatewayRig

from drivers.contract import Trouble
from drivers.reading import Quantity, Reading
from gateway.ingest.rate_limit import MAX_RATE
from gateway.runtime.arrivals import JournalDamaged


@pytest.fixture
def rig(tmp_path: Path) -> GatewayRig:
    return GatewayRig(tmp_path)


def weighing(kg: float) -> Reading:
    return Reading(device="s1", channel="weight", quantity=Quantity.WEIGHT, value=kg, unit="kg", stable=True)


def test_a_message_is_acknowledged_when_the_journal_has_its_reading_and_not_before(rig: GatewayRig) -> None:
    mid = rig.measure(3.4)
    rig.turn(0.01)
    assert (rig.values(), rig.broker.acknowledged) == ([], [])
    rig.turn(0.3)
    assert (rig.values(), rig.broker.acknowledged) == ([3.4], [(1, mid)])


def test_what_is_no_reading_is_acknowledged_with_its_dead_letter(rig: GatewayRig) -> None:
    mid = rig.publish(b"no JSON")
    rig.run(0.5)
    assert rig.broker.acknowledged == [(1, mid)]
    assert rig.rows("SELECT source, raw FROM dead_letter") == [("c1", b"no JSON")]


def test_an_alarm_is_committed_at_once_and_told_in_one_order(rig: GatewayRig) -> None:
    rig.watch()
    rig.measure(8.0)
    rig.run(1)
    for _ in range(6):
        rig.machine.wait(MINUTE)
        rig.measure(8.0)
        rig.turn()
    rig.happened.clear()
    (alarm,) = [alarm for alarm in rig.gateway.kitchen.board.active if alarm.kind == "limit"]
    rig.command("acknowledge", alarm=alarm.id)
    rig.measure(8.1)
    rig.turn()
    order = [happening.split(" mbg")[0] for happening in rig.happened]
    assert order == ["acknowledged", "published", "told change", "sent reply"]
    assert rig.rows("SELECT state FROM alarm WHERE kind = 'limit'") == [("ACKNOWLEDGED",)]


def test_a_reply_waits_for_the_commit_even_when_it_is_time_to_look_around(rig: GatewayRig) -> None:
    rig.run(1)
    key = rig.command("acknowledge", alarm="nothing")
    rig.turn(1.0)
    (refused,) = rig.clients.replies[7]
    assert (refused["key"], refused["ok"], refused["error"]) == (key, False, "unknown_alarm")
    rig.happened.clear()
    rig.command("stock_entry", purpose="receive", item="rice", quantity="25", unit="kg")
    journal, seen = rig.gateway.journal, list[str]()
    commit = journal.commit

    def noted(transaction: object, now: int) -> None:
        seen.extend(rig.happened)
        commit(transaction, now)  # type: ignore[arg-type]

    journal.commit = noted  # type: ignore[method-assign,assignment]
    rig.turn(1.0)
    assert "sent reply" not in seen, "nobody may be told before the journal has it"
    assert "sent reply" in rig.happened


def test_the_page_is_told_of_readings_ten_times_a_second_at_most_and_never_before_they_are_kept(
    rig: GatewayRig,
) -> None:
    for number in range(100):
        rig.measure(3.0 + number / 100)
        rig.turn(0.02)
        kept = set(rig.values())
        assert {point["reading"]["value"] for point in rig.clients.changes("points") if point["reading"]} <= kept
    assert 1 <= len(rig.clients.changes("points")) <= 20


def test_a_point_that_falls_silent_is_told_although_nothing_is_recorded_of_it_but_its_alarm(rig: GatewayRig) -> None:
    rig.measure(3.0)
    rig.run(1)
    rig.machine.wait(20 * MINUTE)
    rig.run(1)
    assert rig.clients.changes("points")[-1]["state"] == "stale"
    assert [alarm["kind"] for alarm in rig.clients.changes("alarms")][-1] == "stale"


def test_both_doors_are_limited_and_what_the_broker_was_told_is_kept_is_kept(
    rig: GatewayRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.ingest.entrance.BROKER_BURST", SECOND)
    rig.restart()
    rig.run(2)
    for number in range(200):  # 2 s of a hundred a second, at either door
        rig.measure(3.0 + number / 1_000, dated=False)
        rig.weigh(weighing(number / 100))
        rig.turn(0.01)
    rig.run(1)
    assert len(rig.values("s1-weight")) <= 4 * MAX_RATE
    assert len(rig.values()) <= 4 * MAX_RATE + 2 / 0.25, "the rate, and the newest at each commit"
    assert rig.values()[-1] == pytest.approx(3.199)
    assert rig.values("s1-weight")[-1] == pytest.approx(1.99)
    assert len(rig.broker.acknowledged) == 200
    thinned = rig.gateway.health.shown()["thinned"]
    assert thinned == 400 - len(rig.values()) - len(rig.values("s1-weight"))


def test_a_lost_broker_is_a_gap_an_alarm_and_all_alarms_anew_when_it_is_back(rig: GatewayRig) -> None:
    rig.link(up=True)
    rig.link(up=False)
    rig.run(20)
    assert [alarm.level for alarm in rig.gateway.kitchen.board.active] == ["broker_lost"]
    rig.broker.retained.clear()
    rig.link(up=True)
    rig.run(1)
    assert rig.rows("SELECT subject FROM event WHERE kind = 'gap'") == [("mqtt",)]
    assert any(topic.startswith("mbg/k1/alarm/") for topic in rig.broker.retained)


def test_a_wire_that_nobody_could_read_is_a_gap_of_its_points(rig: GatewayRig) -> None:
    trouble = Trouble(device="s1", kind="overrun", text="s1: 3 s were not read", at=NOW + SECOND, since=NOW)
    rig.arrivals.put(trouble)
    rig.run(0.5)
    ((body,),) = rig.rows("SELECT body FROM event WHERE kind = 'gap'")
    assert '"points":["s1-weight"]' in body.replace(" ", "")


def test_a_damaged_file_is_set_aside_and_what_comes_after_is_kept_in_a_new_one(rig: GatewayRig) -> None:
    rig.measure(3.0)
    rig.run(1)
    rig.arrivals.put(JournalDamaged("malformed", rig.path.stat().st_ino))
    rig.measure(4.0)
    rig.run(1)
    assert rig.values() == [4.0]
    assert [alarm.level for alarm in rig.gateway.kitchen.board.active] == ["journal_corrupt"]
    assert list(rig.path.parent.glob("journal.db.corrupt-*"))


def test_a_late_reading_is_judged_at_its_time_over_the_thread_that_folds(rig: GatewayRig) -> None:
    late = []
    for minute in range(40):
        rig.machine.wait(MINUTE)
        if 11 <= minute < 19:
            at = rig.machine.now() / SECOND
            late.append({"bn": "c1/", "n": "temperature", "u": "Cel", "v": 9.0, "t": at})
        else:
            rig.measure(3.0)
        rig.turn()
    rig.publish(late)
    rig.run(2)
    limits = rig.rows("SELECT late, state FROM alarm WHERE kind = 'limit'")
    assert limits == [(1, "RETURNED_UNACKNOWLEDGED")]
    assert rig.rows("SELECT * FROM refold_due") == []


def test_a_redelivered_message_without_a_time_is_one_reading_over_a_kill(rig: GatewayRig) -> None:
    mid = rig.measure(3.0, dated=False)
    rig.run(0.5)
    rig.restart()
    rig.measure(3.0, dated=False, mid=mid, dup=True)
    rig.measure(3.0, dated=False)
    rig.run(0.5)
    assert rig.values() == [3.0, 3.0], "the first one, and a new equal one"
