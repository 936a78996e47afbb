"""Dini Argeo indicators (LTP, DGT, DFW, 3590E), also sold as Vetek and under other names.

    01ST,GS,·····0.0,kg<CR><LF>     standard line
    │ │  │  │        └ unit: kg, g, t, lb
    │ │  │  └ weight, right-aligned in eight
    │ │  └ GS gross, NT net; VL microvolts and RZ converter points are no weights
    │ └ ST stable, US moving, OL above range, UL below range, TL not level, ER remote scale in error
    └ address, only on RS-485

    011ST,·······0.0,PT······20.8,·········0,kg<CR><LF>
      │   net        │ tare       pieces     └ unit                extended line (REXT): fields of ten, on DGT of eight;
      │              └ PT preset, blanks weighed                   the 3590E writes 1,ST and one field more; REXD adds
      └ number of the scale                                        date and time
    ST,1,·····123.4kg,PT·····20.0kg<CR><LF>
       │ gross        tare                                         AF line of the 3590E; PID in front and an identifier
       └ number of the scale                                       behind when it came from the alibi memory

Answers without a weight: OK, VER,…; ERR01 and ERR02 format or data wrong, ERR03 not allowed now, ERR04 unknown command.
A command sent as ESC … STX is answered as ESC … STX.

Setting `address`: two digits of an indicator on RS-485, none (default) on RS-232.

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
# form → whether its weight is net; the standard line says it itself
FORMS: tuple[tuple[re.Pattern[str], bool | None], ...] = ((STANDARD, None), (EXTENDED, True), (AF, False))
NET = {"GS": False, "NT": True}
STABLE = {"ST": True, "US": False}
OUT_OF_RANGE = {"OL": None, "UL": Reason.UNDERLOAD}
ANSWER = re.compile(rf"{ADDRESS}(?P<word>ERR0[1-4]|OK|VER,.*)")
ANSWERS = {
    "ERR01": Reason.SYNTAX,
    "ERR02": Reason.SYNTAX,
    "ERR03": Reason.BUSY,
    "ERR04": Reason.SYNTAX,
}
START = re.compile(rb"[0-9]|ST,|US,|OL,|UL,|TL,|ER,|PID|ERR|OK|VER,")


def parse(frame: bytes) -> Weighing:
    """Read one line with its end.

    Raises:
        DecodeError: with reason `framing`.
    """
    text = frame[:-1].decode("latin-1").removesuffix("\x02")
    if (answer := ANSWER.fullmatch(text)) is not None:
        return Weighing(error=ANSWERS.get(answer["word"], Reason.NOT_WEIGHT))
    for form, net in FORMS:
        if (match := form.fullmatch(text)) is not None:
            return _weighing(match, net)
    raise bad_field(text, "dini line")


def _weighing(match: re.Match[str], net: bool | None) -> Weighing:
    found = match.groupdict()
    if found.get("kind") in {"VL", "RZ"}:
        return Weighing(error=Reason.NOT_WEIGHT)
    state, shown = found["state"], unit(found["unit"])
    net = NET[found["kind"]] if net is None else net
    if state in OUT_OF_RANGE:
        # A minus tells on which side, whatever the word.
        below = Reason.UNDERLOAD if "-" in found["weight"] else OUT_OF_RANGE[state]
        return Weighing(unit=shown, net=net, overload=below is None, error=below)
    if state not in STABLE:
        return Weighing(unit=shown, net=net, error=Reason.SCALE_ERROR)
    tare = number(found["tare"]) if "tare" in found else None
    return Weighing(weight=number(found["weight"]), unit=shown, stable=STABLE[state], net=net, tare=tare)


DINI = PackedProtocol(name="dini", start=START, measure=up_to(), parse=parse, longest=96)
SETTINGS = {"address": ("", *(f"{address:02}" for address in range(100)))}


def command_set(*, address: str = "") -> CommandSet:
    """What to send to one indicator.

    Raises:
        ConfigurationError: the address has not two digits.
    """
    prefix = choice("dini", "address", address, {each: each.encode() for each in SETTINGS["address"]})
    poll, zero, tare = (prefix + word + b"\r\n" for word in (b"READ", b"ZERO", b"TARE"))
    reply = prefix + rb"(?:OK|ERR)"
    weight = prefix + rb"(?:[A-Z]{2},|ERR)"
    return CommandSet(
        poll=(poll,), zero=zero, tare=tare, responses={poll: weight, zero: reply, tare: reply}, done=prefix + b"OK"
    )


def dini(**settings: str) -> PackedProtocol:
    """Build the protocol. The address changes what is asked, not what is understood.

    Raises:
        ConfigurationError: the address has not two digits.
    """
    command_set(**settings)
    return DINI
