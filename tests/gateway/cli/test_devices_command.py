"""mbg-gateway devices: tables that a technician can read, and lines that kitchen.yaml takes as they are."""

import os
import pty

import pytest
from simulated_lines import asked_scale, plugged, sending_scale, slave

from drivers.contract import SerialSettings
from drivers.links.serial.detect import DetectedDevice, DetectionTimes, UnknownSender
from drivers.links.serial.port_names import SerialPortName
from drivers.probes.register_map import load_map, shipped_maps
from drivers.reading import UNIT_OF, Quality, Quantity, Reading, Reason
from drivers.registry import DRIVERS, StreamEntry
from drivers.scales.common.weighing import Weighing, to_reading
from gateway.cli import devices as devices_command
from gateway.cli.device_report import kitchen_lines, port_table, result_table, unknown_text
from gateway.config import load
from simulators.devices.polled_scale import ScaleLanguage
from simulators.devices.pty_line import PtyLine

KITCHEN = "kitchen: {id: dapur, name: Dapur}\n"
SEVEN_EVEN = SerialSettings(bytesize=7, parity="even")


def scale(driver: str, settings: SerialSettings | None = None, **more) -> DetectedDevice:
    shows = [to_reading(Weighing(error=Reason.NO_READING), driver)]
    return DetectedDevice(
        driver=driver, settings=settings or SerialSettings(), shows=shows, **({"asked": False} | more)
    )


def reading(channel: str, quantity: Quantity, value: float | None) -> Reading:
    quality = Quality.GOOD if value is not None else Quality.BAD
    return Reading(device="x", channel=channel, quantity=quantity, value=value, unit=UNIT_OF[quantity], quality=quality)


def probe_at(slave: int, **more) -> DetectedDevice:
    shows = [reading("T", Quantity.TEMPERATURE, 3.5), reading("RH", Quantity.HUMIDITY, 81.2)]
    facts = {"driver": "modbus-rtu", "settings": SerialSettings(), "asked": True, "map": "xy-md02", "shows": shows}
    return DetectedDevice(slave=slave, **(facts | more))


def loaded(folder, lines: str):
    (folder / "kitchen.yaml").write_text(KITCHEN + lines, "utf-8")
    return load(folder / "kitchen.yaml")


@pytest.mark.parametrize(
    "driver", [name for name, entry in DRIVERS.items() if isinstance(entry, StreamEntry) and entry.weigh]
)
def test_the_lines_for_any_scale_can_be_pasted(driver, tmp_path):
    entry = DRIVERS[driver]
    found = scale(driver, SEVEN_EVEN, asked=entry.ask is not None, says_unit=False)
    config = loaded(tmp_path, kitchen_lines("/dev/serial/by-id/usb-FTDI_FT232R-if00-port0", [found]))
    (device,) = config.devices
    assert (device.driver, device.port) == (driver, "/dev/serial/by-id/usb-FTDI_FT232R-if00-port0")
    assert (device.every is not None) == (entry.ask is not None)
    assert device.settings == {"unit": "kg"}
    assert [point.quantity for point in config.points] == ["weight"]


def test_the_lines_for_several_slaves_can_be_pasted(tmp_path):
    lines = kitchen_lines("/dev/ttyUSB0", [probe_at(1), probe_at(7), probe_at(9, map=None, shows=[])])
    config = loaded(tmp_path, lines)
    assert [(device.id, device.slave) for device in config.devices] == [("probe-1", 1), ("probe-7", 7)]
    assert [point.channel for point in config.points] == ["T", "RH"] * 2
    assert "slave 9 answers" in lines


@pytest.mark.parametrize("register_map", shipped_maps())
def test_the_lines_for_any_register_map_can_be_pasted(register_map, tmp_path):
    found = load_map(register_map)
    first, *others = found.registers
    shows = [reading(first.channel, first.quantity, 20.5)]
    shows += [reading(each.channel, each.quantity, None) for each in others]
    lines = kitchen_lines("/dev/ttyUSB0", [probe_at(3, map=register_map, shows=shows, needs=tuple(found.required))])
    config = loaded(tmp_path, lines)
    assert [device.map for device in config.devices] == [register_map]
    assert config.points[0].channel == first.channel


def test_serial_settings_are_written_only_where_they_are_not_the_drivers_own():
    assert "parity" not in kitchen_lines("/dev/ttyUSB0", [scale("toledo-8217", SEVEN_EVEN)])
    assert "bytesize: 7, parity: even" in kitchen_lines("/dev/ttyUSB0", [scale("csv-st", SEVEN_EVEN)])


