"""Decode CAS scales at a till (PD-II type 6, AP-1), also OHAUS Aviator.

    host ENQ 05 → ACK 06, or NAK 15: poll again → host DC1 11 →

    SOH STX S ␣ 01.234 kg BCC ETX EOT     15 bytes
            │ │   │     │  └ XOR of the ten bytes between STX and BCC
            │ │   │     └ unit
            │ │   └ six characters
            │ └ sign: blank, -, or F: above capacity, and all digits are F
            └ S stable, U moving

BCC may be any byte, also ETX, so the length decides. A single ACK or NAK counts only when the next byte, if any, begins
another frame: inside noise it means nothing.

Sources: CAS PD-II manual, p. 19 and 23; CAS AP-1 protocol note; OHAUS Aviator 5000/7000 service manual, p. 36-37.
"""

import re
from decimal import Decimal
from functools import reduce
from operator import xor

from drivers.reading import Reason
from drivers.scales.common.columns import unit
from drivers.scales.common.fields import no_frame, wrong_checksum
from drivers.scales.common.packed import PackedProtocol
from drivers.scales.common.polled import CommandSet
from drivers.scales.common.weighing import Weighing

NAME = "cas-pos"
START = re.compile(rb"\x01\x02|[\x06\x15]")
ENQ, DC1 = b"\x05", b"\x11"
SINGLE = {b"\x06": Weighing(error=Reason.NOT_WEIGHT), b"\x15": Weighing(error=Reason.BUSY)}
BEGINNINGS = b"\x01\x06\x15"
LENGTH = 15
FRAME = re.compile(rb"\x01\x02.{11}\x03\x04", re.DOTALL)
WEIGHT = re.compile(rb"(?P<state>[SU])(?P<sign>[ -])(?P<number> *[0-9]+(?:\.[0-9]+)?)(?P<unit>[A-Za-z% ]{2})")
OVER = re.compile(rb"(?P<state>[SU])F{7}(?P<unit>[A-Za-z% ]{2})")


def _measure(window: bytes, last: bool) -> int | None:
    if window[:1] not in SINGLE:
        return LENGTH if len(window) >= LENGTH else None
    alone = window[1] in BEGINNINGS if len(window) > 1 else last
    return 1 if alone else None


def parse(frame: bytes) -> Weighing:
    """Parse one frame, or a single ACK or NAK.

    Raises:
        DecodeError: with reason `checksum` or `framing`.
    """
    if frame in SINGLE:
        return SINGLE[frame]
    if not FRAME.fullmatch(frame):
        raise no_frame(frame, NAME)
    body, check = frame[2:12], frame[12]
    if reduce(xor, body) != check:
        raise wrong_checksum(frame, NAME)
    match = WEIGHT.fullmatch(body)
    over = OVER.fullmatch(body)
    if match is not None and len(match["number"]) == 6:
        weight = Decimal((match["sign"] + match["number"].lstrip()).decode().strip())
        return Weighing(weight=weight, unit=unit(match["unit"].decode()), stable=match["state"] == b"S")
    if over is not None:
        return Weighing(unit=unit(over["unit"].decode()), stable=over["state"] == b"S", overload=True)
    raise no_frame(frame, NAME)


CAS_POS = PackedProtocol(name=NAME, start=START, measure=_measure, parse=parse, longest=LENGTH)
COMMANDS = CommandSet(poll=(ENQ, DC1), responses={ENQ: rb"[\x06\x15]", DC1: rb"\x01"})
