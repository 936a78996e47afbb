"""Write a sentence of the catalogue in both languages, with numbers and times as each language has them (pure).

The catalogues id.json and en.json have the same keys. The page shows the words of the kinds of control, too.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from importlib.resources import files
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from msgspec import Meta

Text = dict[str, str]
"""The same in each language, by its code."""
_SCHEMA: dict[str, Any] = {
    "properties": {"id": {"type": "string"}, "en": {"type": "string"}},
    "required": ["id", "en"],
    "additionalProperties": False,
}
TextShape = Annotated[
    Text, Meta(description="in both languages", min_length=2, max_length=2, extra_json_schema=_SCHEMA)
]
"""A text as a field of a shape."""

LANGUAGES: Final = ("id", "en")
CATALOGUE: Final[Mapping[str, Mapping[str, str]]] = {
    language: json.loads(files(__package__).joinpath(f"{language}.json").read_text(encoding="utf-8"))
    for language in LANGUAGES
}
EMPTY: Final[Text] = {"id": "", "en": ""}

OF_KINDS = ("control.", "alarm.action.", "measure.")
"""How the keys of the words of a kind of control begin."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def sentence(key: str, **values: Mapping[str, str]) -> Text:
    """Return the sentence of a key; every value comes in both languages.

    Raises:
        KeyError: the catalogue has no such key.
    """
    return {
        language: CATALOGUE[language][key].format(**{name: value[language] for name, value in values.items()})
        for language in LANGUAGES
    }


def words_of_kinds(language: str) -> dict[str, str]:
    """Return the words of kinds of control: their names, the first thing to do when one alarms, their measures."""
    return {key: words for key, words in CATALOGUE[language].items() if key.startswith(OF_KINDS)}


def has_sentence(key: str) -> bool:
    """Whether the catalogue has this key."""
    return key in CATALOGUE["id"]


def plain(text: str) -> Text:
    """Return a word that is the same in both languages, such as a unit."""
    return dict.fromkeys(LANGUAGES, text)


def listed(words: Sequence[Text]) -> Text:
    """Return words with commas between them."""
    return {language: ", ".join(word[language] for word in words) for language in LANGUAGES}


def number(value: float | Decimal, *, digits: int | None = None) -> Text:
    """Return a number with `digits` decimals, or as many as it has: 7,1 in Indonesian, 7.1 in English."""
    exact = value if isinstance(value, Decimal) else Decimal(repr(value))
    text = f"{exact:f}" if digits is None else f"{exact:.{digits}f}"
    if digits is None and "." in text and not isinstance(value, Decimal):
        text = text.rstrip("0").rstrip(".")
    return with_decimal_mark(text.replace("-", "−"))


def with_decimal_mark(text: str) -> Text:
    """Return a number that is written with a point, with the decimal mark of each language."""
    return {language: text.replace(".", CATALOGUE[language]["format.decimal"]) for language in LANGUAGES}


def duration(minutes: int) -> Text:
    """Return minutes in words: 95 is 1 jam 35 menit, 1 hour 35 minutes."""
    hours, rest = divmod(minutes, 60)
    parts = [_count("duration.hour", hours)] if hours else []
    if rest or not hours:
        parts.append(_count("duration.minute", rest))
    return {language: " ".join(part[language] for part in parts) for language in LANGUAGES}


def _count(key: str, count: int) -> Text:
    return sentence(key if count == 1 else f"{key}s", count=plain(str(count)))


def clock(at: int, zone: ZoneInfo, *, dated: bool = False) -> Text:
    """Return UTC microseconds as the kitchen's time of day: 03.12 in Indonesian, 03:12 in English."""
    local = (_EPOCH + timedelta(microseconds=at)).astimezone(zone)
    return {language: _clock(local, language, dated=dated) for language in LANGUAGES}


def _clock(local: datetime, language: str, *, dated: bool) -> str:
    words = CATALOGUE[language]
    time = words["format.clock"].format(hour=local.hour, minute=local.minute)
    if not dated:
        return time
    month = words["format.months"].split()[local.month - 1]
    return words["format.date"].format(day=local.day, month=month, clock=time)


def date(iso: str) -> Text:
    """Return a day in words: 2026-12-03 is 3 Des 2026, 3 Dec 2026."""
    year, month, day = (int(part) for part in iso.split("-"))
    return {
        language: f"{day} {CATALOGUE[language]['format.months'].split()[month - 1]} {year}" for language in LANGUAGES
    }


def same_day(first: int, second: int, zone: ZoneInfo) -> bool:
    """Whether two moments (UTC microseconds) fall on one day of the kitchen."""
    days = [(_EPOCH + timedelta(microseconds=at)).astimezone(zone).date() for at in (first, second)]
    return days[0] == days[1]
