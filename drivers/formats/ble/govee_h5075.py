"""Decode Govee H5072 and H5075 (theengs/decoder: src/devices/H5072_json.h; Bluetooth-Devices/govee-ble: parser.py).

Manufacturer data

    88 EC 00  n, 3 bytes, big-endian  battery  00

Bit 23 of n is the sign of the temperature. Of the other bits, n // 1000 is the temperature in 0.1 °C, and n mod 1000
the humidity in 0.1 %. Bit 7 of the battery byte means that the sensor failed; the other bits are the charge in percent.
Outside -40 to 100 °C the values are not a measurement either. The advert has no address; the device's name is GVH5075_
and the end of its address.
"""

from decimal import Decimal

from drivers.errors import DecodeError
from drivers.formats.ble.advert import Advert
from drivers.formats.common.decoded_values import DecodedValue
from drivers.reading import Reason
from drivers.values.reading_builder import percent
from drivers.values.units import CELSIUS, PERCENT_RH

COMPANY = bytes.fromhex("88ec00")
SHORTEST, LONGEST = 7, 8
NEGATIVE = 1 << 23
FAILED = 0x80
COLDEST, HOTTEST = -40, 100


def govee_h5075(data: bytes) -> Advert:
    """Decode temperature, humidity and battery.

    Raises:
        DecodeError: bytes of another kind.
    """
    if data[:3] != COMPANY or not SHORTEST <= len(data) <= LONGEST:
        raise DecodeError("no advert of a Govee H5075: 88ec00, three bytes of values, battery and 00")
    both = int.from_bytes(data[3:6], "big")
    tenths = (both & ~NEGATIVE) // 1000
    temperature = Decimal(-tenths if both & NEGATIVE else tenths) / 10
    failed = data[6] & FAILED or not COLDEST <= temperature <= HOTTEST
    reason = Reason.SENSOR_FAILURE if failed else None
    humidity = Decimal((both & ~NEGATIVE) % 1000) / 10
    return Advert(
        values=(
            DecodedValue(key="temperature", value=temperature, unit=CELSIUS, reason=reason),
            DecodedValue(key="humidity", value=humidity, unit=PERCENT_RH, reason=reason),
        ),
        battery=percent(Decimal(data[6] & ~FAILED)),
    )
