"""Readings that come late, and messages that are none."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from brokers import Broker, mosquitto
from probe import Probe
from rig import Rig, Watcher

pytestmark = pytest.mark.system

MINUTE = 60_000_000
PLAN = """
kitchen: {{id: k1, name: Dapur, people: [{{id: siti, name: Siti}}]}}
mqtt: {{port: {port}}}
journal: {{commit_every: 20ms}}
devices: [{{id: c1, driver: senml-json}}]
points: [{{id: c1-air, name: Chiller 1, device: c1, channel: temperature, quantity: temperature, interval: 5m,
  range: [-40, 80]}}]
control_points: [{{id: ccp-c1, kind: cold_holding, point: c1-air, critical_limit: 5, on_delay: 10m, off_delay: 0s}}]
"""


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with mosquitto(tmp_path / "broker") as broker:
        yield broker


@pytest.fixture
def probe(broker: Broker) -> Iterator[Probe]:
    probe = Probe(broker.port)
    yield probe
    probe.stop()


@pytest.fixture
def rig(broker: Broker, tmp_path: Path) -> Iterator[Rig]:
    with Rig(tmp_path, PLAN.format(port=broker.port)) as rig:
        rig.start_gateway()
        yield rig


def latest(watcher: Watcher) -> dict[str, Any]:
    reading: dict[str, Any] = watcher.state["points"]["c1-air"]["reading"]
    return reading


def test_an_old_reading_is_kept_at_its_time_and_neither_shown_as_the_latest_nor_clears_an_alarm(
    rig: Rig, probe: Probe
) -> None:
    watcher = rig.watch_connected()
    for minutes_ago in (20, 15, 10, 5, 0):
        probe.measure(8.0, minutes_ago=minutes_ago)
    rig.until("the alarm has come", lambda: watcher.state["alarms"], watcher)
    probe.measure(3.0, minutes_ago=60)
    rig.until("it is stored", lambda: rig.count("SELECT count(*) FROM reading") == 6)
    ((measured_at,),) = rig.rows("SELECT measured_at FROM reading WHERE value = 3.0")
    assert abs(measured_at - (probe.now * 1e6 - 60 * MINUTE)) < 2_000
    rig.until("it is judged", lambda: rig.count("SELECT count(*) FROM refold_due") == 0, watcher)
    rig.until("it is counted", lambda: watcher.state["health"]["late"] == 1, watcher)
    assert latest(watcher)["value"] == 8.0
    assert [alarm["state"] for alarm in watcher.state["alarms"].values()] == ["UNACKNOWLEDGED"]


def test_a_past_deviation_that_becomes_known_late_is_raised_with_both_times(rig: Rig, probe: Probe) -> None:
    watcher = rig.watch_connected()
    probe.measure(3.0, minutes_ago=120)
    probe.measure(3.0, minutes_ago=0)
    for minutes_ago in (90, 85, 80, 75, 70):
        probe.measure(9.0 if minutes_ago > 70 else 3.0, minutes_ago=minutes_ago)
    rig.until("it is raised", lambda: watcher.state["alarms"], watcher)
    (alarm,) = watcher.state["alarms"].values()
    assert alarm["state"] == "RETURNED_UNACKNOWLEDGED"
    assert alarm["late"] is True
    assert alarm["worst"] == 9.0
    assert alarm["raised_at"] == pytest.approx((probe.now - 80 * 60) * 1e6, abs=1_000)
    assert alarm["known_at"] - alarm["raised_at"] > 60 * MINUTE
    assert latest(watcher)["value"] == 3.0
    reply = watcher.command("acknowledge", alarm=alarm["id"], who="siti")
    assert reply["result"]["state"] == "NORMAL"


def test_a_late_reading_that_is_late_still_when_the_gateway_is_killed_is_judged_after_the_start(
    rig: Rig, probe: Probe
) -> None:
    rig.watch_connected()
    probe.measure(3.0, minutes_ago=120)
    probe.measure(3.0)
    for minutes_ago in (90, 85, 80, 75):
        probe.measure(9.0, minutes_ago=minutes_ago)
    rig.until("it is stored", lambda: rig.count("SELECT count(*) FROM reading") == 6)
    rig.kill("gateway")
    rig.start_gateway()
    watcher = rig.watch_connected()
    rig.until("it is raised", lambda: watcher.state["alarms"], watcher)


WRONG = {
    "garbage": b"\x00\xffgarbage",
    "half a message": b'[{"bn":"c1/","n":"temperature","u":"Cel","v":3.',
    "not a number": b'[{"bn":"c1/","n":"temperature","u":"Cel","v":NaN}]',
    "another device's name": b'[{"bn":"c2/","n":"temperature","u":"Cel","v":3.0}]',
    "huge": b" " * 70_000,
    "text for a number": b'[{"bn":"c1/","n":"temperature","u":"Cel","v":"3.0"}]',
}


def test_what_is_no_reading_is_counted_and_set_aside_with_its_reason_and_the_good_beside_it_is_kept(
    rig: Rig, probe: Probe
) -> None:
    watcher = rig.watch_connected()
    for payload in WRONG.values():
        probe.say(payload)
    probe.say(b'[{"n":"smoke","u":"Cel","v":3.0}]', "mbg/k1/c9/smoke")
    probe.measure(3.5)
    rig.until("the good one is kept", lambda: rig.count("SELECT count(*) FROM reading") == 1)
    rig.until("all are counted", lambda: len(watcher.state["health"]["counters"].get("c9", {})) == 1, watcher)
    counters = watcher.state["health"]["counters"]
    assert sum(counters["c1"].values()) + sum(counters.get("mqtt", {}).values()) == len(WRONG), counters
    aside = rig.rows("SELECT topic, reason, text FROM dead_letter ORDER BY id")
    assert len(aside) == len(WRONG)
    assert all(text for _, _, text in aside)
    said = rig.log.read_text()
    assert "c9" in said
    assert "Traceback" not in said
