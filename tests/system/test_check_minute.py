"""The minute of listening, by a real gateway whose clock runs fast: what each kind of probe is found to be."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest
from brokers import mosquitto
from rig import Rig, Watcher

from api.schemas.probes import ChecksAnswer, ProbesAnswer

pytestmark = pytest.mark.system

SPEED = 60.0
EVERY = 0.1  # s: a reading each six seconds of the kitchen's
BOILS = 97.67  # °C at 700 m
PLAN = """
kitchen: {{id: k1, name: Dapur, altitude: 700, people: [{{id: siti, name: Siti}}]}}
mqtt: {{port: {port}}}
journal: {{commit_every: 20ms}}
devices: [{devices}]
points: [{points}]
"""
POINT = "{{id: {name}, name: {name}, device: {name}, channel: temperature, quantity: temperature, interval: 10s}}"


class Probes:
    """Probes in baths: by name the readings that follow each other."""

    def __init__(self, port: int, shows: dict[str, list[float]]) -> None:
        self.shows = shows
        self._client = paho.Client(paho.CallbackAPIVersion.VERSION2, "probes")
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._measure)
        self._thread.start()

    def _measure(self) -> None:
        for turn in count():
            if self._ended.wait(EVERY):
                return
            for name, values in list(self.shows.items()):
                record = {"bn": f"{name}/", "n": "temperature", "u": "Cel", "v": values[turn % len(values)]}
                self._client.publish(f"mbg/k1/{name}/temperature", json.dumps([record]), 1)

    def stop(self) -> None:
        self._ended.set()
        self._thread.join()
        self._client.disconnect()
        self._client.loop_stop()


BATHS: dict[str, list[float]] = {
    "good": [0.2],
    "off": [0.58, 0.6, 0.62],
    "wrong": [1.4, 1.41],
    "unsteady": [0.0, 0.3],
    "just-steady": [0.0, 0.18],
    "both": [-0.5],
    "both-wrong": [0.25],
    "no-ice": [0.0],
    "no-ice-wrong": [0.0],
}
BOILING = {"both": BOILS - 0.5, "both-wrong": BOILS - 0.9, "no-ice": BOILS + 0.9, "no-ice-wrong": BOILS + 1.2}


@contextmanager
def running(
    folder: Path, shows: dict[str, list[float]], *, speed: float, more: str = ""
) -> Iterator[tuple[Rig, Probes]]:
    """Gateway and API, with probes that show what they are told."""
    devices = ", ".join(f"{{id: {name}, driver: senml-json}}" for name in shows)
    points = ", ".join(POINT.format(name=name) for name in shows)
    with mosquitto(folder / "broker") as broker:
        plan = PLAN.format(port=broker.port, devices=devices, points=points) + more
        with Rig(folder, plan, speed=speed) as rig:
            probes = Probes(broker.port, dict(shows))
            try:
                rig.start_gateway()
                rig.start_api()
                yield rig, probes
            finally:
                probes.stop()


@pytest.fixture
def kitchen(tmp_path: Path) -> Iterator[tuple[Rig, Probes]]:
    with running(tmp_path, BATHS, speed=SPEED) as found:
        yield found


def listen(rig: Rig, watcher: Watcher, bath: str, names: list[str], *, anew: bool = False) -> None:
    """Have the gateway listen to all of them until a minute is full."""
    for name in names:
        assert watcher.command("calibration_start", point=name, who="siti", bath=bath, anew=anew)["ok"]

    def is_full() -> bool:
        told = {probe["point"]: probe["listening"] for probe in rig.get("/api/probes")["probes"]}
        full = [name for name in names for log in told[name] if log["bath"] == bath and log["done"]]
        return len(full) == len(names)

    rig.until("a minute was listened to", is_full)


def judged(watcher: Watcher, name: str) -> dict[str, Any]:
    reply = watcher.command("calibration_check", point=name, who="siti")
    assert reply["ok"], reply
    return dict(reply["result"])


def test_a_minute_in_ice_and_in_boiling_water_says_what_a_probe_is_worth(kitchen: tuple[Rig, Probes]) -> None:
    rig, probes = kitchen
    watcher = rig.watch_connected()
    rig.until("the API knows the probes", lambda: api_knows(rig))
    assert watcher.state["kitchen"]["boiling_point"] == pytest.approx(BOILS, abs=0.01)
    rig.until("every probe is heard", lambda: all(p["reading"] for p in watcher.state["points"].values()), watcher)
    early = watcher.command("calibration_check", point="good", who="siti")
    assert early["error"] == "not_allowed"

    listen(rig, watcher, "ice", [name for name in BATHS if not name.startswith("no-ice")])
    running = next(probe for probe in rig.get("/api/probes")["probes"] if probe["point"] == "off")["listening"]
    assert (running[0]["bath"], running[0]["steady"]) == ("ice", True)
    assert running[0]["mean"] == pytest.approx(0.6, abs=0.01)
    assert running[0]["readings"] >= 8  # a minute at six seconds each, some of them late
    found = {name: judged(watcher, name) for name in ("good", "off", "wrong", "unsteady", "just-steady")}
    assert {name: (one["outcome"], one["causes"], one["repeat"]) for name, one in found.items()} == {
        "good": ("ACCEPTED", [], False),
        "off": ("OFFSET_STORED", [], False),
        "wrong": ("QUARANTINE", ["offset"], False),
        "unsteady": ("QUARANTINE", ["unsteady"], True),
        "just-steady": ("ACCEPTED", [], False),
    }
    assert found["off"]["offset_in_force"] == pytest.approx(-0.6, abs=0.01)

    # The readings on the way from ice to boiling water belong to no bath: the ice is complete when the water begins.
    probes.shows |= {name: [value] for name, value in BOILING.items()}
    last = list(BOILING.values())
    rig.until("all boil", lambda: [watcher.state["points"][n]["reading"]["value"] for n in BOILING] == last, watcher)
    listen(rig, watcher, "boiling", ["both", "both-wrong"])
    listen(rig, watcher, "boiling", ["no-ice", "no-ice-wrong"], anew=True)
    found = {name: judged(watcher, name) for name in BOILING}
    assert {name: (one["outcome"], one["causes"]) for name, one in found.items()} == {
        "both": ("OFFSET_STORED", []),
        "both-wrong": ("QUARANTINE", ["boiling"]),
        "no-ice": ("ACCEPTED", []),
        "no-ice-wrong": ("QUARANTINE", ["boiling"]),
    }
    assert found["both"]["error"] == pytest.approx(0.0, abs=0.02)
    assert found["both-wrong"]["error"] == pytest.approx(-1.15, abs=0.02)

    def told_after() -> dict[str, Any]:
        return {str(probe["point"]): probe for probe in rig.get("/api/probes")["probes"]}

    rig.until("it is told", lambda: not any(told_after()[name]["listening"] for name in BOILING))
    answer = rig.get("/api/probes")
    ProbesAnswer.model_validate(answer)
    told = {probe["point"]: (probe["state"], probe["offset"], probe["listening"]) for probe in answer["probes"]}
    assert told["both"] == ("good", 0.5, [])
    assert told["no-ice-wrong"] == ("doubted", 0.0, [])
    assert told["unsteady"] == ("unchecked", 0.0, [])
    page = rig.get("/api/points/both/checks")
    ChecksAnswer.model_validate(page)
    (check,) = page["checks"]
    assert (check["who"], check["outcome"], check["typed"]) == ("siti", "OFFSET_STORED", False)
    assert check["expected"] == pytest.approx(BOILS, abs=0.01)
    assert check["offset_in_force"] == 0.5


def told_of(rig: Rig, name: str) -> dict[str, Any]:
    return next(dict(probe) for probe in rig.get("/api/probes")["probes"] if probe["point"] == name)


def api_knows(rig: Rig) -> bool:
    """Whether the API has heard the gateway."""
    return rig.get("/api/probes") is not None


def test_probes_that_are_due_are_one_notice_that_outlives_a_kill_and_ends_when_all_are_checked(tmp_path: Path) -> None:
    shows = {"one": [3.0], "two": [64.0], "three": [-18.0]}
    with running(tmp_path, shows, speed=600.0, more="calibration: {check_every: 10m}\n") as (rig, _):
        watcher = rig.watch_connected()
        rig.until("the API knows the probes", lambda: api_knows(rig))

        def notices() -> list[dict[str, Any]]:
            return [alarm for alarm in watcher.state["alarms"].values() if alarm["level"] == "checks_due"]

        rig.until("all are due", lambda: all(told_of(rig, name)["state"] == "overdue" for name in shows))
        rig.until("it is told", lambda: notices() and "three" in notices()[0]["message"]["id"], watcher)
        rig.kill("gateway")
        rig.start_gateway()
        watcher = rig.watch_connected()
        (notice,) = notices()
        assert (notice["priority"], notice["state"]) == ("low", "UNACKNOWLEDGED")
        assert all(name in notice["message"]["id"] for name in shows)
        rig.until(
            "readings say so",
            lambda: (watcher.state["points"]["one"]["reading"] or {}).get("reason") == "calibration_overdue",
            watcher,
        )
        assert watcher.state["points"]["one"]["reading"]["quality"] == "good"

        def newest() -> dict[str, Any]:
            """That is stored: whoever begins to watch is shown what is about to be."""
            return dict(rig.get("/api/points/one/readings?from=2026-01-01T00:00:00Z&limit=5000")["readings"][-1])

        rig.until("stored ones say so", lambda: newest()["reason"] == "calibration_overdue")
        assert newest()["quality"] == "good"
        assert {told_of(rig, name)["due_cause"] for name in shows} == {"time"}
        for name in shows:
            assert watcher.command("calibration_check", point=name, who="siti", ice=[0.1, 0.1, 0.1])["ok"]
        rig.until("the notice is over", lambda: notices()[0]["returned_at"] is not None, watcher)
        assert rig.count("SELECT count(*) FROM event WHERE kind = 'alarm_raised' AND key LIKE '%checks_due%'") == 1


HOT = "control_points: [{id: ccp-hot, kind: hot_holding, point: pot, critical_limit: 60}]\n"


def test_a_hot_pot_in_its_check_alarms_nobody_over_a_kill_until_the_check_is_forgotten(tmp_path: Path) -> None:
    with running(tmp_path, {"pot": [65.0]}, speed=120.0, more=HOT) as (rig, probes):
        watcher = rig.watch_connected()
        rig.until("it is hot", lambda: (watcher.state["points"]["pot"]["reading"] or {}).get("value") == 65.0, watcher)
        started = watcher.command("calibration_start", point="pot", who="siti", bath="ice")
        assert started["ok"]
        probes.shows["pot"] = [0.0]
        aside = "SELECT count(*) FROM reading WHERE value = 0 AND quality = 1 AND reason = 'in_check'"
        rig.until("it stands in ice", lambda: rig.count(aside) > 3)
        rig.kill("gateway")
        before = rig.count(aside)
        rig.start_gateway()
        rig.until("it goes on in ice", lambda: rig.count(aside) > before)
        alarms = "SELECT started_at FROM alarm WHERE control LIKE 'ccp-hot%'"
        rig.until("it guards again, though nobody has ended the check", lambda: rig.rows(alarms))
        ((alarmed,),) = rig.rows(alarms)
        body = "SELECT body FROM event WHERE kind = 'calibration_begun'"
        ((begun,),) = rig.rows(body)
        assert alarmed >= json.loads(begun)["until"]
        (judged,) = rig.rows("SELECT min(measured_at) FROM reading WHERE value = 0 AND quality = 2")
        assert judged[0] >= json.loads(begun)["until"]
