"""Decode Shinko Vibra balances (HG, AJ and others).

    +00123.4·G·S<CR><LF>     14 or 15 bytes
    ││      │ └ S stable, U moving, E error data
    ││      └ unit in two columns: ·G is gram, KG, PC, ·%
    │└ number of seven or eight characters
    └ sign, always present

Setting `auxiliary`: the meaning of a slash among the digits (+007.12/3·G·S was captured; no manual at hand explains
it). `refuse` (default): such a line is not a frame; `digit`: the digit after the slash is the last decimal (7.123);
`index`: the digit after the slash is not part of the weight (7.12).

The usual settings of the port are 8 bits, two stop bits. The balances send by themselves.

Sources: Shinko Vibra HG manual, output format, p. 28; captures in chumpon-asaneerat/NSerialCommTools.
"""

import re
from functools import partial

from drivers.reading import Reason
from drivers.scales.common.choice import choice
from drivers.scales.common.columns import bad_field, number, unit
from drivers.scales.common.packed import PackedProtocol, up_to
from drivers.scales.common.weighing import Weighing

START = re.compile(rb"[+-]")
LINE = re.compile(r"(?P<sign>[+-])(?P<digits>[ -~]{7,8})(?P<unit> [A-Za-z%]|[A-Za-z]{2}) (?P<state>[SUE])")
STABLE = {"S": True, "U": False}
SLASH = re.compile(r"(?P<digits>[ 0-9.]+)/(?P<auxiliary>[0-9])")
# setting → the number without the slash
AUXILIARY = {"refuse": None, "digit": r"\g<digits>\g<auxiliary>", "index": r"\g<digits>"}


def parse(frame: bytes, *, without_slash: str | None = None) -> Weighing:
    """Parse one line with its end.

    Raises:
        DecodeError: with reason `framing`.
    """
    text = frame[:-1].decode("latin-1")
    if (match := LINE.fullmatch(text)) is None:
        raise bad_field(text, "vibra line")
    shown = unit(match["unit"])
    if match["state"] not in STABLE:
        return Weighing(unit=shown, error=Reason.SCALE_ERROR)
    digits = match["digits"]
    if without_slash is not None and (slash := SLASH.fullmatch(digits)) is not None:
        digits = slash.expand(without_slash)
    return Weighing(weight=number(match["sign"] + digits), unit=shown, stable=STABLE[match["state"]])


def vibra(*, auxiliary: str = "refuse") -> PackedProtocol:
    """Build the protocol for one model.

    Raises:
        ConfigurationError: `auxiliary` is not one of AUXILIARY.
    """
    form = choice("vibra", "auxiliary", auxiliary, AUXILIARY)
    return PackedProtocol(
        name="vibra",
        start=START,
        measure=up_to(),
        parse=partial(parse, without_slash=form),
        longest=16,
        guarded=True,
    )


SETTINGS = {"auxiliary": tuple(AUXILIARY)}
