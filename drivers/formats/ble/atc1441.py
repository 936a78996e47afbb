"""Decode Xiaomi LYWSD03MMC with the firmware of atc1441 (atc1441/ATC_MiThermometer: README.md, "Advertising format").

Service data of 181A, big-endian

    MAC 6  temperature i16 0.1 °C  humidity u8 %  battery u8 %  battery u16 mV  counter u8

A frame of eight bytes is encrypted with a key that only the owner has.
"""

from decimal import Decimal

from drivers.errors import DecodeError
from drivers.formats.ble.advert import Advert, address_of
from drivers.formats.common.decoded_values import DecodedValue
from drivers.reading import Reason
from drivers.values.reading_builder import percent
from drivers.values.units import CELSIUS, MILLIVOLT, PERCENT_RH

LENGTH, ENCRYPTED = 13, 8
NEEDS_KEY = Advert(values=(DecodedValue(key="temperature", value=None, unit=CELSIUS, reason=Reason.NEEDS_KEY),))


def atc1441(data: bytes) -> Advert:
    """Decode temperature, humidity and battery.

    Raises:
        DecodeError: bytes of another kind.
    """
    if len(data) == ENCRYPTED:
        return NEEDS_KEY
    if len(data) != LENGTH:
        raise DecodeError(f"no service data of the firmware atc1441: {len(data)} bytes, {LENGTH} are one")
    temperature = Decimal(int.from_bytes(data[6:8], "big", signed=True)) / 10
    return Advert(
        address=address_of(data[:6]),
        values=(
            DecodedValue(key="temperature", value=temperature, unit=CELSIUS),
            DecodedValue(key="humidity", value=Decimal(data[8]), unit=PERCENT_RH),
            DecodedValue(key="voltage", value=Decimal(int.from_bytes(data[10:12], "big")), unit=MILLIVOLT),
        ),
        battery=percent(Decimal(data[9])),
        counter=data[12],
    )
