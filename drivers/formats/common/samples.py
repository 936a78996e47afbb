"""One value of a LoRaWAN frame, and what makes a list of them from its bytes."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal

from drivers.formats.common.measure import Sender, Unit
from drivers.formats.common.moment import UNKNOWN, Moment
from drivers.formats.common.settings import Settings
from drivers.reading import Flag, Reading, Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One value of a frame.

    Attributes:
        key: as the vendor's own decoder names it.
        value: None where the device has none; `reason` says why.
        unit: of the value. One of Quantity.BATTERY goes with all samples, and is a reading only when it is alone.
        moment: the sample's own time, when the frame has one.
        historical: kept by the device and sent later.
    """

    key: str
    value: Decimal | None
    unit: Unit
    reason: Reason | None = None
    moment: Moment = UNKNOWN
    historical: bool = False

    def reading(self, sender: Sender, channel: str) -> Reading:
        """The sample as a reading of `sender`, whose time counts when the sample has none."""
        own = self.moment != UNKNOWN or self.historical
        moment = self.moment if own else sender.moment
        flags = sender.flags | (Flag.HISTORICAL if self.historical else Flag.NONE)
        return replace(sender, moment=moment, flags=flags).reading(channel, self.value, self.unit, reason=self.reason)


Codec = Callable[[bytes, int, Settings], list[Sample]]
"""Frame, LoRaWAN port (0 when unknown) and settings → samples; raises DecodeError for a frame that is none."""
