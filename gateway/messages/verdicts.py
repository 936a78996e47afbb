"""Why a control stands as it does, in the kitchen's words.

Rules give their reasons as English sentences, and the records keep them. The catalogue's `why.` sentences are the same
sentences with names for their numbers: what a reason matches gives the key and the numbers, and with them its words.
"""

import re
import string
from collections.abc import Iterator

from gateway.messages.words import CATALOGUE, Text, plain, say

_NUMBER = r"[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?"
_UNIT = r"\S+"
_STAGE = re.compile(r"(?P<stage>[^:]+): (?P<rest>.+)")
_LIST = re.compile(r"(?P<head>.+?) \((?P<limits>.+)\)")


def reason_words(reason: str) -> Text:
    """A reason of gateway.rules in both languages; one that the catalogue does not have stays as it is."""
    return _whole(reason) or _of_stage(reason) or _with_limits(reason) or plain(reason)


def _whole(reason: str) -> Text | None:
    for key, pattern in _PATTERNS:
        found = pattern.fullmatch(reason)
        if found is not None:
            return say(key, **{name: _number(value) for name, value in found.groupdict().items()})
    return None


def _of_stage(reason: str) -> Text | None:
    """`stage_1: …`: the stage keeps its name."""
    found = _STAGE.fullmatch(reason)
    words = None if found is None else _whole(found["rest"])
    if found is None or words is None:
        return None
    return {language: f"{found['stage']}: {text}" for language, text in words.items()}


def _with_limits(reason: str) -> Text | None:
    """`2 deviations, 12.0 min beyond (max 5 °C for 30 min and min -1 °C)`."""
    found = _LIST.fullmatch(reason)
    head = None if found is None else _whole(found["head"])
    if found is None or head is None:
        return None
    limits, comma, tolerated = found["limits"].partition(", ")
    parts = [_whole(limit) or plain(limit) for limit in limits.split(" and ")]
    more = (_whole(tolerated) or plain(tolerated)) if comma else None
    return {language: f"{text} ({_joined(language, parts, more)})" for language, text in head.items()}


def _joined(language: str, parts: list[Text], more: Text | None) -> str:
    joined = CATALOGUE[language]["why_joint"].join(part[language] for part in parts)
    return joined if more is None else f"{joined}, {more[language]}"


def _number(text: str) -> Text:
    return {language: text.replace(".", CATALOGUE[language]["format.decimal"]) for language in CATALOGUE}


def _patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    for key, template in CATALOGUE["en"].items():
        if key.startswith("why."):
            yield key, re.compile("".join(_parts(template)))


def _parts(template: str) -> Iterator[str]:
    for literal, name, _, _ in string.Formatter().parse(template):
        yield re.escape(literal)
        if name is not None:
            yield f"(?P<{name}>{_UNIT if name == 'unit' else _NUMBER})"


_PATTERNS = tuple(_patterns())
