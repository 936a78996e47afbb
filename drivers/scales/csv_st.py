"""Decode the comma lines of many indicators: GSC, Excell, T-Scale, Tiger, Kern KFN and KXS, Yaohua A12E and others.

    ST,GS,+000.876kg<CR><LF>          stable, gross
    US,NT,-001.568lb<CR><LF>          moving, net
    OL,GS,+            <CR><LF>       above capacity: blanks or filler instead of digits
    │  │  │└ number, right-aligned with blanks or zeros   └ unit
    │  │  └ sign, also after blanks
    │  └ GS, G gross; NT, N net; TR tare
    └ ST stable, US moving, OL above range, UL below range

Accepted, since devices send it: a blank or nothing instead of the second comma (T-Scale NHB), blanks between sign and
digits (Excell), blanks before or after the unit, or a comma before it (Tiger TI-02), `Kg` and `KG` (Kern KFN), a
decimal comma instead of the point, no unit at all.
Refused: two points (lb and oz in one number), a letter in the number, a byte that is not ASCII.

Sources: Excell 20KEY, AM4 and H3 manuals, serial output; Kern KFN-TM and KXS-TM, data protocol; Triner TS-700,
section 7; Tiger TI-02, RS-232 output; captures of T-Scale NHB and QHW in chumpon-asaneerat/NSerialCommTools.
"""

import re
from decimal import Decimal

from drivers.errors import DecodeError
from drivers.reading import Reason
from drivers.scales.common.line import LineProtocol
from drivers.scales.common.weighing import UNITS, Weighing

START = re.compile(rb"(?:ST|US|OL|UL),[GNT]")
HEAD = r"(?P<state>ST|US|OL|UL),(?P<kind>GS|NT|TR|G|N) *,? *"
UNIT = r"(?P<unit>[A-Za-z]+|%)"
WEIGHT = re.compile(rf"{HEAD}(?P<sign>[+-]?) *(?P<number>[0-9]+(?:[.,][0-9]+)?)(?: *,? *{UNIT})? *")
OUT_OF_RANGE = re.compile(rf"{HEAD}(?P<filler>[-+0-9., ]*?){UNIT}? *")


def parse(frame: bytes) -> Weighing:
    """Parse one frame, from its state word to the byte before the line end.

    Raises:
        DecodeError: with reason `framing`.
    """
    try:
        text = frame.decode("ascii")
    except UnicodeDecodeError:
        raise _no_frame(frame) from None
    pattern = OUT_OF_RANGE if text.startswith(("OL", "UL")) else WEIGHT
    match = pattern.fullmatch(text)
    if match is None:
        raise _no_frame(frame)
    unit = UNITS.get((match["unit"] or "").lower())
    if match["unit"] and unit is None:
        raise _no_frame(frame)
    if match["kind"] == "TR":
        return Weighing(error=Reason.NOT_WEIGHT)
    return _out_of_range(match, unit) if pattern is OUT_OF_RANGE else _weight(match, unit)


def _weight(match: re.Match[str], unit: str | None) -> Weighing:
    return Weighing(
        weight=Decimal(match["sign"] + match["number"].replace(",", ".")),
        unit=unit,
        stable=match["state"] == "ST",
        net=match["kind"].startswith("N"),
    )


def _out_of_range(match: re.Match[str], unit: str | None) -> Weighing:
    # A row of dashes is filler. A single minus is the sign of a weight below range.
    below = match["state"] == "UL" or match["filler"].count("-") == 1
    return Weighing(
        unit=unit,
        net=match["kind"].startswith("N"),
        overload=not below,
        error=Reason.UNDERLOAD if below else None,
    )


def _no_frame(frame: bytes) -> DecodeError:
    return DecodeError(f"{frame[:64]!r} is no csv-st frame", reason=Reason.FRAMING, raw=frame)


CSV_ST = LineProtocol(name="csv-st", start=START, parse=parse)
