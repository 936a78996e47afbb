"""A six-hour cooling run with the gateway killed again and again: the same verdicts as without."""

import json
import math
import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest
from brokers import Broker, mosquitto
from rig import Rig

from gateway.cli.offline.answer import answer
from gateway.haccp.limits.fields import Fields

pytestmark = [pytest.mark.system, pytest.mark.timeout(180)]

SPEED = 1_000.0
SECOND = 1_000_000
EVERY = 30 * SECOND
HOURS = 6
KILLS = 6
STORED = "SELECT (SELECT count(*) FROM reading) + (SELECT coalesce(sum(count), 0) FROM chunk WHERE NOT in_rows)"
PLAN = """
kitchen: {{id: k1, name: Dapur, people: [{{id: siti, name: Siti}}]}}
mqtt: {{port: {port}}}
journal: {{commit_every: 20ms}}
devices: [{{id: pot, driver: senml-json}}]
points: [{{id: pot-core, name: Pot, device: pot, channel: temperature, quantity: temperature, interval: 30s}}]
"""


def cooling(hours: float) -> float:
    """57 °C after 38 minutes, 21 °C 98 minutes later, 5 °C within four and a half hours."""
    return round(2 + 83 * math.exp(-0.65 * hours), 2)


class Pot:
    """A probe that measures on a grid of the kitchen's time, however late it is sent."""

    def __init__(self, port: int, rig: Rig) -> None:
        self._client = paho.Client(paho.CallbackAPIVersion.VERSION2, "pot")
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        self._rig = rig
        self.since = rig.now() // EVERY * EVERY + EVERY
        self.trace: list[tuple[int, float]] = []
        self._thread = threading.Thread(target=self._measure)
        self._thread.start()

    def _measure(self) -> None:
        for number in range(HOURS * 3600 * SECOND // EVERY + 1):
            at = self.since + number * EVERY
            while self._rig.now() < at:
                time.sleep(0.002)
            value = cooling(number * EVERY / SECOND / 3600)
            self.trace.append((at, value))
            said = [{"bn": "pot/", "n": "temperature", "u": "Cel", "v": value, "t": at / SECOND}]
            self._client.publish("mbg/k1/pot/temperature", json.dumps(said).encode(), 1)

    def stop(self) -> None:
        self._thread.join()
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with mosquitto(tmp_path / "broker") as broker:
        yield broker


def expected(trace: list[tuple[int, float]], control: str) -> dict[str, Any]:
    """What `judge` says of the whole trace."""
    minutes = [[at / 60 / SECOND, value] for at, value in trace]
    case = {"control": {"kind": control}, "trace": minutes, "interval_s": 30}
    verdicts: Any = answer(Fields(case, folder=Path()))["verdicts"]
    verdict: dict[str, Any] = verdicts[0]
    return verdict


def test_a_six_hour_cooling_run_has_the_same_verdicts_after_kills_at_any_moment(broker: Broker, tmp_path: Path) -> None:
    dice = random.Random(5)
    with Rig(tmp_path, PLAN.format(port=broker.port), speed=SPEED) as rig:
        rig.start_gateway()
        watcher = rig.watch_connected()
        opened = watcher.command(
            "batch_open", product="Soto", point="pot-core", controls=["cooling", "exposure"], who="siti"
        )["result"]["id"]
        pot = Pot(broker.port, rig)
        real = HOURS * 3600 / SPEED
        kills = sorted(dice.uniform(0.05, 0.9) * real for _ in range(KILLS))
        began = time.monotonic()
        for kill in kills:
            time.sleep(max(0.0, began + kill - time.monotonic()))
            rig.kill("gateway")
            rig.start_gateway()
        pot.stop()
        rig.until("all is stored", lambda: rig.count(STORED) == len(pot.trace))
        watcher = rig.watch()
        rig.until("the batch is judged", lambda: not batch(watcher.state, opened)["catching_up"], watcher)
        watcher.command("batch_close", batch=opened, who="siti")
        final = "SELECT control, verdict, body FROM verdict WHERE final ORDER BY id"
        rig.until("it is closed", lambda: len(rig.rows(final)) >= 2, watcher)
        for control, verdict, body in rig.rows(final):
            wanted = expected(pot.trace, control)
            assert verdict == wanted["verdict"], control
            measures = json.loads(body)["measures"]
            for name in ("stage_1", "total", "minutes_in_band"):
                if name in wanted["measures"]:
                    assert measures[name]["value"] == pytest.approx(wanted["measures"][name]["value"], abs=1e-5), name


def batch(state: dict[str, Any], name: str) -> dict[str, Any]:
    """A batch as it was last told."""
    found: dict[str, Any] = next(one for one in state["batches"] if one["id"] == name)
    return found
