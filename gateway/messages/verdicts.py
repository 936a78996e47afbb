"""Say why a control stands as it does (pure)."""

from gateway.haccp.rules.verdict import Why
from gateway.messages.words import CATALOGUE, LANGUAGES, Text, plain, sentence, with_decimal_mark


def reason_words(reason: Why) -> Text:
    """Return a reason of gateway.haccp.rules in both languages.

    Raises:
        KeyError: the catalogue has no such sentence.
    """
    return sentence(f"why.{reason.sentence}", **{name: _part(part) for name, part in reason.parts.items()})


def _part(part: str | tuple[Why, ...]) -> Text:
    if isinstance(part, str):
        return with_decimal_mark(part) if _is_number(part) else plain(part)
    texts = [reason_words(reason) for reason in part]
    return {language: CATALOGUE[language]["why_joint"].join(text[language] for text in texts) for language in LANGUAGES}


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
