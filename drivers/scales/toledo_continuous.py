"""Decode Toledo continuous output: Mettler Toledo terminals, Kern FTC, Cardinal, Fairbanks, Liden, Triner.

    STX | SWA | SWB | SWC | 6 digits weight | 6 digits tare | CR | CHK     18 bytes
    STX | SWA | SWB | SWC | 6 digits weight | 6 digits tare | CR           17
    STX | SWA | SWB | SWC | 6 digits weight                 | CR | CHK     12
    STX | SWA | SWB | SWC | 6 digits weight                 | CR           11

    SWA  bits 0-2  place of the decimal point: 0 x00, 1 x0, 2 x, 3 .x, 4 .xx, 5 .xxx …
    SWB  bit 0 net, 1 negative, 2 out of range, 3 motion, 4 kg (else lb), 6 power-up, zero not set
    SWC  bits 0-2  0 the unit of SWB, 1 g, 2 t
    CHK  makes the sum of the low seven bits of all bytes 0 modulo 128

Digits have no sign and no point, and blanks may replace leading zeros. The bits that the maker calls constant are not
tested, since clones fill them in differently. They do so with the unit too, so a configured unit has priority.

Dirt: a status byte may be `=`, `-`, CR or STX, and the checksum any byte, so frames are measured, not scanned. A frame
without CHK is recognised by the STX after it, by the end of the recording, or by the setting.

Sources: Mettler Toledo scale user's manual (12/00), tables 6-9 to 6-11; Rockwell 57C428 user guide, appendix D; Kern
FTC manual, p. 42; Mettler ICS425, p. 50; Fairbanks FB3000, p. 55; Liden LUW2001, p. 15; Triner TS-700, p. 13.
"""

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial

from drivers.reading import Reason
from drivers.scales.common.choice import choice
from drivers.scales.common.fields import no_frame, wrong_checksum
from drivers.scales.common.packed import PackedProtocol
from drivers.scales.common.polled import CommandSet
from drivers.scales.common.weighing import Weighing

NAME = "toledo-continuous"
WITHOUT_CHECKSUM, WITH_CHECKSUM = (11, 17), (12, 18)
START = re.compile(rb"\x02")
# In a frame that is out of range, the digits are filler.
BODY = re.compile(rb"\x02[\x00-\x7f]{3}(?P<weight>[ -~]{6})(?P<tare>[ -~]{6})?\r[\x00-\x7f]?")
BEGUN = re.compile(rb"\x02[\x00-\x7f]{0,3}|\x02[\x00-\x7f]{3}[ -~]{1,12}")
DIGITS = re.compile(rb" *[0-9]+")
LONGEST = 19  # with the byte after the frame, which distinguishes a checksum 02 from the next STX
CHECKSUM: dict[str, bool | None] = {"auto": None, "yes": True, "no": False}
# bits of SWB
NET, NEGATIVE, OUT_OF_RANGE, MOTION, NOT_ZEROED = 0x01, 0x02, 0x04, 0x08, 0x40
# SWA bits 0-2 → value of the last digit
SCALES = (Decimal(100), Decimal(10), *(Decimal(1).scaleb(-places) for places in range(6)))


@dataclass(frozen=True, slots=True)
class Dialect:
    """Bits of SWC that name the unit; for other values SWB bit 4 names it."""

    mask: int
    units: dict[int, str]


DIALECTS = {
    "mettler": Dialect(0b111, {1: "g", 2: "t"}),
    "liden": Dialect(0b001, {0: "kg", 1: "lb"}),
}
POUND_OR_KILOGRAM = ("lb", "kg")


def _measure(window: bytes, last: bool, *, checksum: bool | None) -> int | None:
    ends = (end for end in WITHOUT_CHECKSUM if window[end - 1 : end] == b"\r" and _is_text(window, end))
    end = next(ends, None)
    if end is None:
        return None if BEGUN.fullmatch(window) else 0
    if checksum is not None:
        length = end + checksum
        return length if len(window) >= length else None
    return _with_checksum(window, end, last=last)


def _is_text(window: bytes, end: int) -> bool:
    return all(0x20 <= byte < 0x7F for byte in window[4 : end - 1])


def _with_checksum(window: bytes, end: int, *, last: bool) -> int | None:
    """Decide whether the byte after CR is the checksum, or begins the next frame."""
    after = window[end : end + 2]
    if after[:1] not in (b"", b"\x02"):
        return end + 1
    if len(after) == 2:
        return end + 1 if after == b"\x02\x02" else end
    if not last:
        return None
    return end + 1 if after and _sums_up(window[: end + 1]) else end


def _sums_up(frame: bytes) -> bool:
    return sum(byte & 0x7F for byte in frame) % 128 == 0


def parse(frame: bytes, *, dialect: Dialect = DIALECTS["mettler"]) -> Weighing:
    """Parse one frame.

    Raises:
        DecodeError: with reason `checksum` or `framing`.
    """
    if len(frame) in WITH_CHECKSUM and (frame[-1] > 0x7F or not _sums_up(frame)):
        raise wrong_checksum(frame, NAME)
    match = BODY.fullmatch(frame)
    if match is None:
        raise no_frame(frame, NAME)
    _, swa, swb, swc = frame[:4]
    empty = Weighing(
        unit=POUND_OR_KILOGRAM[swb >> 4 & 1] if (unit := dialect.units.get(swc & dialect.mask)) is None else unit,
        stable=not swb & MOTION,
        net=bool(swb & NET),
    )
    if swb & OUT_OF_RANGE:
        below = bool(swb & NEGATIVE)
        return replace(empty, overload=not below, error=Reason.UNDERLOAD if below else None)
    if swb & NOT_ZEROED:
        return replace(empty, error=Reason.ZERO_ERROR)
    weight = _number(match["weight"], swa)
    tare = _number(match["tare"], swa) if (match["tare"] or b"").strip() else None
    return replace(empty, weight=-weight if swb & NEGATIVE else weight, tare=tare)


def _number(digits: bytes, swa: int) -> Decimal:
    if not DIGITS.fullmatch(digits):
        raise no_frame(digits, NAME)
    return Decimal(int(digits)) * SCALES[swa & 0b111]


def toledo_continuous(*, variant: str = "mettler", checksum: str = "auto") -> PackedProtocol:
    """Build the protocol.

    Args:
        variant: `mettler`, or `liden`, where bit 0 of SWC means lb.
        checksum: whether frames have one; `auto` looks at the bytes after CR.

    Raises:
        ConfigurationError: a setting is not one of SETTINGS.
    """
    return PackedProtocol(
        name=NAME,
        start=START,
        measure=partial(_measure, checksum=choice(NAME, "checksum", checksum, CHECKSUM)),
        parse=partial(parse, dialect=choice(NAME, "variant", variant, DIALECTS)),
        longest=LONGEST,
        unit_certain=False,
    )


SETTINGS = {"variant": tuple(DIALECTS), "checksum": tuple(CHECKSUM)}
# Kern FTC needs CR LF after the letter. Other scales need only the letter, and ignore CR LF.
COMMANDS = CommandSet(poll=(b"P\r\n",), zero=b"Z\r\n", tare=b"T\r\n")
