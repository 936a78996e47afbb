"""Decode Xiaomi LYWSD03MMC with the firmware of pvvx (pvvx/ATC_MiThermometer: README.md, "Custom format").

Service data of 181A, little-endian

    MAC 6, last byte first  temperature i16 0.01 °C  humidity u16 0.01 %  battery u16 mV  u8 %  counter u8  flags u8

A frame of eleven bytes is encrypted with a key that only the owner has.
"""

from decimal import Decimal

from drivers.errors import DecodeError
from drivers.formats.ble.advert import Advert, address_of
from drivers.formats.ble.atc1441 import NEEDS_KEY
from drivers.formats.common.decoded_values import DecodedValue
from drivers.values.reading_builder import percent
from drivers.values.units import CELSIUS, MILLIVOLT, PERCENT_RH

LENGTH, ENCRYPTED = 15, 11


def pvvx(data: bytes) -> Advert:
    """Decode temperature, humidity and battery.

    Raises:
        DecodeError: bytes of another kind.
    """
    if len(data) == ENCRYPTED:
        return NEEDS_KEY
    if len(data) != LENGTH:
        raise DecodeError(f"no service data of the firmware pvvx: {len(data)} bytes, {LENGTH} are one")
    temperature = Decimal(int.from_bytes(data[6:8], "little", signed=True)) / 100
    humidity = Decimal(int.from_bytes(data[8:10], "little")) / 100
    return Advert(
        address=address_of(data[5::-1]),
        values=(
            DecodedValue(key="temperature", value=temperature, unit=CELSIUS),
            DecodedValue(key="humidity", value=humidity, unit=PERCENT_RH),
            DecodedValue(key="voltage", value=Decimal(int.from_bytes(data[10:12], "little")), unit=MILLIVOLT),
        ),
        battery=percent(Decimal(data[12])),
        counter=data[13],
    )
