"""Simulated devices on pseudo-terminals, living in a thread beside the test."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

from simulators.devices.modbus_slave import SlavePort
from simulators.devices.polled_scale import ScaleLanguage, SimulatedPolledScale
from simulators.devices.pty_line import PtyLine
from simulators.devices.scale import DisplayedWeight
from simulators.devices.uart import Uart

SEND_EVERY = 0.1  # seconds, as indicators do
SHOWN = DisplayedWeight(weight=Decimal("12.34"), stable=True)


@contextmanager
def plugged(line: PtyLine, *, sends: Callable[[], bytes] | None = None) -> Iterator[None]:
    """Have a line plugged in, on which `sends` is written ten times a second, while the block lasts."""
    ready, over = threading.Event(), threading.Event()

    async def live() -> None:
        line.plug()
        ready.set()
        while not over.is_set():
            if sends is not None:
                line.write(sends())
            await asyncio.sleep(SEND_EVERY)
        line.unplug()

    thread = threading.Thread(target=lambda: asyncio.run(live()))
    thread.start()
    ready.wait()
    try:
        yield
    finally:
        over.set()
        thread.join()


@contextmanager
def asked_scale(link: Path, language: ScaleLanguage, *, baud: int = 9600) -> Iterator[SimulatedPolledScale]:
    """A scale that speaks when it is asked."""
    scale = SimulatedPolledScale(link, language, lambda: SHOWN, baud=baud)
    with plugged(scale.line):
        yield scale


@contextmanager
def sending_scale(link: Path, frame: bytes, *, baud: int = 9600, framing: str = "8N1") -> Iterator[list[bytes]]:
    """A scale that speaks by itself; gives what it is sent, which should be nothing."""
    heard: list[bytes] = []
    with plugged(Uart(link, heard.append, baud=baud, frame=framing), sends=lambda: frame):
        yield heard


@contextmanager
def slave(link: Path, address: int) -> Iterator[SlavePort]:
    """An XY-MD02 at 3.5 °C and 81.2 %RH."""
    port = SlavePort(link, address, lambda: (3.5, 81.2))
    with plugged(port.line):
        yield port
