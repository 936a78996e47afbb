"""JSON that a person or a program wrote, read value by value; whatever is wrong is named with its place.

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
    """The input cannot be used; `place` is where (empty: all of it)."""

    def __init__(self, place: str, text: str) -> None:
        super().__init__(f"{place}: {text}" if place else text)
        self.place = place


class Written(float):
    """A number that remembers how it was written, for answers that are keyed by it."""

    text: str

    def __new__(cls, text: str) -> Self:
        number = super().__new__(cls, text)
        number.text = text
        return number


def as_written(number: float) -> str:
    """A number in the digits of the input."""
    return number.text if isinstance(number, Written) else str(number)


def parse(text: bytes) -> object:
    """JSON text to values.

    Raises:
        InputError: it is none.
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
    """An object; of two keys alike nobody knows which was meant."""
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise InputError("", f"{shown(twice)} stands twice in one object")
    return found


def shown(value: object) -> str:
    """A value as a message shows it: short, and ASCII whatever it holds."""
    try:
        text = json.dumps(value)
    except (RecursionError, ValueError):
        return "a value nested too deep"
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def number(value: object, place: str) -> float:
    """A finite number.

    Raises:
        InputError: it is none.
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
    """A temperature in Cel.

    Raises:
        InputError: it is no number, or none that matter can have.
    """
    degrees = number(value, place)
    if not _ABSOLUTE_ZERO < degrees <= _HOTTEST:
        raise InputError(place, f"{shown(value)} is no temperature in °C")
    return degrees


class Fields:
    """One JSON object. It remembers which keys were asked for, so that a misspelled one can be told.

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
        """The place of a key."""
        return f"{self._place}.{key}" if self._place else key

    def has(self, key: str) -> bool:
        """It was given, if only as null."""
        self._asked.add(key)
        return key in self._values

    def get(self, key: str) -> object:
        """Whatever is there, None if nothing is."""
        self._asked.add(key)
        return self._values.get(key)

    def required(self, key: str) -> object:
        """Whatever is there, null too."""
        if not self.has(key):
            raise InputError(self.at(key), "is missing")
        return self._values[key]

    def number(self, key: str, default: float | None = None) -> float:
        """A number; required when it has no default."""
        if default is not None and not self.has(key):
            return default
        return number(self.required(key), self.at(key))

    def temperature(self, key: str) -> float:
        """A temperature in Cel, required."""
        return temperature(self.required(key), self.at(key))

    def number_or_null(self, key: str, default: float | None = None) -> float | None:
        """A number, None for null, the default when the key is absent."""
        value = self.required(key) if self.has(key) else default
        return None if value is None else number(value, self.at(key))

    def numbers(self, key: str) -> list[float]:
        """A list of numbers."""
        return [number(value, f"{self.at(key)}[{index}]") for index, value in enumerate(self.items(key))]

    def temperature_or_null(self, key: str) -> float | None:
        """A temperature in Cel, None for null or when the key is absent."""
        value = self.get(key)
        return None if value is None else temperature(value, self.at(key))

    def temperatures(self, key: str) -> list[float]:
        """A list of temperatures in Cel."""
        return [temperature(value, f"{self.at(key)}[{index}]") for index, value in enumerate(self.items(key))]

    def items(self, key: str) -> Sequence[object]:
        """A list of anything."""
        value = self.required(key)
        if not isinstance(value, list):
            raise InputError(self.at(key), f"{shown(value)} is not a list")
        return value

    def choice(self, key: str, choices: type[Choice], default: Choice | None = None) -> Choice:
        """One of an enum's values; required when it has no default."""
        if default is not None and not self.has(key):
            return default
        return choices(self.word(key, [choice.value for choice in choices]))

    def word(self, key: str, words: Collection[str]) -> str:
        """One of these words."""
        value = self.required(key)
        if not isinstance(value, str) or value not in words:
            raise InputError(self.at(key), f"{shown(value)} is none of {', '.join(words)}")
        return value

    def unused(self) -> list[str]:
        """The keys that nobody asked for."""
        return [key for key in self._values if key not in self._asked]
