"""Turn Bluetooth advertisements ("adverts") into readings, whatever their kind.

An advert carries the address of its device. If it does not, the setting `name` is used: the local name that is
advertised beside the bytes. Without both, readings have no device.

An advert is sent many times, and received by every relay. An advert with a counter is a repetition while its counter
does not change; one without a counter, when the same bytes arrive again within 2 s. Repeated values are marked.
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
"""Microseconds within which equal bytes are the same advert through another relay."""
OWN = {"temperature", "humidity", "pressure", "voltage"}
"""Keys that need no channel, once the device has a name."""
NOBODY = b"\xff" * 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Advert:
    """Content of an advert.

    Attributes:
        address: as AA:BB:CC:DD:EE:FF; "" when it has none.
        values: measured by the device.
        battery: charge in percent; None when it has none.
        counter: changes with every measurement; None for a kind without a counter.
    """

    address: str = ""
    values: tuple[DecodedValue, ...]
    battery: float | None = None
    counter: int | None = None


Decoder = Callable[[bytes], Advert]
"""Bytes → content; raises DecodeError for bytes of another kind."""


class Adverts(MessageFormat):
    """MessageDriver of one kind of advert."""

    def __init__(self, decoder: Decoder, settings: FormatSettings = NO_SETTINGS) -> None:
        """Settings: `name`.

        Raises:
            ConfigurationError: the name is not a text.
        """
        super().__init__()
        self._decoder = decoder
        self._name = text(settings, "name", "")
        self._last: BoundedDict[str, tuple[bytes, int | None, int]] = BoundedDict()

    def device(self, _topic: str, /) -> str:
        return self._name

    def _read(self, message: IncomingMessage) -> Results:
        advert = self._decoder(message.payload)
        device = advert.address or self._name
        repeated = Flag.REPEATED if device and self._is_repeated(device, advert, message) else Flag.NONE
        builder = ReadingBuilder(device=device, flags=message.flags | repeated, battery=advert.battery)
        return [value.reading(builder, _channel(value.key, device)) for value in advert.values]

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
    """Format an address of six bytes, the first one first; "" when all bits are ones."""
    return "" if data == NOBODY else data.hex(":").upper()


def _channel(key: str, device: str) -> str:
    return "" if device and key in OWN else key
