"""Decode SCP-0499 of the Scale Manufacturers Association: Sartorius PR 5220, Btek T419S, Fairbanks, Cardinal.

    LF │ s │ r │ n │ m │ f │ weight, 10 │ unit, 3 │ CR
       │   │   │   │   └ reserved
       │   │   │   └ M moving, blank stable
       │   │   └ G g gross, N n net (small: high resolution), T the tare
       │   └ range
       └ blank or Z (at zero) good; O above, U below capacity; E I zero errors, T tare error; e no weight on the display
    LF │ ? │ CR     unknown command            LF │ ! │ CR     communication error

With E, I and T there are dashes instead of digits. With a blank, dashes mean that no stable weight came in time.

Sources: Sartorius PR 5220 manual, SMA protocol, p. 130; Btek T419S service manual, section 7.1, p. 61; Fairbanks FB2550
manual, appendix III; Fairbanks PR 5410 manual, section 5.3, p. 120; Cardinal 190 manual, p. 79.
"""

import re

from drivers.reading import Reason
from drivers.scales.common.columns import number, unit
from drivers.scales.common.fields import no_frame
from drivers.scales.common.packed import PackedProtocol, up_to
from drivers.scales.common.polled import CommandSet
from drivers.scales.common.weighing import Weighing

NAME = "sma"
REPLY = re.compile(
    r"\n(?P<status>[ ZOUEITe])[ -~](?P<mode>[GNTgn])(?P<motion>[ M])[ -~]"
    r"(?P<digits>[-+ 0-9.]{10})(?P<unit>[A-Za-z% ]{3})\r"
)
REFUSALS = {b"\n?\r": Reason.SYNTAX, b"\n!\r": Reason.TRANSMISSION}
NET = {"G": False, "g": False, "N": True, "n": True}
OVER = "O"
ERRORS = {
    "U": Reason.UNDERLOAD,
    "E": Reason.ZERO_ERROR,
    "I": Reason.ZERO_ERROR,
    "T": Reason.SCALE_ERROR,
    "e": Reason.NO_READING,
}


def parse(frame: bytes) -> Weighing:
    """Parse one frame from LF to CR.

    Raises:
        DecodeError: with reason `framing`.
    """
    if frame in REFUSALS:
        return Weighing(error=REFUSALS[frame])
    if (match := REPLY.fullmatch(frame.decode("latin-1"))) is None:
        raise no_frame(frame, NAME)
    error, overload = ERRORS.get(match["status"]), match["status"] == OVER
    if not overload and error is None:
        if match["mode"] not in NET:
            return Weighing(error=Reason.NOT_WEIGHT)
        if not match["digits"].strip(" -."):
            return Weighing(error=Reason.BUSY)
    return Weighing(
        weight=None if error or overload else number(match["digits"]),
        unit=unit(match["unit"]),
        stable=match["motion"] != "M",
        net=NET.get(match["mode"]),
        overload=overload,
        error=error,
    )


SMA = PackedProtocol(name=NAME, start=re.compile(rb"\n"), measure=up_to(re.compile(rb"\r")), parse=parse, longest=20)
COMMANDS = CommandSet(poll=(b"\nW\r",), zero=b"\nZ\r", tare=b"\nT\r", done=rb"\n[ ZOU]")
