"""Convert units exactly, in decimals, and find a unit by the name that settings and messages use."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from drivers.reading import Quantity


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit on the wire: (value + shift) * times / over is the value in the unit of UNIT_OF."""

    quantity: Quantity
    shift: Decimal = Decimal(0)
    times: Decimal = Decimal(1)
    over: Decimal = Decimal(1)

    def convert(self, value: Decimal) -> Decimal:
        """Convert a value, exact to 28 digits. A value already in the right unit keeps its digits."""
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
MM_MERCURY = Unit(Quantity.PRESSURE, times=Decimal("1.33322387415"))  # the conventional one (NIST SP 811, B.8)
INCH_MERCURY = Unit(Quantity.PRESSURE, times=Decimal("33.86388640341"))  # 25.4 of them
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
"""Name in settings and messages → unit."""
