"""SIGKILL in the middle of a flood: every acknowledged message is in the journal, and once."""

import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from brokers import Broker, mosquitto
from influx_servers import DATABASE, PASSWORD, USER, Influxd, influxd
from rig import Rig

pytestmark = [pytest.mark.system, pytest.mark.timeout(240)]

COUNT = 20_000
KILLS = 10
KINDS = ("timed", "untimed", "equal", "relative")
PROBES = len(KINDS)
EQUAL = 3.4
RECORDED = "SELECT count(*) FROM reading"
PLAN = """
kitchen: {{id: k1, name: Dapur, people: [{{id: siti, name: Siti}}]}}
mqtt: {{port: {port}}}
journal: {{commit_every: 20ms}}
devices: [{{id: p0, driver: senml-json}}, {{id: p1, driver: senml-json}}, {{id: p2, driver: senml-json}},
  {{id: p3, driver: senml-json}}]
points:
"""
POINT = "  - {{id: p{n}-air, name: P{n}, device: p{n}, channel: temperature, quantity: temperature, interval: 10s}}\n"


def plan(port: int, delivery: str = "") -> str:
    return PLAN.format(port=port) + "".join(POINT.format(n=n) for n in range(PROBES)) + delivery


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with mosquitto(tmp_path / "broker") as broker:
        yield broker


def publisher(port: int) -> paho.Client:
    client = paho.Client(paho.CallbackAPIVersion.VERSION2, "publisher", clean_session=True)
    client.max_inflight_messages_set(1_000)
    client.connect("127.0.0.1", port)
    client.loop_start()
    return client


def payload(kinds: Sequence[str], number: int, began: float) -> bytes:
    """`kinds`: by probe."""
    probe = number % PROBES
    kind = kinds[probe]
    value = EQUAL if kind == "equal" else number // PROBES / 1_000
    if kind == "timed":
        return b'[{"bn":"p%d/","n":"temperature","u":"Cel","v":%.3f,"t":%.3f}]' % (probe, value, began + number / 1_000)
    if kind == "relative":
        return b'[{"bn":"p%d/","n":"temperature","u":"Cel","v":%.3f,"t":-2}]' % (probe, value)
    return b'[{"bn":"p%d/","n":"temperature","u":"Cel","v":%.3f}]' % (probe, value)


def flood(rig: Rig, port: int, kinds: Sequence[str]) -> None:
    """Publish COUNT messages, killing and starting the gateway KILLS times meanwhile."""
    dice = random.Random(len(set(kinds)))
    client = publisher(port)
    kills = sorted(dice.sample(range(COUNT // 20, COUNT), KILLS))
    began = time.time() - COUNT / 1_000
    sent = [client.publish(f"mbg/k1/p{n % PROBES}/temperature", payload(kinds, n, began), 1) for n in range(kills[0])]
    for kill, until in zip(kills, [*kills[1:], COUNT], strict=True):
        wait_for_more(rig, rig.count(RECORDED))
        time.sleep(dice.uniform(0.0, 0.2))
        rig.kill("gateway")
        sent += [
            client.publish(f"mbg/k1/p{n % PROBES}/temperature", payload(kinds, n, began), 1) for n in range(kill, until)
        ]
        rig.start_gateway()
    for message in sent:
        message.wait_for_publish(60)
    client.disconnect()
    client.loop_stop()


def wait_for_more(rig: Rig, recorded: int) -> None:
    rig.until("something more is recorded", lambda: rig.count(RECORDED) > recorded)


def test_every_message_is_stored_once_although_the_gateway_is_killed(broker: Broker, tmp_path: Path) -> None:
    """One probe tells the time, one does not, one always measures the same, one tells how long ago it measured."""
    with Rig(tmp_path, plan(broker.port)) as rig:
        rig.start_gateway()
        rig.watch_connected()
        flood(rig, broker.port, KINDS)
        rig.until("all is recorded", lambda: rig.count(RECORDED) >= COUNT)
        assert rig.stop("gateway") == 0
        rows = rig.rows("SELECT point.name, value, count(*) FROM reading JOIN point ON point.id = point GROUP BY 1, 2")
        equal = f"p{KINDS.index('equal')}-air"
        once = [(f"p{n}-air", m / 1_000, 1) for n in range(PROBES) for m in range(COUNT // PROBES)]
        expected = [row for row in once if row[0] != equal]
        assert sorted(rows) == sorted([*expected, (equal, EQUAL, COUNT // PROBES)])


def test_every_reading_is_in_influxdb_once_although_both_are_killed(broker: Broker, tmp_path: Path) -> None:
    (tmp_path / "influx").mkdir()
    with influxd(tmp_path / "influx") as server:
        (tmp_path / "secret").write_text(PASSWORD)
        delivery = (
            f"delivery: {{influxdb: {{api: v1, url: '{server.url}', database: {DATABASE}, username: {USER}, "
            f"password_file: {tmp_path}/secret}}}}\n"
        )
        with Rig(tmp_path, plan(broker.port, delivery)) as rig:
            rig.start_gateway()
            rig.watch_connected()
            flood_and_kill_influx(rig, broker.port, server)
            rig.until("all is recorded", lambda: rig.count(RECORDED) >= COUNT)
            rig.until("all is delivered", lambda: sum(map(len, server.readings().values())) >= COUNT)
            stored = rig.rows("SELECT point.name, measured_at, value FROM reading JOIN point ON point.id = point")
            delivered = [
                (point, at // 1_000, value) for point, rows in server.readings().items() for at, value, _ in rows
            ]
            assert sorted(delivered) == sorted(stored)


def flood_and_kill_influx(rig: Rig, port: int, server: Influxd) -> None:
    server.kill()
    flood(rig, port, ["timed"] * PROBES)
    server.start()
    rig.until("something is delivered", server.readings)
    server.kill()
    rig.kill("gateway")
    server.start()
    rig.start_gateway()
