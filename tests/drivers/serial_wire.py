"""A pseudo-terminal as the far end of a serial line: it can be pulled out and plugged in again under one name."""

import os
import pty
import select
import socket
import threading
import time
import tty
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from drivers.contract import Arrival, Readings
from drivers.links.serial.link import SerialLink
from drivers.reading import Reading

WITHIN = 10.0
Kind = TypeVar("Kind")


class Wire:
    """The far end. `path` is what the gateway opens."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._far: int | None = None

    def plug_in(self) -> None:
        self._far, near = pty.openpty()
        tty.setraw(self._far)
        tty.setraw(near)
        self.path.unlink(missing_ok=True)
        self.path.symlink_to(os.ttyname(near))
        os.close(near)

    def pull_out(self) -> None:
        if self._far is not None:
            os.close(self._far)
            self.path.unlink()
        self._far = None

    def send(self, chunk: bytes) -> None:
        assert self._far is not None
        os.write(self._far, chunk)

    def heard(self, within: float) -> bytes:
        """What the gateway sent, b"" when nothing came or it has not opened the port."""
        assert self._far is not None
        try:
            return os.read(self._far, 256) if select.select([self._far], [], [], within)[0] else b""
        except OSError:
            time.sleep(within)
            return b""


class RecordingIntake:
    """Keeps what links put; `full` is what the test says."""

    def __init__(self) -> None:
        self.full = False
        self.arrivals: list[Arrival] = []

    def put(self, arrival: Arrival) -> None:
        self.arrivals.append(arrival)

    def of(self, kind: type[Kind]) -> list[Kind]:
        return [each for each in self.arrivals if isinstance(each, kind)]

    @property
    def readings(self) -> list[Reading]:
        return [reading for each in list(self.arrivals) if isinstance(each, Readings) for reading in each.readings]

    @property
    def values(self) -> list[float | None]:
        return [reading.value for reading in self.readings]


class RealTime:
    """Clock of the machine."""

    def now(self) -> int:
        return time.time_ns() // 1000

    def monotonic(self) -> float:
        return time.monotonic()


class Running:
    """Runs a link in its thread while the block lasts."""

    def __init__(self, link: SerialLink) -> None:
        self._link = link
        self._thread = threading.Thread(target=link.run)

    def __enter__(self) -> SerialLink:
        self._thread.start()
        return self._link

    def __exit__(self, *_: object) -> None:
        self._link.stop()
        self._thread.join(WITHIN)
        assert not self._thread.is_alive()


def wait_until(condition: Callable[[], object], within: float = WITHIN) -> None:
    """Wait for what another thread does."""
    end = time.monotonic() + within
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.005)


def serve_once(chunk: bytes, after: float = 0.1) -> tuple[socket.socket, int]:
    """A serial server on the network that sends `chunk` to whoever connects, and hangs up."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection:
                time.sleep(after)  # pyserial empties its buffer as it connects
                connection.sendall(chunk)

    threading.Thread(target=serve, daemon=True).start()
    return listening, listening.getsockname()[1]
