"""A real thread on a real pseudo-terminal: cables come out, adapters echo, slaves answer late."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from struct import pack

import pytest
from serial_wire import RealTime, RecordingIntake, Running, Wire, serve_once, wait_until

from drivers.contract import LinkChange, SerialSettings, Trouble
from drivers.errors import ConfigurationError
from drivers.framing import crc16_modbus
from drivers.links.serial.link import PortTimes, SerialLink
from drivers.links.serial.port import Port
from drivers.registry import BusEntry, StreamEntry, entry

pytestmark = pytest.mark.system
FRAME = b"ST,GS,+000.%03dkg\r\n"
FAST = SerialSettings(baud=115_200)
EVERY = 30_000  # microseconds between questions


@pytest.fixture
def wire(tmp_path) -> Iterator[Wire]:
    wire = Wire(tmp_path / "port")
    wire.plug_in()
    yield wire
    wire.pull_out()


@pytest.fixture
def intake() -> RecordingIntake:
    return RecordingIntake()


def scale_link(
    port: object, intake: RecordingIntake, settings: SerialSettings = FAST, every: int | None = None, **more: float
) -> SerialLink:
    driver = entry("csv-st")
    assert isinstance(driver, StreamEntry)
    on_port = [("rice-scale", every, driver.build("rice-scale"))]
    return SerialLink(
        "rice-scale port", str(port), settings, on_port, intake=intake, clock=RealTime(), times=PortTimes(**more)
    )


def bus_link(wire: Wire, intake: RecordingIntake, *slaves: int, **more: float) -> SerialLink:
    driver = entry("modbus-rtu")
    assert isinstance(driver, BusEntry)
    on_port = [(f"slave-{slave}", EVERY, driver.build(f"slave-{slave}", "xy-md02", slave=slave)) for slave in slaves]
    times = PortTimes(**{"timeout": 0.06, "slowest": 0.3} | more)
    return SerialLink("bus", str(wire.path), FAST, on_port, intake=intake, clock=RealTime(), times=times)


def answer_of(slave: int) -> bytes:
    head = pack(">BBBhh", slave, 4, 4, slave * 10, slave * 10 + 5)
    return head + crc16_modbus(head)


@contextmanager
def slaves(wire: Wire, answer: Callable[[bytes], None]) -> Iterator[None]:
    """Call `answer` with each question until the block ends."""
    done = threading.Event()

    def serve() -> None:
        while not done.is_set():
            if question := wire.heard(0.02):
                answer(question)

    thread = threading.Thread(target=serve)
    thread.start()
    yield
    done.set()
    thread.join()


def test_the_scale_goes_on_after_its_cable_was_out(wire, intake, caplog):
    """One line down, one up, and half a frame never joins half of another."""
    caplog.set_level(logging.INFO, "drivers.links.serial.link")
    with Running(scale_link(wire.path, intake)):
        wait_until(lambda: intake.of(LinkChange))
        wire.send(FRAME % 1 + FRAME[:9])
        wait_until(lambda: intake.values == [0.001])
        wire.pull_out()
        wait_until(lambda: len(intake.of(LinkChange)) == 2)
        wire.plug_in()
        wait_until(lambda: len(intake.of(LinkChange)) == 3)
        wire.send((FRAME % 999)[9:] + FRAME % 2)
        wait_until(lambda: len(intake.values) == 2)
    assert intake.values == [0.001, 0.002]
    assert [change.up for change in intake.of(LinkChange)] == [True, False, True]
    assert [record.levelname for record in caplog.records] == ["INFO", "WARNING", "INFO"]


def test_a_cable_pulled_twenty_times_in_mid_frame_gives_no_wrong_weight_and_is_found_within_two_seconds(wire, intake):
    frame, back = FRAME % 777, []
    with Running(scale_link(wire.path, intake)):
        wait_until(lambda: intake.of(LinkChange))
        for number in range(20):
            cut = number % (len(frame) - 1) + 1
            wire.send(frame[:cut])
            wire.pull_out()
            wait_until(lambda down=2 * number + 2: len(intake.of(LinkChange)) >= down)
            wire.plug_in()
            plugged_at, before = time.monotonic(), len(intake.values)
            while len(intake.values) == before:
                wire.send(frame[cut:] + frame)
                time.sleep(0.05)
            back.append(time.monotonic() - plugged_at)
    assert set(intake.values) == {0.777}
    assert max(back) < 2.0


def test_a_port_that_opens_and_fails_at_once_is_told_once(intake):
    server, port = serve_once(b"", after=0.0)
    with Running(scale_link(f"socket://127.0.0.1:{port}", intake)):
        wait_until(lambda: len(intake.of(LinkChange)) == 2)
        time.sleep(3.5)
    server.close()
    assert [change.up for change in intake.of(LinkChange)] == [True, False]


def test_a_scale_that_falls_silent_is_told_and_its_port_opened_anew(wire, intake):
    with Running(scale_link(wire.path, intake, every=20_000, deaf_after=0.3)):
        wait_until(lambda: intake.of(LinkChange))
        wire.send(FRAME % 1)
        wait_until(lambda: [each.kind for each in intake.of(Trouble)] == ["deaf", "deaf"])
        wait_until(lambda: wire.send(FRAME % 2) or len(intake.of(LinkChange)) == 3)
    assert set(intake.values) == {0.001, 0.002}
    up, deaf, back = intake.of(LinkChange)
    assert (up.up, deaf.up, back.up) == (True, False, True)
    assert "is open, but nothing has come" in deaf.text


def test_a_scale_that_sends_when_a_key_is_pressed_is_never_deaf(wire, intake):
    with Running(scale_link(wire.path, intake, every=None, deaf_after=0.1)):
        wait_until(lambda: intake.of(LinkChange))
        time.sleep(0.5)
    assert not intake.of(Trouble)


def test_a_bus_on_which_nobody_answers_is_opened_anew_when_its_adapter_may_hang(wire, intake):
    with Running(bus_link(wire, intake, 1, slowest=0.06, deaf_after=0.5)):
        wait_until(lambda: "deaf" in {each.kind for each in intake.of(Trouble)})
        with slaves(wire, lambda question: wire.send(answer_of(question[0]))):
            wait_until(lambda: [each.up for each in intake.of(LinkChange)] == [True, False, True])
    assert 1.0 in intake.values


def test_a_wrong_speed_is_told_with_the_usual_settings(wire, intake, monkeypatch):
    monkeypatch.setattr("drivers.links.serial.line_diagnosis.WITHIN", 0.2)
    with Running(scale_link(wire.path, intake)):
        wait_until(lambda: intake.of(LinkChange))
        while not (told := [each for each in intake.of(Trouble) if each.kind == "wrong_settings"]):
            wire.send(bytes([0x00, 0xFE, 0x86, 0x1E, 0x98, 0xE0]))
            time.sleep(0.02)
    assert "usual are 9600, 4800, 2400, 1200 or 19200 with 8N1, 7E1 or 8N2" in told[0].text
    assert not intake.readings


def test_seven_bits_read_as_eight_are_told_with_the_remedy(wire, intake):
    seven_even = bytes(byte | (byte.bit_count() & 1) << 7 for byte in FRAME % 1)
    with Running(scale_link(wire.path, intake)):
        wait_until(lambda: intake.of(LinkChange))
        while not (told := [each for each in intake.of(Trouble) if each.kind == "parity"]):
            wire.send(seven_even)
            time.sleep(0.02)
    assert "set bytesize: 7 and parity: even" in told[0].text
    assert not intake.readings


def test_noise_at_power_up_is_no_reading_and_hides_none(wire, intake):
    with Running(scale_link(wire.path, intake)):
        wait_until(lambda: intake.of(LinkChange))
        wire.send(b"\0\0\x7f\x7f" + FRAME % 9)
        wait_until(lambda: intake.values == [0.009])
    assert [each.kind for each in intake.of(Trouble)] == ["framing"]


def test_a_port_is_opened_without_handshake_and_with_dtr_and_rts_off(wire):
    """An Arduino resets when DTR rises, and tares with the load on."""
    port = Port(str(wire.path), FAST)
    port.open()
    opened = port._serial
    port.close()
    assert (opened.dtr, opened.rts) == (False, False)
    assert (opened.xonxoff, opened.rtscts, opened.dsrdtr) == (False, False, False)


def test_a_port_that_is_missing_at_the_start_is_told_once_and_found_when_it_comes(wire, intake):
    wire.pull_out()
    link = scale_link(wire.path, intake)
    with Running(link):
        wait_until(lambda: intake.of(LinkChange))
        first_beat = link.last_beat
        wait_until(lambda: link.last_beat > first_beat)
        wire.plug_in()
        wait_until(lambda: len(intake.of(LinkChange)) == 2)
        wire.send(FRAME % 3)
        wait_until(lambda: intake.values == [0.003])
    down, up = intake.of(LinkChange)
    assert not down.up
    assert "plug its adapter in" in down.text
    assert up.up


def test_a_port_that_another_program_holds_is_told_with_the_remedy(wire, intake):
    other = RecordingIntake()
    with Running(scale_link(wire.path, other)):
        wait_until(lambda: other.of(LinkChange))
        with Running(scale_link(wire.path, intake)):
            wait_until(lambda: intake.of(LinkChange))
    assert "another program holds it" in intake.of(LinkChange)[0].text


def test_a_port_that_may_not_be_opened_is_told_and_tried_again(tmp_path, intake):
    (tmp_path / "port").mkdir()
    with Running(scale_link(tmp_path / "port", intake)):
        wait_until(lambda: intake.of(LinkChange))
    assert "trying again every second" in intake.of(LinkChange)[0].text


def test_a_frame_arrives_at_once(wire, intake):
    with Running(scale_link(wire.path, intake)):
        wait_until(lambda: intake.of(LinkChange))
        sent_at = time.time_ns() // 1000
        wire.send(FRAME % 4)
        wait_until(lambda: intake.values)
    assert intake.of(LinkChange)[0].up
    assert intake.arrivals[-1].at - sent_at < 500_000


def test_a_full_intake_stops_the_reading_and_what_was_lost_is_told(wire, intake):
    with Running(scale_link(wire.path, intake)):
        wait_until(lambda: intake.of(LinkChange))
        wire.send(FRAME % 5)
        wait_until(lambda: intake.values == [0.005])
        intake.full = True
        time.sleep(0.06)  # the turn that was under way
        wire.send(FRAME % 6)
        time.sleep(4096 * 10 / FAST.baud + 0.1)
        intake.full = False
        wait_until(lambda: intake.of(Trouble))
        wire.send(FRAME % 7)
        wait_until(lambda: 0.007 in intake.values)
    assert intake.values == [0.005, 0.007]
    (trouble,) = intake.of(Trouble)
    assert trouble.kind == "overrun"
    assert 100_000 < trouble.at - trouble.since < 60_000_000, "from the last time when the port was read"


def test_a_short_pause_of_the_reading_loses_nothing(wire, intake):
    with Running(scale_link(wire.path, intake, SerialSettings(baud=1200))):
        wait_until(lambda: intake.of(LinkChange))
        intake.full = True
        wire.send(FRAME % 6)
        time.sleep(0.2)
        intake.full = False
        wait_until(lambda: intake.values == [0.006])
    assert not intake.of(Trouble)


def test_slaves_on_one_bus_are_asked_in_turn(wire, intake):
    with Running(bus_link(wire, intake, 1, 2)), slaves(wire, lambda question: wire.send(answer_of(question[0]))):
        wait_until(lambda: len(intake.readings) >= 8)
    assert {(each.device, each.channel, each.value) for each in intake.readings} == {
        ("slave-1", "T", 1.0),
        ("slave-1", "RH", 1.5),
        ("slave-2", "T", 2.0),
        ("slave-2", "RH", 2.5),
    }


def test_a_slave_that_answers_late_never_gives_its_value_to_another(wire, intake):
    def answer(question: bytes) -> None:
        if question[0] == 1:
            time.sleep(0.12)
        wire.send(answer_of(question[0]))

    with Running(bus_link(wire, intake, 1, 2)) as link, slaves(wire, answer):
        wait_until(lambda: link.statistics["slave-1"].late >= 3 and link.statistics["slave-2"].answered >= 3)
    values = {(each.device, each.value) for each in intake.readings if each.value is not None}
    assert values == {("slave-2", 2.0), ("slave-2", 2.5)}
    assert {"no_reply", "late_reply"} <= {trouble.kind for trouble in intake.of(Trouble)}


def test_an_adapter_that_echoes_is_read_all_the_same(wire, intake):
    with (
        Running(bus_link(wire, intake, 1)),
        slaves(wire, lambda question: wire.send(question + answer_of(question[0]))),
    ):
        wait_until(lambda: len(intake.readings) >= 6)
    assert not intake.of(Trouble)


def test_the_bus_goes_on_after_its_cable_was_out(wire, intake):
    with Running(bus_link(wire, intake, 1)):
        with slaves(wire, lambda question: wire.send(answer_of(question[0]))):
            wait_until(lambda: intake.readings)
        wire.pull_out()
        wait_until(lambda: len(intake.of(LinkChange)) == 2)
        wire.plug_in()
        before = len(intake.readings)
        with slaves(wire, lambda question: wire.send(answer_of(question[0]))):
            wait_until(lambda: len(intake.readings) > before)


def test_a_serial_server_on_the_network_is_read_again_after_it_hung_up(intake):
    server, port = serve_once(FRAME % 8)
    with Running(scale_link(f"socket://127.0.0.1:{port}", intake)):
        wait_until(lambda: len(intake.values) == 2)
    server.close()
    assert intake.values == [0.008, 0.008]


@pytest.mark.parametrize(
    ("port", "settings", "said"),
    [("sucket://127.0.0.1:1", FAST, "sucket"), ("/dev/ttyUSB0", SerialSettings(bytesize=9), "9")],
)
def test_what_cannot_work_is_said_before_anything_is_opened(intake, port, settings, said):
    with pytest.raises(ConfigurationError, match=said):
        scale_link(port, intake, settings)


def test_a_scale_shares_its_port_with_nobody(wire, intake):
    driver = entry("csv-st")
    assert isinstance(driver, StreamEntry)
    two = [(name, None, driver.build(name)) for name in ("rice-scale", "oil-scale")]
    with pytest.raises(ConfigurationError, match="rice-scale, oil-scale"):
        SerialLink("port", str(wire.path), FAST, two, intake=intake, clock=RealTime())
