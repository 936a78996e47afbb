"""Decode scales of Adam Equipment: AZextra, CPWplus, Highland, CBC and MDW.

       1.250kg<CR><LF>                 AZextra, polled with P
    G+  1.250 kg<CR><LF>               CPWplus: G gross, N net, T tare
           123.45 g <CR><LF>           Highland, format 2: sign, number right-aligned, unit in three columns
    GROSS   123.45 g <CR><LF>          Highland, format 1: then the lines No. and Total, which are not weighings
    Gross Wt 1.234 Kg<CR><LF>          CBC: a line each for gross, net, tare, pieces …
    LF 0001.25kg CR LF 00 CR ETX       MDW: as NCI; ^^^^^^ above range, ______ below, --------- not zeroed

AZextra responds to P only for a new weight that is not zero. Silence may mean "still zero", "the same as before" or a
scale that is off. So silence is not a reading: neither zero, nor the last weight, nor a loss.

The blanks differ from model to model. So the width of the number is learned, and a number is accepted only at the
beginning of a line.

Sources: Adam AZextra manual, section 3.10; CPWplus, p. 14; Highland, p. 27-29; MDW, p. 13-14; CBC, p. 18.
"""

import re

from drivers.reading import Reason
from drivers.scales import nci
from drivers.scales.common.columns import unit
from drivers.scales.common.fields import NUMBER, UNIT, line_of, no_frame, signed
from drivers.scales.common.packed import UNLABELLED, PackedProtocol
from drivers.scales.common.polled import CommandSet
from drivers.scales.common.weighing import Weighing

NAME = "adam"
# An LF after a CR ends a line; any other LF begins a frame of MDW.
START = re.compile(rb"(?<!\r)\n|(?<![ -~])[A-Za-z]|" + UNLABELLED + rb"[-+ 0-9]")
LINE_END = re.compile(rb"[\r\n]")
MDW = re.compile(rb"\n[^\r\n]{3,16}\r\n[0-?p-\x7f]{2,4}\r\x03")
MDW_BEGUN = re.compile(rb"\n[^\r\n]{0,16}(?:\r(?:\n(?:[0-?p-\x7f]{0,4}|[0-?p-\x7f]{2,4}\r))?)?")
# label in upper case → net
LABELS = {"": None, "G": False, "GROSS": False, "GROSS WT": False, "N": True, "NET": True, "NET WT": True}
# labels of other lines in a record of several lines
OTHER_LABELS = frozenset(
    ["T", "TARE", "TARE WT", "PT", "TOTAL", "TOTAL WT", "NO.", "NO", "PCS", "COUNT", "UNIT WT", "U.W.", "DATE", "TIME"]
)
LABEL = r"(?P<label>[A-Za-z][A-Za-z. ]*?)"
WEIGHT = re.compile(rf"(?:{LABEL}(?:[: ] *|(?=[+-])))? *(?P<sign>[+-]?) *(?P<number>{NUMBER}) *(?P<unit>{UNIT}) *")
OTHER = re.compile(rf"{LABEL}(?:[: ]|(?=[-+])) *[-+]? *[0-9][0-9.:/ -]*(?:{UNIT})? *")


def _measure(window: bytes, _: bool) -> int | None:
    if window[:1] != b"\n":
        end = LINE_END.search(window)
        return end.end() if end else None
    frame = MDW.match(window)
    if frame is None:
        return None if MDW_BEGUN.fullmatch(window) else 0
    return frame.end()


def parse(frame: bytes) -> Weighing:
    """Parse one line, or one frame of MDW.

    Raises:
        DecodeError: with reason `framing`.
    """
    if frame[:1] == b"\n":
        return nci.parse(frame)
    text = line_of(frame, NAME)
    if (other := OTHER.fullmatch(text)) and _name(other["label"]) in OTHER_LABELS:
        return Weighing(error=Reason.NOT_WEIGHT)
    match = WEIGHT.fullmatch(text)
    if match is None or _name(match["label"]) not in LABELS:
        raise no_frame(frame, NAME)
    weight = signed(match["sign"], match["number"])
    return Weighing(weight=weight, unit=unit(match["unit"]), net=LABELS[_name(match["label"])])


def _name(label: str | None) -> str:
    return " ".join((label or "").upper().split())


ADAM = PackedProtocol(name=NAME, start=START, measure=_measure, parse=parse, longest=40, guarded=True)
COMMANDS = CommandSet(poll=(b"P\r\n",), zero=b"Z\r\n", tare=b"T\r\n", silent=True)