def test_every_device_has_a_row_with_its_settings_and_what_it_shows():
    table = result_table([probe_at(7), scale("toledo-8217", SEVEN_EVEN)]).splitlines()
    assert table[0].split() == ["DRIVER", "ADDRESS", "PORT", "SETTINGS", "SHOWS", "NOW", "NOTE"]
    assert table[1].split() == ["modbus-rtu", "xy-md02", "7", "9600", "8N1", "T", "3.5", "Cel,", "RH", "81.2", "%RH"]
    assert table[2].split() == ["toledo-8217", "9600", "7E1", "no_reading"]


def test_what_cannot_be_told_apart_is_said_with_what_to_do():
    assert "a weight that you know" in result_table([scale("yaohua-y1", others=("yaohua-y2",))])
    assert "fits too: and, cas-18" in result_table([scale("csv-st", others=("and", "cas-18"))])


def test_a_port_is_listed_under_the_name_that_stays_and_with_who_holds_it():
    adapter = SerialPortName(
        device="/dev/ttyUSB0", by_id="/dev/serial/by-id/usb-A", by_path=None, description="FT232R", unique=True
    )
    board = SerialPortName(device="/dev/ttyAMA0", by_id=None, by_path=None, description="", unique=False)
    table = port_table([adapter, board], {"/dev/ttyAMA0": ["minicom (4711)"]}).splitlines()
    assert table[1].split("  ")[:2] == ["/dev/serial/by-id/usb-A", "/dev/ttyUSB0"]
    assert "held by minicom (4711)" in table[2]


def test_an_unknown_speaker_is_shown_as_it_speaks():
    text = unknown_text(UnknownSender(settings=SerialSettings(), heard=b"Thermo 21,4 C\r\n"))
    assert "nothing was sent" in text
    assert "Thermo 21,4 C" in text
    assert "one master" in unknown_text(UnknownSender(settings=SerialSettings(), heard=b"", modbus=True))


# The command


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(
        "drivers.links.serial.detect.DetectionTimes",
        lambda: DetectionTimes(listen=0.4, scale=0.12, slave=0.15, quiet=0.03),
    )


def test_without_hardware_it_says_so_and_lists_what_is_given(capsys, monkeypatch):
    monkeypatch.setattr(devices_command, "serial_ports", list)
    assert devices_command.main([]) == 1
    assert "No serial port here" in capsys.readouterr().out
    far, near = pty.openpty()
    assert devices_command.main(["--port", os.ttyname(near)]) == 0
    assert os.ttyname(near) in capsys.readouterr().out
    os.close(far)
    os.close(near)


@pytest.mark.system
def test_a_scale_a_probe_and_silence_are_told_apart(tmp_path, capsys, monkeypatch, quick):
    monkeypatch.setattr("drivers.links.serial.detect.SPEEDS", (9600,))
    with sending_scale(tmp_path / "rice", b"ST,GS,+  12.34 kg\r\n"):
        assert devices_command.main(["--probe", str(tmp_path / "rice")]) == 0
    assert "12.34 kg stable" in capsys.readouterr().out
    with asked_scale(tmp_path / "oil", ScaleLanguage.MT_SICS):
        assert devices_command.main(["--probe", str(tmp_path / "oil")]) == 0
    asked = capsys.readouterr().out
    assert "mt-sics" in asked
    assert "every: 250ms" in asked
    with slave(tmp_path / "chiller", 5):
        assert devices_command.main(["--probe", str(tmp_path / "chiller"), "--slaves", "5"]) == 0
    assert "map: xy-md02" in capsys.readouterr().out
    with plugged(PtyLine(tmp_path / "silent", lambda _: None)):
        assert devices_command.main(["--probe", str(tmp_path / "silent"), "--slaves", "5"]) == 1
    assert "Nothing answers" in capsys.readouterr().out


def test_a_port_that_is_not_there_is_said_with_the_remedy(capsys):
    assert devices_command.main(["--probe", "/dev/no-such-port"]) == 1
    assert "it is not there" in capsys.readouterr().err


@pytest.mark.parametrize("slaves", ["0", "1-248", "9-3", "all"])
def test_addresses_that_modbus_has_not_are_refused(slaves, capsys):
    with pytest.raises(SystemExit):
        devices_command.main(["--probe", "/dev/null", "--slaves", slaves])
    assert "from 1 to 247" in capsys.readouterr().err
