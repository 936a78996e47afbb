"""Decode Cayenne Low Power Payload (TheThingsIndustries/lorawan-stack-docs: payload-formatters/cayenne.md;
ElectronicCats/CayenneLPP: README.md for later types).

    <channel> <type> <data, big-endian> …

    67 temperature i16 0.1 °C    68 humidity u8 0.5 %    73 pressure u16 0.1 hPa
    74 voltage u16 0.01 V        7A load u24 0.001 kg

Other types are skipped by their length. An unknown type has no known length, so the rest cannot be read, and the frame
is refused. A channel is ch<number>. A temperature of 7FFF means that there is no probe.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from drivers.errors import DecodeError
from drivers.formats.common.decoded_values import DecodedValue
from drivers.formats.common.format_settings import FormatSettings
from drivers.reading import Reason
from drivers.values.units import CELSIUS, HECTOPASCAL, KILOGRAM, PERCENT_RH, VOLT, Unit


@dataclass(frozen=True, slots=True)
class Type:
    """A type with a quantity that we record."""

    length: int
    step: Decimal
    unit: Unit
    signed: bool = False


TEMPERATURE = 0x67
MEASURED: Mapping[int, Type] = {
    TEMPERATURE: Type(2, Decimal("0.1"), CELSIUS, signed=True),
    0x68: Type(1, Decimal("0.5"), PERCENT_RH),
    0x73: Type(2, Decimal("0.1"), HECTOPASCAL),
    0x74: Type(2, Decimal("0.01"), VOLT),
    0x7A: Type(3, Decimal("0.001"), KILOGRAM),
}
OTHERS: Mapping[int, int] = {
    0x00: 1,  # digital input
    0x01: 1,  # digital output
    0x02: 2,  # analogue input
    0x03: 2,  # analogue output
    0x64: 4,  # any sensor
    0x65: 2,  # illuminance
    0x66: 1,  # presence
    0x71: 6,  # acceleration
    0x75: 2,  # current
    0x76: 4,  # frequency
    0x78: 1,  # percentage
    0x79: 2,  # altitude
    0x7D: 2,  # concentration
    0x80: 2,  # power
    0x82: 4,  # distance
    0x83: 4,  # energy
    0x84: 2,  # direction
    0x85: 4,  # time
    0x86: 6,  # gyrometer
    0x87: 3,  # colour
    0x88: 9,  # position
    0x8E: 1,  # switch
}
LENGTHS = {**OTHERS, **{number: each.length for number, each in MEASURED.items()}}
NO_PROBE = 0x7FFF


def cayenne_lpp(frame: bytes, _port: int, _settings: FormatSettings) -> list[DecodedValue]:
    """Decode a frame, on any port.

    Raises:
        DecodeError: the frame has an unknown type, or ends inside a value.
    """
    return [_value(channel, MEASURED[number], data) for channel, number, data in _fields(frame) if number in MEASURED]


def _fields(frame: bytes) -> Iterator[tuple[int, int, bytes]]:
    if not frame:
        raise DecodeError("an empty frame")
    at = 0
    while at < len(frame):
        if at + 2 > len(frame):
            raise DecodeError("the frame ends within a channel", raw=frame)
        channel, number = frame[at], frame[at + 1]
        length = LENGTHS.get(number)
        if length is None:
            raise DecodeError(
                f"channel {channel}: type {number:02x} is unknown", reason=Reason.UNKNOWN_MODEL, raw=frame
            )
        data = frame[at + 2 : at + 2 + length]
        if len(data) < length:
            raise DecodeError(f"channel {channel}: type {number:02x} is cut short", raw=frame)
        yield channel, number, data
        at += 2 + length


def _value(channel: int, kind: Type, data: bytes) -> DecodedValue:
    raw = int.from_bytes(data, "big", signed=kind.signed)
    if kind.unit is CELSIUS and raw == NO_PROBE:
        return DecodedValue(key=f"ch{channel}", value=None, unit=kind.unit, reason=Reason.NOT_CONNECTED)
    return DecodedValue(key=f"ch{channel}", value=raw * kind.step, unit=kind.unit)
