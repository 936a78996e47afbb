"""Hours are sealed while the gateway runs and is killed: every reading is there once, wherever it is read from."""

import random
import time
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from brokers import Broker, mosquitto
from rig import Rig

from gateway.cli.main import main
from gateway.journal.files.read_only import open_read_only
from gateway.journal.history.readings import FOR_EVER, rows_of

pytestmark = [pytest.mark.system, pytest.mark.timeout(240)]

MINUTE = 60_000_000
HOUR = 60 * MINUTE
HOURS = 30
KILLS = 8
PLAN = """
kitchen: {{id: k1, name: Dapur}}
mqtt: {{port: {port}}}
journal: {{commit_every: 20ms}}
devices: [{{id: p0, driver: senml-json}}, {{id: p1, driver: senml-json}}]
points:
  - {{id: p0-air, name: P0, device: p0, channel: temperature, quantity: temperature, interval: 10s}}
  - {{id: p1-air, name: P1, device: p1, channel: temperature, quantity: temperature, interval: 10s}}
"""
SEALED = "SELECT count(*) FROM event WHERE kind = 'hour_sealed'"
GONE = "SELECT count(*) FROM chunk WHERE in_rows = 0"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with mosquitto(tmp_path / "broker") as broker:
        yield broker


def test_hours_are_sealed_while_the_gateway_is_killed_and_no_reading_is_lost_or_doubled(
    broker: Broker, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dice = random.Random(4)
    with Rig(tmp_path, PLAN.format(port=broker.port)) as rig:
        rig.start_gateway()
        rig.watch_connected()
        began = rig.now() // HOUR * HOUR - (HOURS + 3) * HOUR
        sent = [(probe, began + n * MINUTE, n / 10) for n in range(HOURS * 60) for probe in range(2)]
        dice.shuffle(sent)  # nearly all of them come after their hour was sealed
        publish(broker.port, sent, rig, dice)
        # Only a start, or a new hour of the clock, looks what is to be sealed.
        for _ in range(KILLS):
            rig.kill("gateway")
            rig.start_gateway()
            sealed = rig.count(GONE)
            rig.until("more is sealed, and its rows are gone", partial(has_sealed_more, rig, sealed))
            time.sleep(dice.uniform(0.0, 0.5))
        rig.until("every row has gone", lambda: all_gone(rig))
        rig.kill("gateway")
        assert rig.count(SEALED) >= HOURS
        with closing(open_read_only(rig.data / "journal.db")) as journal:
            for probe in range(2):
                (number,) = journal.execute("SELECT id FROM point WHERE name = ?", (f"p{probe}-air",)).fetchone()
                rows = [(row.measured_at, row.value) for row in rows_of(journal, number, since=0, until=FOR_EVER)]
                assert rows == sorted((at, value) for one, at, value in sent if one == probe)
        assert main(["verify", str(rig.data)]) == 0, capsys.readouterr().err


def has_sealed_more(rig: Rig, before: int) -> bool:
    return rig.count(GONE) > before or all_gone(rig)


def all_gone(rig: Rig) -> bool:
    return rig.count("SELECT count(*) FROM reading") == 0


def publish(port: int, sent: list[tuple[int, int, float]], rig: Rig, dice: random.Random) -> None:
    """Send all readings, and kill the gateway a few times meanwhile."""
    client = paho.Client(paho.CallbackAPIVersion.VERSION2, "publisher", clean_session=True)
    client.max_inflight_messages_set(1_000)
    client.connect("127.0.0.1", port)
    client.loop_start()
    kills = set(dice.sample(range(len(sent)), 3))
    under_way = []
    for number, (probe, at, value) in enumerate(sent):
        text = b'[{"bn":"p%d/","n":"temperature","u":"Cel","v":%.1f,"t":%.6f}]' % (probe, value, at / 1_000_000)
        under_way.append(client.publish(f"mbg/k1/p{probe}/temperature", text, 1))
        if number in kills:
            rig.kill("gateway")
            rig.start_gateway()
    for message in under_way:
        message.wait_for_publish(60)
    client.disconnect()
    client.loop_stop()
    rig.until("all is recorded", lambda: stored(rig) == len(sent))


def stored(rig: Rig) -> int:
    return rig.count(
        "SELECT (SELECT count(*) FROM reading) + (SELECT coalesce(sum(count), 0) FROM chunk WHERE in_rows = 0)"
    )
