"""The gateway looks after itself: broker, InfluxDB and ports that fail are said once, counted and alarmed."""

import json
import socket
from pathlib import Path

import pytest
from brokers import free_port, mosquitto
from influx_servers import DATABASE, PASSWORD, USER, influxd
from rig import Rig, Watcher

pytestmark = pytest.mark.system

PLAN = """
kitchen: {{id: k1, name: Dapur, people: [{{id: siti, name: Siti}}]}}
mqtt: {{port: {port}}}
devices: [{{id: c1, driver: senml-json}}, {{id: s1, driver: csv-st, port: {folder}/no-such-port}}]
points:
  - {{id: c1-air, name: C, device: c1, channel: temperature, quantity: temperature, interval: 10h}}
  - {{id: s1-weight, name: S, device: s1, channel: weight, quantity: weight, interval: 10h}}
"""


def standing(watcher: Watcher) -> set[str]:
    alarms = watcher.state["alarms"].values()
    return {alarm["level"] for alarm in alarms if alarm["state"] in ("UNACKNOWLEDGED", "ACKNOWLEDGED")}


def lines(rig: Rig, text: str) -> list[str]:
    return [line for line in rig.log.read_text().splitlines() if text in line]


def test_a_broker_that_is_lost_alarms_and_returns_with_one_line_down_and_one_up(tmp_path: Path) -> None:
    with mosquitto(tmp_path / "broker") as broker:
        plan = PLAN.format(port=broker.port, folder=tmp_path)
        with Rig(tmp_path, plan, speed=30.0) as rig:
            rig.start_gateway()
            watcher = rig.watch()
            rig.until("it is connected", lambda: lines(rig, "connected as"), watcher)
            broker.kill()
            rig.until("the alarm has come", lambda: "broker_lost" in standing(watcher), watcher)
            broker.start()
            rig.until("it has returned", lambda: "broker_lost" not in standing(watcher), watcher)
            assert watcher.state["health"]["counters"]["mqtt"]["lost"] == 1
            said = lines(rig, f"127.0.0.1:{broker.port}")
            assert len(said) == 3, said


def test_an_absent_broker_and_an_unreadable_port_are_said_once_each_with_the_remedy(tmp_path: Path) -> None:
    plan = PLAN.format(port=free_port(), folder=tmp_path)
    with Rig(tmp_path, plan, speed=30.0) as rig:
        rig.start_gateway()
        watcher = rig.watch()
        rig.until("both are counted", lambda: len(watcher.state["health"]["counters"]) == 2, watcher)
        rig.until("the alarm has come", lambda: "broker_lost" in standing(watcher), watcher)
        assert len(lines(rig, "no-such-port")) == 1
        assert len(lines(rig, "MQTT broker")) == 1


def test_a_wrong_influxdb_password_is_an_alarm_until_it_is_repaired(tmp_path: Path) -> None:
    (tmp_path / "influx").mkdir()
    with influxd(tmp_path / "influx") as server, mosquitto(tmp_path / "broker") as broker:
        secret = tmp_path / "secret"
        secret.write_text("wrong")
        plan = PLAN.format(port=broker.port, folder=tmp_path) + (
            f"delivery: {{influxdb: {{api: v1, url: '{server.url}', database: {DATABASE}, username: {USER}, "
            f"password_file: {secret}}}}}\n"
        )
        with Rig(tmp_path, plan) as rig:
            rig.start_gateway()
            watcher = rig.watch()
            rig.until("the alarm has come", lambda: "influxdb_refused" in standing(watcher), watcher)
            assert watcher.state["health"]["influxdb"]["state"] == "holding"
            assert "password_file" in watcher.state["health"]["influxdb"]["last_error"]
            secret.write_text(PASSWORD)
            rig.until("it has returned", lambda: "influxdb_refused" not in standing(watcher), watcher)


def test_the_control_socket_bears_nonsense_and_the_same_command_twice(tmp_path: Path) -> None:
    with Rig(tmp_path, PLAN.format(port=free_port(), folder=tmp_path), speed=30.0) as rig:
        rig.start_gateway()
        watcher = rig.watch()
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(str(rig.data / "control.sock"))
            line.settimeout(10)
            answers = line.makefile()
            for nonsense in (b"{", b"[]", b'"watch"', b"\xff\xfe", b'{"op": "command"}', b"[" * 30_000):
                line.sendall(nonsense + b"\n")
                assert json.loads(answers.readline())["error"] == "bad_request"
        rig.until("the alarm has come", lambda: watcher.state["alarms"], watcher)
        (alarm,) = watcher.state["alarms"]
        for _ in range(2):
            reply = watcher.command("acknowledge", key="tap-1", alarm=alarm, who="siti", note="siap")
            assert (reply["ok"], reply["result"]["state"]) == (True, "ACKNOWLEDGED")
        again = watcher.command("acknowledge", alarm=alarm, who="siti")
        assert (again["ok"], again["error"]) == (False, "not_allowed")
        assert watcher.command("acknowledge", alarm="nothing", who="siti")["error"] == "unknown_alarm"
        assert watcher.command("acknowledge", alarm=alarm, who="nobody")["error"] == "unknown_person"
        assert watcher.command("dance")["error"] == "bad_request"
        assert rig.count("SELECT count(*) FROM event WHERE kind = 'alarm_acknowledged'") == 1


def test_two_gateways_do_not_share_a_folder(tmp_path: Path) -> None:
    with Rig(tmp_path, PLAN.format(port=free_port(), folder=tmp_path)) as rig:
        rig.start_gateway()
        rig.watch()
        rig.start("second", "gateway", "--config", rig.plan, "--data", rig.data)
        assert rig.processes.pop("second").wait(20) == 2
        assert lines(rig, "another gateway writes here")
