"""Decode NCI and Weigh-Tronix SCP-01 (6712, 7800, 7821), and its ECR variant at cash registers.

    W CR  →  LF │ weight unit │ CR │ LF │ hh │ CR ETX        a weight and its status
    S CR  →  LF │ hh │ CR ETX                                status only; also ECR's response without a weight
             LF │ ? │ CR ETX                                 command unknown

ECR writes S before the status. `hh` are status characters, two or more, 30h + bits:

    bit    first             second                third
    0      moving            below zero            range
    1      at zero           above capacity        range
    2      RAM error         ROM error             net
    3      EEPROM error      calibration error     initial zero error
    6                        another one follows   another one follows

A range bit has priority over the digits. Some scales (67XXU) send filler instead of digits: ^ above, _ below, - not
zeroed.

Setting `status`: `scp-01` (default) reads the first bit as above; `scp-12` is for models whose bit 0 is 1 when stable
(Salter Brecknell 67XXU and DS-1000, Global Industrial 412584).

Sources: Avery Weigh-Tronix 7821 manual, section 6.3, p. 25; NCI 7800 manual, p. 32; 6712 manual, p. 6; Mettler DIVA
service manual, p. 44-45; Weigh-Tronix SCP-01, 8408-14788-01; Salter Brecknell 67XXU service manual, p. 68-71.
"""

import re
from functools import partial

from drivers.reading import Reason
from drivers.scales.common.choice import choice
from drivers.scales.common.columns import number, unit
from drivers.scales.common.fields import no_frame
from drivers.scales.common.packed import PackedProtocol, up_to
from drivers.scales.common.polled import CommandSet
from drivers.scales.common.weighing import Weighing

NAME = "nci"
DISPLAY = r"\n(?P<digits>[-+ 0-9.]+|-+|\^+|_+) *(?P<unit>[A-Za-z%]{1,3}) *\r"
# the first status character, the second, and another one after each that has bit 6
STATUS = r"\nS?(?P<status>[0-?](?:[0-?]|[p-\x7f]+[0-?]))\r\x03"
FRAME = re.compile(rf"(?:{DISPLAY})?{STATUS}")
# The LF before the status of a weight does not begin a frame: a refused weight must not leave its status behind.
START = re.compile(rb"(?<!\r)\n")
UNKNOWN = b"\n?\r\x03"
# filler instead of digits → (overload, error)
FILLED = {"^": (True, None), "_": (False, Reason.UNDERLOAD), "-": (False, Reason.ZERO_ERROR)}
MOVING = 0x01
ERRORS = (0x0C, 0x0C, 0x08)
UNDER, OVER = 0x01, 0x02
NET = 0x04
# whether bit 0 of the first status character means stable
STABLE_BIT = {"scp-01": False, "scp-12": True}


def parse(frame: bytes, *, stable_bit: bool = False) -> Weighing:
    """Parse one frame from LF to ETX.

    Raises:
        DecodeError: with reason `framing`.
    """
    if frame == UNKNOWN:
        return Weighing(error=Reason.SYNTAX)
    if (match := FRAME.fullmatch(frame.decode("latin-1"))) is None:
        raise no_frame(frame, NAME)
    status = match["status"].encode()
    digits = (match["digits"] or "").strip()
    overload, error = _fault(status, digits)
    return Weighing(
        weight=None if overload or error else number(digits),
        unit=unit(match["unit"] or ""),
        stable=bool(status[0] & MOVING) == stable_bit,
        net=bool(status[2] & NET) if len(status) > 2 else None,
        overload=overload,
        error=error,
    )


def _fault(status: bytes, digits: str) -> tuple[bool, Reason | None]:
    if any(code & errors for code, errors in zip(status, ERRORS, strict=False)):
        return False, Reason.SCALE_ERROR
    if status[1] & OVER:
        return True, None
    if status[1] & UNDER:
        return False, Reason.UNDERLOAD
    if not digits:
        return False, Reason.NO_READING
    return FILLED[digits[0]] if len(set(digits)) == 1 and digits[0] in FILLED else (False, None)


def nci(*, status: str = "scp-01") -> PackedProtocol:
    """Build the protocol for one model.

    Raises:
        ConfigurationError: `status` is not one of STABLE_BIT.
    """
    return PackedProtocol(
        name=NAME,
        start=START,
        measure=up_to(re.compile(rb"\x03")),
        parse=partial(parse, stable_bit=choice(NAME, "status", status, STABLE_BIT)),
        longest=32,
        guarded=True,
    )


SETTINGS = {"status": tuple(STABLE_BIT)}
COMMANDS = CommandSet(poll=(b"W\r",), zero=b"Z\r", responses={b"Z\r": rb"\n(?:S?[0-?]{2}|\?\r)"}, done=rb"\nS?[0-?]{2}")
