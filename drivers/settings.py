"""Declare the settings of a driver, and check the values from kitchen.yaml or a command line against them.

A command line has only texts: there `3` is a whole number, `{"a": "b"}` a table, and `ch1,ch2` names.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum, auto
from typing import Any, NamedTuple

from drivers.errors import ConfigurationError


class SettingKind(Enum):
    """Kind of value that a setting accepts."""

    TEXT = auto()
    WHOLE = auto()
    NUMBER = auto()
    FLAG = auto()
    TABLE = auto()
    NAMES = auto()


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of a driver.

    Attributes:
        meaning: a few words for people.
        kind: of value.
        words: allowed texts; empty for any text.
        pattern: that a text must match; None for any text.
        check: raises ConfigurationError for a value that cannot work.
        example: for whoever has to add the setting.
        required: the driver needs it.
        lowest: smallest number.
        highest: largest number.
    """

    meaning: str
    kind: SettingKind = SettingKind.TEXT
    words: tuple[str, ...] = ()
    pattern: re.Pattern[str] | None = None
    check: Callable[[str], object] | None = None
    example: str = ""
    required: bool = False
    lowest: float | None = None
    highest: float | None = None


Settings = Mapping[str, Setting]
MOST_LISTED = 12
NO_SETTINGS: Settings = {}


class SettingMistake(NamedTuple):
    """A mistake in one setting, and its remedy."""

    name: str
    what: str
    remedy: str


class UnusableError(ValueError):
    """The value is not of the setting's kind."""


def read_settings(settings: Settings, values: Mapping[str, object], who: str) -> dict[str, Any]:
    """Convert values to the types that a driver takes.

    Raises:
        ConfigurationError: the first mistake.
    """
    for mistake in mistakes(settings, values):
        raise ConfigurationError(f"{who}: {mistake.name}: {mistake.what}; {mistake.remedy}")
    return {name: read_value(settings[name], value) for name, value in values.items()}


def mistakes(settings: Settings, values: Mapping[str, object]) -> Iterator[SettingMistake]:
    """Yield every mistake in the values."""
    for name, value in values.items():
        if name not in settings:
            yield SettingMistake(name, f'there is no setting "{name}"', _nearest(name, settings))
        elif (wrong := _wrong(settings[name], value)) is not None:
            yield SettingMistake(name, wrong, _remedy(name, settings[name]))
    for name, setting in settings.items():
        if setting.required and name not in values:
            yield SettingMistake(name, f"is missing: {setting.meaning}", f'add "{name}: {setting.example}" or the like')


def read_value(setting: Setting, value: object) -> Any:
    """Convert the value of a setting that has no mistake."""
    return READERS[setting.kind](value)


def _wrong(setting: Setting, value: object) -> str | None:
    try:
        read = read_value(setting, value)
    except UnusableError:
        return f"{_shown(value)} is no {NOUNS[setting.kind]}"
    if setting.words and read not in setting.words:
        return f"{_shown(value)} is not known here"
    if setting.pattern is not None and not setting.pattern.fullmatch(read):
        return f"{_shown(value)} cannot be right"
    if setting.check is not None and (refusal := _refusal(setting.check, read)) is not None:
        return refusal
    too_low = setting.lowest is not None and read < setting.lowest
    if too_low or (setting.highest is not None and read > setting.highest):
        return f"{_shown(value)} is out of bounds"
    return None


def _refusal(check: Callable[[str], object], value: str) -> str | None:
    try:
        check(value)
    except ConfigurationError as error:
        return str(error)
    return None


def _remedy(name: str, setting: Setting) -> str:
    if setting.words:
        many = len(setting.words) > MOST_LISTED
        return f"write {setting.words[0]} to {setting.words[-1]}" if many else f"write {' or '.join(setting.words)}"
    if setting.lowest is not None and setting.highest is not None:
        return f"write {setting.lowest:g} to {setting.highest:g}"
    return f'write "{name}: {setting.example or EXAMPLES[setting.kind]}" or the like'


def _nearest(name: str, settings: Settings) -> str:
    if near := get_close_matches(name, settings, n=1):
        return f'did you mean "{near[0]}"?'
    return f"there are {', '.join(sorted(settings))}" if settings else "take it out: this driver has none"


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 40 else f"{text[:39]}…"


def _text(value: object) -> str:
    """Accept a text, and a number too, since YAML reads a model such as 8217 as a number."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or not value:
        raise UnusableError
    return value


def _whole(value: object) -> int:
    number = _number(value)
    if number != int(number):
        raise UnusableError
    return int(number)


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise UnusableError
    try:
        number = float(value)
    except (ValueError, OverflowError):
        raise UnusableError from None
    if not abs(number) < 1e15:  # NaN too
        raise UnusableError
    return number


def _flag(value: object) -> bool:
    words = {True: True, False: False, "true": True, "false": False}
    if not isinstance(value, bool | str) or value not in words:
        raise UnusableError
    return words[value]


def _table(value: object) -> Mapping[str, object]:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            raise UnusableError from None
    if not isinstance(value, Mapping):
        raise UnusableError
    return value


def _names(value: object) -> tuple[str, ...]:
    names = value.split(",") if isinstance(value, str) else value
    if not isinstance(names, list) or not names or not all(isinstance(name, str) and name for name in names):
        raise UnusableError
    return tuple(name.strip() for name in names)


READERS: Mapping[SettingKind, Callable[[object], Any]] = {
    SettingKind.TEXT: _text,
    SettingKind.WHOLE: _whole,
    SettingKind.NUMBER: _number,
    SettingKind.FLAG: _flag,
    SettingKind.TABLE: _table,
    SettingKind.NAMES: _names,
}
NOUNS = {
    SettingKind.TEXT: "text",
    SettingKind.WHOLE: "whole number",
    SettingKind.NUMBER: "number",
    SettingKind.FLAG: "true or false",
    SettingKind.TABLE: "table",
    SettingKind.NAMES: "list of names",
}
EXAMPLES = {
    SettingKind.TEXT: "text",
    SettingKind.WHOLE: "1",
    SettingKind.NUMBER: "1.5",
    SettingKind.FLAG: "true",
    SettingKind.TABLE: "{name: meaning}",
    SettingKind.NAMES: "[ch1, ch2]",
}
