"""Decode RuuviTag, data format 5 (ruuvi/docs: communication/bluetooth-advertisements/data-format-5-rawv2.md).

Manufacturer data, with or without the company's 99 04 before it; 24 bytes, big-endian

    05  temperature i16 0.005 °C  humidity u16 0.0025 %  pressure u16 Pa − 50000  acceleration 3 × i16
    power u16: 11 bits mV − 1600, 5 bits  movements u8  counter u16  MAC 6

A missing value is 8000 (temperature), FFFF (humidity, pressure, counter) or all ones (voltage, MAC). The battery is
measured in volts, not in percent.
"""

from decimal import Decimal

from drivers.errors import DecodeError
from drivers.formats.ble.advert import Advert, address_of
from drivers.formats.common.decoded_values import DecodedValue
from drivers.reading import Reason
from drivers.values.units import CELSIUS, MILLIVOLT, PASCAL, PERCENT_RH, Unit

COMPANY = bytes.fromhex("9904")
FORMAT, LENGTH = 5, 24
TEMPERATURE_STEP, HUMIDITY_STEP = Decimal("0.005"), Decimal("0.0025")
NO_TEMPERATURE, ALL_ONES, NO_VOLTAGE = -0x8000, 0xFFFF, 0x7FF


def ruuvi5(data: bytes) -> Advert:
    """Decode temperature, humidity, pressure and battery.

    Raises:
        DecodeError: bytes of another kind, or another data format.
    """
    frame = data[2:] if len(data) == LENGTH + 2 and data[:2] == COMPANY else data
    if frame[:1] and frame[0] != FORMAT:
        raise DecodeError(f"data format {frame[0]} of a RuuviTag, not 5", reason=Reason.UNKNOWN_MODEL)
    if len(frame) != LENGTH:
        raise DecodeError(f"no data format 5 of a RuuviTag: {len(frame)} bytes, {LENGTH} are one")
    temperature = int.from_bytes(frame[1:3], "big", signed=True)
    humidity, pressure = _u16(frame, 3), _u16(frame, 5)
    millivolt = _u16(frame, 13) >> 5
    counter = _u16(frame, 16)
    return Advert(
        address=address_of(frame[18:24]),
        values=(
            _value("temperature", temperature * TEMPERATURE_STEP, CELSIUS, present=temperature != NO_TEMPERATURE),
            _value("humidity", humidity * HUMIDITY_STEP, PERCENT_RH, present=humidity != ALL_ONES),
            _value("pressure", Decimal(pressure + 50_000), PASCAL, present=pressure != ALL_ONES),
            _value("voltage", Decimal(millivolt + 1600), MILLIVOLT, present=millivolt != NO_VOLTAGE),
        ),
        counter=None if counter == ALL_ONES else counter,
    )


def _u16(frame: bytes, at: int) -> int:
    return int.from_bytes(frame[at : at + 2], "big")


def _value(key: str, value: Decimal, unit: Unit, *, present: bool) -> DecodedValue:
    if present:
        return DecodedValue(key=key, value=value, unit=unit)
    return DecodedValue(key=key, value=None, unit=unit, reason=Reason.SENSOR_FAILURE)
