"""What a counted trouble of a device says."""

from gateway.messages.words import Text, knows, plain, say


def trouble_words(kind: str) -> Text:
    """A kind of drivers.contract.Trouble in words; one that has none is said as it is called."""
    return next((say(key) for key in (f"trouble.{kind}", f"reason.{kind}") if knows(key)), plain(kind))
