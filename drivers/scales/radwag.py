"""Decode Radwag balances and indicators (WTC, WTB, WLT, PUE C/31), also sold by MRC.

    SI·?·······18.5·kg·<CR><LF>     21 bytes; printed and continuous lines have one more blank after the command
    │  │ │        │ └ unit, left-aligned in three
    │  │ │        └ number, right-aligned in nine
    │  │ └ sign: blank or -
    │  └ blank stable, ? moving, ^ above range, v below range
    └ the command of this response, padded to three: S, SI, SU, SUI
    SU·A<CR><LF>                    response without a weight; A the weight follows, D done, I not now, E no stable
                                    weight in time, ^ v range exceeded

The next request must wait for the response.

Sources: Radwag WTC manual, p. 48; WTB manual, p. 60; WLT manual, p. 80; PUE C/31 manual, p. 58-59;
MRC BPS manual, p. 137-138.
"""

import re

from drivers.reading import Reason
from drivers.scales.common.columns import bad_field, number, unit
from drivers.scales.common.packed import PackedProtocol, up_to
from drivers.scales.common.polled import CommandSet
from drivers.scales.common.weighing import Weighing

NAMES = r"(?:S|SI|SU|SUI|Z|T|OT|UT|C[01]|CU[01]|K[01]|NB|PC)"
WEIGHT = re.compile(
    r"(?:S  |SI |SU |SUI) ?(?P<mark>[ ?^v]) (?P<sign>[ +-])(?P<digits>[-+ 0-9.]{9}) (?P<unit>[A-Za-z% ]{3})"
)
CODE = re.compile(rf"(?P<command>{NAMES}) (?P<code>[ADIE^v])")
IDENTITY = re.compile(r'(?:NB|PC) A ".*"')
CODES = {
    "A": Reason.NOT_WEIGHT,
    "D": Reason.NOT_WEIGHT,
    "I": Reason.BUSY,
    "E": Reason.BUSY,
}
OUT_OF_RANGE = {"^": None, "v": Reason.UNDERLOAD}


def parse(frame: bytes) -> Weighing:
    """Parse one line with its end.

    Raises:
        DecodeError: with reason `framing`.
    """
    text = frame[:-1].decode("latin-1")
    if text == "ES":
        return Weighing(error=Reason.SYNTAX)
    if IDENTITY.fullmatch(text):
        return Weighing(error=Reason.NOT_WEIGHT)
    if (match := CODE.fullmatch(text)) is not None:
        return _without_weight(match["command"], match["code"])
    if (match := WEIGHT.fullmatch(text)) is None:
        raise bad_field(text, "radwag line")
    shown = unit(match["unit"])
    if match["mark"] in OUT_OF_RANGE:
        return _out_of_range(match["mark"], shown)
    weight = number(match["sign"].strip() + match["digits"])
    return Weighing(weight=weight, unit=shown, stable=match["mark"] == " ")


def _without_weight(command: str, code: str) -> Weighing:
    if code in CODES:
        return Weighing(error=CODES[code])
    if command.startswith("S"):
        return _out_of_range(code, None)
    return Weighing(error=Reason.BUSY)  # the range of zeroing or taring was exceeded: not done


def _out_of_range(mark: str, shown: str | None) -> Weighing:
    below = OUT_OF_RANGE[mark]
    return Weighing(unit=shown, overload=below is None, error=below)


START = re.compile(rf"(?<![A-Z])(?:{NAMES}(?=[ ?^v])|ES[\r\n])".encode())
# One byte lost from a line of 22 bytes leaves one of 21: the whole length is learned.
LINE = re.compile(rb"[^\r\n]+")
RADWAG = PackedProtocol(name="radwag", start=START, measure=up_to(), parse=parse, guarded=True, field=LINE)
# A response A announces another one, so it is skipped.
COMMANDS = CommandSet(
    poll=(b"SI\r\n",),
    zero=b"Z\r\n",
    tare=b"T\r\n",
    responses={b"SI\r\n": rb"SI [^AD]|ES", b"Z\r\n": rb"Z [^A]|ES", b"T\r\n": rb"T [^A]|ES"},
    done=rb"[ZT] D",
)
