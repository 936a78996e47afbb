"""Cut a byte stream into lines, and compute the checksum of Modbus RTU.

The lines do not depend on how the stream is cut into chunks.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

LINE_END = re.compile(rb"[\r\n]")


class Line(NamedTuple):
    """A line without its line end. `ended` is False when the line grew too long before an end came."""

    body: bytes
    ended: bool


class LineBuffer:
    """Splits a stream at CR, LF or CR LF, and holds at most `limit` bytes.

    A longer run is returned as an unended line, except for its last `keep` bytes: a frame of that length that follows
    garbage stays whole.
    """

    def __init__(self, *, limit: int = 256, keep: int = 64) -> None:
        self._limit = limit
        self._keep = keep
        self._pending = bytearray()

    @property
    def pending(self) -> bytes:
        """Bytes of the line that has not ended yet."""
        return bytes(self._pending)

    def clear(self) -> None:
        """Drop the unfinished line."""
        self._pending.clear()

    def receive_data(self, chunk: bytes) -> Iterator[Line]:
        """Take any slice of the stream and yield the lines that it completes. CR LF also yields an empty line."""
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
    """Return the CRC-16 of an RTU frame, low byte first (MODBUS over Serial Line V1.02, §6.2.2)."""
    crc = 0xFFFF
    for byte in frame:
        crc = (crc >> 8) ^ CRC_TABLE[(crc ^ byte) & 0xFF]
    return crc.to_bytes(2, "little")


def read_as_eight_bits(run: bytes) -> str | None:
    """Return the parity that a run of bytes carries in its eighth bit: "even", "odd", or None.

    A line of seven data bits that is read with eight looks like noise, but every byte has the same parity, and the
    lower seven bits are text. The bytes stay as they are: the result only explains why the run is not a frame.
    """
    if len(run) < 4 or max(run) < 0x80 or not all(_is_text(byte & 0x7F) for byte in run):
        return None
    parities = {byte.bit_count() % 2 for byte in run}
    if len(parities) > 1:
        return None
    return "odd" if parities == {1} else "even"


def _is_text(byte: int) -> bool:
    return 0x20 <= byte < 0x7F or byte in b"\0\x02\x03\r\n"
