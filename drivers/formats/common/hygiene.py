"""What every message must be before anyone looks for readings in it.

At most 64 KiB of strict UTF-8; JSON (RFC 8259) nested no deeper than 8, without `NaN` and `Infinity`. Numbers stay the
decimals of the text. A boolean is no number, nor is a text that looks like one. Of equal keys the last one counts, and
the sender is told on.
"""

import json
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NoReturn

from drivers.errors import DecodeError

LARGEST = 65_536
DEEPEST = 8
LARGEST_NUMBER = Decimal("1e300")
FLOAT32_DIGITS = 9
"""Decimal digits that tell any two float32 apart: one that has more was widened to a double on its way."""
FLOAT32_STEP = Decimal("0.001")
PRINTED = 1e-14
"""Relative error of a double that was printed with 15 digits."""

STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
TEXT_NUMBER = re.compile(r"[-+]?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]{1,3})?")
OPENS, CLOSES = "[{", "]}"

Pairs = list[tuple[str, Any]]


@dataclass(frozen=True, slots=True)
class Document:
    """A message in JSON.

    Attributes:
        value: with numbers as Decimal.
        repeated: keys that stood twice in one object.
    """

    value: Any
    repeated: tuple[str, ...]


def read_text(payload: bytes) -> str:
    """The text of a message.

    Raises:
        DecodeError: too large, or no UTF-8.
    """
    if len(payload) > LARGEST:
        raise DecodeError(f"{len(payload)} bytes, more than {LARGEST}", raw=payload[:LARGEST])
    try:
        return payload.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DecodeError(f"no UTF-8: {error}", raw=payload) from error


def read_json(payload: bytes) -> Document:
    """The JSON of a message.

    Raises:
        DecodeError: too large, no UTF-8, or no JSON.
    """
    repeated: list[str] = []

    def pairs(each: Pairs) -> dict[str, Any]:
        values = dict(each)
        if len(values) < len(each):
            repeated.extend(repeated_keys(each))
        return values

    value = load_json(payload, pairs)
    return Document(value, tuple(dict.fromkeys(repeated)))


def load_json(payload: bytes, pairs: Callable[[Pairs], Any]) -> Any:
    """JSON with objects made by `pairs`; raises as `read_json`."""
    text = read_text(payload)
    still_open = 0
    try:
        still_open = open_at_end(text)
        return json.loads(
            text, object_pairs_hook=pairs, parse_float=Decimal, parse_int=Decimal, parse_constant=_no_number
        )
    except (ValueError, ArithmeticError) as error:  # the second: an exponent that no Decimal has
        cut = " (is the message cut short?)" if still_open else ""
        raise DecodeError(f"no JSON: {error}{cut}", raw=payload) from error


def repeated_keys(pairs: Pairs) -> list[str]:
    """The keys that stand more than once."""
    keys = [key for key, _ in pairs]
    return sorted({key for key in keys if keys.count(key) > 1})


def open_at_end(text: str) -> int:
    """Count the objects and lists that nobody closed; refuse what nests too deep before a parser recurses into it.

    Raises:
        ValueError: deeper than DEEPEST.
    """
    depth = 0
    for character in STRING.sub("", text):
        if character in OPENS:
            depth += 1
            if depth > DEEPEST:
                raise ValueError(f"nested deeper than {DEEPEST}")
        elif character in CLOSES:
            depth -= 1
    return depth


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def number(value: object) -> Decimal | None:
    """A JSON number that a double can hold; None for anything else."""
    if not isinstance(value, Decimal) or not value.copy_abs() < LARGEST_NUMBER:
        return None
    return _without_float32_noise(value) if len(value.as_tuple().digits) > FLOAT32_DIGITS else value


def text_number(text: str, *, point: str = ".") -> Decimal | None:
    """A number written as text with `point` before its decimals; None for anything else."""
    plain = text.strip(" \t\r\n\0")
    if point != ".":
        plain = plain.replace(".", "x").replace(point, ".")  # 1.234,5 is refused too
    return number(Decimal(plain)) if TEXT_NUMBER.fullmatch(plain) else None


def _without_float32_noise(value: Decimal) -> Decimal:
    """27.2 for 27.200000762939453: what a float32 became when it was printed as a double.

    (The Things Stack, payload formatters, CayenneLPP: its examples show such values.)
    """
    wide = float(value)
    try:
        narrow = struct.unpack("<f", struct.pack("<f", wide))[0]
    except OverflowError:
        return value
    is_noise = abs(narrow - wide) <= PRINTED * abs(wide) and abs(wide) < 1e9
    return value.quantize(FLOAT32_STEP).normalize() if is_noise else value
