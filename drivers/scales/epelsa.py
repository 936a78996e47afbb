"""Decode Epelsa counter scales in Auto mode.

    STX │ letter │ number, right-aligned with blanks │ CR │ ETX
          └ A stable, ! moving, I initial zero (stability unknown)

Frames have no unit. The scale is polled with $ at 9600 8N1. Dibal scales with this protocol send 00.000 above capacity,
so their zero does not prove that the pan is empty.

Sources: Epelsa driver of a pywebdriver fork (header); qzind/tray issue 881; TakePOS-connector-PHP, Scale.java;
Dibal DPOS-400 manual, p. 45.
"""

import re

from drivers.scales.common.columns import number
from drivers.scales.common.fields import no_frame
from drivers.scales.common.packed import PackedProtocol, up_to
from drivers.scales.common.polled import CommandSet
from drivers.scales.common.weighing import Weighing

NAME = "epelsa"
FRAME = re.compile(r"\x02(?P<letter>[A!I])(?P<digits>[- 0-9.]+)\r\x03")
STABLE = {"A": True, "!": False, "I": None}


def parse(frame: bytes) -> Weighing:
    """Parse one frame from STX to ETX.

    Raises:
        DecodeError: with reason `framing`.
    """
    if (match := FRAME.fullmatch(frame.decode("latin-1"))) is None:
        raise no_frame(frame, NAME)
    return Weighing(weight=number(match["digits"]), stable=STABLE[match["letter"]])


EPELSA = PackedProtocol(
    name=NAME,
    start=re.compile(rb"\x02"),
    measure=up_to(re.compile(rb"\x03")),
    parse=parse,
    longest=20,
    guarded=True,
)
COMMANDS = CommandSet(poll=(b"$",))
