"""The kitchen's own broker: the files of `mbg-gateway broker` in a real mosquitto, and who gets through them."""

import json
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from brokers import Broker, free_port, need_program, running
from kitchen_broker import KitchenBroker, debian_settings, kitchen_broker, said_by
from mqtt_rig import Pile, is_up, link_to, until
from paho.mqtt.enums import CallbackAPIVersion
from rig import Rig

from drivers.links.mqtt.settings import tls_context
from gateway.cli.mosquitto.folder import BrokerFolder

pytestmark = pytest.mark.system

BRIDGE = Path(__file__).parents[2] / "deploy" / "mosquitto" / "bridge.conf"


class Device:
    """A device of the kitchen: MQTT 5, TLS; what it hears is kept."""

    def __init__(self, client: paho.Client) -> None:
        self.client = client
        self.heard: list[str] = []
        self.answers: dict[int, bool] = {}
        client.on_message = lambda _client, _data, message: self.heard.append(message.topic)
        client.on_publish = lambda _client, _data, mid, reason, _properties: self.answers.update(
            {mid: not reason.is_failure}
        )

    def publish(self, topic: str, payload: object = b"1", *, retain: bool = False) -> bool:
        """True when the broker takes it."""
        mid = self.client.publish(topic, payload, qos=1, retain=retain).mid
        until(lambda: mid in self.answers)
        return self.answers[mid]


@contextmanager
def device(broker: KitchenBroker, name: str, password: str) -> Iterator[Device]:
    """Connected to the port for passwords; ConnectionRefusedError with the broker's reason when it does not let it."""
    client = paho.Client(CallbackAPIVersion.VERSION2, name, protocol=paho.MQTTv5)
    client.tls_set_context(ssl.create_default_context(cafile=broker.ca))
    client.username_pw_set(name, password)
    answers: list[str] = []
    client.on_connect = lambda _client, _data, _flags, reason, _properties: answers.append(str(reason))
    made = Device(client)
    client.connect("localhost", broker.ports.password)
    client.loop_start()
    try:
        until(lambda: answers)
        if answers[0] != "Success":
            raise ConnectionRefusedError(answers[0])
        yield made
    finally:
        client.disconnect()
        client.loop_stop()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[KitchenBroker]:
    with kitchen_broker(tmp_path) as broker:
        yield broker


def as_gateway(broker: KitchenBroker, pile: Pile, **settings: object):
    return link_to(
        pile, broker.port, **{"username": "gateway", "password": broker.gateway_password, "filters": ["#"]} | settings
    )


OWN = ["mbg/k1/chiller-1/temperature", "mbg/k1/chiller-1/status", "tele/chiller-1/SENSOR", "chiller-1/events/rpc"]
NOT_OWN = [
    "mbg/k1/chiller-2/temperature",
    "mbg/k1/chiller-10/temperature",
    "mbg/k1/alarm/1",
    "mbg/k1/gateway/check",
    "mbg-gateway/k1/status",
    "tele/chiller-2/SENSOR",
    "zigbee2mqtt/bridge/state",
    "homeassistant/status",
]


def test_a_device_speaks_under_its_own_name_only(broker):
    password, pile = broker.add("chiller-1"), Pile()
    broker.add("chiller-2")
    with as_gateway(broker, pile, check="mbg/k1/gateway/check"):
        until(lambda: is_up(pile))
        with device(broker, "chiller-1", password) as chiller:
            assert all(chiller.publish(topic) for topic in OWN)
            assert not any(chiller.publish(topic) for topic in NOT_OWN)
            until(lambda: len(pile.messages) >= len(OWN))
        assert [each.topic for each in pile.messages] == OWN
        assert {type(each).__name__ for each in pile.arrivals} == {"LinkChange", "MqttMessage"}


def test_a_device_that_is_refused_stays_connected(broker):
    password, pile, lost = broker.add("chiller-1"), Pile(), []
    with as_gateway(broker, pile), device(broker, "chiller-1", password) as chiller:
        until(lambda: is_up(pile))
        chiller.client.on_disconnect = lambda *_: lost.append(time.monotonic())
        assert not any(chiller.publish(topic) for topic in NOT_OWN)
        assert all(chiller.publish(topic) for topic in OWN)
        until(lambda: len(pile.messages) == len(OWN))
        assert not lost


