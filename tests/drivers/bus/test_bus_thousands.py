"""Thousands of polls on a real line with a slave that is late and one that is silent: no value on a wrong point.

`make fuzz` asks 2,000 times instead of 200.
"""

import os
import threading
import time
from random import Random
from struct import pack

import pytest
from serial_wire import RealTime, RecordingIntake, Running, Wire, wait_until

from drivers.contract import SerialSettings, Trouble
from drivers.framing import crc16_modbus
from drivers.links.serial.link import PortTimes, SerialLink
from drivers.probes.modbus import ModbusDevice
from drivers.probes.register_map import parse_map

POLLS = 2_000 if os.environ.get("MBG_FULL") else 200
LATE, SILENT = 1, 2
TIMEOUT, SLOWEST = 0.02, 0.08
NEAR, FAR = 1, 100
MAP = parse_map(f"""
name: two-blocks
registers:
  - {{channel: near, quantity: temperature, unit: Cel, function: 4, address: {NEAR}, type: int16}}
  - {{channel: far, quantity: temperature, unit: Cel, function: 4, address: {FAR}, type: int16}}
""")


def answer_of(question: bytes) -> bytes:
    """The value of a register is its slave and its address."""
    head = pack(">BBBh", question[0], 4, 2, question[0] * 1000 + question[3])
    return head + crc16_modbus(head)


@pytest.mark.fuzz
@pytest.mark.system
@pytest.mark.timeout(600)
def test_a_late_and_a_silent_slave_never_give_a_value_to_a_wrong_point(tmp_path):
    wire, intake, over, chance = Wire(tmp_path / "port"), RecordingIntake(), threading.Event(), Random(3)
    wire.plug_in()

    def serve() -> None:
        while not over.is_set():
            question = wire.heard(0.02)
            if len(question) == 8 and question[0] == LATE:
                time.sleep(chance.choice([0.001, 0.001, 0.03, 0.06]))
                wire.send(answer_of(question))

    on_port = [(f"slave-{slave}", 5_000, ModbusDevice(f"slave-{slave}", MAP, slave=slave)) for slave in (LATE, SILENT)]
    fast, times = SerialSettings(baud=115_200), PortTimes(timeout=TIMEOUT, slowest=SLOWEST)
    link = SerialLink("bus", str(wire.path), fast, on_port, intake=intake, clock=RealTime(), times=times)
    thread = threading.Thread(target=serve)
    thread.start()
    with Running(link):
        wait_until(lambda: sum(each.asked for each in link.statistics.values()) >= POLLS, within=500)
    over.set()
    thread.join()
    wire.pull_out()
    right = {("slave-1", "near", 1001.0), ("slave-1", "far", 1100.0)}
    assert {(each.device, each.channel, each.value) for each in intake.readings if each.value is not None} == right
    assert link.statistics["slave-1"].late > POLLS // 50
    assert link.statistics["slave-2"].answered == 0
    assert {each.kind for each in intake.of(Trouble)} <= {"no_reply", "late_reply"}
