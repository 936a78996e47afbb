"""Do what all message formats have in common: track devices that are online, and skip empty messages."""

from abc import ABC, abstractmethod
from typing import Any, NamedTuple

from drivers.contract import RejectedRecord
from drivers.errors import DecodeError
from drivers.formats.common.json_text import LARGEST, read_json
from drivers.formats.common.memory import KnownChannels
from drivers.reading import Flag, Reading, Reason

Results = list[Reading | RejectedRecord]


class IncomingMessage(NamedTuple):
    """A message with its topic, flags and time of arrival."""

    topic: str
    payload: bytes
    flags: Flag
    at: int | None


class MessageFormat(ABC):
    """A MessageDriver (drivers.contract); a subclass decodes one kind of message.

    When a device reports itself offline, or its last will does, all channels that it has published become BAD.
    """

    def __init__(self) -> None:
        self._channels = KnownChannels()

    def decode(self, topic: str, payload: bytes, *, retain: bool = False, at: int | None = None) -> Results:
        """Decode one message; see drivers.contract.MessageDriver.

        An empty message deletes a retained one from the broker, and is not a reading.

        Raises:
            DecodeError: the message as a whole is not a reading.
        """
        if not payload:
            return []
        try:
            online = self.status(topic, payload)
            if online is None:
                flags = Flag.RETAINED if retain else Flag.NONE
                results = self._read(IncomingMessage(topic, payload, flags, at))
                self._channels.note(results)
                return results
            return [] if online else [*self._lost(topic)]
        except DecodeError as error:
            raise DecodeError(f"{topic or 'message'}: {error}", reason=error.reason, raw=payload[:LARGEST]) from error

    @property
    def topics(self) -> tuple[str, ...]:
        """MQTT filters of the messages of this format; () when the devices' own settings name them."""
        return ()

    def status(self, _topic: str, _payload: bytes, /) -> bool | None:
        """Return whether a status message reports its device online; None for any other message."""
        return None

    @abstractmethod
    def device(self, topic: str, /) -> str:
        """Return the device of a topic; "" when the topic does not name one device."""

    @abstractmethod
    def _read(self, message: IncomingMessage) -> Results:
        """Decode a message that is not empty and not a status.

        Raises:
            DecodeError: it is not a reading; the text need not name the topic.
        """

    def _lost(self, topic: str) -> list[Reading]:
        return self._channels.lost(self.device(topic))


def read_object(payload: bytes, device: str) -> tuple[dict[str, Any], Results]:
    """Parse the JSON object of a message; also return a warning for keys that occur twice.

    Raises:
        DecodeError: it is not a JSON object.
    """
    document = read_json(payload)
    if not isinstance(document.value, dict):
        raise DecodeError("no JSON object")
    twice = ", ".join(key[:64] for key in document.repeated)
    return document.value, [
        RejectedRecord(
            device=device, name="", reason=Reason.MALFORMED, text=f"{twice} given twice: the last one counts"
        )
        for _ in document.repeated[:1]
    ]
