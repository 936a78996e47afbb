"""Decode raw frames of LoRaWAN devices without a network server: `lorawan:<codec>` and `cayennelpp`.

A frame does not name its device, so the topic is the device. Without a topic, the channel is the key of the vendor's
decoder.
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
            ConfigurationError: the port is not a LoRaWAN port.
        """
        super().__init__()
        self._codec = codec
        self._settings = settings
        self._port = _port(settings.get("fport", ANY_PORT))

    def device(self, topic: str, /) -> str:
        return topic

    def _read(self, message: IncomingMessage) -> Results:
        decoded = self._codec(message.payload, self._port, self._settings)
        builder = ReadingBuilder(device=message.topic, flags=message.flags)
        return [*uplink.readings(decoded, builder, uplink.channel if message.topic else str)]


def _port(value: object) -> int:
    text = str(value)
    if not text.isascii() or not text.isdigit() or not 0 <= int(text) <= 255:
        raise ConfigurationError(f"fport is a LoRaWAN port, 1 to 255, not {text!r}")
    return int(text)
