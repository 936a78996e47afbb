"""Decode Kern balances of the series KDE-T and FKB: columns without a recognisable beginning.

    ··········12.35·g··<CR><LF>     KDE-T, 18 bytes: stable
    │││         │   │└ unit, three columns; blank while the weight moves
    │││         │   └ blank
    ││└─────────┴ number, right-aligned in ten
    │└ sign or blank (FKB sends its M here)
    └ M or blank
    ········12.35·<CR><LF>          FKB, 15 bytes: moving, the unit's columns are missing
    ···········Error<CR><LF>        fault: 18 bytes on KDE-T, 14 with seven blanks on FKB

The width is fixed, so a line with a byte too few or too many is refused. Bytes before a frame in its line (power-up
noise, half a line) must not end with a blank, or a frame could begin at any blank.
The commands are single letters without a line end; there is no response to taring. Series KFN, KIB and KXS send
`csv-st` lines, which are decoded as well. Balances with KCP are `mt-sics`.

Sources: Kern KDE-T manual, section 9.3.4; Kern FKB manual, "rE Cr", p. 37; Kern KFN-TM manual, section 10.4.
"""

import re

from drivers.reading import Reason
from drivers.scales import csv_st
from drivers.scales.common.columns import number, unit
from drivers.scales.common.packed import PackedProtocol, up_to
from drivers.scales.common.polled import CommandSet
from drivers.scales.common.weighing import Weighing

START = re.compile(rb"(?<! )(?:[ M+-]|(?:ST|US|OL|UL),)")
WEIGHT = re.compile(r"(?P<flags>[ M+-]{2})(?P<digits>[-+ 0-9.]{10}) (?P<unit>[A-Za-z%][A-Za-z ]{2}| {3}|)[\r\n]")
FAULT = re.compile(r" {7}(?: {4})?Error[\r\n]")


def parse(frame: bytes) -> Weighing:
    """Parse one line with its end.

    Raises:
        DecodeError: with reason `framing`.
    """
    text = frame.decode("latin-1")
    if FAULT.fullmatch(text):
        return Weighing(error=Reason.SCALE_ERROR)
    if (match := WEIGHT.fullmatch(text)) is None:
        return csv_st.parse(frame[:-1])
    shown = unit(match["unit"])
    sign = match["flags"].replace("M", "").strip()
    return Weighing(weight=number(sign + match["digits"]), unit=shown, stable=shown is not None)


KERN_KDE = PackedProtocol(name="kern-kde", start=START, measure=up_to(), parse=parse, longest=48, guarded=True)
COMMANDS = CommandSet(poll=(b"w",), tare=b"t")
