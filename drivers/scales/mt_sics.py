"""Decode MT-SICS, the command set of Mettler Toledo balances; also Kern KCP, OHAUS after `PSI`, Btek.

    S S     100.00 g<CR><LF>     stable              S I<CR><LF>   not executable, no stable value in time
    S D     12.345 kg<CR><LF>    moving              S +<CR><LF>   above range    S -   below range
    │ │          │ └ unit                            ES<CR><LF>    syntax error   ET   transmission   EL   logical
    │ │          └ number, right-aligned in 10
    │ └ status
    └ id of the response: S, also for SI, SR and SIR; emulators repeat SI

Responses to other commands (tare T, TA, zero Z, serial number I4, which is also sent at power-up) are not weighings. A
tare is subtracted when one is set, but the frame does not state it. There may be fewer blanks than the columns need.
`S` waits for a stable weight. `SI` gets a response at once, so we send `SI`.

Sources: Mettler AL-IC operating instructions, p. 72; Mettler AT operating instructions, p. 87; Btek T104 manual,
appendix B.
"""

import re

from drivers.reading import Reason
from drivers.scales.common.columns import unit
from drivers.scales.common.fields import NUMBER, UNIT, line_of, no_frame, signed
from drivers.scales.common.packed import PackedProtocol, up_to
from drivers.scales.common.polled import CommandSet
from drivers.scales.common.weighing import Weighing

NAME = "mt-sics"
# A blank before the letter means that it is inside a response: "T S  2.000 kg" is the tare, not a weight.
OTHERS = r"(?:I[0-9]{1,2}|DW?|K|TI?|TAC?|ZI?|C|M[0-9]{2})"
START = re.compile(rb"(?<![A-Za-z ])(?:S(?:I|IR|R)? |E[STL][\r\n]|%b )" % OTHERS.encode())
WEIGHT = re.compile(rf"S(?:I|IR|R)? +(?P<status>[SD]) +(?P<sign>[+-]? *)(?P<number>{NUMBER})(?: +(?P<unit>{UNIT}))? *")
OTHER = re.compile(rf"{OTHERS} +[A-Z+-].*|S +[AB].*")
STABLE = {"S": True, "D": False}
REFUSED = {
    "I": Weighing(error=Reason.BUSY),
    "+": Weighing(overload=True),
    "-": Weighing(error=Reason.UNDERLOAD),
    "L": Weighing(error=Reason.SYNTAX),
}
REFUSAL = re.compile(r"S(?:I|IR|R)? +(?P<status>[I+\-L]) *")
ERRORS = {"ES": Reason.SYNTAX, "ET": Reason.TRANSMISSION, "EL": Reason.SYNTAX}


def parse(frame: bytes) -> Weighing:
    """Parse one line.

    Raises:
        DecodeError: with reason `framing`.
    """
    text = line_of(frame, NAME)
    if match := WEIGHT.fullmatch(text):
        return Weighing(
            weight=signed(match["sign"], match["number"]),
            unit=unit(match["unit"] or ""),
            stable=STABLE[match["status"]],
        )
    if match := REFUSAL.fullmatch(text):
        return REFUSED[match["status"]]
    if text.rstrip() in ERRORS:
        return Weighing(error=ERRORS[text.rstrip()])
    if OTHER.fullmatch(text):
        return Weighing(error=Reason.NOT_WEIGHT)
    raise no_frame(frame, NAME)


MT_SICS = PackedProtocol(name=NAME, start=START, measure=up_to(), parse=parse, longest=64, guarded=True)
COMMANDS = CommandSet(
    poll=(b"SI\r\n",),
    zero=b"Z\r\n",
    tare=b"T\r\n",
    responses={
        b"SI\r\n": rb"S(?:I|IR|R)? |E[STL]",
        b"Z\r\n": rb"ZI? |E[STL]",
        b"T\r\n": rb"TI? |E[STL]",
    },
    done=rb"(?:ZI? A|TI? S)",
)
