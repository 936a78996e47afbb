"""Define one decoded value of a LoRaWAN frame or a Bluetooth advertisement, and its conversion to a reading."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal

from drivers.formats.common.format_settings import FormatSettings
from drivers.reading import Flag, Reading, Reason
from drivers.values.device_time import UNKNOWN, DeviceTime
from drivers.values.reading_builder import ReadingBuilder
from drivers.values.units import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodedValue:
    """One value of a frame.

    Attributes:
        key: name of the value in the vendor's own decoder.
        value: None when the device has none; `reason` says why.
        unit: of the value. A value of Quantity.BATTERY goes with all readings, and is a reading only when it is alone.
        device_time: time of this value, when the frame has one.
        historical: stored by the device and sent later.
    """

    key: str
    value: Decimal | None
    unit: Unit
    reason: Reason | None = None
    device_time: DeviceTime = UNKNOWN
    historical: bool = False

    def reading(self, builder: ReadingBuilder, channel: str) -> Reading:
        """Build the reading; the builder's time is used when the value has none."""
        own = self.device_time != UNKNOWN or self.historical
        device_time = self.device_time if own else builder.device_time
        flags = builder.flags | (Flag.HISTORICAL if self.historical else Flag.NONE)
        return replace(builder, device_time=device_time, flags=flags).reading(
            channel, self.value, self.unit, reason=self.reason
        )


Codec = Callable[[bytes, int, FormatSettings], list[DecodedValue]]
"""Frame, LoRaWAN port (0 when unknown) and settings → values; raises DecodeError for a bad frame."""
