"""A device on a real broker that speaks when its value changes, and one day does not say goodbye."""

import json
import socket
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from brokers import mosquitto
from rig import Rig

from gateway.config import load
from gateway.journal.coverage.of_point import coverage_of
from gateway.journal.coverage.stretches import SILENT, Cover, Stretch
from gateway.journal.files.folder import reading

pytestmark = pytest.mark.system

SPEED = 300.0
MINUTE = 60_000_000
PLAN = """
kitchen: {{id: k1, name: Dapur}}
mqtt: {{port: {port}}}
journal: {{commit_every: 20ms}}
devices: [{{id: c1, driver: senml-json}}]
points: [{{id: c1-air, name: Chiller 1, device: c1, channel: temperature, quantity: temperature, interval: 10s,
  reports: on_change, at_least_every: 2h}}]
"""


class Probe:
    """A device whose last will says that it is gone."""

    def __init__(self, port: int) -> None:
        self._client = paho.Client(paho.CallbackAPIVersion.VERSION2, "c1")
        self._client.will_set("mbg/k1/c1/status", "offline", 1)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        self._client.publish("mbg/k1/c1/status", "online", 1).wait_for_publish(10)

    def measure(self, value: float) -> None:
        record = [{"bn": "c1/", "n": "temperature", "u": "Cel", "v": value}]
        self._client.publish("mbg/k1/c1/temperature", json.dumps(record), 1).wait_for_publish(10)

    def lose_power(self) -> None:
        wire = self._client.socket()
        self._client.loop_stop()
        assert wire is not None
        wire.shutdown(socket.SHUT_RDWR)

    def stop(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


def test_silence_is_covered_until_the_last_will_and_a_gap_until_the_next_word(tmp_path: Path) -> None:
    with mosquitto(tmp_path / "broker") as broker, Rig(tmp_path, PLAN.format(port=broker.port), speed=SPEED) as rig:
        rig.start_gateway()
        watcher = rig.watch_connected()
        since = rig.now()
        probe = Probe(broker.port)
        probe.measure(3.5)
        stored = "SELECT measured_at, reason FROM reading ORDER BY seq"
        rig.until("the value is stored", lambda: rig.rows(stored), watcher)
        begin = rig.rows(stored)[0][0]
        rig.until("a quarter of an hour has passed", lambda: rig.now() > begin + 15 * MINUTE, watcher)
        assert not watcher.state["alarms"], "it may be silent"
        probe.lose_power()
        rig.until("the loss is stored", lambda: len(rig.rows(stored)) == 2, watcher)
        rig.until("five minutes have passed", lambda: rig.now() > rig.rows(stored)[1][0] + 5 * MINUTE, watcher)
        again = Probe(broker.port)
        again.measure(3.6)
        rig.until("it has spoken again", lambda: len(rig.rows(stored)) == 3, watcher)
        again.stop()
        _, (gone, reason), (back, _) = rig.rows(stored)
        assert reason == "no_communication"
        until = back + MINUTE
        rig.until("a minute has passed", lambda: rig.now() > until + MINUTE, watcher)
        assert rig.stop("gateway") == 0
        with reading(rig.data) as journal:
            asked = {"since": since, "until": until, "now": until}
            point = load(rig.plan).points[0]
            told = coverage_of(journal, "c1-air", **asked, max_gap=point.max_gap, by_change=point.reports_changes)
    assert told == [
        Stretch(since, begin, Cover.GAP, SILENT),
        Stretch(begin, gone, Cover.COVERED, None),
        Stretch(gone, back, Cover.GAP, SILENT),
        Stretch(back, until, Cover.COVERED, None),
    ]
