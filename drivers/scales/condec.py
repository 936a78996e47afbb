"""Decode Condec and Rice Lake indicators (UMC600, UMC600IS).

    STX │ ␣ or - │ 7 characters │ L or K │ G or N │ status │ CR LF              continuous, after each display update
    STX │ ␣ or - │ 7 characters │ ␣ │ LB or KG │ ␣ │ GR or NT │ ␣ │ CR LF       on demand
    STX │ sign   │ 7 characters │ G, N, U, O or E │ ETX                         relatives seen on coffee roasters

The number contains its point; blanks replace leading zeros. The status is one letter, the one with the highest priority
(STABLE and NO_WEIGHT below). A demand line is withheld while the weight moves, is out of range or negative (a
legal-for-trade rule of the manual), so it is stable. The usual settings of the port are 7 bits, odd parity.

Sources: Condec UMC600 manual, sections 6.6.1 and 8.1, p. 51-52 and 62-63; UMC600IS manual, tables 5-3 and 5-4, p. 34;
wvmarle/Coffee_batch_control, readWeight.ino.
"""

import re

from drivers.reading import Reason
from drivers.scales.common.columns import number
from drivers.scales.common.fields import no_frame
from drivers.scales.common.packed import PackedProtocol, up_to
from drivers.scales.common.polled import CommandSet
from drivers.scales.common.weighing import Weighing

NAME = "condec"
DATA = r"(?P<sign>[ +-])(?P<data>[^\x02\x03\r\n]{7})"
CONTINUOUS = re.compile(rf"\x02{DATA}(?P<unit>[LK])(?P<mode>[GN])(?P<status>[ DAIOMZXY])[\r\n]")
DEMAND = re.compile(rf"\x02{DATA} (?P<unit>LB|KG) (?P<mode>GR|NT) [\r\n]")
LETTER_FORM = re.compile(rf"\x02{DATA}(?P<letter>[GNUOE])\x03")
END = re.compile(rb"[\x03\r\n]")

UNITS = {"K": "kg", "L": "lb", "KG": "kg", "LB": "lb"}
NET = {"G": False, "N": True, "GR": False, "NT": True}
# status letter → stable; X and Y mean that a setpoint was reached
STABLE = {" ": True, "M": False, "X": True, "Y": True}
NO_WEIGHT = {
    "D": Reason.NO_READING,  # digital calibration
    "A": Reason.NO_READING,  # analogue calibration
    "I": Reason.NO_READING,  # invalid
    "E": Reason.SCALE_ERROR,
    "U": Reason.UNDERLOAD,
}
TARE_ON_DISPLAY, OUT_OF_RANGE = "Z", "O"


def parse(frame: bytes) -> Weighing:
    """Parse one frame from STX to its end.

    Raises:
        DecodeError: with reason `framing`.
    """
    text = frame.decode("latin-1")
    if match := DEMAND.fullmatch(text):
        return _weight(match, stable=True, net=NET[match["mode"]])
    if match := CONTINUOUS.fullmatch(text):
        if match["status"] == TARE_ON_DISPLAY:
            return Weighing(error=Reason.NOT_WEIGHT)
        return _by_status(match, match["status"], net=NET[match["mode"]])
    if match := LETTER_FORM.fullmatch(text):
        return _by_status(match, match["letter"], net=NET.get(match["letter"]))
    raise no_frame(frame, NAME)


def _by_status(match: re.Match[str], code: str, *, net: bool | None) -> Weighing:
    shown = _unit(match)
    if code == OUT_OF_RANGE:
        below = "-" in match["sign"] + match["data"]
        return Weighing(unit=shown, net=net, overload=not below, error=Reason.UNDERLOAD if below else None)
    if code in NO_WEIGHT:
        return Weighing(unit=shown, net=net, error=NO_WEIGHT[code])
    return _weight(match, stable=STABLE.get(code), net=net)


def _weight(match: re.Match[str], *, stable: bool | None, net: bool | None) -> Weighing:
    return Weighing(weight=number(match["sign"].strip() + match["data"]), unit=_unit(match), stable=stable, net=net)


def _unit(match: re.Match[str]) -> str | None:
    return UNITS.get(match.groupdict().get("unit", ""))


CONDEC = PackedProtocol(name=NAME, start=re.compile(rb"\x02"), measure=up_to(END), parse=parse, longest=20)
COMMANDS = CommandSet(poll=(b"P\r",))
