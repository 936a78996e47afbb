"""Decode OHAUS balances and bench scales: Defender, Ranger, Navigator, Scout, Adventurer, Explorer.

    -  1.640 kg   ?N<CR><LF>             Defender 3000
    -    1.640 kg ? NET<CR><LF>          Ranger: B/G or NET
    │    │     │  │ └ legend: G B/G gross, N NET net; Tare, T, PT, TOTAL are not weighings
    │    │     │  └ ? moving, blank stable
    │    │     └ unit, in two or five columns
    │    └ number, right-aligned
    └ polarity, far left of the digits
    ES          unknown command            OK!   done
    interval printing appends hh:mm:ss; Navigator puts the marks of checkweighing and zero before the legend

The columns differ between models, and from their manuals, so blanks are not counted, and the width of the number is
learned. A line without its beginning looks like another number, so a number is accepted only at the beginning of a
line.

Sources: OHAUS Ranger RC manual, p. 36; Ranger RP, p. 48; Adventurer service manual, p. 14; Explorer service manual,
p. 73; Defender 3000, p. 35; RS232 Interface manual, EN-3; Navigator NBF, p. 30; captures of a Defender 3000 in
chumpon-asaneerat/NSerialCommTools.
"""

import re

from drivers.reading import Reason
from drivers.scales.common.columns import unit
from drivers.scales.common.fields import NUMBER, UNIT, line_of, no_frame, signed
from drivers.scales.common.packed import UNLABELLED, PackedProtocol, up_to
from drivers.scales.common.polled import CommandSet
from drivers.scales.common.weighing import Weighing

NAME = "ohaus"
START = re.compile(UNLABELLED + rb"(?:[-+ 0-9]|ES|OK!)")
LEGENDS = {"G": False, "B/G": False, "GROSS": False, "N": True, "NET": True, "": None}
NO_WEIGHT = ("T", "PT", "TARE", "TOTAL")
WORDS = {"ES": Reason.SYNTAX, "OK!": Reason.NOT_WEIGHT}
LEGEND = "|".join(sorted(filter(None, (*LEGENDS, *NO_WEIGHT)), key=len, reverse=True))
WEIGHT = re.compile(
    rf" *(?P<sign>[+-]?) *(?P<number>{NUMBER}) +(?P<unit>{UNIT}) *(?P<moving>\??)"
    rf" *[<>=HL]? *[Z0]? *(?P<legend>(?i:{LEGEND})?)(?: +[0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}})? *"
)


def parse(frame: bytes) -> Weighing:
    """Parse one line.

    Raises:
        DecodeError: with reason `framing`.
    """
    text = line_of(frame, NAME)
    if (word := WORDS.get(text.strip())) is not None:
        return Weighing(error=word)
    match = WEIGHT.fullmatch(text)
    if match is None:
        raise no_frame(frame, NAME)
    legend = match["legend"].upper()
    if legend in NO_WEIGHT:
        return Weighing(error=Reason.NOT_WEIGHT)
    return Weighing(
        weight=signed(match["sign"], match["number"]),
        unit=unit(match["unit"]),
        stable=not match["moving"],
        net=LEGENDS[legend],
    )


OHAUS = PackedProtocol(name=NAME, start=START, measure=up_to(), parse=parse, longest=48, guarded=True)
COMMANDS = CommandSet(
    poll=(b"IP\r\n",),
    zero=b"Z\r\n",
    tare=b"T\r\n",
    responses={b"Z\r\n": rb"OK!|ES", b"T\r\n": rb"OK!|ES"},
    done=rb"OK!",
)
