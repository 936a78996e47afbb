"""Slaves that we did not write: pymodbus's own server at the other end of a line of two pseudo-terminals."""

import asyncio
import os
import pty
import select
import threading
import tty
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from pymodbus.server import ModbusSerialServer
from pymodbus.simulator import DataType, SimData, SimDevice
from serial_wire import RealTime, RecordingIntake, Running, wait_until

from drivers.contract import SerialSettings, Trouble
from drivers.links.serial.link import PortTimes, SerialLink
from drivers.probes.modbus import ModbusDevice
from drivers.probes.register_map import load_map

pytestmark = pytest.mark.system
BAUD = 19_200
EIGHT_DS18B20 = [219, -32768, -100, 630, -32768, -32768, -32768, 850]
"""Tenths of a degree; 8000h is an input without a probe."""
T_AND_RH = [305, 546]


@contextmanager
def null_modem() -> Iterator[tuple[str, str]]:
    """The names of two ports that hear each other."""
    (left, left_near), (right, right_near) = pty.openpty(), pty.openpty()
    for end in (left, left_near, right, right_near):
        tty.setraw(end)
    over = threading.Event()

    def carry() -> None:
        while not over.is_set():
            for ready in select.select([left, right], [], [], 0.02)[0]:
                os.write(right if ready == left else left, os.read(ready, 256))

    thread = threading.Thread(target=carry)
    thread.start()
    try:
        yield os.ttyname(left_near), os.ttyname(right_near)
    finally:
        over.set()
        thread.join()
        for end in (left, left_near, right, right_near):
            os.close(end)


def registers(address: int, values: list[int]) -> list[SimData]:
    return [SimData(address, values=values, datatype=DataType.INT16)]


@contextmanager
def slaves(port: str) -> Iterator[None]:
    """A board with eight probes at address 1, a transmitter at address 2."""
    nothing = [SimData(0, values=False, datatype=DataType.BITS)]
    devices = [
        SimDevice(1, (nothing, nothing, registers(0, EIGHT_DS18B20), registers(100, [0]))),
        SimDevice(2, (nothing, nothing, registers(100, [0]), registers(1, T_AND_RH))),
    ]
    ready, loop = threading.Event(), asyncio.new_event_loop()

    async def serve() -> None:
        server = ModbusSerialServer(devices, port=port, baudrate=BAUD)
        await server.serve_forever(background=True)
        over = asyncio.Event()
        stops.append(lambda: loop.call_soon_threadsafe(over.set))
        ready.set()
        await over.wait()
        await server.shutdown()

    stops: list = []
    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    assert ready.wait(10)
    try:
        yield
    finally:
        stops[0]()
        thread.join()
        loop.close()


def link_to(port: str, intake: RecordingIntake, *maps: tuple[int, str]) -> SerialLink:
    drivers = [
        (f"{name}-{slave}", 50_000, ModbusDevice(f"{name}-{slave}", load_map(name), slave=slave))
        for slave, name in maps
    ]
    times = PortTimes(timeout=0.2, slowest=0.4)
    return SerialLink("bus", port, SerialSettings(baud=BAUD), drivers, intake=intake, clock=RealTime(), times=times)


def test_boards_and_transmitters_are_read_beside_an_address_that_only_refuses():
    intake = RecordingIntake()
    with null_modem() as (ours, theirs), slaves(theirs):
        link = link_to(ours, intake, (1, "r4dcb08"), (2, "xy-md02"), (3, "xy-md02"))
        with Running(link):
            wait_until(
                lambda: link.statistics["xy-md02-2"].answered >= 5 and link.statistics["xy-md02-3"].exceptions >= 3
            )
    read = {(each.device, each.channel): each.value for each in intake.readings}
    assert [read["r4dcb08-1", f"ch{number}"] for number in range(1, 9)] == [21.9, None, -10, 63, None, None, None, 85]
    assert (read["xy-md02-2", "T"], read["xy-md02-2", "RH"]) == (30.5, 54.6)
    assert {read["xy-md02-3", channel] for channel in ("T", "RH")} == {None}
    assert {each.device for each in intake.of(Trouble)} == {"xy-md02-3"}
    for device in ("r4dcb08-1", "xy-md02-2"):
        counted = link.statistics[device]
        assert counted.late == counted.checksum == counted.framing == counted.exceptions == counted.no_reply == 0


def test_a_register_that_a_device_does_not_have_is_an_exception_and_no_value():
    intake = RecordingIntake()
    with null_modem() as (ours, theirs), slaves(theirs), Running(link_to(ours, intake, (1, "xy-md02"))) as link:
        wait_until(lambda: link.statistics["xy-md02-1"].exceptions >= 2)
    assert {each.value for each in intake.readings} == {None}
    assert "illegal data address" in intake.of(Trouble)[0].text
