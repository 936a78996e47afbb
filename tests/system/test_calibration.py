"""A probe is checked in ice while the kitchen runs: what that does to its readings, past and to come, everywhere."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from brokers import mosquitto
from desk import iso
from influx_servers import DATABASE, PASSWORD, USER, Influxd, influxd
from probe import Probe
from rig import Rig

pytestmark = pytest.mark.system

MINUTE = 60_000_000
MEASURED = 250
"""Minutes at 60.5 °C by a probe that reads 1.6 K too much: hot by what it says, in the danger zone by what is."""
PLAN = """
kitchen: {{id: k1, name: Dapur, people: [{{id: siti, name: Siti}}]}}
mqtt: {{port: {port}}}
journal: {{commit_every: 20ms}}
devices: [{{id: c1, driver: senml-json}}]
points: [{{id: c1-air, name: Probe, device: c1, channel: temperature, quantity: temperature, interval: 5m}}]
delivery: {{influxdb: {{api: v1, url: '{url}', database: {database}, username: {user}, password_file: '{secret}'}}}}
"""


@pytest.fixture
def kitchen(tmp_path: Path) -> Iterator[tuple[Rig, Probe, Influxd]]:
    (tmp_path / "influx").mkdir()
    (tmp_path / "secret").write_text(PASSWORD)
    with mosquitto(tmp_path / "broker") as broker, influxd(tmp_path / "influx") as server:
        names = {"database": DATABASE, "user": USER, "secret": tmp_path / "secret"}
        with Rig(tmp_path, PLAN.format(port=broker.port, url=server.url, **names)) as rig:
            rig.start_gateway()
            rig.start_api()
            probe = Probe(broker.port)
            yield rig, probe, server
            probe.stop()


def verdicts(rig: Rig) -> list[tuple[Any, ...]]:
    return rig.rows("SELECT verdict, key, supersedes FROM verdict WHERE final ORDER BY id")


def sent(server: Influxd) -> list[tuple[float | None, float]]:
    return [(value, quality) for _, value, quality in server.readings().get("c1-air", [])]


def test_a_probe_that_reads_too_much_is_doubted_back_and_what_was_judged_by_it_is_judged_anew(
    kitchen: tuple[Rig, Probe, Influxd],
) -> None:
    rig, probe, server = kitchen
    watcher = rig.watch_connected()
    opened = iso(rig.now() - (MEASURED + 1) * MINUTE)
    food = watcher.command("batch_open", product="Soto", point="c1-air", controls=["exposure"], who="siti", at=opened)[
        "result"
    ]["id"]
    for minutes_ago in range(MEASURED, -1, -5):
        probe.measure(60.5, minutes_ago=minutes_ago)
    many = MEASURED // 5 + 1
    rig.until("all is stored", lambda: rig.count("SELECT count(*) FROM reading") == many)
    assert watcher.command("batch_close", batch=food, who="siti")["ok"]
    rig.until("the batch has its verdict", lambda: verdicts(rig), watcher)
    rig.until("all is delivered", lambda: len(sent(server)) == many)
    (before,) = verdicts(rig)
    assert before[0] == "PASS"
    (good,) = set(sent(server))

    checked = watcher.command("calibration_check", point="c1-air", who="siti", ice=[1.6, 1.61, 1.59])["result"]
    assert (checked["outcome"], checked["causes"], checked["offset"]) == ("QUARANTINE", ["offset"], -1.6)
    rig.until("the batch is judged anew", lambda: len(verdicts(rig)) == 2, watcher)
    after = verdicts(rig)[1]
    assert (after[0], after[2]) == ("FAIL", before[1])
    told = rig.get(f"/api/verdicts?batch={food}")["verdicts"][0]["told"]
    assert any("kalibrasinya diragukan" in one["id"] for one in told)
    rig.until("all is delivered again", lambda: good not in set(sent(server)))
    assert set(sent(server)) == {(58.9, 1.0)}
    shows = {"value": 58.9, "quality": "uncertain", "reason": "calibration"}
    rig.until(
        "the tile shows it", lambda: shows.items() <= watcher.state["points"]["c1-air"]["reading"].items(), watcher
    )
    shown = rig.get("/api/points/c1-air/readings")["readings"]
    assert {(each["value"], each["quality"], each["reason"]) for each in shown} == {(58.9, "uncertain", "calibration")}
    assert set(rig.rows("SELECT value, quality FROM reading")) == {(60.5, 2)}, "the journal keeps what the device said"

    # Put right, it reads 0.5 too much: by the offset in force it shows -1.1 in ice.
    checked = watcher.command("calibration_check", point="c1-air", who="siti", ice=[-1.1, -1.11, -1.09])["result"]
    assert (checked["outcome"], checked["offset_in_force"]) == ("OFFSET_STORED", -0.5)
    rig.kill("gateway")
    rig.start_gateway()
    watcher = rig.watch_connected()
    probe.now = rig.now() / 1e6
    probe.measure(4.0)
    rig.until("it is read", lambda: watcher.state["points"]["c1-air"]["reading"]["value"] == 3.5, watcher)
    assert watcher.state["points"]["c1-air"]["reading"]["quality"] == "good"
    rig.until("it is delivered", lambda: (3.5, 2.0) in sent(server))
    span = "from=2020-01-01T00:00:00Z&to=2040-01-01T00:00:00Z"
    newest = rig.get(f"/api/points/c1-air/readings?{span}")["readings"][-1]
    assert (newest["value"], newest["quality"]) == (3.5, "good")
    chart = rig.get(f"/api/points/c1-air/chart?{span.replace('2020', '2026').replace('2040', '2027')}&spans=2000")
    assert chart["spans"]


def test_a_bath_is_listened_to_for_a_minute_and_what_cannot_be_is_refused(kitchen: tuple[Rig, Probe, Influxd]) -> None:
    rig, probe, _ = kitchen
    watcher = rig.watch_connected()
    asked = {"point": "c1-air", "who": "siti"}
    assert watcher.command("calibration_check", **asked)["error"] == "not_allowed"
    assert watcher.command("calibration_start", **asked)["result"]["done"] is False
    probe.now = rig.now() / 1e6
    probe.measure(0.1)
    assert "wait for a minute" in watcher.command("calibration_check", **asked)["message"]
    assert watcher.command("calibration_check", ice=["cold"], **asked)["error"] == "bad_request"
    assert watcher.command("calibration_check", ice=[0.0], **(asked | {"point": "none"}))["error"] == "unknown_point"
    refused = watcher.command("calibration_check", ice=[0.0, 0.0], boiling=[99.0], **asked)
    assert "kitchen.altitude" in refused["message"]
    assert rig.count("SELECT count(*) FROM event WHERE kind LIKE 'calibration%' AND kind <> 'calibration_begun'") == 0