def test_a_siren_hears_the_alarms_and_nobody_elses_values(broker):
    password, pile = broker.add("siren"), Pile()
    with as_gateway(broker, pile) as gateway, device(broker, "siren", password) as siren:
        until(lambda: is_up(pile))
        # Retained, so that it does not matter which of the two connections is the quicker.
        for topic in ("mbg/k1/chiller-1/temperature", "mbg/k1/alarm/1"):
            gateway.publish(topic, b"{}", retain=True)
        siren.client.subscribe("#", qos=1)
        until(lambda: siren.heard)
        assert siren.heard == ["mbg/k1/alarm/1"]


def test_home_assistant_sees_everything_of_the_kitchen_and_changes_nothing(broker):
    password = broker.add("homeassistant")
    with device(broker, "homeassistant", password) as reader:
        assert reader.publish("homeassistant/status", b"online")
        assert not reader.publish("mbg/k1/chiller-1/temperature")
        assert not reader.publish("mbg-gateway/k1/status")


def test_plain_text_and_nameless_clients_are_refused(broker):
    for port, said in ((broker.ports.password, "mqtt.tls"), (broker.port, "not authorized")):
        pile = Pile()
        with link_to(pile, port):
            until(lambda pile=pile: pile.changes)
        assert [up for up, _ in pile.changes] == [False]
        assert said in pile.changes[0][1]


def test_a_removed_device_is_out_after_a_reload_and_the_others_stay(broker):
    passwords = {name: broker.add(name) for name in ("chiller-1", "chiller-2")}
    said_by("remove-device", "chiller-1", folder=broker.folder)
    broker.reload()
    with (
        pytest.raises(ConnectionRefusedError, match="Not authorized"),
        device(broker, "chiller-1", passwords["chiller-1"]),
    ):
        pass
    with device(broker, "chiller-2", passwords["chiller-2"]) as chiller:
        assert chiller.publish("mbg/k1/chiller-2/temperature")


def test_a_certificate_is_a_device_until_it_is_removed(broker):
    broker.add("chiller-1", "--certificate")
    made = broker.folder / "devices" / "chiller-1"
    tls = tls_context(broker.ca, f"{made}.crt", f"{made}.key")
    said_by("add-device", "other", "--certificate", folder=broker.folder)
    by_certificate = {"host": "localhost", "tls": tls, "client_id": "c", "filters": ["mbg/+/alarm/#"]}
    pile = Pile()
    with link_to(pile, broker.ports.certificate, **by_certificate, check="mbg/k1/chiller-1/check") as link:
        until(lambda: is_up(pile))
        link.publish("mbg/k1/chiller-2/temperature", b"1", retain=False)
        until(lambda: "mbg/k1/chiller-2/temperature" in str(pile.arrivals))
        assert "Not authorized" in str(pile.arrivals)
    said_by("remove-device", "chiller-1", folder=broker.folder)
    broker.stop()
    broker.start()
    for context, said in ((tls, "does not accept our certificate"), (tls_context(broker.ca), "mqtt.tls.cert")):
        pile = Pile()
        with link_to(pile, broker.ports.certificate, **by_certificate | {"tls": context}):
            until(lambda pile=pile: pile.changes)
        assert said in pile.changes[0][1]


def nothing(broker: KitchenBroker) -> None:
    pass


def certificate_of(moment: timedelta) -> Callable[[KitchenBroker], None]:
    """Give the broker a certificate for a day that began then."""

    def make(broker: KitchenBroker) -> None:
        folder = BrokerFolder(broker.folder, datetime.now(UTC) + moment)
        assert "server.crt" in folder.init(["another", "localhost"], timedelta(days=1))
        broker.stop()
        broker.start()

    return make


@pytest.mark.parametrize(
    ("change", "settings", "said"),
    [
        pytest.param(nothing, {"password": "wrong"}, ["mqtt.username", "password"], id="wrong password"),
        pytest.param(nothing, {"host": "127.0.0.2"}, ["127.0.0.2", "mqtt.host"], id="wrong name"),
        pytest.param(nothing, {"ca": None}, ["not trusted", "mqtt.tls.ca"], id="unknown authority"),
        pytest.param(certificate_of(timedelta(days=-9)), {}, ["expired", "make a new certificate"], id="expired"),
        pytest.param(certificate_of(timedelta(days=9)), {}, ["not yet valid", "clock"], id="clock behind"),
    ],
)
def test_what_is_wrong_with_tls_is_one_line_with_its_remedy(broker, caplog, change, settings, said):
    change(broker)
    context = tls_context(settings.get("ca", broker.ca))
    right = {"host": "localhost", "username": "gateway", "password": broker.gateway_password, "tls": context}
    pile = Pile()
    settings = {key: value for key, value in settings.items() if key != "ca"}
    with link_to(pile, broker.ports.password, **right | settings):
        until(lambda: sum(broker.log.read_text().count(word) for word in ("New connection", "failed: error")) >= 4)
    ((up, text),) = pile.changes
    assert not up
    assert all(word in text for word in said), text
    assert [record.getMessage() for record in caplog.records] == [text]
    assert broker.gateway_password not in text


