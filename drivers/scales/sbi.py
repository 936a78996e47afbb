"""Decode Sartorius SBI, the text output of Sartorius balances, in its two lengths.

    sbi-16         +   1255.7 g  <CR><LF>     sign, value in nine columns, blank, unit in three columns
    sbi-22   N     +   1255.7 g  <CR><LF>     the same after an id in six columns: N net, G gross, Qnt, Stat …
                   +   1255.7    <CR><LF>     no unit: not stable
                   +  123.5[6]g  <CR><LF>     [6]: a digit that is not verified for trade
                         High    <CR><LF>     above range; also H. Low, L: below. --: no value. C, Cal.: adjusting
                      Err  12    <CR><LF>     fault of the balance. In 22 columns such words follow Stat

Factory settings: 1200 baud, seven bits, odd parity, and a hardware handshake. With a three-wire cable, a balance sends
nothing until its handshake is switched off.

Sources: Sartorius FB manual, p. 66; EB, p. 64; LE, p. 51; Quintix, p. 87; ME215S, p. 135; CP323S, p. 54.
"""

import re
from dataclasses import replace

from drivers.reading import Reason
from drivers.scales.common.columns import unit
from drivers.scales.common.fields import NUMBER, line_of, no_frame, signed
from drivers.scales.common.packed import UNLABELLED, PackedProtocol, up_to
from drivers.scales.common.polled import CommandSet
from drivers.scales.common.weighing import Weighing

WIDTH, ID_WIDTH = 14, 6
VALUE = re.compile(rf" *(?:(?P<number>{NUMBER}) |(?P<verified>[0-9]+(?:\.[0-9]*)?)\[(?P<unverified>[0-9])\])")
WORDS = {
    "High": Weighing(overload=True),
    "H": Weighing(overload=True),
    "Low": Weighing(error=Reason.UNDERLOAD),
    "L": Weighing(error=Reason.UNDERLOAD),
    "C": Weighing(error=Reason.NO_READING),
    "Cal.": Weighing(error=Reason.NO_READING),
}
DASHES = re.compile(r"-{2,}")
FAULT = re.compile(r"Err\.? *[0-9]+")
# id → net; lines with other ids are not weighings
NET = {"": None, "N": True, "N1": True, "G": False, "G#": False, "Qnt": None}
STATUS = "Stat"


def parse_16(frame: bytes) -> Weighing:
    """Parse a line of 14 columns; raises DecodeError when it is not one."""
    text = line_of(frame, "sbi-16")
    weighing = (_word(text) or _value(text)) if len(text) == WIDTH else None
    if weighing is None:
        raise no_frame(frame, "sbi-16")
    return weighing


def parse_22(frame: bytes) -> Weighing:
    """Parse a line of 20 columns; raises DecodeError when it is not one."""
    text = line_of(frame, "sbi-22")
    name, rest = text[:ID_WIDTH].strip(), text[ID_WIDTH:]
    weighing = (_word(rest) if name == STATUS else _value(rest)) if len(rest) == WIDTH else None
    if weighing is None:
        raise no_frame(frame, "sbi-22")
    if name == STATUS:
        return weighing
    return replace(weighing, net=NET[name]) if name in NET else Weighing(error=Reason.NOT_WEIGHT)


def _word(text: str) -> Weighing | None:
    word = text.strip()
    if DASHES.fullmatch(word):
        return Weighing(error=Reason.NO_READING)
    if FAULT.fullmatch(word):
        return Weighing(error=Reason.SCALE_ERROR)
    return WORDS.get(word)


def _value(text: str) -> Weighing | None:
    sign, value, shown = text[0], text[1:11], text[11:]
    match = VALUE.fullmatch(value)
    if sign not in "+- " or match is None:
        return None
    weight = signed(sign, match["number"] or match["verified"] + match["unverified"])
    return Weighing(weight=weight, unit=unit(shown), stable=bool(shown.strip()))


SBI_16 = PackedProtocol(
    name="sbi-16", start=re.compile(UNLABELLED + rb"[-+ ]"), measure=up_to(), parse=parse_16, longest=20
)
SBI_22 = PackedProtocol(
    name="sbi-22",
    start=re.compile(rb"(?<![ -~])[A-Za-z]|" + UNLABELLED + rb" "),
    measure=up_to(),
    parse=parse_22,
    longest=24,
)
COMMANDS = CommandSet(poll=(b"\x1bP\r\n",), zero=b"\x1bV\r\n", tare=b"\x1bU\r\n")
