"""From a value on the wire to a reading: units converted exactly, faults named, never a number that looks good.

Conversions are done in decimals and only the result becomes a double. What no sensor can measure (more than 100 %RH,
below absolute zero) keeps its number and is UNCERTAIN. A missing value is BAD.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from drivers.formats.common.hygiene import number
from drivers.formats.common.moment import UNKNOWN, Moment
from drivers.reading import UNIT_OF, Flag, Quality, Quantity, Reading, Reason


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of the wire: (value + shift) * times / over is the value in the quantity's own unit."""

    quantity: Quantity
    shift: Decimal = Decimal(0)
    times: Decimal = Decimal(1)
    over: Decimal = Decimal(1)

    def convert(self, value: Decimal) -> Decimal:
        """Exact but for 28 digits: the common case is not touched, so that it keeps its digits."""
        shifted = value + self.shift if self.shift else value
        scaled = shifted * self.times if self.times != 1 else shifted
        return scaled / self.over if self.over != 1 else scaled


CELSIUS = Unit(Quantity.TEMPERATURE)
FAHRENHEIT = Unit(Quantity.TEMPERATURE, shift=Decimal(-32), times=Decimal(5), over=Decimal(9))
KELVIN = Unit(Quantity.TEMPERATURE, shift=Decimal("-273.15"))
PERCENT_RH = Unit(Quantity.HUMIDITY)
KILOGRAM = Unit(Quantity.WEIGHT)
GRAM = Unit(Quantity.WEIGHT, over=Decimal(1000))
POUND = Unit(Quantity.WEIGHT, times=Decimal("0.45359237"))  # exact by definition (NIST SP 811, appendix B)
HECTOPASCAL = Unit(Quantity.PRESSURE)
PASCAL = Unit(Quantity.PRESSURE, over=Decimal(100))
KILOPASCAL = Unit(Quantity.PRESSURE, times=Decimal(10))
MM_MERCURY = Unit(Quantity.PRESSURE, times=Decimal("1.33322387415"))  # 101325/760 Pa to 12 digits, as below
INCH_MERCURY = Unit(Quantity.PRESSURE, times=Decimal("33.8638866667"))
VOLT = Unit(Quantity.VOLTAGE)
MILLIVOLT = Unit(Quantity.VOLTAGE, over=Decimal(1000))
PERCENT = Unit(Quantity.BATTERY)
DBM = Unit(Quantity.LINK_RSSI)
LINK_QUALITY = Unit(Quantity.LINK_LQI)

OWN_UNIT: Mapping[Quantity, Unit] = {
    unit.quantity: unit for unit in (CELSIUS, PERCENT_RH, KILOGRAM, HECTOPASCAL, VOLT, PERCENT, DBM, LINK_QUALITY)
}

UNITS: Mapping[str, Unit] = {
    "Cel": CELSIUS,
    "C": CELSIUS,
    "°C": CELSIUS,
    "degC": CELSIUS,
    "F": FAHRENHEIT,
    "°F": FAHRENHEIT,
    "degF": FAHRENHEIT,
    "K": KELVIN,
    "%RH": PERCENT_RH,
    "kg": KILOGRAM,
    "g": GRAM,
    "lb": POUND,
    "hPa": HECTOPASCAL,
    "mbar": HECTOPASCAL,
    "Pa": PASCAL,
    "kPa": KILOPASCAL,
    "mmHg": MM_MERCURY,
    "inHg": INCH_MERCURY,
    "V": VOLT,
    "mV": MILLIVOLT,
    "dBm": DBM,
}
"""As settings and messages write them."""

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
class Sender:
    """What all readings of one message of one device share."""

    device: str
    moment: Moment = UNKNOWN
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
        """A reading of a JSON value.

        Args:
            channel: which of the device's values; "" for a device that is one sensor.
            value: a JSON number; null is a failed sensor; anything else is malformed.
            unit: of the value.
            reason: a fault that the device itself tells: there is no value then, whatever it sent.
            faults: numbers that are no values, after conversion.
            flags: further to the message's own.
        """
        given = number(value)
        exact = None if given is None else unit.convert(given)
        if reason is None and exact is None:
            reason = Reason.SENSOR_FAILURE if value is None else Reason.MALFORMED
        if reason is None and exact is not None and faults is not None:
            reason = faults.get(exact)
        if reason is not None or exact is None:
            return self._reading(channel, None, unit.quantity, quality=Quality.BAD, reason=reason, flags=flags)
        doubt = self._doubt(exact, unit.quantity, flags)
        quality = Quality.GOOD if doubt is None else Quality.UNCERTAIN
        return self._reading(channel, float(exact), unit.quantity, quality=quality, reason=doubt, flags=flags)

    def doubted(self, channel: str, value: object, unit: Unit, reason: Reason) -> Reading:
        """A reading whose number is kept and not trusted."""
        plain = self.reading(channel, value, unit)
        if plain.value is None:
            return plain
        doubtful = Quality.UNCERTAIN
        return self._reading(channel, plain.value, unit.quantity, quality=doubtful, reason=reason, flags=Flag.NONE)

    def _doubt(self, exact: Decimal, quantity: Quantity, flags: Flag) -> Reason | None:
        if quantity in POSSIBLE and not POSSIBLE[quantity][0] <= exact <= POSSIBLE[quantity][1]:
            return Reason.OUT_OF_RANGE
        if (self.flags | flags) & Flag.REPEATED:
            return Reason.REPEATED_VALUE
        return Reason.CLOCK_INVALID if self.moment.clock_invalid else None

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
            measured_at=self.moment.at,
            quality=quality,
            reason=reason,
            flags=self.flags | flags,
            battery=self.battery,
        )


def percent(value: object) -> float | None:
    """Charge of a battery, 0 to 100 %; None when the device does not tell it."""
    charge = number(value)
    return float(charge) if charge is not None and 0 <= charge <= 100 else None
