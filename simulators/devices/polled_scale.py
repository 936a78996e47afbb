r"""Simulate scales that send only on request, from their makers' documents: request → response.

mt-sics       SI CR LF             S S ␣␣␣␣␣12.34 ␣ kg CR LF        D while it moves, S + above capacity
              Z CR LF, T CR LF     Z A CR LF, T S ␣ tare
toledo-8217   W                    STX 12.340 CR, three decimals    STX ? status CR while it moves
              Z, T CR              STX ? status CR
nci           W CR                 LF 0012.34kg CR LF 00 CR ETX     status 10: moving
cas-pos       ENQ, then DC1        ACK, then SOH STX S ␣ 012.34 kg BCC ETX EOT
yaohua-cmd    STX A B 0 3 ETX      STX A B + 6 digits, places, XOR in two digits, ETX         net: D for B
radwag        SI CR LF             SI ␣ ␣ ␣ sign 9 digits ␣ unit, 3 CR LF
kern-kde      w                    18 bytes; unit blank while it moves
"""

from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum
from functools import reduce
from operator import xor
from pathlib import Path

from simulators.devices.scale import DisplayedWeight
from simulators.devices.uart import Uart

Show = Callable[[], DisplayedWeight]
POWER_UP_NOISE = b"\x00\x00\x7f\x7f"
LONGEST_COMMAND = 32


class ScaleLanguage(StrEnum):
    """Protocol of a scale that must be polled."""

    MT_SICS = "mt-sics"
    TOLEDO_8217 = "toledo-8217"
    NCI = "nci"
    CAS_POS = "cas-pos"
    YAOHUA_CMD = "yaohua-cmd"
    RADWAG = "radwag"
    KERN_KDE = "kern-kde"


def mt_sics(shown: DisplayedWeight) -> bytes:
    if shown.weight is None:
        return b"S +\r\n"
    return f"S {'S' if shown.stable else 'D'} {shown.weight!s:>10} {shown.unit}\r\n".encode()


def toledo_8217(shown: DisplayedWeight) -> bytes:
    if shown.weight is None:
        return b"\x02?B\r"
    if not shown.stable:
        return b"\x02?A\r"
    if shown.weight < 0:
        return b"\x02?D\r"
    return f"\x02{shown.weight:06.3f}{'N' if shown.net else ''}\r".encode()


def nci(shown: DisplayedWeight) -> bytes:
    if shown.weight is None:
        return b"\n02\r\x03"
    if not shown.stable:
        return b"\n10\r\x03"
    return f"\n{shown.weight:07.2f}{shown.unit}\r\n00\r\x03".encode()


def cas_pos(shown: DisplayedWeight) -> bytes:
    state = "S" if shown.stable else "U"
    digits = "F" * 7 if shown.weight is None else f"{'-' if shown.weight < 0 else ' '}{abs(shown.weight):06.2f}"
    body = f"{state}{digits}{shown.unit:>2}".encode()
    return b"\x01\x02" + body + bytes([reduce(xor, body)]) + b"\x03\x04"


def yaohua_cmd(shown: DisplayedWeight) -> bytes:
    if shown.weight is None:
        return b""
    places = -int(shown.weight.as_tuple().exponent)
    number = f"{'-' if shown.weight < 0 else '+'}{int(abs(shown.weight) * 10**places):06}{places}"
    body = f"A{'D' if shown.net else 'B'}{number}".encode()
    return b"\x02" + body + f"{reduce(xor, body):02X}".encode() + b"\x03"


def radwag(shown: DisplayedWeight) -> bytes:
    if shown.weight is None:
        return b"SI I\r\n"
    sign = "-" if shown.weight < 0 else " "
    return f"SI {' ' if shown.stable else '?'} {sign}{abs(shown.weight)!s:>9} {shown.unit:<3}\r\n".encode()


def kern_kde(shown: DisplayedWeight) -> bytes:
    if shown.weight is None:
        return f"{'':11}Error\r\n".encode()
    sign = "-" if shown.weight < 0 else " "
    unit = shown.unit if shown.stable else ""
    return f" {sign}{abs(shown.weight)!s:>10} {unit:<3}\r\n".encode()


