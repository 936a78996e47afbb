import json
import threading
from collections.abc import Callable
from contextlib import contextmanager

import brokers
import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from simulators.clock import SECOND
from simulators.devices import mqtt_probe as mqtt
from simulators.devices.mqtt_probe import BrokerAddress, SimulatedProbe, senml

SOMEDAY = 1_764_000_000
PATIENCE = 20.0


def test_a_measurement_is_one_senml_record_with_the_devices_own_time():
    pack = senml(device="chiller-1", name="temperature", unit="Cel", value=3.4, at=SOMEDAY * SECOND + SECOND // 4)
    assert pack == b'[{"bn":"chiller-1/","n":"temperature","u":"Cel","v":3.4,"t":1764000000.25}]'


class Listener:
    """What a subscriber has seen, in order: "online", "offline", or the seconds after SOMEDAY of a measurement."""

    def __init__(self) -> None:
        self.seen: list[str | float] = []
        self._changed = threading.Condition()

    def take(self, _client: paho.Client, _userdata: object, message: paho.MQTTMessage) -> None:
        text = message.payload.decode()
        measured = message.topic == "mbg/sppg-test/freezer-1/temperature"
        with self._changed:
            self.seen.append(json.loads(text)[0]["t"] - SOMEDAY if measured else text)
            self._changed.notify()

    def wait(self, until: Callable[[list[str | float]], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: until(self.seen), PATIENCE), self.seen


@contextmanager
def _listening(port: int):
    listener = Listener()
    subscribed = threading.Event()
    client = paho.Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv311)
    client.on_connect = lambda client, *_: client.subscribe("mbg/#", qos=1)
    client.on_subscribe = lambda *_: subscribed.set()
    client.on_message = listener.take
    client.connect("127.0.0.1", port)
    client.loop_start()
    assert subscribed.wait(PATIENCE)
    try:
        yield listener
    finally:
        client.disconnect()
        client.loop_stop()


def _measure(probe: SimulatedProbe, second: int) -> None:
    probe.publish(name="temperature", unit="Cel", value=-20.0, at=(SOMEDAY + second) * SECOND)


@pytest.mark.system
@pytest.mark.parametrize("broker", [brokers.mosquitto, brokers.amqtt])
def test_a_cut_off_probe_is_offline_and_sends_what_it_kept_when_it_is_back(tmp_path, broker):
    """The second broker speaks only MQTT 3.1.1."""
    with broker(tmp_path) as running, _listening(running.port) as listener:
        at = BrokerAddress(host="127.0.0.1", port=running.port)
        probe = SimulatedProbe(kitchen="sppg-test", device="freezer-1", broker=at)
        _measure(probe, 1)
        probe.start()
        listener.wait(lambda seen: seen == ["online", 1])
        probe.cut()
        listener.wait(lambda seen: seen[2:] == ["offline"])
        for second in (2, 3, 4):
            _measure(probe, second)
        probe.restore()
        listener.wait(lambda seen: seen[3:] == ["online", 4, 2, 3])
        _measure(probe, 5)
        probe.stop()
        probe.join(PATIENCE)
        listener.wait(lambda seen: seen[7:] == [5, "offline"])
        assert (probe.published, probe.acknowledged) == (5, 5)


@pytest.mark.system
def test_nothing_is_lost_when_the_broker_dies(tmp_path):
    with brokers.mosquitto(tmp_path) as running:
        probe = SimulatedProbe(
            kitchen="sppg-test", device="freezer-1", broker=BrokerAddress(host="127.0.0.1", port=running.port)
        )
        probe.start()
        with _listening(running.port) as listener:
            _measure(probe, 1)
            listener.wait(lambda seen: 1 in seen)
        running.kill()
        _measure(probe, 2)
        running.start()
        with _listening(running.port) as listener:
            listener.wait(lambda seen: 2 in seen)
        probe.stop()
        probe.join(PATIENCE)
        assert probe.acknowledged == 2


class _FewPacketIds(paho.Client):
    """paho refuses what would need a packet id more than there are (65,535); this one knows of fewer."""

    def __init__(self, *args, **settings) -> None:
        super().__init__(*args, **settings)
        self.max_queued_messages_set(200)


@pytest.mark.system
def test_a_probe_that_kept_more_than_there_are_packet_ids_sends_all_of_it(tmp_path, monkeypatch):
    monkeypatch.setattr(mqtt.paho, "Client", _FewPacketIds)
    monkeypatch.setattr(mqtt, "HANDED_OVER", 100)
    with brokers.mosquitto(tmp_path) as running:
        probe = SimulatedProbe(
            kitchen="sppg-test", device="freezer-1", broker=BrokerAddress(host="127.0.0.1", port=running.port)
        )
        for second in range(1_000):
            _measure(probe, second)
        probe.start()
        probe.stop()
        probe.join(PATIENCE)
        assert probe.acknowledged == probe.published
