"""Check a setting of a protocol that is one of a few words."""

from collections.abc import Mapping
from typing import TypeVar

from drivers.errors import ConfigurationError

Meaning = TypeVar("Meaning")


def choice(protocol: str, name: str, value: str, meanings: Mapping[str, Meaning]) -> Meaning:
    """Return the meaning of a word.

    Raises:
        ConfigurationError: it is none of the words; the text lists them.
    """
    if value not in meanings:
        raise ConfigurationError(f'{protocol}: {name} is "{value}", it must be one of {", ".join(sorted(meanings))}')
    return meanings[value]
