"""Parse the text and JSON of messages strictly, before readings are searched in them.

A message has at most 64 KiB of strict UTF-8. JSON (RFC 8259) is nested at most 8 levels deep, without `NaN` and
`Infinity`. Numbers stay exact decimals. Of equal keys the last one counts, and the message is reported.
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
    """A JSON document.

    Attributes:
        value: with numbers as Decimal.
        repeated: keys that occur twice in one object.
    """

    value: Any
    repeated: tuple[str, ...]


def read_text(payload: bytes) -> str:
    """Decode the text of a message.

    Raises:
        DecodeError: it is too large, or not UTF-8.
    """
    if len(payload) > LARGEST:
        raise DecodeError(f"{len(payload)} bytes, more than {LARGEST}", raw=payload[:LARGEST])
    try:
        return payload.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DecodeError(f"no UTF-8: {error}", raw=payload) from error


def read_json(payload: bytes) -> Document:
    """Parse the JSON of a message.

    Raises:
        DecodeError: it is too large, not UTF-8, or not JSON.
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
    """Parse JSON, and build its objects by `pairs`; raises as `read_json`."""
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
    """Return the keys that occur more than once."""
    keys = [key for key, _ in pairs]
    return sorted({key for key in keys if keys.count(key) > 1})


def open_at_end(text: str) -> int:
    """Count the objects and lists that are not closed, and refuse deep nesting before a parser recurses into it.

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