PLAN = """
kitchen: {{id: k1, name: Dapur}}
mqtt:
  {{host: localhost, port: {port}, username: gateway, password_file: {files}/gateway.password,
   tls: {{ca: {files}/ca.crt}}}}
devices: [{{id: chiller-1, driver: senml-json}}]
points:
  - {{id: chiller-1-air, name: C, device: chiller-1, channel: temperature, quantity: temperature, interval: 10h}}
"""
TOPIC = "mbg/k1/chiller-1/temperature"
STORED = "SELECT count(*) FROM reading"


def readings(first: int, count: int) -> Iterator[str]:
    """SenML with a time of its own, so that each is one reading however often it comes."""
    now = time.time() - 100
    for number in range(first, first + count):
        yield json.dumps([{"n": "temperature", "u": "Cel", "v": number / 10, "t": now + number / 100}])


def test_over_tls_and_a_crash_of_the_broker_whatever_it_had_saved_or_the_gateway_acknowledged_is_in_the_journal(
    broker, tmp_path
):
    """What came since the last save, while the gateway was away, is what a power cut of the broker costs."""
    password = broker.add("chiller-1")
    with Rig(tmp_path, PLAN.format(port=broker.ports.password, files=broker.folder)) as rig:
        rig.start_gateway()
        rig.until("it is connected", lambda: "connected as" in rig.log.read_text())
        with device(broker, "chiller-1", password) as chiller:
            for each in readings(0, 50):
                chiller.publish(TOPIC, each)
            rig.until("all are stored", lambda: rig.count(STORED) == 50)
            broker.save()
            rig.stop("gateway")
            for each in readings(50, 30):
                chiller.publish(TOPIC, each)
            broker.save()
            for each in readings(80, 20):
                chiller.publish(TOPIC, each)
        broker.kill()
        broker.start()
        rig.start_gateway()
        rig.until("what was saved is stored", lambda: rig.count(STORED) == 80)
        with device(broker, "chiller-1", password) as chiller:
            for each in readings(100, 1):
                chiller.publish(TOPIC, each)
        rig.until("it goes on", lambda: rig.count("SELECT count(*) FROM reading WHERE value = 10.0") == 1)
        assert rig.count(STORED) == 81
        assert rig.stop("gateway") == 0
        assert password not in rig.log.read_text()
        assert broker.gateway_password not in rig.log.read_text()


@contextmanager
def regional_broker(folder: Path, port: int) -> Iterator[Broker]:
    folder.mkdir()
    files = folder / "regional.conf"
    files.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\n")
    settings = debian_settings(folder, files)
    with running(Broker([need_program("mosquitto"), "-c", str(settings)], port, folder / "mosquitto.log")) as broker:
        yield broker


def test_the_bridge_stores_while_the_regional_broker_is_away_and_forwards_all(tmp_path):
    port = free_port()
    (tmp_path / "kitchen").mkdir()
    conf = tmp_path / "kitchen" / "conf.d"
    conf.mkdir()
    lines = [
        line.removeprefix("#") for line in BRIDGE.read_text().splitlines() if line.startswith("#") and line[1:2] != " "
    ]
    settings = "\n".join(line for line in lines if not line.startswith("bridge_cafile"))
    (conf / "bridge.conf").write_text(settings.replace("regional.example:8883", f"127.0.0.1:{port}"))
    with kitchen_broker(tmp_path / "kitchen") as broker:
        password = broker.add("chiller-1")
        with device(broker, "chiller-1", password) as chiller:
            for number in range(1_500):
                chiller.client.publish(TOPIC, str(number), qos=1)
            until(lambda: len(chiller.answers) == 1_500)
        pile = Pile()
        with regional_broker(tmp_path / "regional", port), link_to(pile, port):
            until(lambda: len(pile.messages) == 1_500, within=60)
            assert [each.payload for each in pile.messages] == [str(number).encode() for number in range(1_500)]
            assert pile.messages[0].topic == TOPIC
