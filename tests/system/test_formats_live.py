"""Devices of many makers on one broker: known ones are stored and judged, strangers are only listed."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest
from brokers import Broker, mosquitto
from rig import Rig

pytestmark = pytest.mark.system

PLAN = """
kitchen: {{id: k1, name: Dapur, language: id, people: [{{id: siti, name: Siti}}]}}
mqtt: {{port: {port}, home_assistant: homeassistant}}
journal: {{commit_every: 20ms}}
devices:
  - {{id: papan, driver: tasmota, sensor: dapur}}
  - {{id: freezer, driver: zigbee2mqtt, sensor: freezer besar}}
points:
  - {{id: sayur-air, name: Chiller sayur, device: papan, channel: 00000566CC39, quantity: temperature, interval: 1h}}
  - {{id: ruang-air, name: Ruang, device: papan, channel: AM2301, quantity: temperature, interval: 1h}}
  - {{id: ruang-rh, name: Ruang, device: papan, channel: AM2301, quantity: humidity, interval: 1h}}
  - {{id: freezer-air, name: Freezer, device: freezer, channel: "", quantity: temperature, interval: 1h}}
control_points:
  - {{id: ccp-sayur, kind: cold_holding, point: sayur-air, critical_limit: 5, off_delay: 0s}}
"""
SENSOR = {"Time": "2026-11-24T02:00:00", "DS18B20-1": {"Id": "00000566CC39", "Temperature": 3.5}, "TempUnit": "C",
          "AM2301": {"Temperature": 28.4, "Humidity": 71.0}}  # fmt: skip


class Bus:
    """A publisher and a listener on the broker."""

    def __init__(self, port: int) -> None:
        self.heard: dict[str, bytes] = {}
        self._client = paho.Client(paho.CallbackAPIVersion.VERSION2, "bus")
        self._client.on_message = self._hear
        self._client.connect("127.0.0.1", port)
        self._client.subscribe([("homeassistant/#", 1), ("mbg-gateway/#", 1), ("spBv1.0/#", 1)])
        self._client.loop_start()

    def _hear(self, _: object, __: object, message: paho.MQTTMessage) -> None:
        self.heard[message.topic] = message.payload

    def say(self, topic: str, message: Any, *, retain: bool = False) -> None:
        payload = message if isinstance(message, bytes) else json.dumps(message).encode()
        self._client.publish(topic, payload, 1, retain).wait_for_publish(10)

    def told(self, topic: str) -> Any:
        return json.loads(self.heard.get(topic, b"null"))

    def stop(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with mosquitto(tmp_path / "broker") as broker:
        yield broker


@pytest.fixture
def bus(broker: Broker) -> Iterator[Bus]:
    bus = Bus(broker.port)
    yield bus
    bus.stop()


@pytest.fixture
def rig(broker: Broker, tmp_path: Path) -> Iterator[Rig]:
    with Rig(tmp_path, PLAN.format(port=broker.port)) as rig:
        rig.start_gateway()
        rig.watch_connected()
        yield rig


VALUES = "SELECT name, value, reading.quality, reason FROM reading JOIN point ON point.id = point ORDER BY seq"


def test_devices_of_other_makers_are_points_and_strangers_are_listed_with_the_lines_to_paste(
    rig: Rig, bus: Bus
) -> None:
    bus.say("tele/dapur/SENSOR", SENSOR)
    bus.say("zigbee2mqtt/freezer besar", {"temperature": -20.5, "linkquality": 90})
    bus.say("zigbee2mqtt/gudang", {"temperature": 27.0, "humidity": 60})
    bus.say("tele/lain/SENSOR", SENSOR)
    rig.until("all points are stored", lambda: len(rig.rows(VALUES)) == 4)
    stored = {name: value for name, value, _, _ in rig.rows(VALUES)}
    assert stored == {"sayur-air": 3.5, "ruang-air": 28.4, "ruang-rh": 71.0, "freezer-air": -20.5}
    watcher = rig.watchers[0]
    rig.until("both are heard", lambda: len(watcher.state["discovered"]) == 2, watcher)
    heard = {(one["format"], one["sensor"]): one for one in watcher.state["discovered"]}
    assert set(heard) == {("zigbee2mqtt", "gudang"), ("tasmota", "lain")}, "and none of what we publish ourselves"
    paste = heard["zigbee2mqtt", "gudang"]["paste"]
    assert 'driver: zigbee2mqtt, sensor: "gudang"' in paste
    assert "quantity: humidity" in paste


def test_a_device_that_is_gone_has_no_value_at_once(rig: Rig, bus: Bus) -> None:
    bus.say("tele/dapur/SENSOR", SENSOR)
    rig.until("it is stored", lambda: len(rig.rows(VALUES)) == 3)
    bus.say("tele/dapur/LWT", b"Offline", retain=True)
    rig.until("its loss is stored", lambda: len(rig.rows(VALUES)) == 6)
    assert {row[1:] for row in rig.rows(VALUES)[3:]} == {(None, 0, "no_communication")}


def test_home_assistant_is_told_points_and_alarms_and_that_the_gateway_is_there(rig: Rig, bus: Bus) -> None:
    rig.until("it is announced", lambda: "homeassistant/sensor/k1_sayur-air/config" in bus.heard)
    config = bus.told("homeassistant/sensor/k1_sayur-air/config")
    assert (config["name"], config["device_class"], config["unit_of_measurement"]) == (
        "Chiller sayur",
        "temperature",
        "°C",
    )
    state, problem = config["state_topic"], "mbg-gateway/k1/problem/ccp-sayur"
    bus.say("tele/dapur/SENSOR", SENSOR | {"DS18B20-1": {"Id": "00000566CC39", "Temperature": 9.5}})
    rig.until("its value is told", lambda: (bus.told(state) or {}).get("value") == 9.5)
    rig.until("its alarm is told", lambda: bus.heard.get(problem) == b"ON")
    bus.heard.clear()
    bus.say("homeassistant/status", b"online")
    rig.until("it is announced anew", lambda: "homeassistant/sensor/k1_sayur-air/config" in bus.heard)
    rig.kill("gateway")
    rig.until("the will is heard", lambda: bus.heard.get("mbg-gateway/k1/status") == b"offline")


def test_a_sparkplug_node_whose_birth_was_missed_is_asked_for_it(rig: Rig, bus: Bus) -> None:
    # NDATA of a metric by alias 1: nobody knows its name before the birth (Sparkplug 3.0, rebirth).
    bus.say("spBv1.0/dapur/NDATA/node1", bytes.fromhex("0880a8d7b6c23312091001200965000068411801"))
    rig.until("a rebirth is asked for", lambda: "spBv1.0/dapur/NCMD/node1" in bus.heard)
