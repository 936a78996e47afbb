"""Read the columns of a frame: a signed number, a unit. Also measure frames by the pattern of their bytes."""

import re
from decimal import Decimal

from drivers.errors import DecodeError
from drivers.reading import Reason
from drivers.scales.common.packed import Measure
from drivers.scales.common.weighing import UNITS

# The sign has a column of its own, so blanks may separate it from the digits.
NUMBER = re.compile(r" *([+-]?) *([0-9]+\.?[0-9]*|\.[0-9]+)")
# Units of balances that are not converted to mass: the frame is good, its reading has no value.
OTHER_UNITS = ("ct", "dwt", "gn", "mo", "mom", "n", "ozt", "tl")
NAMES = UNITS | {name: name for name in OTHER_UNITS}


def number(field: str) -> Decimal:
    """Read a right-aligned decimal number with its sign.

    Raises:
        DecodeError: with reason `framing`.
    """
    if (match := NUMBER.fullmatch(field)) is None:
        raise bad_field(field, "number")
    return Decimal(match[1] + match[2])


def unit(field: str) -> str | None:
    """Return our name of a unit; None for an empty field.

    Raises:
        DecodeError: with reason `framing`.
    """
    text = field.strip(" ").lower()
    if text and text not in NAMES:
        raise bad_field(field, "unit")
    return NAMES.get(text)


def bad_field(field: str, expected: str) -> DecodeError:
    """Build the error for a field, decoded as latin-1, that is not what its column should hold."""
    return DecodeError(f"{field[:64]!r} is no {expected}", reason=Reason.FRAMING, raw=field.encode("latin-1"))


def looks_like(*forms: bytes) -> Measure:
    """Measure frames by patterns of all their bytes; the first match decides."""
    patterns = [re.compile(form, re.DOTALL) for form in forms]

    def measure(window: bytes, _: bool) -> int | None:
        matches = (pattern.match(window) for pattern in patterns)
        return next((match.end() for match in matches if match), None)

    return measure
