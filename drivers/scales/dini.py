"""Decode Dini Argeo indicators (LTP, DGT, DFW, 3590E), also sold as Vetek and under other names.

    01ST,GS,·····0.0,kg<CR><LF>     standard line
    │ │  │  │        └ unit: kg, g, t, lb
    │ │  │  └ weight, right-aligned in eight
    │ │  └ GS gross, NT net; VL microvolts and RZ converter points are not weights
    │ └ ST stable, US moving, OL above range, UL below range, TL not level, ER remote scale in error
    └ address, only on RS-485

    011ST,·······0.0,PT······20.8,·········0,kg<CR><LF>
      │   net        │ tare       pieces     └ unit                extended line (REXT): fields of ten, on DGT of eight;
      │              └ PT preset, blanks weighed                   the 3590E writes 1,ST and one field more; REXD adds
      └ number of the scale                                        date and time
    ST,1,·····123.4kg,PT·····20.0kg<CR><LF>
       │ gross        tare                                         AF line of the 3590E; PID in front and an identifier
       └ number of the scale                                       behind for a record from the alibi memory

Responses without a weight: OK, VER,…; ERR01 and ERR02 wrong format or data, ERR03 not allowed now, ERR04 unknown
command. The response to a command sent as ESC … STX is also ESC … STX.

Setting `address`: two digits of an indicator on RS-485, empty (default) on RS-232.

Sources: Dini Argeo LTP manual, p. 43; DGT4X manual, p. 52; 3590E manual, section 5.4, p. 65-69, section 5.8.1, p. 81;
3590ET serial commands, section 3.
"""

import re

from drivers.reading import Reason
from drivers.scales.common.choice import choice
from drivers.scales.common.columns import bad_field, number, unit
from drivers.scales.common.packed import PackedProtocol, up_to
from drivers.scales.common.polled import CommandSet
from drivers.scales.common.weighing import Weighing

STATE = r"(?P<state>ST|US|OL|UL|TL|ER)"
ADDRESS = r"(?:[0-9]{2})?"
TARE = r"(?P<origin>PT|  )(?P<tare>[-+ 0-9.]{8,10})"
UNIT = r"(?P<unit>[A-Za-z% ]{1,2})"
DATE = r"(?:,[0-9/]{8} [0-9:]{8})?"
STANDARD = re.compile(rf"{ADDRESS}{STATE},(?P<kind>GS|NT|VL|RZ),(?P<weight>[^,]{{8}}),{UNIT}")
EXTENDED = re.compile(
    rf"{ADDRESS}[0-9],?{STATE},(?:[0-9],)?(?P<weight>[^,]{{10}}|[^,]{{8}}),{TARE},"
    rf"(?:[ 0-9]{{1,10}},){{1,2}}{UNIT}{DATE}"
)
AF = re.compile(
    rf"{ADDRESS}(?:PID)?{STATE},[0-9],(?P<weight>[^,]{{10}}){UNIT},{TARE}[A-Za-z% ]{{2}}(?:,(?:[0-9]+-[0-9]+|NO))?"
)
# form → whether its weight is net; None: the line states it
FORMS: tuple[tuple[re.Pattern[str], bool | None], ...] = ((STANDARD, None), (EXTENDED, True), (AF, False))
NET = {"GS": False, "NT": True}
STABLE = {"ST": True, "US": False}
OUT_OF_RANGE = {"OL": None, "UL": Reason.UNDERLOAD}
RESPONSE = re.compile(rf"{ADDRESS}(?P<word>ERR0[1-4]|OK|VER,.*)")
ERRORS = {
    "ERR01": Reason.SYNTAX,
    "ERR02": Reason.SYNTAX,
    "ERR03": Reason.BUSY,
    "ERR04": Reason.SYNTAX,
}
START = re.compile(rb"[0-9]|ST,|US,|OL,|UL,|TL,|ER,|PID|ERR|OK|VER,")


def parse(frame: bytes) -> Weighing:
    """Parse one line with its end.

    Raises:
        DecodeError: with reason `framing`.
    """
    text = frame[:-1].decode("latin-1").removesuffix("\x02")
    if (response := RESPONSE.fullmatch(text)) is not None:
        return Weighing(error=ERRORS.get(response["word"], Reason.NOT_WEIGHT))
    for form, net in FORMS:
        if (match := form.fullmatch(text)) is not None:
            return _weighing(match, net)
    raise bad_field(text, "dini line")


def _weighing(match: re.Match[str], net: bool | None) -> Weighing:
    fields = match.groupdict()
    if fields.get("kind") in {"VL", "RZ"}:
        return Weighing(error=Reason.NOT_WEIGHT)
    state, shown = fields["state"], unit(fields["unit"])
    net = NET[fields["kind"]] if net is None else net
    if state in OUT_OF_RANGE:
        # A minus means below range, whatever the state word.
        below = Reason.UNDERLOAD if "-" in fields["weight"] else OUT_OF_RANGE[state]
        return Weighing(unit=shown, net=net, overload=below is None, error=below)
    if state not in STABLE:
        return Weighing(unit=shown, net=net, error=Reason.SCALE_ERROR)
    tare = number(fields["tare"]) if "tare" in fields else None
    return Weighing(weight=number(fields["weight"]), unit=shown, stable=STABLE[state], net=net, tare=tare)


DINI = PackedProtocol(name="dini", start=START, measure=up_to(), parse=parse, longest=96)
SETTINGS = {"address": ("", *(f"{address:02}" for address in range(100)))}


def command_set(*, address: str = "") -> CommandSet:
    """Build the commands of one indicator.

    Raises:
        ConfigurationError: the address does not have two digits.
    """
    prefix = choice("dini", "address", address, {each: each.encode() for each in SETTINGS["address"]})
    poll, zero, tare = (prefix + word + b"\r\n" for word in (b"READ", b"ZERO", b"TARE"))
    reply = prefix + rb"(?:OK|ERR)"
    weight = prefix + rb"(?:[A-Z]{2},|ERR)"
    return CommandSet(
        poll=(poll,), zero=zero, tare=tare, responses={poll: weight, zero: reply, tare: reply}, done=prefix + b"OK"
    )


def dini(**settings: str) -> PackedProtocol:
    """Build the protocol. The address changes the commands, not the frames.

    Raises:
        ConfigurationError: the address does not have two digits.
    """
    command_set(**settings)
    return DINI
