"""Fields of frames with columns: a signed number, a unit; and frames that are measured by what they look like."""

import re
from decimal import Decimal

from drivers.errors import DecodeError
from drivers.reading import Reason
from drivers.scales.common.packed import Measure
from drivers.scales.common.weighing import UNITS

# Blanks may stand between the sign and the digits: the sign has a column of its own.
NUMBER = re.compile(r" *([+-]?) *([0-9]+\.?[0-9]*|\.[0-9]+)")
# Shown by balances and no mass that we convert: such a frame is whole, its reading has no value.
OTHER_UNITS = ("ct", "dwt", "gn", "mo", "mom", "n", "ozt", "tl")
NAMES = UNITS | {name: name for name in OTHER_UNITS}


def number(field: str) -> Decimal:
    """Read a right-aligned decimal number with its sign.

    Raises:
        DecodeError: with reason `framing`.
    """
    if (match := NUMBER.fullmatch(field)) is None:
        raise odd(field, "number")
    return Decimal(match[1] + match[2])


def unit(field: str) -> str | None:
    """Give our name of a unit; None for an empty field.

    Raises:
        DecodeError: with reason `framing`.
    """
    text = field.strip(" ").lower()
    if text and text not in NAMES:
        raise odd(field, "unit")
    return NAMES.get(text)


def odd(field: str, expected: str) -> DecodeError:
    """Build the error of a field, read as latin-1, that is not what its column promises."""
    return DecodeError(f"{field[:64]!r} is no {expected}", reason=Reason.FRAMING, raw=field.encode("latin-1"))


def looks_like(*forms: bytes) -> Measure:
    """Measure frames by patterns of all their bytes; the first that matches decides."""
    patterns = [re.compile(form, re.DOTALL) for form in forms]

    def measure(heard: bytes, _: bool) -> int | None:
        matches = (pattern.match(heard) for pattern in patterns)
        return next((match.end() for match in matches if match), None)

    return measure
