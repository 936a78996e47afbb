"""The entrance: a message becomes readings of our devices, or is set aside; nothing is counted twice."""

from pathlib import Path
from typing import Any

import pytest
from gateway_rig import MINUTE, NOW, SECOND, GatewayRig

PLAN = """
kitchen: {id: k1, name: Dapur, people: [{id: siti, name: Siti}]}
mqtt: {discover: true, home_assistant: homeassistant}
journal: {commit_every: 20ms}
devices:
  - {id: c1, driver: senml-json}
  - {id: t1, driver: tasmota, sensor: tasmota_AB12}
points:
  - {id: c1-air, name: Chiller, device: c1, channel: temperature, quantity: temperature, interval: 1m}
  - {id: t1-air, name: Store, device: t1, channel: DS18B20, quantity: temperature, interval: 5m}
"""


@pytest.fixture
def rig(tmp_path: Path) -> GatewayRig:
    return GatewayRig(tmp_path, PLAN)


def troubles(rig: GatewayRig) -> dict[str, dict[str, int]]:
    return {device: dict(kinds) for device, kinds in rig.gateway.kitchen.counters.troubles.items()}


def dead_letters(rig: GatewayRig) -> list[tuple[Any, ...]]:
    return rig.rows("SELECT source, topic, length(raw), reason FROM dead_letter")


def test_a_message_that_is_no_reading_is_kept_with_its_first_bytes_and_the_good_ones_beside_it_are_stored(
    rig: GatewayRig,
) -> None:
    rig.publish(b"\xff" * 10_000)
    rig.measure(3.4)
    rig.publish([{"bn": "c1/", "n": "temperature", "u": "Cel", "v": 3.5}, {"bn": "c1/", "n": "temperature", "u": "K"}])
    rig.run(1)
    assert next(row[:3] for row in dead_letters(rig)) == ("c1", "mbg/k1/c1/temperature", 4_096)
    assert rig.values() == [3.4, 3.5]
    assert len(rig.broker.acknowledged) == 3, "each of them is accounted for"
    assert sum(troubles(rig)["c1"].values()) == len(dead_letters(rig))


def test_a_reading_of_a_channel_that_is_no_point_is_counted_with_its_remedy(rig: GatewayRig) -> None:
    rig.publish([{"bn": "c1/", "n": "humidity", "u": "%RH", "v": 80}], topic="mbg/k1/c1/humidity")
    rig.run(0.5)
    (trouble,) = rig.gateway.kitchen.counters.told()
    assert (trouble["device"], trouble["kind"], trouble["count"]) == ("c1", "unknown_point", 1)
    assert "add it under points" in trouble["text"]
    assert rig.values() == []


def test_a_stranger_on_our_topics_is_listed_with_the_lines_to_paste_and_never_stored(rig: GatewayRig) -> None:
    rig.watch()
    rig.publish([{"bn": "new-probe/", "n": "temperature", "u": "Cel", "v": 4.0}], topic="mbg/k1/new-probe/temperature")
    rig.run(6)
    (stranger,) = rig.clients.changes("discovered")
    assert (stranger["sensor"], stranger["format"]) == ("new-probe", "senml-json")
    assert "driver: senml-json" in stranger["paste"]
    assert rig.rows("SELECT count(*) FROM reading") == [(0,)]


def test_a_device_is_known_by_what_it_calls_itself_and_stored_under_its_id(rig: GatewayRig) -> None:
    rig.publish({"Time": "2026-11-24T03:00:00", "DS18B20": {"Temperature": 21.5}, "TempUnit": "C"},
                topic="tele/tasmota_AB12/SENSOR")  # fmt: skip
    rig.run(0.5)
    assert rig.values("t1-air") == [21.5]


def test_a_device_that_says_it_is_gone_has_no_value_from_then_on(rig: GatewayRig) -> None:
    rig.measure(3.0)
    rig.run(0.5)
    rig.publish(b"offline", topic="mbg/k1/c1/status")
    rig.run(0.5)
    assert rig.values() == [3.0, None]
    assert rig.rows("SELECT reason FROM reading ORDER BY seq DESC LIMIT 1") == [("no_communication",)]


def test_ten_equal_readings_without_a_time_are_ten_and_one_that_the_broker_sends_again_is_one(rig: GatewayRig) -> None:
    mids = [rig.measure(3.0, dated=False) for _ in range(10)]
    rig.run(0.5)
    for mid in mids:
        rig.measure(3.0, dated=False, mid=mid, dup=True)
    rig.run(0.5)
    assert rig.values() == [3.0] * 10
    assert rig.gateway.health.shown()["duplicates"] == 10
    assert len(rig.broker.acknowledged) == 20, "a repetition is acknowledged, too"


def test_a_dated_reading_is_known_by_its_time_whatever_packet_brings_it(rig: GatewayRig) -> None:
    record = [{"bn": "c1/", "n": "temperature", "u": "Cel", "v": 3.0, "t": NOW / SECOND}]
    for _ in range(3):
        rig.publish(record)
        rig.run(0.5)
    assert rig.values() == [3.0]
    assert rig.rows("SELECT count(*) FROM inbox") == [(0,)], "nothing has to be remembered of it"


def test_a_new_session_of_the_broker_knows_nothing_of_the_old_packet_ids(rig: GatewayRig) -> None:
    mid = rig.measure(3.0, dated=False)
    rig.run(0.5)
    rig.link(up=False)
    rig.link(up=True, session=False)
    rig.measure(3.0, dated=False, mid=mid, dup=True)
    rig.run(0.5)
    assert rig.values() == [3.0, 3.0], "the same packet id is another message by now"


def test_an_alarm_topic_of_ours_is_no_reading_and_one_that_is_over_is_emptied(rig: GatewayRig) -> None:
    rig.publish(b'{"state": "UNACKNOWLEDGED"}', topic="mbg/k1/alarm/old.1", retain=True)
    rig.run(0.5)
    assert rig.broker.retained["mbg/k1/alarm/old.1"] == b""
    assert dead_letters(rig) == []


def test_home_assistant_is_told_everything_anew_when_it_starts(rig: GatewayRig) -> None:
    rig.measure(3.0)
    rig.run(6)
    rig.broker.retained.clear()
    rig.publish(b"online", topic="homeassistant/status")
    rig.run(0.5)
    assert any(topic.startswith("homeassistant/") for topic in rig.broker.retained)


def test_what_waited_in_the_broker_over_an_outage_is_stored_whole(rig: GatewayRig) -> None:
    for second in range(600):
        rig.publish([{"bn": "c1/", "n": "temperature", "u": "Cel", "v": second / 10}])
    for _ in range(4):
        rig.turn(0.1)
    assert rig.values() == [second / 10 for second in range(600)]
    assert rig.gateway.health.shown()["thinned"] == 0


def test_a_backlog_with_its_own_times_is_judged_where_it_belongs_and_the_newest_stays_the_newest(
    rig: GatewayRig,
) -> None:
    rig.measure(3.0)
    rig.run(0.5)
    backlog = [
        {"bn": "c1/", "n": "temperature", "u": "Cel", "v": 4.0, "t": (NOW - minute * MINUTE) / SECOND}
        for minute in range(60, 0, -1)
    ]
    rig.publish(backlog)
    rig.run(0.5)
    latest = rig.gateway.kitchen.by_id["c1-air"].latest
    assert latest is not None
    assert latest.value == 3.0
    assert rig.gateway.health.shown()["late"] == 60
