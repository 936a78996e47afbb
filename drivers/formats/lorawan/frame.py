"""Frames of LoRaWAN devices as bytes, with no network server around them: `lorawan:<codec>` and `cayennelpp`.

The frame does not say whose it is: the device is the topic that it came on. Without one a value is known by the key
that the vendor's decoder gives it.
"""

from drivers.errors import ConfigurationError
from drivers.formats.common.decoded_values import Codec
from drivers.formats.common.format import IncomingMessage, MessageFormat, Results
from drivers.formats.common.format_settings import NO_SETTINGS, FormatSettings
from drivers.formats.lorawan import uplink
from drivers.values.reading_builder import ReadingBuilder

ANY_PORT = 0


class LorawanFrames(MessageFormat):
    """MessageDriver of one codec."""

    def __init__(self, codec: Codec, settings: FormatSettings = NO_SETTINGS) -> None:
        """Settings: `fport`, the LoRaWAN port of the frames, and those of the codec.

        Raises:
            ConfigurationError: a port that is none.
        """
        super().__init__()
        self._codec = codec
        self._settings = settings
        self._port = _port(settings.get("fport", ANY_PORT))

    def device(self, topic: str) -> str:
        return topic

    def _read(self, message: IncomingMessage) -> Results:
        samples = self._codec(message.payload, self._port, self._settings)
        builder = ReadingBuilder(device=message.topic, flags=message.flags)
        return [*uplink.readings(samples, builder, None if message.topic else str)]


def _port(value: object) -> int:
    text = str(value)
    if not text.isascii() or not text.isdigit() or not 0 <= int(text) <= 255:
        raise ConfigurationError(f"fport is a LoRaWAN port, 1 to 255, not {text!r}")
    return int(text)
