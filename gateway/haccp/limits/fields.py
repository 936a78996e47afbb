"""Read JSON that a person or a program wrote, value by value; name whatever is wrong with its place.

A place is written as in `trace[3][1]`. Booleans, NaN and Infinity are no numbers here.
"""

import json
import math
from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any, Self, TypeVar, cast

Choice = TypeVar("Choice", bound=StrEnum)

_ABSOLUTE_ZERO = -273.15
_HOTTEST = 1e4  # Cel; no probe says more and means it
_SHOWN = 40  # characters of a wrong value in a message


class InputError(ValueError):
    """Report input that cannot be used; `place` is where (empty: all of it)."""

    def __init__(self, place: str, text: str) -> None:
        super().__init__(f"{place}: {text}" if place else text)
        self.place = place


class Written(float):
    """Keep the digits in which a number was written, for answers that are keyed by it."""

    text: str

    def __new__(cls, text: str) -> Self:
        number = super().__new__(cls, text)
        number.text = text
        return number


def as_written(number: float) -> str:
    """Return a number in the digits of the input."""
    return number.text if isinstance(number, Written) else str(number)


def parse(text: bytes) -> object:
    """Parse JSON text.

    Raises:
        InputError: it is not JSON.
    """
    try:
        return json.loads(text.decode("utf-8-sig"), parse_float=Written, object_pairs_hook=_each_once)
    except InputError:
        raise
    except UnicodeDecodeError as error:
        raise InputError("", f"byte {error.start} is not UTF-8") from None
    except RecursionError:
        raise InputError("", "is nested too deep") from None
    except ValueError as error:
        raise InputError("", f"is not JSON: {error}") from None


def _each_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Build an object; refuse two keys alike, since nobody knows which was meant."""
    values = dict(pairs)
    if len(values) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise InputError("", f"{shown(twice)} stands twice in one object")
    return values


def shown(value: object) -> str:
    """Return a value as a message shows it: short, and in ASCII."""
    try:
        text = json.dumps(value)
    except (RecursionError, ValueError):
        return "a value nested too deep"
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def number(value: object, place: str) -> float:
    """Return the value as a finite number.

    Raises:
        InputError: it is no finite number.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError(place, f"{shown(value)} is not a number")
    try:
        if math.isfinite(value):
            return value
    except OverflowError:  # an int beyond the floats
        pass
    raise InputError(place, f"{shown(value)} is not a finite number")


def temperature(value: object, place: str) -> float:
    """Return the value as a temperature in Cel.

    Raises:
        InputError: it is no number, or no temperature that matter can have.
    """
    degrees = number(value, place)
    if not _ABSOLUTE_ZERO < degrees <= _HOTTEST:
        raise InputError(place, f"{shown(value)} is no temperature in °C")
    return degrees


class Fields:
    """Read one JSON object, and remember which keys were read, so that a misspelled one can be reported.

    `folder` is where the files that it names are looked for.
    """

    def __init__(self, value: object, *, folder: Path, place: str = "") -> None:
        if not isinstance(value, dict):
            raise InputError(place, f"{shown(value)} is not an object")
        self.folder = folder
        self._values = cast("Mapping[str, Any]", value)
        self._place = place
        self._asked: set[str] = set()

    def at(self, key: str) -> str:
        """Return the place of a key."""
        return f"{self._place}.{key}" if self._place else key

    def has(self, key: str) -> bool:
        """Return whether the key is there, even as null."""
        self._asked.add(key)
        return key in self._values

    def get(self, key: str) -> object:
        """Return the value; None if the key is absent."""
        self._asked.add(key)
        return self._values.get(key)

    def required(self, key: str) -> object:
        """Return the value, which may be null; the key is required."""
        if not self.has(key):
            raise InputError(self.at(key), "is missing")
        return self._values[key]

    def number(self, key: str, default: float | None = None) -> float:
        """Return a number; required when it has no default."""
        if default is not None and not self.has(key):
            return default
        return number(self.required(key), self.at(key))

    def temperature(self, key: str) -> float:
        """Return a temperature in Cel; required."""
        return temperature(self.required(key), self.at(key))

    def number_or_null(self, key: str, default: float | None = None) -> float | None:
        """Return a number; None for null, the default if the key is absent."""
        value = self.required(key) if self.has(key) else default
        return None if value is None else number(value, self.at(key))

    def numbers(self, key: str) -> list[float]:
        """Return a list of numbers."""
        return [number(value, f"{self.at(key)}[{index}]") for index, value in enumerate(self.items(key))]

    def temperature_or_null(self, key: str) -> float | None:
        """Return a temperature in Cel; None for null or if the key is absent."""
        value = self.get(key)
        return None if value is None else temperature(value, self.at(key))

    def temperatures(self, key: str) -> list[float]:
        """Return a list of temperatures in Cel."""
        return [temperature(value, f"{self.at(key)}[{index}]") for index, value in enumerate(self.items(key))]

    def items(self, key: str) -> Sequence[object]:
        """Return a list of any values."""
        value = self.required(key)
        if not isinstance(value, list):
            raise InputError(self.at(key), f"{shown(value)} is not a list")
        return value

    def choice(self, key: str, choices: type[Choice], default: Choice | None = None) -> Choice:
        """Return one of an enum's members; required when it has no default."""
        if default is not None and not self.has(key):
            return default
        return choices(self.word(key, [choice.value for choice in choices]))

    def word(self, key: str, words: Collection[str]) -> str:
        """Return the value, which must be one of these words."""
        value = self.required(key)
        if not isinstance(value, str) or value not in words:
            raise InputError(self.at(key), f"{shown(value)} is none of {', '.join(words)}")
        return value

    def unused(self) -> list[str]:
        """Return the keys that were not read."""
        return [key for key in self._values if key not in self._asked]
