"""Bytes → frames: lines of bounded length, and the checksum of Modbus RTU.

What comes out does not depend on how the stream is cut into chunks.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

LINE_END = re.compile(rb"[\r\n]")


class Line(NamedTuple):
    """A line without its end. `ended` is False for bytes given up because no end came."""

    body: bytes
    ended: bool


class LineBuffer:
    """Splits a stream at CR, LF or CR LF, holding at most `limit` bytes.

    A longer run without an end is given out as it overflows, but for its last `keep` bytes: a frame of that length
    which follows garbage is still found whole.
    """

    def __init__(self, *, limit: int = 256, keep: int = 64) -> None:
        self._limit = limit
        self._keep = keep
        self._pending = bytearray()

    @property
    def pending(self) -> bytes:
        """What has come of the line that has not ended yet."""
        return bytes(self._pending)

    def clear(self) -> None:
        """Drop the line that has begun."""
        self._pending.clear()

    def receive_data(self, chunk: bytes) -> Iterator[Line]:
        """Take any slice of the stream; give the lines that became complete. CR LF ends one line and an empty one."""
        *ended, rest = LINE_END.split(chunk)
        for part in ended:
            yield from self._append(part)
            line = self.pending
            self._pending.clear()
            yield Line(line, ended=True)
        yield from self._append(rest)

    def _append(self, part: bytes) -> Iterator[Line]:
        while len(self._pending) + len(part) > self._limit:
            room = self._limit - len(self._pending)
            self._pending += part[:room]
            part = part[room:]
            yield Line(bytes(self._pending[: -self._keep]), ended=False)
            del self._pending[: -self._keep]
        self._pending += part


def _crc_table() -> tuple[int, ...]:
    table = []
    for byte in range(256):
        crc = byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0xA001 if crc & 1 else crc >> 1
        table.append(crc)
    return tuple(table)


CRC_TABLE = _crc_table()


def crc16_modbus(frame: bytes) -> bytes:
    """CRC-16 as RTU frames end with it, low byte first (MODBUS over Serial Line V1.02, §6.2.2)."""
    crc = 0xFFFF
    for byte in frame:
        crc = (crc >> 8) ^ CRC_TABLE[(crc ^ byte) & 0xFF]
    return crc.to_bytes(2, "little")


def read_as_eight_bits(run: bytes) -> str | None:
    """Tell the parity bit that a run of bytes carries as its eighth bit: "even", "odd", or None.

    A seven-bit line read with eight data bits looks like noise, except that every byte has the same parity and the
    lower seven bits are text. Nothing is masked: this only explains why the run is no frame.
    """
    if len(run) < 4 or max(run) < 0x80 or not all(_is_text(byte & 0x7F) for byte in run):
        return None
    parities = {byte.bit_count() % 2 for byte in run}
    if len(parities) > 1:
        return None
    return "odd" if parities == {1} else "even"


def _is_text(byte: int) -> bool:
    return 0x20 <= byte < 0x7F or byte in b"\0\x02\x03\r\n"
