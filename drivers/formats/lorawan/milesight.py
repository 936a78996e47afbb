"""Milesight's EM300, EM320 and EM500 series (Milesight-IoT/SensorDecoders: em-series/<model>/README.md, …-decoder.js).

    <channel> <type> <data, little-endian> …

    01 75  battery     u8 %                03 67  temperature  i16 0.1 °C       04 68  humidity  u8 0.5 %
    83 67  temperature alarm: i16 0.1 °C, u8            83 D7  i16 0.1 °C, i16 change, u8
    20 CE  kept value  u32 seconds since 1970, i16 0.1 °C, and a humidity u8 0.5 % where the model has one
    FF xx, FE xx       what the device is, and answers to commands

How long a kept value is depends on the model: 8 bytes of an EM300 (the last is not used), 7 of an EM320, 6 of an
EM500-PT100. The setting `model` tells it; without, the one length that fits a frame of nothing else is taken.
A channel that is not known has a length that is not known: what follows it cannot be read. The values before it count;
without any the frame is refused.
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
TEMPERATURE_ALARM, TEMPERATURE_JUMP, KEPT = (0x83, 0x67), (0x83, 0xD7), (0x20, 0xCE)
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
    (0x05, 0x9C): 1,  # EM320: how full the memory is
    (0x05, 0x00): 1,  # EM300-MLD, -SLD: leak
}
KEPT_LENGTHS = {"em300": 8, "em320": 7, "em500": 6}
MODELS = tuple(KEPT_LENGTHS)
ABSENT = 0x7FFF
"""As a temperature: what cannot be measured; FFFF is −0.1 °C."""


def milesight(frame: bytes, port: int, settings: FormatSettings) -> list[DecodedValue]:  # noqa: ARG001 - any port (85 by default)
    """Samples of a frame; settings: `model`.

    Raises:
        ConfigurationError: a model of another series.
        DecodeError: an unknown channel, or a frame that ends within a value.
    """
    kept = _kept_length(frame, settings)
    samples: list[DecodedValue] = []
    try:
        for key, data in _fields(frame, kept):
            samples += _samples(key, data)
    except DecodeError as error:
        if error.reason is not Reason.UNKNOWN_MODEL or not samples:
            raise
    return samples


def _kept_length(frame: bytes, settings: FormatSettings) -> int | None:
    if "model" in settings:
        model = text(settings, "model", "em300-th").lower()
        length = next((length for series, length in KEPT_LENGTHS.items() if model.startswith(series)), None)
        if length is None:
            raise ConfigurationError(f"{model} is no model that is known here: {', '.join(MODELS)}")
        return length
    fitting = [length for length in KEPT_LENGTHS.values() if _fits(frame, length)]
    return fitting[0] if len(fitting) == 1 else None


def _fits(frame: bytes, kept: int) -> bool:
    try:
        return sum(len(data) for _, data in _fields(frame, kept)) > 0
    except DecodeError:
        return False


def _fields(frame: bytes, kept: int | None) -> Iterator[tuple[tuple[int, int], bytes]]:
    at = 0
    while at < len(frame):
        if at + 2 > len(frame):
            raise DecodeError("the frame ends within a channel", raw=frame)
        key = frame[at], frame[at + 1]
        length = kept if key == KEPT else LENGTHS.get(key)
        if length is None:
            known = "kept values need the setting model" if key == KEPT else "not one of this series"
            raise DecodeError(f"channel {key[0]:02x} {key[1]:02x}: {known}", reason=Reason.UNKNOWN_MODEL, raw=frame)
        data = frame[at + 2 : at + 2 + length]
        if len(data) < length:
            raise DecodeError(f"channel {key[0]:02x} {key[1]:02x} is cut short", raw=frame)
        yield key, data
        at += 2 + length


def _samples(key: tuple[int, int], data: bytes) -> list[DecodedValue]:
    if key == BATTERY:
        return [DecodedValue(key="battery", value=Decimal(data[0]), unit=PERCENT)]
    if key in {TEMPERATURE, TEMPERATURE_ALARM, TEMPERATURE_JUMP}:
        return [_temperature(data[:2])]
    if key == HUMIDITY:
        return [_humidity(data[0])]
    return _kept(data) if key == KEPT else []


def _kept(data: bytes) -> list[DecodedValue]:
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
