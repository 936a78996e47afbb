"""Simulate the bits between two UARTs, when one is set differently from the other.

    idle ───┐ s ┌ d0 … d6 ┬ d7 or parity ┬ stop ─── idle          a byte takes ten bits, least significant first

A receiver waits for the falling edge and samples in the middle of each bit. At another speed it samples at other
moments, and receives other bytes. Seven bits with parity are the same bits as eight without.
"""

import termios
from collections.abc import Callable
from pathlib import Path

from simulators.devices.pty_line import PtyLine

BITS = 10
SPEEDS = {getattr(termios, f"B{baud}"): baud for baud in (600, 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200)}
PARITIES = {"8N1": None, "8N2": None, "7E1": 0, "7O1": 1}


def as_received(chunk: bytes, *, sent: int, received: int) -> bytes:
    """Return the bytes that a UART at `received` bit/s samples, when they are sent without a pause at `sent` bit/s."""
    levels = [level for byte in chunk for level in (0, *(byte >> bit & 1 for bit in range(8)), 1)]
    ratio = sent / received

    def level(at: float) -> int:
        return levels[int(at)] if at < len(levels) else 1

    sampled, at = bytearray(), 0.0
    while (start := next((edge for edge in range(int(at), len(levels)) if levels[edge] == 0), None)) is not None:
        begins = max(float(start), at)
        sampled.append(sum(level(begins + ratio * (bit + 1.5)) << bit for bit in range(8)))
        at = begins + ratio * 9.5
        while level(at) == 0 and at < len(levels):
            at += 1  # a wrong stop bit: the line must rise before it can fall
    return bytes(sampled)


class Uart(PtyLine):
    """A line whose device has a speed and a format of its own, whatever the other end was opened with.

    A pseudo-terminal stores the speed that it is set to, but not the parity: it is always read as eight bits.
    """

    def __init__(
        self, link: Path, on_text: Callable[[bytes], None], *, baud: int | None = None, frame: str = "8N1"
    ) -> None:
        super().__init__(link, self._receive)
        self._on_text = on_text
        self._baud = baud
        self._parity = PARITIES[frame]

    def write(self, chunk: bytes) -> bool:
        """Send text; the bytes that arrive depend on the speed of the other end."""
        return super().write(self._across(self._with_parity(chunk), to_us=False))

    def _receive(self, chunk: bytes) -> None:
        text = self._across(chunk, to_us=True)
        if self._parity is not None:
            text = bytes(byte & 0x7F for byte in text if byte.bit_count() % 2 == self._parity)
        if text:
            self._on_text(text)

    def _with_parity(self, text: bytes) -> bytes:
        if self._parity is None:
            return text
        return bytes(byte | 0x80 if byte.bit_count() % 2 != self._parity else byte for byte in text)

    def _across(self, chunk: bytes, *, to_us: bool) -> bytes:
        theirs = self._their_speed()
        if self._baud is None or theirs is None:
            return chunk
        sent, received = (theirs, self._baud) if to_us else (self._baud, theirs)
        return as_received(chunk, sent=sent, received=received) if sent != received else chunk

    def _their_speed(self) -> int | None:
        """Speed of the other end; None for an unknown speed, and while unplugged."""
        return None if self._slave is None else SPEEDS.get(termios.tcgetattr(self._slave)[5])
