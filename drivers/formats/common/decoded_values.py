"""One value of a LoRaWAN frame, and what makes a list of them from its bytes."""

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
        key: as the vendor's own decoder names it.
        value: None where the device has none; `reason` says why.
        unit: of the value. One of Quantity.BATTERY goes with all samples, and is a reading only when it is alone.
        device_time: the sample's own time, when the frame has one.
        historical: kept by the device and sent later.
    """

    key: str
    value: Decimal | None
    unit: Unit
    reason: Reason | None = None
    device_time: DeviceTime = UNKNOWN
    historical: bool = False

    def reading(self, builder: ReadingBuilder, channel: str) -> Reading:
        """The sample as a reading of `builder`, whose time counts when the sample has none."""
        own = self.device_time != UNKNOWN or self.historical
        device_time = self.device_time if own else builder.device_time
        flags = builder.flags | (Flag.HISTORICAL if self.historical else Flag.NONE)
        return replace(builder, device_time=device_time, flags=flags).reading(
            channel, self.value, self.unit, reason=self.reason
        )


Codec = Callable[[bytes, int, FormatSettings], list[DecodedValue]]
"""Frame, LoRaWAN port (0 when unknown) and settings → samples; raises DecodeError for a frame that is none."""
