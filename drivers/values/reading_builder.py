"""Build readings from values: convert the unit, name the fault, and mark what cannot be trusted.

Only the converted result becomes a double. A value that no sensor can measure (above 100 %RH, below absolute zero)
keeps its number and is UNCERTAIN. A missing value is BAD.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from drivers.reading import UNIT_OF, Flag, Quality, Quantity, Reading, Reason
from drivers.values.device_time import UNKNOWN, DeviceTime
from drivers.values.numbers import number
from drivers.values.units import Unit

POSSIBLE: Mapping[Quantity, tuple[Decimal, Decimal]] = {
    Quantity.TEMPERATURE: (Decimal("-273.15"), Decimal(10_000)),
    Quantity.HUMIDITY: (Decimal(0), Decimal(100)),
    Quantity.BATTERY: (Decimal(0), Decimal(100)),
}

DS18B20_FAULTS: Mapping[Decimal, Reason] = {
    Decimal(-127): Reason.NOT_CONNECTED,
    Decimal("127.9"): Reason.SENSOR_FAILURE,
    Decimal("127.94"): Reason.SENSOR_FAILURE,
    Decimal("127.9375"): Reason.SENSOR_FAILURE,
}
"""DEVICE_DISCONNECTED_C of the DallasTemperature library; scratchpad 07FF of counterfeit probes, as printed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingBuilder:
    """Builds the readings of one message of one device; holds what they share."""

    device: str
    device_time: DeviceTime = UNKNOWN
    flags: Flag = Flag.NONE
    battery: float | None = None

    def reading(
        self,
        channel: str,
        value: object,
        unit: Unit,
        *,
        reason: Reason | None = None,
        faults: Mapping[Decimal, Reason] | None = None,
        flags: Flag = Flag.NONE,
    ) -> Reading:
        """Build the reading of a JSON value.

        Args:
            channel: which of the device's values; "" for a device that is a single sensor.
            value: a JSON number; null is a failed sensor, anything else is malformed.
            unit: of the value.
            reason: a fault that the device itself reports: the reading then has no value, whatever was sent.
            faults: numbers that stand for a fault, after conversion.
            flags: in addition to those of the message.
        """
        raw = number(value)
        exact = None if raw is None else unit.convert(raw)
        if reason is None and exact is None:
            reason = Reason.SENSOR_FAILURE if value is None else Reason.MALFORMED
        if reason is None and exact is not None and faults is not None:
            reason = faults.get(exact)
        if reason is not None or exact is None:
            return self._reading(channel, None, unit.quantity, quality=Quality.BAD, reason=reason, flags=flags)
        doubt = self._doubt(exact, unit.quantity, flags)
        quality = Quality.GOOD if doubt is None else Quality.UNCERTAIN
        return self._reading(channel, float(exact), unit.quantity, quality=quality, reason=doubt, flags=flags)

    def uncertain(self, channel: str, value: object, unit: Unit, reason: Reason) -> Reading:
        """Build an UNCERTAIN reading, which keeps its number."""
        plain = self.reading(channel, value, unit)
        if plain.value is None:
            return plain
        uncertain = Quality.UNCERTAIN
        return self._reading(channel, plain.value, unit.quantity, quality=uncertain, reason=reason, flags=Flag.NONE)

    def _doubt(self, exact: Decimal, quantity: Quantity, flags: Flag) -> Reason | None:
        if quantity in POSSIBLE and not POSSIBLE[quantity][0] <= exact <= POSSIBLE[quantity][1]:
            return Reason.OUT_OF_RANGE
        if (self.flags | flags) & Flag.REPEATED:
            return Reason.REPEATED_VALUE
        return Reason.CLOCK_INVALID if self.device_time.clock_invalid else None

    def _reading(
        self,
        channel: str,
        value: float | None,
        quantity: Quantity,
        *,
        quality: Quality,
        reason: Reason | None,
        flags: Flag,
    ) -> Reading:
        return Reading(
            device=self.device,
            channel=channel,
            quantity=quantity,
            value=value,
            unit=UNIT_OF[quantity],
            measured_at=self.device_time.at,
            quality=quality,
            reason=reason,
            flags=self.flags | flags,
            battery=self.battery,
        )


def percent(value: object) -> float | None:
    """Return the charge of a battery, 0 to 100 %; None for anything else."""
    charge = number(value)
    return float(charge) if charge is not None and 0 <= charge <= 100 else None
