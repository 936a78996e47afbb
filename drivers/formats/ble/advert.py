"""Bluetooth adverts as bytes: what the decoders of all kinds share.

An advert carries the address of its device, or the setting `name` tells it: the local name that is advertised beside
the bytes. Without both a value is known by what it is only.

An advert is sent many times, and heard by every relay. One with a counter is repeated while its counter stands still;
one without when the same bytes come again within 2 s. A repeated value is marked, not measured anew.
"""

from collections.abc import Callable
from dataclasses import dataclass

from drivers.formats.common.decoded_values import DecodedValue
from drivers.formats.common.format import IncomingMessage, MessageFormat, Results
from drivers.formats.common.format_settings import NO_SETTINGS, FormatSettings, text
from drivers.formats.common.memory import BoundedDict
from drivers.reading import Flag
from drivers.values.reading_builder import ReadingBuilder

SAME_ADVERT = 2_000_000
"""Microseconds within which equal bytes are one advert, through another relay."""
OWN = {"temperature", "humidity", "pressure", "voltage"}
"""Keys that are the device itself, once it has a name."""
NOBODY = b"\xff" * 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Advert:
    """What an advert says.

    Attributes:
        address: as AA:BB:CC:DD:EE:FF; "" when it carries none.
        samples: its values.
        battery: charge in percent, if the device tells it.
        counter: moves on with every measurement; None for a kind that has none.
    """

    address: str = ""
    samples: tuple[DecodedValue, ...]
    battery: float | None = None
    counter: int | None = None


Decoder = Callable[[bytes], Advert]
"""Raises DecodeError for bytes of another kind."""


class Adverts(MessageFormat):
    """MessageDriver of one kind of advert."""

    def __init__(self, decoder: Decoder, settings: FormatSettings = NO_SETTINGS) -> None:
        """Settings: `name`.

        Raises:
            ConfigurationError: a name that is no text.
        """
        super().__init__()
        self._decoder = decoder
        self._name = text(settings, "name", "")
        self._last: BoundedDict[str, tuple[bytes, int | None, int]] = BoundedDict()

    def device(self, topic: str) -> str:  # noqa: ARG002 - the advert tells it
        return self._name

    def _read(self, message: IncomingMessage) -> Results:
        advert = self._decoder(message.payload)
        device = advert.address or self._name
        again = Flag.REPEATED if device and self._is_repeated(device, advert, message) else Flag.NONE
        builder = ReadingBuilder(device=device, flags=message.flags | again, battery=advert.battery)
        return [sample.reading(builder, _channel(sample.key, device)) for sample in advert.samples]

    def _is_repeated(self, device: str, advert: Advert, message: IncomingMessage) -> bool:
        last = self._last.get(device)
        now = message.at or 0
        self._last.put(device, (message.payload, advert.counter, now))
        if last is None:
            return False
        if advert.counter is not None:
            return advert.counter == last[1]
        return message.payload == last[0] and 0 <= now - last[2] <= SAME_ADVERT


def address_of(data: bytes) -> str:
    """Six bytes, first one first; "" when they are none."""
    return "" if data == NOBODY else data.hex(":").upper()


def _channel(key: str, device: str) -> str:
    return "" if device and key in OWN else key
