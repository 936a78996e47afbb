"""Decode Milesight EM300, EM320 and EM500 (Milesight-IoT/SensorDecoders: em-series/<model>/README.md, …-decoder.js).

    <channel> <type> <data, little-endian> …

    01 75  battery     u8 %                03 67  temperature  i16 0.1 °C       04 68  humidity  u8 0.5 %
    83 67  temperature alarm: i16 0.1 °C, u8            83 D7  i16 0.1 °C, i16 change, u8
    20 CE  stored value  u32 seconds since 1970, i16 0.1 °C, and a humidity u8 0.5 % if the model measures it
    FF xx, FE xx         data of the device, and responses to commands

The length of a stored value depends on the model: 8 bytes for EM300 (the last is not used), 7 for EM320, 6 for
EM500-PT100. The setting `model` names it. Without the setting, the length is used that alone fits the frame.
An unknown channel has no known length, so the rest of the frame cannot be read. The values before it count; without
any, the frame is refused.
"""

from collections.abc import Iterator
from decimal import Decimal

from drivers.errors import ConfigurationError, DecodeError
from drivers.formats.common.decoded_values import DecodedValue
from drivers.formats.common.format_settings import FormatSettings, text
from drivers.reading import Reason
from drivers.values.device_time import from_seconds
from drivers.values.units import CELSIUS, PERCENT, PERCENT_RH

BATTERY, TEMPERATURE, HUMIDITY = (0x01, 0x75), (0x03, 0x67), (0x04, 0x68)
TEMPERATURE_ALARM, TEMPERATURE_JUMP, STORED = (0x83, 0x67), (0x83, 0xD7), (0x20, 0xCE)
LENGTHS = {
    BATTERY: 1,
    TEMPERATURE: 2,
    HUMIDITY: 1,
    TEMPERATURE_ALARM: 3,
    TEMPERATURE_JUMP: 5,
    (0xFF, 0x01): 1,  # protocol version
    (0xFF, 0x09): 2,  # hardware version
    (0xFF, 0x0A): 2,  # firmware version
    (0xFF, 0xFF): 2,  # TSL version
    (0xFF, 0x16): 8,  # serial number
    (0xFF, 0x0F): 1,  # LoRaWAN class
    (0xFF, 0xFE): 1,  # reset
    (0xFF, 0x0B): 1,  # switched on
    (0x05, 0x9C): 1,  # EM320: used memory
    (0x05, 0x00): 1,  # EM300-MLD, -SLD: leak
}
STORED_LENGTHS = {"em300": 8, "em320": 7, "em500": 6}
MODELS = tuple(STORED_LENGTHS)
ABSENT = 0x7FFF
"""A temperature that cannot be measured; FFFF is −0.1 °C."""


def milesight(frame: bytes, _port: int, settings: FormatSettings) -> list[DecodedValue]:
    """Decode a frame, on any port (85 by default); settings: `model`.

    Raises:
        ConfigurationError: the model is of another series.
        DecodeError: the frame begins with an unknown channel, or ends inside a value.
    """
    stored_length = _stored_length(frame, settings)
    values: list[DecodedValue] = []
    try:
        for key, data in _fields(frame, stored_length):
            values += _values(key, data)
    except DecodeError as error:
        if error.reason is not Reason.UNKNOWN_MODEL or not values:
            raise
    return values


def _stored_length(frame: bytes, settings: FormatSettings) -> int | None:
    if "model" in settings:
        model = text(settings, "model", "em300-th").lower()
        length = next((length for series, length in STORED_LENGTHS.items() if model.startswith(series)), None)
        if length is None:
            raise ConfigurationError(f"{model} is no model that is known here: {', '.join(MODELS)}")
        return length
    fitting = [length for length in STORED_LENGTHS.values() if _fits(frame, length)]
    return fitting[0] if len(fitting) == 1 else None


def _fits(frame: bytes, stored_length: int) -> bool:
    try:
        return sum(len(data) for _, data in _fields(frame, stored_length)) > 0
    except DecodeError:
        return False


def _fields(frame: bytes, stored_length: int | None) -> Iterator[tuple[tuple[int, int], bytes]]:
    at = 0
    while at < len(frame):
        if at + 2 > len(frame):
            raise DecodeError("the frame ends within a channel", raw=frame)
        key = frame[at], frame[at + 1]
        length = stored_length if key == STORED else LENGTHS.get(key)
        if length is None:
            why = "kept values need the setting model" if key == STORED else "not one of this series"
            raise DecodeError(f"channel {key[0]:02x} {key[1]:02x}: {why}", reason=Reason.UNKNOWN_MODEL, raw=frame)
        data = frame[at + 2 : at + 2 + length]
        if len(data) < length:
            raise DecodeError(f"channel {key[0]:02x} {key[1]:02x} is cut short", raw=frame)
        yield key, data
        at += 2 + length


def _values(key: tuple[int, int], data: bytes) -> list[DecodedValue]:
    if key == BATTERY:
        return [DecodedValue(key="battery", value=Decimal(data[0]), unit=PERCENT)]
    if key in {TEMPERATURE, TEMPERATURE_ALARM, TEMPERATURE_JUMP}:
        return [_temperature(data[:2])]
    if key == HUMIDITY:
        return [_humidity(data[0])]
    return _stored(data) if key == STORED else []


def _stored(data: bytes) -> list[DecodedValue]:
    device_time = from_seconds(Decimal(int.from_bytes(data[:4], "little")))
    values = [_temperature(data[4:6]), *(_humidity(each) for each in data[6:7])]
    return [
        DecodedValue(
            key=each.key, value=each.value, unit=each.unit, reason=each.reason, device_time=device_time, historical=True
        )
        for each in values
    ]


def _temperature(data: bytes) -> DecodedValue:
    raw = int.from_bytes(data, "little")
    absent = raw == ABSENT
    value = Decimal(int.from_bytes(data, "little", signed=True)) / 10
    reason = Reason.SENSOR_FAILURE if absent else None
    return DecodedValue(key="temperature", value=None if absent else value, unit=CELSIUS, reason=reason)


def _humidity(raw: int) -> DecodedValue:
    absent = raw == 0xFF
    reason = Reason.SENSOR_FAILURE if absent else None
    return DecodedValue(key="humidity", value=None if absent else Decimal(raw) / 2, unit=PERCENT_RH, reason=reason)
