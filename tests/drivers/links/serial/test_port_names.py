"""Which name of a port to write into kitchen.yaml."""

from types import SimpleNamespace

import pytest

from drivers.links.serial import port_names
from drivers.links.serial.port_names import better_name, held_by, serial_ports


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """Two adapters: ttyUSB0 has a serial number, ttyUSB1 none; and a port of the board."""
    ports = [
        SimpleNamespace(device="/dev/ttyUSB1", description="USB Serial", serial_number=None),
        SimpleNamespace(device="/dev/ttyAMA0", description="n/a", serial_number=None),
        SimpleNamespace(device="/dev/ttyUSB0", description="FT232R USB UART", serial_number="A50285BI"),
    ]
    monkeypatch.setattr(port_names.list_ports, "comports", lambda: ports)
    links = {
        "by-id/usb-FTDI_FT232R_A50285BI-if00-port0": "/dev/ttyUSB0",
        "by-id/usb-1a86_USB_Serial-if00-port0": "/dev/ttyUSB1",
        "by-path/platform-xhci-usb-0:1.1:1.0-port0": "/dev/ttyUSB0",
        "by-path/platform-xhci-usb-0:1.2:1.0-port0": "/dev/ttyUSB1",
    }
    for name, target in links.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).symlink_to(target)
    return tmp_path


def test_an_adapter_with_a_serial_number_is_named_by_it_and_one_without_by_its_socket(machine):
    best = {port.device: port.best.removeprefix(f"{machine}/") for port in serial_ports(machine)}
    assert best == {
        "/dev/ttyUSB0": "by-id/usb-FTDI_FT232R_A50285BI-if00-port0",
        "/dev/ttyUSB1": "by-path/platform-xhci-usb-0:1.2:1.0-port0",
        "/dev/ttyAMA0": "/dev/ttyAMA0",
    }
    assert all(port.why for port in serial_ports(machine))


def test_only_a_numbered_port_has_a_better_name(machine):
    assert better_name("/dev/ttyUSB0", machine) == f"{machine}/by-id/usb-FTDI_FT232R_A50285BI-if00-port0"
    assert better_name("/dev/ttyAMA0", machine) is None
    assert better_name("socket://127.0.0.1:4001", machine) is None


def test_a_machine_without_ports_has_none(tmp_path, monkeypatch):
    monkeypatch.setattr(port_names.list_ports, "comports", list)
    assert serial_ports(tmp_path / "nothing") == []


def test_the_program_that_holds_a_port_is_named(tmp_path):
    (tmp_path / "4711" / "fd").mkdir(parents=True)
    (tmp_path / "4711" / "comm").write_text("minicom\n")
    (tmp_path / "4711" / "fd" / "3").symlink_to("/dev/ttyUSB0")
    (tmp_path / "12").mkdir()
    assert held_by("/dev/ttyUSB0", tmp_path) == ["minicom (4711)"]
    assert held_by("/dev/ttyUSB1", tmp_path) == []
