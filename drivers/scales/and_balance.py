"""Decode A&D balances (EK-L, EJ, GC, HC-i, FX-i) and indicators (AD-4404, AD-4329A, AD-4212D).

    ST,+001234.5  g<CR><LF>        balance: sign and eight characters, unit in three columns
    ST,OK,+001234.5  g<CR><LF>     with comparator (GC): OK HI LO --
    ST,+001234.5,g<CR><LF>         CSV mode
    +001234.5<CR><LF>              NU mode: the number alone
    S     1234.5  g<CR><LF>        MT mode, similar to Mettler; SD moving, SI+ and SI- out of range
    ST,NT,+0012.34kg<CR><LF>       AD-4404: GS NT TR, eight characters with the sign, unit in two columns
    ST,G ,+01234.5kg<CR><LF>       AD-4329A: G N T PT
    │
    └ ST stable, US moving, QT stable count, OL (AD-4404: LO) out of range: the sign shows the side, digits are filler
    EC,E01<CR><LF>                 error; HC-i has one digit
    06                             ACK, if enabled: on receipt, and again when S, T or Z is done

In CSV mode +9999999E+19 means out of range. The balance sends nothing while its menu is open.

Sources: A&D EK-L manual, p. 28; EJ-120, p. 24; GC, p. 51 and 56; HC-i, p. 48; FX-i, section 15-2; AD-4212D, p. 27;
AD-4404, section 9.2.6; AD-4329A, section 9.1.
"""

import re
from decimal import Decimal

from drivers.reading import Reason
from drivers.scales.common.columns import unit
from drivers.scales.common.fields import line_of, no_frame, signed
from drivers.scales.common.packed import UNLABELLED, PackedProtocol
from drivers.scales.common.polled import CommandSet
from drivers.scales.common.weighing import Weighing

NAME = "and"
ACK = b"\x06"
START = re.compile(
    rb"(?:ST|US|OL|QT|LO),[-+GNTPHLO]|EC,E|\x06|(?<![ -~])S(?:[ D] | [SD+-]|I[-+])|" + UNLABELLED + rb"[-+ 0-9]"
)
LINE_END = re.compile(rb"[\r\n]")
BEGINNINGS = b"SUOQELF+-\r\n\x06"
LONGEST = 32

UNIT = r"(?P<unit>[A-Za-z%]{1,3})"
KINDS = {"GS": False, "G": False, "NT": True, "N": True, None: None}
TARES = ("TR", "T", "PT")
STATES = {"ST": True, "US": False, "QT": True}
OUT_OF_RANGE = ("OL", "LO")
DIGITS = " *[0-9]+(?:\\.[0-9]+)?"
BALANCE = re.compile(
    rf"(?P<state>ST|US|OL|QT|LO),(?:(?P<mark>OK|HI|LO|--),)?(?P<sign>[+-])(?P<data>[0-9 .]{{8}}),? {{0,2}}{UNIT} *"
)
INDICATOR = re.compile(
    r"(?P<state>ST|US|OL|QT|LO),(?P<kind>GS|NT|TR|G|N|T|PT) ?,"
    r"(?P<sign>[+-])(?P<data>[0-9 .]{7}) ?(?P<unit>[A-Za-z%]{1,2}) *"
)
OVERFLOW = re.compile(rf"(?P<state>ST|US|OL|QT),(?:(?:OK|HI|LO|--),)?(?P<sign>[+-])9999999E\+19(?:, *{UNIT} *)?")
NUMERALS = re.compile(rf"(?P<sign>[+ -]?)(?P<data>{DIGITS})")
METTLER = re.compile(rf"S(?P<state> S| D|[ D]) (?P<sign> *-?)(?P<data>{DIGITS}) +{UNIT} *")
METTLER_OUT = {
    "SI+": Weighing(overload=True),
    "S +": Weighing(overload=True),
    "SI-": Weighing(error=Reason.UNDERLOAD),
    "S -": Weighing(error=Reason.UNDERLOAD),
}
# The number in those forms where a lost sign or digit would otherwise go unnoticed.
LOOSE_FIELD = re.compile(rb"\A(?:S[ SD]{1,2} )?[-+ ]*[0-9][0-9.]*")
ERROR = re.compile(r"EC,(E[0-9]{1,2})")
# one digit: HC-i; two: GC and others
ERRORS = {"E02": Reason.BUSY, "E11": Reason.BUSY, "E2": Reason.BUSY, "E0": Reason.TRANSMISSION}


def _measure(window: bytes, last: bool) -> int | None:
    if window[:1] != ACK:
        end = LINE_END.search(window)
        return end.end() if end else None
    alone = window[1] in BEGINNINGS if len(window) > 1 else last
    return 1 if alone else None


def parse(frame: bytes) -> Weighing:
    """Parse one line, or a single ACK.

    Raises:
        DecodeError: with reason `framing`.
    """
    if frame == ACK:
        return Weighing(error=Reason.NOT_WEIGHT)
    text = line_of(frame, NAME)
    for pattern, read in FORMS:
        if match := pattern.fullmatch(text):
            return read(match)
    if (out := METTLER_OUT.get(text.rstrip())) is not None:
        return out
    raise no_frame(frame, NAME)


def _words(match: re.Match[str]) -> Weighing:
    parts = match.groupdict()
    if parts.get("kind") in TARES:
        return Weighing(error=Reason.NOT_WEIGHT)
    if parts["state"] in OUT_OF_RANGE:
        return _out_of_range(match)
    return Weighing(
        weight=_weight(match),
        unit=unit(match["unit"]),
        stable=STATES[match["state"]],
        net=KINDS[parts.get("kind")],
    )


def _out_of_range(match: re.Match[str]) -> Weighing:
    below = match["sign"] == "-"
    return Weighing(
        unit=unit(match["unit"] or ""),
        net=KINDS[match.groupdict().get("kind")],
        overload=not below,
        error=Reason.UNDERLOAD if below else None,
    )


def _numerals(match: re.Match[str]) -> Weighing:
    if len(match["data"]) != 8:
        raise no_frame(match[0].encode(), NAME)
    return Weighing(weight=_weight(match))


def _mettler(match: re.Match[str]) -> Weighing:
    return Weighing(weight=_weight(match), unit=unit(match["unit"]), stable="D" not in match["state"])


def _error(match: re.Match[str]) -> Weighing:
    return Weighing(error=ERRORS.get(match[1], Reason.SYNTAX))


def _weight(match: re.Match[str]) -> Decimal:
    if not re.fullmatch(DIGITS, match["data"]):
        raise no_frame(match[0].encode(), NAME)
    return signed(match["sign"], match["data"])


FORMS = (
    (OVERFLOW, _out_of_range),
    (BALANCE, _words),
    (INDICATOR, _words),
    (NUMERALS, _numerals),
    (METTLER, _mettler),
    (ERROR, _error),
)

AND = PackedProtocol(
    name=NAME, start=START, measure=_measure, parse=parse, longest=LONGEST, guarded=True, field=LOOSE_FIELD
)
COMMANDS = CommandSet(
    poll=(b"Q\r\n",),
    zero=b"Z\r\n",
    tare=b"T\r\n",
    responses={b"Q\r\n": rb"(?!\x06)", b"Z\r\n": rb"\x06|EC", b"T\r\n": rb"\x06|EC"},
    done=rb"\x06",
)
