"""Say what goes wrong with a device (pure)."""

from gateway.messages.words import Text, has_sentence, plain, sentence


def trouble_words(kind: str) -> Text:
    """Return a kind of drivers.contract.Trouble in words; a kind without a sentence keeps its name."""
    keys = (f"trouble.{kind}", f"reason.{kind}")
    return next((sentence(key) for key in keys if has_sentence(key)), plain(kind))