# language → request → response
ANSWERS: dict[ScaleLanguage, dict[bytes, Callable[[DisplayedWeight], bytes]]] = {
    ScaleLanguage.MT_SICS: {
        b"SI\r\n": mt_sics,
        b"S\r\n": mt_sics,
        b"Z\r\n": lambda _: b"Z A\r\n",
        b"T\r\n": lambda shown: f"T S {shown.weight!s:>10} {shown.unit}\r\n".encode(),
        b"@\r\n": lambda _: b'I4 A "B123456789"\r\n',
    },
    ScaleLanguage.TOLEDO_8217: {
        b"W": toledo_8217,
        b"Z": lambda _: b"\x02?P\r",
        b"T\r": lambda _: b"\x02?`\r",
        b"A": lambda _: b"\x02\r",
    },
    ScaleLanguage.NCI: {b"W\r": nci, b"Z\r": lambda _: b"\n20\r\x03"},
    ScaleLanguage.CAS_POS: {b"\x05": lambda _: b"\x06", b"\x11": cas_pos},
    ScaleLanguage.YAOHUA_CMD: {b"\x02AB03\x03": yaohua_cmd},
    ScaleLanguage.RADWAG: {
        b"SI\r\n": radwag,
        b"Z\r\n": lambda _: b"Z A\r\nZ D\r\n",
        b"T\r\n": lambda _: b"T A\r\nT D\r\n",
    },
    ScaleLanguage.KERN_KDE: {b"w": kern_kde, b"t": lambda _: b""},
}
UNKNOWN = {ScaleLanguage.MT_SICS: b"ES\r\n", ScaleLanguage.RADWAG: b"ES\r\n", ScaleLanguage.NCI: b"\n?\r\x03"}
# request → command
COMMANDS = {b"Z\r\n": "zero", b"Z": "zero", b"Z\r": "zero", b"T\r\n": "tare", b"T\r": "tare", b"t": "tare"}
FRAMES = {ScaleLanguage.TOLEDO_8217: "7E1"}


class SimulatedPolledScale:
    """A scale on a line that responds to requests.

    Attributes:
        line: plug it in to begin.
        done: the zero and tare commands that it has carried out.
        powered: switched on.
        answers: number of responses sent.
    """

    def __init__(self, link: Path, language: ScaleLanguage, show: Show, *, baud: int | None = 9600) -> None:
        self.line = Uart(link, self._receive, baud=baud, frame=FRAMES.get(language, "8N1"))
        self.done: list[str] = []
        self.powered = True
        self.answers = 0
        self._language = language
        self._show = show
        self._buffer = b""
        self._zero = self._tare = Decimal(0)

    def power(self, *, on: bool) -> None:
        """Switch it off or on; when it comes on, it sends noise."""
        self.powered, self._buffer = on, b""
        if on and self.line.plugged:
            self.line.write(POWER_UP_NOISE)

    def _receive(self, text: bytes) -> None:
        if not self.powered:
            return
        for byte in text:
            self._buffer = (self._buffer + bytes([byte]))[-LONGEST_COMMAND:]
            self._obey()

    def _obey(self) -> None:
        """Carry out a command that is complete. Bytes before it in the buffer are noise."""
        answers = ANSWERS[self._language]
        command = next((each for each in sorted(answers, key=len, reverse=True) if self._buffer.endswith(each)), None)
        if command is not None:
            self._buffer = b""
            self._act(command)
            self.answers += self.line.write(answers[command](self._net()))
        elif self._buffer.endswith(b"\n") and self._language in UNKNOWN:
            self._buffer = b""
            self.line.write(UNKNOWN[self._language])

    def _act(self, command: bytes) -> None:
        if (action := COMMANDS.get(command)) is None:
            return
        self.done.append(action)
        weight = self._show().weight or Decimal(0)
        if action == "zero":
            self._zero, self._tare = weight, Decimal(0)
        else:
            self._tare = weight - self._zero

    def _net(self) -> DisplayedWeight:
        shown = self._show()
        if shown.weight is None:
            return shown
        weight = shown.weight - self._zero - self._tare
        return DisplayedWeight(weight=weight, stable=shown.stable, net=bool(self._tare), unit=shown.unit)
