"""Decode CAS indicators: three line formats and a command mode.

    cas-22   ST,GS,1ä,000013.5 kg<CR><LF>     ä: lamps, bit 7 always 1, so the line needs eight data bits
             │  │  ││ └ eight characters, then a blank (the "relay" form: a mask of outputs) and the unit
             │  │  │└ lamps; if they contradict the words, the words count
             │  │  └ device: 30h + number
             │  └ GS gross, NT net
             └ ST stable, US moving, OL out of range
             ST,GS,000013.5K 0001<CR><LF>     the "limit" form of NT-200 and PDS: no unit, flags zero low high OK
    cas-18   ST,GS,000013.5kg<CR><LF>
    cas-10   000013.5<CR><LF>
    cas-cmd  STX 01 WZER [data] A9 ETX        id, command, checksum: low byte of the sum from the id on, in hex;
                                              data: ACK, NAK, or the 16 characters of cas-18

Dirt: lamps that are not ASCII; lines that begin in the middle; in cas-10 only the length shows a lost digit.

Sources: CAS CI-400 manual, p. 104; CI-600D, p. 75; NT-200, p. 49; PDS, p. 31; CI-502A, p. 77-79.
"""

import re
from dataclasses import replace

from drivers.reading import Reason
from drivers.scales.common.columns import unit
from drivers.scales.common.fields import no_frame, signed, wrong_checksum
from drivers.scales.common.packed import UNLABELLED, PackedProtocol, of_length, up_to
from drivers.scales.common.weighing import Weighing

HEAD = rb"(?P<state>ST|US|OL),(?P<kind>GS|NT),"
DATA = rb"(?P<data>[-+ 0-9.]{8})"
UNIT = rb"(?P<unit>[A-Za-z% ]{2})"
START = re.compile(rb"(?:ST|US|OL),(?:GS|NT),")
LAMPS_FORM = re.compile(rb"%b[\x30-\x7f][\x80-\xff],%b[^0-9.]%b[\r\n]" % (HEAD, DATA, UNIT), re.DOTALL)
LIMIT_FORM = re.compile(rb"%b%b[!-~] [01]{4}[\r\n]" % (HEAD, DATA))
SHORT_FORM = re.compile(rb"%b%b%b[\r\n]" % (HEAD, DATA, UNIT))
NUMBER = re.compile(rb"(?P<sign> *[+-]?)(?P<digits> *[0-9]+(?:\.[0-9]+)?)")
# A frame ends with its CR, since some models send no LF. An LF after it is not garbage.
STABLE = {b"ST": True, b"US": False}


def parse_22(frame: bytes) -> Weighing:
    """Parse a frame of 22 bytes up to its CR; raises DecodeError when it is not a frame."""
    match = LAMPS_FORM.fullmatch(frame) or LIMIT_FORM.fullmatch(frame)
    return _worded(match, frame, "cas-22")


def parse_18(frame: bytes) -> Weighing:
    """Parse a frame of 18 bytes up to its CR; raises DecodeError when it is not a frame."""
    return _worded(SHORT_FORM.fullmatch(frame), frame, "cas-18")


def parse_10(frame: bytes) -> Weighing:
    """Parse a number of eight characters; raises DecodeError when it is not one."""
    data = frame.rstrip(b"\r\n")
    match = NUMBER.fullmatch(data)
    if len(data) != 8 or match is None:
        raise no_frame(frame, "cas-10")
    return Weighing(weight=signed(match["sign"].decode(), match["digits"].decode()))


def parse_command(frame: bytes) -> Weighing:
    """Parse a response of the command mode; raises DecodeError for a wrong checksum, or when it is not a frame."""
    match = COMMAND.fullmatch(frame)
    if match is None:
        raise no_frame(frame, "cas-cmd")
    if check(match["body"]) != match["check"]:
        raise wrong_checksum(frame, "cas-cmd")
    data = match["data"]
    return ACKNOWLEDGED.get(data) or parse_18(data + b"\r")


def check(body: bytes) -> bytes:
    """Return the checksum of the bytes between STX and the checksum."""
    return b"%02X" % (sum(body) & 0xFF)


def command(name: bytes, device: int = 1) -> bytes:
    """Build a command, such as WZER to set the zero."""
    body = b"%02d%b" % (device, name)
    return b"\x02" + body + check(body) + b"\x03"


def _worded(match: re.Match[bytes] | None, frame: bytes, name: str) -> Weighing:
    if match is None:
        raise no_frame(frame, name)
    parts = match.groupdict()
    empty = Weighing(unit=unit((parts.get("unit") or b"").decode()), net=parts["kind"] == b"NT")
    if parts["state"] == b"OL":
        below = b"-" in parts["data"]
        return replace(empty, overload=not below, error=Reason.UNDERLOAD if below else None)
    number = NUMBER.fullmatch(parts["data"])
    if number is None:
        raise no_frame(frame, name)
    weight = signed(number["sign"].decode(), number["digits"].decode())
    return replace(empty, weight=weight, stable=STABLE[parts["state"]])


COMMAND = re.compile(
    rb"\x02(?P<body>[0-9A-Z]{2}[A-Z]{4}(?P<data>|[\x06\x15]|.{16}))(?P<check>[0-9A-F]{2})\x03", re.DOTALL
)
ACKNOWLEDGED = {
    b"": Weighing(error=Reason.NOT_WEIGHT),
    b"\x06": Weighing(error=Reason.NOT_WEIGHT),
    b"\x15": Weighing(error=Reason.BUSY),
}

CAS_22 = PackedProtocol(name="cas-22", start=START, measure=of_length(21), parse=parse_22, longest=21)
CAS_18 = PackedProtocol(name="cas-18", start=START, measure=of_length(17), parse=parse_18, longest=17)
CAS_10 = PackedProtocol(
    name="cas-10", start=re.compile(UNLABELLED + rb"[-+ 0-9]"), measure=up_to(), parse=parse_10, longest=16
)
CAS_CMD = PackedProtocol(
    name="cas-cmd", start=re.compile(rb"\x02"), measure=up_to(re.compile(rb"\x03")), parse=parse_command, longest=26
)
