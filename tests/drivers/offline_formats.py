"""One message of any format, with no broker: for people who want to see what the gateway makes of it."""

from collections.abc import Iterable

from drivers.contract import MessageDriver
from drivers.errors import ConfigurationError
from drivers.formats.common.format import Results
from drivers.formats.common.format_settings import NO_SETTINGS, FormatSettings
from drivers.registry import MessageEntry, entry

Earlier = tuple[str, bytes]
"""Topic and payload of a message that came before."""


def build(format_id: str, settings: FormatSettings = NO_SETTINGS) -> MessageDriver:
    """A fresh driver of a format.

    Raises:
        ConfigurationError: no such format, or a setting that it does not take.
    """
    found = entry(format_id)
    if not isinstance(found, MessageEntry):
        raise ConfigurationError(f"{format_id} is no format of messages: it is reached by a {found.kind}")
    unknown = sorted(set(settings) - set(found.settings))
    if unknown:
        takes = ", ".join(found.settings) or "none"
        raise ConfigurationError(f"{format_id} does not take {', '.join(unknown)}: its settings are {takes}")
    return found.build(settings) if found.settings else found.build()


def decode(
    format_id: str,
    topic: str,
    payload: bytes,
    *,
    settings: FormatSettings = NO_SETTINGS,
    context: Iterable[Earlier] = (),
) -> Results:
    """What one message says, after those of `context`.

    Raises:
        ConfigurationError: as `build`.
        DecodeError: the message, or one of those before it, is no reading.
    """
    driver = build(format_id, settings)
    for earlier_topic, earlier in context:
        driver.decode(earlier_topic, earlier)
    return driver.decode(topic, payload)
