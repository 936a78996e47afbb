"""A scale that is asked and a probe on the real gateway: polled, tared by a person, counted by device."""

from pathlib import Path

import pytest
from rig import Rig
from simulated_lines import asked_scale, slave

from simulators.devices.polled_scale import ScaleLanguage

pytestmark = pytest.mark.system

PLAN = """
kitchen: {{id: k1, name: Dapur, people: [{{id: siti, name: Siti}}]}}
devices:
  - {{id: rice-scale, driver: mt-sics, port: {folder}/rice, every: 200ms}}
  - {{id: chiller-1, driver: modbus-rtu, map: xy-md02, port: {folder}/bus, slave: 1, every: 500ms}}
points:
  - {{id: rice, name: Beras, device: rice-scale, channel: weight, quantity: weight, interval: 10s}}
  - {{id: air, name: Chiller, device: chiller-1, channel: T, quantity: temperature, interval: 10s}}
"""


def test_wired_devices_are_asked_told_and_counted(tmp_path: Path) -> None:
    plan = PLAN.format(folder=tmp_path)
    with (
        asked_scale(tmp_path / "rice", ScaleLanguage.MT_SICS) as scale,
        slave(tmp_path / "bus", 1),
        Rig(tmp_path, plan) as rig,
    ):
        rig.start_gateway()
        watcher = rig.watch()

        def value(point: str) -> float | None:
            reading = watcher.state["points"][point]["reading"]
            return reading and reading["value"]

        rig.until("both are read", lambda: (value("rice"), value("air")) == (12.34, 3.5), watcher)
        assert watcher.state["can_be_told"] == {"rice-scale": ["tare", "zero"]}
        told = watcher.command("tare", key="tare-1", device="rice-scale", who="siti")
        assert told["result"] == {"device": "rice-scale", "command": "tare"}
        rig.until("the scale shows its net weight", lambda: value("rice") == 0.0, watcher)
        assert watcher.command("tare", key="tare-1", device="rice-scale", who="siti")["ok"]
        assert scale.done == ["tare"]
        assert rig.rows("SELECT kind, subject, person FROM event WHERE kind = 'scale_tare'") == [
            ("scale_tare", "rice-scale", "siti")
        ]
        assert watcher.command("zero", device="chiller-1", who="siti")["error"] == "unknown_device"
        devices = watcher.state["health"]["devices"]
        assert set(devices) == {"rice-scale", "chiller-1"}
        assert devices["rice-scale"]["answered"] >= 2
        assert devices["chiller-1"]["no_reply"] == 0
