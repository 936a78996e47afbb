"""Why a control stands as it does, in the kitchen's words."""

from gateway.haccp.rules.verdict import Why
from gateway.messages.words import CATALOGUE, LANGUAGES, Text, plain, say


def reason_words(reason: Why) -> Text:
    """A reason of gateway.haccp.rules in both languages. KeyError for a sentence that the catalogue does not have."""
    return say(f"why.{reason.sentence}", **{name: _part(part) for name, part in reason.parts.items()})


def _part(part: str | tuple[Why, ...]) -> Text:
    if isinstance(part, str):
        return _number(part) if _is_number(part) else plain(part)
    told = [reason_words(reason) for reason in part]
    return {language: CATALOGUE[language]["why_joint"].join(one[language] for one in told) for language in LANGUAGES}


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _number(text: str) -> Text:
    return {language: text.replace(".", CATALOGUE[language]["format.decimal"]) for language in LANGUAGES}
