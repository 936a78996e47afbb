"""A serial server of the network (RFC 2217): its line is set from here, and it is read again after it hung up."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest
import serial
from serial.rfc2217 import PortManager
from serial_wire import RealTime, RecordingIntake, Running, Wire, wait_until

from drivers.contract import LinkChange, SerialSettings, StreamDriver
from drivers.links.serial.link import SerialLink
from drivers.registry import StreamEntry, entry

pytestmark = pytest.mark.filterwarnings(
    "ignore:set(Daemon|Name):DeprecationWarning"
)  # pyserial's, on our side of the line
FRAME = b"ST,GS,+000.%03dkg\r\n"
SETTINGS = SerialSettings(baud=4800, stopbits=2)
TURN = 0.01


class PseudoPort(serial.Serial):  # type: ignore[misc] # pyserial has no types
    """A pseudo-terminal has no lines beside those of data: they are what was set last, and nobody answers on them."""

    cts = dsr = ri = cd = False

    def _update_dtr_state(self) -> None:
        pass

    def _update_rts_state(self) -> None:
        pass


class Server:
    """One port of a serial server: pyserial's own far side of RFC 2217, before a pseudo-terminal."""

    def __init__(self, wire: Wire) -> None:
        self.port = PseudoPort(str(wire.path), timeout=0)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._connection: socket.socket | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    @property
    def address(self) -> str:
        return f"rfc2217://127.0.0.1:{self._listening.getsockname()[1]}"

    def hang_up(self) -> None:
        """Drop whoever is connected; the next may come."""
        connection = self._connection
        assert connection is not None
        connection.shutdown(socket.SHUT_RDWR)

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(5)
        self._listening.close()
        self.port.close()

    def _serve(self) -> None:
        self._listening.settimeout(TURN)
        while not self._stopping.is_set():
            with suppress(TimeoutError):
                self._connection, _ = self._listening.accept()
                self._connection.settimeout(TURN)
                with self._connection, suppress(ConnectionError):
                    self._pass_on(self._connection)

    def _pass_on(self, connection: socket.socket) -> None:
        manager = PortManager(self.port, _Writer(connection))
        while not self._stopping.is_set():
            manager.check_modem_lines()
            if chunk := self.port.read(256):
                connection.sendall(b"".join(manager.escape(chunk)))
            with suppress(TimeoutError):
                if not (heard := connection.recv(256)):
                    return
                self.port.write(b"".join(manager.filter(heard)))


class _Writer:
    """What PortManager answers through."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def write(self, chunk: bytes) -> None:
        self._connection.sendall(chunk)


@pytest.fixture
def wire(tmp_path) -> Iterator[Wire]:
    wire = Wire(tmp_path / "scale")
    wire.plug_in()
    yield wire
    wire.pull_out()


@pytest.fixture
def server(wire) -> Iterator[Server]:
    server = Server(wire)
    yield server
    server.stop()


def scale_link(where: str, intake: RecordingIntake) -> SerialLink:
    driver = entry("csv-st")
    assert isinstance(driver, StreamEntry)
    scale: StreamDriver = driver.build("rice-scale")
    return SerialLink("port", where, SETTINGS, [("rice-scale", None, scale)], intake=intake, clock=RealTime())


def test_a_serial_server_is_set_from_here_and_its_scale_is_read(wire, server):
    intake = RecordingIntake()
    with Running(scale_link(server.address, intake)):
        wait_until(lambda: intake.of(LinkChange))
        assert (server.port.baudrate, server.port.stopbits, server.port.parity) == (4800, 2, "N")
        assert not server.port.dtr, "an Arduino behind it would be reset"
        assert not server.port.rts
        for weight in range(1, 6):
            wire.send(FRAME % weight)
        wait_until(lambda: len(intake.values) == 5)
    assert intake.values == [0.001, 0.002, 0.003, 0.004, 0.005]


def test_a_byte_that_means_something_to_telnet_arrives_as_it_was(wire, server):
    intake = RecordingIntake()
    with Running(scale_link(server.address, intake)):
        wait_until(lambda: intake.of(LinkChange))
        wire.send(b"\xff\xff\xff\r\n" + FRAME % 7)
        wait_until(lambda: intake.values)
    assert intake.values == [0.007]


def test_a_serial_server_that_hung_up_is_told_and_read_again(wire, server):
    intake = RecordingIntake()
    with Running(scale_link(server.address, intake)):
        wait_until(lambda: intake.of(LinkChange))
        wire.send(FRAME % 1 + FRAME[:6])
        wait_until(lambda: intake.values)
        server.hang_up()
        wait_until(lambda: [each.up for each in intake.of(LinkChange)] == [True, False, True])
        began = time.monotonic()
        wire.send(b"99kg\r\n" + FRAME % 2)
        wait_until(lambda: len(intake.values) == 2)
        assert time.monotonic() - began < 2
    assert intake.values == [0.001, 0.002]
