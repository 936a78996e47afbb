"""From kitchen.yaml to links: one a port, one a 1-wire bus, each device built as its settings say."""

from pathlib import Path
from typing import Any

import pytest

from drivers.contract import SerialSettings
from drivers.links.serial.link import PortTimes, SerialLink
from drivers.links.w1 import W1Link
from gateway.config import Config, parse
from gateway.ingest import wired_links as ports
from gateway.ingest.wired_links import serial_settings, wired_links

HEAD = "kitchen: {id: dapur-1, name: Dapur 1}\n"
FRYER = Path(__file__).parents[3] / "examples" / "maps" / "fryer.yaml"


class NoIntake:
    full = False
    half_empty = True

    def put(self, arrival: object) -> None:
        raise AssertionError(arrival)


class StillClock:
    def now(self) -> int:
        return 0

    def monotonic(self) -> float:
        return 0.0


def kitchen(*devices: str, interval: str = "10s", folder: Path = Path()) -> Config:
    points = "".join(
        f"  - {{id: p{number}, name: P, device: d{number}, channel: {channel}, quantity: {quantity}, "
        f"interval: {interval}}}\n"
        for number, (channel, quantity, _) in enumerate(map(parts, devices))
    )
    listed = "".join(f"  - {{id: d{number}, {parts(device)[2]}}}\n" for number, device in enumerate(devices))
    return parse(f"{HEAD}devices:\n{listed}points:\n{points}", folder / "kitchen.yaml")


def parts(device: str) -> tuple[str, str, str]:
    channel, quantity, settings = device.split(" ", 2)
    return channel, quantity, settings


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """The arguments of every serial link: a port need not exist."""
    seen: list[tuple[Any, ...]] = []

    class Seen(SerialLink):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            seen.append((*args, kwargs))
            super().__init__(*args, **kwargs)

    monkeypatch.setattr(ports, "SerialLink", Seen)
    return seen


def link(config: Config) -> list[SerialLink | W1Link]:
    return wired_links(config, NoIntake(), StillClock())


def test_slaves_share_a_port_and_the_slowest_of_them_sets_its_patience(built: list[tuple[Any, ...]]) -> None:
    common = "driver: modbus-rtu, port: /dev/ttyUSB0"
    config = kitchen(
        f"T temperature {common}, map: xy-md02, slave: 1, timeout: 20ms, slowest: 50ms",
        f"P1 temperature {common}, map: dixell-xr, slave: 2, timeout: 500ms, slowest: 50ms, settings: {{count: 1}}",
    )
    assert [each.name for each in link(config)] == ["d0+d1"]
    ((_, _, _, drivers, facts),) = built
    assert facts["times"] == PortTimes(timeout=0.5, slowest=0.05)
    assert [driver.requests()[0].hex(" ") for _, _, driver in drivers] == [
        "01 04 00 01 00 02 20 0b",
        "02 03 01 00 00 01 85 c5",
    ]


def test_a_scale_is_listened_to_unless_it_is_to_be_asked(built: list[tuple[Any, ...]]) -> None:
    config = kitchen(
        "weight weight driver: mt-sics, port: /dev/ttyUSB0, settings: {unit: kg}",
        "weight weight driver: mt-sics, port: /dev/ttyUSB1, every: 500ms",
        interval="20s",
    )
    link(config)
    listened, asked = (drivers[0] for _, _, _, drivers, _ in built)
    assert hasattr(listened[2], "receive_data")
    assert listened[1] == 20_000_000
    assert hasattr(asked[2], "requests")
    assert asked[1] == 500_000


def test_a_map_of_ones_own_is_found_beside_kitchen_yaml(tmp_path: Path, built: list[tuple[Any, ...]]) -> None:
    (tmp_path / "maps").mkdir()
    (tmp_path / "maps" / "fryer.yaml").write_text(FRYER.read_text(encoding="utf-8"), encoding="utf-8")
    config = kitchen(
        "oil temperature driver: modbus-rtu, map: maps/fryer.yaml, port: /dev/ttyUSB0, slave: 5", folder=tmp_path
    )
    assert serial_settings(config.devices[0]) == SerialSettings(baud=19_200, parity="even")
    link(config)
    ((_, _, _, drivers, _),) = built
    assert len(drivers[0][2].requests()) == 2


def test_probes_of_one_folder_share_a_thread_and_two_buses_have_two() -> None:
    config = kitchen(
        "T temperature driver: w1-slave, settings: {address: 28-0316a2794bff}",
        "T temperature driver: w1-slave, settings: {address: 28-0316a2794b00}",
        "T temperature driver: w1-slave, settings: {address: 28-0316a2794b01, folder: /sys/devices/w1_bus_master2}",
    )
    assert [(type(each), each.name) for each in link(config)] == [(W1Link, "d0+d1"), (W1Link, "d2")]


def test_text_lines_are_read_by_their_pattern(built: list[tuple[Any, ...]]) -> None:
    config = kitchen(
        r"""T1 temperature driver: ascii-line, port: /dev/ttyUSB0, settings: {pattern: '(?P<id>T\d):(?P<t>[\d.]+)'}"""
    )
    link(config)
    ((_, _, _, drivers, _),) = built
    (reading,) = drivers[0][2].receive_data(b"1:3.9\r\nT1:4.1\r\n", 0)
    assert (reading.device, reading.channel, reading.value) == ("d0", "T1", 4.1)
