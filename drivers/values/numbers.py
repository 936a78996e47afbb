"""Read numbers as devices write them, as exact decimals.

A boolean is not a number, and neither is a text in JSON that looks like one.
"""

import re
import struct
from decimal import Decimal

LARGEST_NUMBER = Decimal("1e300")
FLOAT32_DIGITS = 9
"""Decimal digits that tell any two float32 apart. A number with more was widened to a double on its way."""
FLOAT32_STEP = Decimal("0.001")
PRINTED = 1e-14
"""Relative error of a double that was printed with 15 digits."""
TEXT_NUMBER = re.compile(r"[-+]?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]{1,3})?")


def number(value: object) -> Decimal | None:
    """Return a JSON number that fits a double; None for anything else."""
    if not isinstance(value, Decimal) or not value.copy_abs() < LARGEST_NUMBER:
        return None
    return _without_float32_noise(value) if len(value.as_tuple().digits) > FLOAT32_DIGITS else value


def text_number(text: str, *, point: str = ".") -> Decimal | None:
    """Read a number in a text, with `point` before its decimals; None for anything else."""
    plain = text.strip(" \t\r\n\0")
    if point != ".":
        plain = plain.replace(".", "x").replace(point, ".")  # 1.234,5 is refused too
    return number(Decimal(plain)) if TEXT_NUMBER.fullmatch(plain) else None


def _without_float32_noise(value: Decimal) -> Decimal:
    """Return 27.2 for 27.200000762939453, which is a float32 that was printed as a double.

    (The Things Stack, payload formatters, CayenneLPP: its examples show such values.)
    """
    wide = float(value)
    try:
        narrow = struct.unpack("<f", struct.pack("<f", wide))[0]
    except OverflowError:
        return value
    is_noise = abs(narrow - wide) <= PRINTED * abs(wide) and abs(wide) < 1e9
    return value.quantize(FLOAT32_STEP).normalize() if is_noise else value
