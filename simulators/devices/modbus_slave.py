"""Simulate an XY-MD02 thermometer and hygrometer as a Modbus RTU slave, with the faults of such lines.

From the maker's sheet and the Modbus over Serial Line specification (sections 2.3 and 2.5):

    slave | function | first register (2) | count (2)    | CRC16, low byte first
    slave | function | bytes | values (2 each)           | CRC16
    slave | function + 80h | exception code              | CRC16

    04 input registers    0001h temperature, 0002h humidity, both signed tenths
    03 holding registers  0101h address, 0102h baud (0 = 9600), 0103h and 0104h corrections in tenths
"""

import asyncio
import struct
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path

from simulators.devices.pty_line import PtyLine

READ_HOLDING, READ_INPUT = 3, 4
ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE = 1, 2, 3
FRAME_GAP = 0.004  # seconds: 3.5 characters at 9600 baud
LATE_BY = 1.5  # seconds: later than any sensible time-out


def _crc_table() -> list[int]:
    table = []
    for byte in range(256):
        value = byte
        for _ in range(8):
            value = (value >> 1) ^ (0xA001 if value & 1 else 0)
        table.append(value)
    return table


_CRC = _crc_table()


def with_crc(body: bytes) -> bytes:
    """Return a body with its CRC."""
    crc = 0xFFFF
    for byte in body:
        crc = (crc >> 8) ^ _CRC[(crc ^ byte) & 0xFF]
    return body + crc.to_bytes(2, "little")


class SlaveFault(StrEnum):
    """A fault of a slave or its cable."""

    NONE = "none"
    SILENT = "silent"
    LATE = "late"
    CHECKSUM = "checksum"
    NOISE = "noise"
    ECHO = "echo"


def answer(slave: int, registers: Mapping[int, Mapping[int, int]], frame: bytes) -> bytes | None:
    """Return the response of a slave with these registers (function → address → signed value); None for silence."""
    if len(frame) < 4 or with_crc(frame[:-2]) != frame or frame[0] != slave:
        return None
    function = frame[1]
    if function not in registers:
        return _exception(slave, function, ILLEGAL_FUNCTION)
    if len(frame) != 8:
        return _exception(slave, function, ILLEGAL_VALUE)
    first, count = struct.unpack(">HH", frame[2:6])
    if not 1 <= count <= 125:
        return _exception(slave, function, ILLEGAL_VALUE)
    block = registers[function]
    if any(address not in block for address in range(first, first + count)):
        return _exception(slave, function, ILLEGAL_ADDRESS)
    values = struct.pack(f">{count}h", *(block[address] for address in range(first, first + count)))
    return with_crc(bytes((slave, function, len(values))) + values)


def _exception(slave: int, function: int, code: int) -> bytes:
    return with_crc(bytes((slave, function | 0x80, code)))


def registers(*, slave: int, temperature: float, humidity: float) -> dict[int, dict[int, int]]:
    """Return the registers of an XY-MD02 that measures this (°C, %RH)."""
    return {
        READ_INPUT: {0x0001: round(temperature * 10), 0x0002: round(humidity * 10)},
        READ_HOLDING: {0x0101: slave, 0x0102: 0, 0x0103: 0, 0x0104: 0},
    }


class SlavePort:
    """A slave on a line: recognises the end of a frame by silence, responds, and has the fault that is set."""

    def __init__(self, link: Path, slave: int, measure: Callable[[], tuple[float, float]]) -> None:
        self.line = PtyLine(link, self._receive)
        self.fault = SlaveFault.NONE
        self.powered = True
        self.replies = 0
        self._slave = slave
        self._measure = measure
        self._buffer = b""
        self._silence: asyncio.TimerHandle | None = None

    def _receive(self, chunk: bytes) -> None:
        """Collect bytes; the frame is complete after a silence of 3.5 characters."""
        self._buffer += chunk
        if self._silence is not None:
            self._silence.cancel()
        self._silence = asyncio.get_running_loop().call_later(FRAME_GAP, self._frame)

    def _frame(self) -> None:
        frame, self._buffer = self._buffer, b""
        temperature, humidity = self._measure()
        reply = answer(self._slave, registers(slave=self._slave, temperature=temperature, humidity=humidity), frame)
        if reply is not None and self.powered:
            self._send(frame, reply)

    def _send(self, frame: bytes, reply: bytes) -> None:
        match self.fault:
            case SlaveFault.NONE:
                self._write(reply)
            case SlaveFault.SILENT:
                pass
            case SlaveFault.LATE:
                asyncio.get_running_loop().call_later(LATE_BY, self._write, reply)
            case SlaveFault.CHECKSUM:
                self._write(reply[:-1] + bytes((reply[-1] ^ 0xFF,)))
            case SlaveFault.NOISE:
                self._write(b"\x00\xfe" + reply)
            case SlaveFault.ECHO:
                self._write(frame + reply)

    def _write(self, chunk: bytes) -> None:
        self.replies += self.line.write(chunk)
