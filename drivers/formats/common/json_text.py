"""What every message must be before anyone looks for readings in it.

At most 64 KiB of strict UTF-8; JSON (RFC 8259) nested no deeper than 8, without `NaN` and `Infinity`. Numbers stay the
decimals of the text. A boolean is no number, nor is a text that looks like one. Of equal keys the last one counts, and
the builder is told on.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NoReturn

from drivers.errors import DecodeError

LARGEST = 65_536
DEEPEST = 8

STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
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
