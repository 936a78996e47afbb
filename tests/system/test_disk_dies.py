"""The journal's disk refuses writes: the kitchen is still judged and warned, and the gap is named afterwards."""

import json
from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from brokers import Broker, mosquitto
from faults.disk import ErrnoName, faulty_disk
from rig import Rig

pytestmark = pytest.mark.system

PLAN = """
kitchen: {{id: k1, name: Dapur, people: [{{id: siti, name: Siti}}]}}
mqtt: {{port: {port}}}
journal: {{commit_every: 20ms}}
devices: [{{id: c1, driver: senml-json}}]
points: [{{id: c1-air, name: Chiller 1, device: c1, channel: temperature, quantity: temperature, interval: 10s}}]
control_points: [{{id: ccp-c1, kind: cold_holding, point: c1-air, critical_limit: 5, off_delay: 0s}}]
"""


class Probe:
    """A probe on the broker, and a siren that hears the alarm topic."""

    def __init__(self, port: int) -> None:
        self.heard: dict[str, dict[str, object]] = {}
        self._client = paho.Client(paho.CallbackAPIVersion.VERSION2, "probe-and-siren")
        self._client.on_message = self._hear
        self._client.connect("127.0.0.1", port)
        self._client.subscribe("mbg/k1/alarm/#", 1)
        self._client.loop_start()

    def _hear(self, _: object, __: object, message: paho.MQTTMessage) -> None:
        self.heard[message.topic] = json.loads(message.payload) if message.payload else {}

    def measure(self, value: float) -> None:
        text = json.dumps([{"bn": "c1/", "n": "temperature", "u": "Cel", "v": value}])
        self._client.publish("mbg/k1/c1/temperature", text, 1).wait_for_publish(10)

    def sounding(self) -> set[str]:
        return {str(alarm["level"]) for alarm in list(self.heard.values()) if alarm.get("sound")}

    def stop(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with mosquitto(tmp_path / "broker") as broker:
        yield broker


@pytest.fixture
def probe(broker: Broker) -> Iterator[Probe]:
    probe = Probe(broker.port)
    yield probe
    probe.stop()


@pytest.mark.parametrize("errno_name", ["EIO", "EROFS", "ENOSPC"])
def test_an_excursion_alarms_while_the_disk_refuses_and_the_gap_is_named(
    errno_name: ErrnoName, broker: Broker, probe: Probe, tmp_path: Path
) -> None:
    with faulty_disk(tmp_path) as disk, Rig(tmp_path, PLAN.format(port=broker.port)) as rig:
        rig.start_gateway(env=disk.env)
        rig.start_api()
        watcher = rig.watch_connected()
        probe.measure(3.0)
        rig.until("it is recorded", lambda: rig.count("SELECT count(*) FROM reading") == 1)
        disk.fail(errno_name)
        probe.measure(7.5)
        rig.until("the siren sounds", lambda: {"critical", "recording_lost"} <= probe.sounding(), watcher)
        levels = {alarm["level"]: alarm for alarm in rig.get("/api/alarms")["alarms"]}
        assert levels["critical"]["value"] == 7.5
        assert rig.get("/api/health")["health"]["recording"] is False
        status, answer = rig.post("/api/commands/acknowledge", {"alarm": levels["critical"]["id"], "who": "siti"})
        assert (status, answer["state"]) == (200, "ACKNOWLEDGED")
        disk.heal()
        gap = "SELECT subject, at, json_extract(body, '$.to') FROM event WHERE kind = 'gap' AND subject = 'journal'"
        rig.until("the gap is named", lambda: rig.rows(gap), watcher)
        ((_, since, until),) = rig.rows(gap)
        (first, second) = [at for (at,) in rig.rows("SELECT measured_at FROM reading ORDER BY seq")]
        assert first <= since <= second < until
        assert rig.rows("SELECT acknowledged_by FROM alarm WHERE level = 'critical'") == [("siti",)]
        rig.until("recording again", lambda: watcher.state["health"]["recording"], watcher)


def test_a_disk_that_is_full_at_the_start_does_not_keep_the_kitchen_from_being_watched(
    broker: Broker, probe: Probe, tmp_path: Path
) -> None:
    with faulty_disk(tmp_path) as disk, Rig(tmp_path, PLAN.format(port=broker.port)) as rig:
        disk.fail("ENOSPC")
        rig.start_gateway(env=disk.env)
        watcher = rig.watch_connected()
        probe.measure(9.0)
        rig.until("the siren sounds", lambda: {"critical", "recording_lost"} <= probe.sounding(), watcher)
        assert "free or replace the disk" in rig.log.read_text()
        disk.heal()
        rig.until("it is recorded", lambda: rig.count("SELECT count(*) FROM reading") == 1, watcher)
