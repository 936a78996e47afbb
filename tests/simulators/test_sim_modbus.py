import asyncio
import contextlib
import json
import os
import time
from pathlib import Path

import pytest

from simulators.devices import modbus_slave as modbus
from simulators.devices.modbus_slave import SlaveFault, SlavePort, answer, registers

CASES = [json.loads(line) for line in (Path(__file__).parent / "cases/xy-md02.jsonl").read_text().splitlines()]
ASK = bytes.fromhex("010400010002200b")
REPLY = bytes.fromhex("010404013102222ace")
PATIENCE, A_MOMENT = 10.0, 0.05


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_slave_replies_as_the_documents_say(case):
    held = registers(slave=1, temperature=case["temperature"], humidity=case["humidity"])
    reply = answer(1, held, bytes.fromhex(case["request"]))
    assert (None if reply is None else reply.hex()) == case["reply"]


@pytest.mark.parametrize("address", range(0x0101, 0x0105))
def test_each_setting_of_the_sheet_can_be_read(address):
    held = registers(slave=9, temperature=3.0, humidity=80.0)
    reply = answer(9, held, modbus.with_crc(bytes((9, 3)) + address.to_bytes(2) + b"\x00\x01"))
    assert reply is not None
    assert reply[:3] == b"\x09\x03\x02"


async def _hear(line: int, patience: float) -> bytes:
    """What comes within `patience` seconds, as soon as something does."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        await asyncio.sleep(modbus.FRAME_GAP)
        with contextlib.suppress(BlockingIOError):
            return os.read(line, 64)
    return b""


def _on_a_line(folder: Path, talk) -> None:
    """Run `talk(port, line)` with a slave behind `folder`/chiller-1, and the line opened."""

    async def run() -> None:
        port = SlavePort(folder / "chiller-1", 1, lambda: (30.5, 54.6))
        port.line.plug()
        line = os.open(folder / "chiller-1", os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        try:
            await talk(port, line)
        finally:
            os.close(line)
            port.line.unplug()

    asyncio.run(run())


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (SlaveFault.NONE, REPLY),
        (SlaveFault.SILENT, b""),
        (SlaveFault.CHECKSUM, REPLY[:-1] + b"\x31"),
        (SlaveFault.NOISE, b"\x00\xfe" + REPLY),
        (SlaveFault.ECHO, ASK + REPLY),
    ],
)
def test_a_slave_on_a_line_answers_or_misbehaves_as_told(tmp_path, fault, expected):
    async def talk(port, line):
        port.fault = fault
        os.write(line, ASK[:3])
        await asyncio.sleep(0)
        os.write(line, ASK[3:])
        assert await _hear(line, PATIENCE if expected else A_MOMENT) == expected

    _on_a_line(tmp_path, talk)


def test_a_late_slave_answers_after_the_question_was_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(modbus, "LATE_BY", 0.5)

    async def talk(port, line):
        port.fault = SlaveFault.LATE
        os.write(line, ASK)
        assert await _hear(line, A_MOMENT) == b""
        assert await _hear(line, PATIENCE) == REPLY

    _on_a_line(tmp_path, talk)


def test_an_unplugged_line_hangs_up_and_comes_back_under_the_same_name(tmp_path):
    async def talk(port, line):
        port.line.unplug()
        assert not (tmp_path / "chiller-1").is_symlink()
        with pytest.raises(OSError, match="Input/output"):
            os.write(line, ASK)
        port.line.plug()
        again = os.open(tmp_path / "chiller-1", os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        os.write(again, ASK)
        assert await _hear(again, PATIENCE) == REPLY
        os.close(again)

    _on_a_line(tmp_path, talk)
