"""What all formats that publish do alike: say who is there, leave empty messages, miss lost devices by name."""

from abc import ABC, abstractmethod
from typing import Any, NamedTuple

from drivers.contract import RejectedRecord
from drivers.errors import DecodeError
from drivers.formats.common.json_text import LARGEST, read_json
from drivers.formats.common.memory import KnownChannels
from drivers.reading import Flag, Reading, Reason

Results = list[Reading | RejectedRecord]


class IncomingMessage(NamedTuple):
    """A message as it came."""

    topic: str
    payload: bytes
    flags: Flag
    at: int | None


class MessageFormat(ABC):
    """A MessageDriver (drivers.contract) whose subclass reads one kind of message.

    A device that says that it is gone, or whose last will says so, loses all channels that it has shown.
    """

    def __init__(self) -> None:
        self._channels = KnownChannels()

    def decode(self, topic: str, payload: bytes, *, retain: bool = False, at: int | None = None) -> Results:
        """Decode one message; see drivers.contract.MessageDriver.

        An empty message takes a retained one off the broker, and is no reading.

        Raises:
            DecodeError: the message as a whole is no reading.
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
        """MQTT filters of all that it reads; () when only the settings of a device tell."""
        return ()

    def status(self, topic: str, payload: bytes) -> bool | None:  # noqa: ARG002 - a format may have no status
        """Tell whether a device says that it is online; None when the message is no status."""
        return None

    @abstractmethod
    def device(self, topic: str) -> str:
        """The device whose topic it is; "" when it is no topic of one device."""

    @abstractmethod
    def _read(self, message: IncomingMessage) -> Results:
        """Read a message that is no status and not empty.

        Raises:
            DecodeError: it is no reading; the text need not name the topic.
        """

    def _lost(self, topic: str) -> list[Reading]:
        return self._channels.lost(self.device(topic))


def read_object(payload: bytes, device: str) -> tuple[dict[str, Any], Results]:
    """The JSON object of a message, and what there is to say of keys that stand twice.

    Raises:
        DecodeError: it is none.
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
