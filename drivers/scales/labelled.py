"""Decode lines with one label, one number and one unit: Sonic, GSC, counters and boards without a known protocol.

    WT: 12345 KG            ST  +12345 KG        +12345.0 kg        = 12345
    GROSS:  12.50 kg        N.W. : +  3.662 kg   ·····N·······0.3749 g···        Load_cell output val: 123.45
    ␑·000123.45ct··␓        AWS KG: between XON and XOFF, which a port with software handshake would swallow
    ····123.45·kg·          AXIS LonG: sign, blank, 8 columns, blank, unit in 2, blank

The whole line must have this form; the first number of some other line is not a weight. LABELS lists the labels and
their meanings; a line with another label is not a frame. Without a label the number needs a sign and a unit. A frame
begins after a line end, after noise that is not text, or at a label after the digits of a cut line.

Settings: `label`: one more label (`BERAT`) for a weight, without any other meaning; `decimal`: `point` (default) or
`comma`.

Sources: Mettler MS204TS, A&D and others as captured in chumpon-asaneerat/NSerialCommTools; AWS KG manual, p. 8; Axis
AGN50 manual, p. 15; HX711_ADC demonstration sketch; public Indonesian readers of GSC SGW-3000, SGW-3015, GST-9600 and
Sonic SPS-1000 to 3000. No manual of GSC or Sonic was at hand.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from drivers.reading import Reason
from drivers.scales.common.choice import choice
from drivers.scales.common.columns import number, unit
from drivers.scales.common.fields import no_frame
from drivers.scales.common.packed import UNLABELLED, PackedProtocol, up_to
from drivers.scales.common.weighing import Weighing

NAME = "labelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """Meaning of a label for the number after it."""

    stable: bool | None = None
    net: bool | None = None
    error: Reason | None = None
    overload: bool = False


WEIGHT, GROSS, NET = Meaning(), Meaning(net=False), Meaning(net=True)
OTHER = Meaning(error=Reason.NOT_WEIGHT)
# label in upper case, with single blanks and no colon → meaning
LABELS: Mapping[str, Meaning] = {
    "": WEIGHT,
    "=": WEIGHT,
    "W": WEIGHT,
    "WT": WEIGHT,
    "WEIGHT": WEIGHT,
    "LOAD_CELL OUTPUT VAL": WEIGHT,
    "ST": Meaning(stable=True),
    "US": Meaning(stable=False),
    "OL": Meaning(overload=True),
    "UL": Meaning(error=Reason.UNDERLOAD),
    **dict.fromkeys(("G", "GS", "GW", "G.W.", "GROSS", "GROSS WT", "GROSS WEIGHT", "B", "B/G"), GROSS),
    **dict.fromkeys(("N", "NT", "NW", "N.W.", "NET", "NET WT", "NET WEIGHT"), NET),
    **dict.fromkeys(("T", "TR", "TW", "T.W.", "PT", "TARE", "TARE WT", "TARE WEIGHT", "TOTAL", "NO", "NO."), OTHER),
}
NUMBER = r"(?P<digits>[+-]? *[0-9]+(?:[.,][0-9]+)?)"
UNIT = r"(?P<unit>[A-Za-z]{1,3}|%)"
LABELLED = re.compile(rf" *(?P<label>=|[A-Za-z][A-Za-z_./ ]*?(?= *[:=+-]| +[0-9])) *[:=]? *{NUMBER}(?: *{UNIT})? *")
WITHOUT_NUMBER = re.compile(r" *(?P<label>OL|UL) *:? *[-+. ]*(?:[A-Za-z]{1,3})? *")
BARE = re.compile(rf" *(?=[+-]){NUMBER} *{UNIT} *")
AXIS = re.compile(r"(?P<digits>[ +-] [ 0-9.]{8}) (?P<unit>[A-Za-z% ]{2}) ")
AWS = re.compile(r"\x11(?P<digits>[ +-][0-9.]{9})(?P<unit>[A-Za-z%]{1,3}) *\x13")
FORMS = (LABELLED, WITHOUT_NUMBER, BARE, AXIS)
START = re.compile(UNLABELLED + rb"[\x11 -~]|(?<=[0-9.])[A-Za-z=]")
END = re.compile(rb"[\x13\r\n]")
POINT = {"point": ".", "comma": ","}


def parse(frame: bytes, *, labels: Mapping[str, Meaning] = LABELS, point: str = ".") -> Weighing:
    """Parse one line with its end.

    Raises:
        DecodeError: with reason `framing`.
    """
    text = frame.decode("latin-1")
    match = AWS.fullmatch(text) or next((each for form in FORMS if (each := form.fullmatch(text[:-1]))), None)
    if match is None:
        raise no_frame(frame, NAME)
    parts = match.groupdict()
    label = " ".join((parts.get("label") or "").upper().split())
    meaning = labels.get(label)
    if meaning is None or not set(parts.get("digits") or "").isdisjoint({".", ","} - {point}):
        raise no_frame(frame, NAME)
    return _weighing(parts, meaning, point)


def _weighing(parts: Mapping[str, str | None], meaning: Meaning, point: str) -> Weighing:
    if meaning.error == Reason.NOT_WEIGHT:
        return Weighing(error=meaning.error)
    shown, digits = unit(parts.get("unit") or ""), parts.get("digits")
    if meaning.overload or meaning.error:
        below = meaning.error is not None or "-" in (digits or "")
        return Weighing(unit=shown, overload=not below, error=Reason.UNDERLOAD if below else None)
    weight = number((digits or "").replace(point, "."))
    return Weighing(weight=weight, unit=shown, stable=meaning.stable, net=meaning.net)


def labelled(*, label: str = "", decimal: str = "point") -> PackedProtocol:
    """Build the protocol for one model.

    Raises:
        ConfigurationError: `decimal` is not one of POINT.
    """
    labels = {**LABELS, " ".join(label.upper().rstrip(": ").split()): WEIGHT}
    return PackedProtocol(
        name=NAME,
        start=START,
        measure=up_to(END),
        parse=partial(parse, labels=labels, point=choice(NAME, "decimal", decimal, POINT)),
        guarded=True,
    )


SETTINGS = {"label": ("",), "decimal": tuple(POINT)}
