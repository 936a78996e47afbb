"""Decode an uplink of any LoRaWAN network server: an object with decoded keys, or raw bytes and a codec.

Keys are those of the vendors' decoders (Milesight-IoT/SensorDecoders, dragino/dragino-end-node-decoder), and of the
servers' own decoders for CayenneLPP (`temperature_3` of The Things Stack, `temperatureSensor: {"3": …}` of ChirpStack).
`temperature`, `humidity` and other plain words need no channel; any other key is the name of a channel.

Dirt: 327.67 and 3276.7, which are 7FFF and mean that there is no probe; "NULL" for the same; values that a device has
stored, as `history` with `timestamp`.
"""

import binascii
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

from drivers.errors import DecodeError
from drivers.formats.common.decoded_values import Codec, DecodedValue
from drivers.formats.common.format_settings import FormatSettings
from drivers.reading import Quantity, Reading, Reason
from drivers.values.device_time import UNKNOWN, DeviceTime, from_seconds, from_text
from drivers.values.numbers import number
from drivers.values.reading_builder import ReadingBuilder
from drivers.values.reading_builder import percent as as_percent
from drivers.values.units import CELSIUS, DBM, FAHRENHEIT, HECTOPASCAL, KILOGRAM, PERCENT, PERCENT_RH, VOLT, Unit

NO_PROBE = {Decimal("327.67"): Reason.NOT_CONNECTED, Decimal("3276.7"): Reason.NOT_CONNECTED}
NULL_TEXTS = ("NULL", "null")
HISTORY = "history"
SERVER_GROUPS = {"temperatureSensor": CELSIUS, "humiditySensor": PERCENT_RH, "barometer": HECTOPASCAL}

# Key of a decoder → unit. Alarms, limits and counters have longer keys, and do not match.
NAMES: tuple[tuple[re.Pattern[str], Unit], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), unit)
    for pattern, unit in (
        (r"temp(erature)?_?f(ahrenheit)?", FAHRENHEIT),
        (r"temp(erature)?(_?c(elsius)?)?(_?\d{1,3})?", CELSIUS),
        (r"(ext_)?tempc_(sht|ds|tmp117)|temp_?c?_?(channel|ch|chn)_?\d{1,2}|temp_(red|white|black)", CELSIUS),
        (r"(relative_?)?hum(idity)?(_?\d{1,3})?|(ext_)?hum_sht|rh", PERCENT_RH),
        (r"(barometric_|air_)?pressure(_?\d{1,3})?", HECTOPASCAL),
        (r"weight(_?\d{1,3})?", KILOGRAM),
        (r"bat_?v|battery_?v(oltage)?|voltage|volt", VOLT),
        (r"battery(_?(level|percent(age)?))?|bat_?percent", PERCENT),
    )
)
OWN = {
    "temperature",
    "humidity",
    "relative_humidity",
    "pressure",
    "barometric_pressure",
    "weight",
    "voltage",
    "battery",
}


def frame_of(text: object) -> bytes:
    """Decode a frame from base64.

    Raises:
        DecodeError: the text is not base64.
    """
    try:
        return binascii.a2b_base64(str(text).encode("ascii"), strict_mode=True)
    except (ValueError, UnicodeEncodeError) as error:
        raise DecodeError(f"the frame is no base64: {error}") from error


def from_object(decoded: dict[str, Any]) -> list[DecodedValue]:
    """Read the values of an object that the server's decoder made."""
    values = [*_values(decoded, UNKNOWN, historical=False)]
    history = decoded.get(HISTORY)
    for entry in history if isinstance(history, list) else ():
        if isinstance(entry, dict):
            device_time = _time_of(entry.get("timestamp", entry.get("time")))
            values += _values(entry, device_time, historical=True)
    return values


def from_frame(text: object, port: object, codec: Codec | None, settings: FormatSettings) -> list[DecodedValue]:
    """Decode raw bytes, in base64, by a codec.

    Raises:
        DecodeError: no codec is set, or the codec refuses the frame.
    """
    frame = frame_of(text)
    if not frame:
        return []
    if codec is None:
        remedy = "the server did not decode the frame: set a codec here, or one in the server"
        raise DecodeError(f"{remedy} (it is {frame[:32].hex()})", reason=Reason.UNKNOWN_MODEL)
    known_port = number(port)
    return codec(frame, 0 if known_port is None else int(known_port), settings)


def channel(key: str) -> str:
    """Return the channel of a decoder's key; "" for a key that needs none."""
    return "" if key in OWN else key


def readings(
    decoded: list[DecodedValue], builder: ReadingBuilder, channel_of: Callable[[str], str] = channel
) -> list[Reading]:
    """Build the readings of a device. The charge of its battery is added to them; it is a reading when it is alone.

    `channel_of` gives the channel of a decoder's key.
    """
    charges = [value for value in decoded if value.unit.quantity is Quantity.BATTERY]
    charge = as_percent(charges[-1].value) if charges else None
    charged = builder if charge is None else replace(builder, battery=charge)
    others = [value for value in decoded if value.unit.quantity is not Quantity.BATTERY]
    return [value.reading(charged, channel_of(value.key)) for value in others or charges]


def link(builder: ReadingBuilder, receptions: object) -> list[Reading]:
    """Build the reading of the signal strength, from the radio gateway that received the device best."""
    raw = [each.get("rssi") for each in receptions if isinstance(each, dict)] if isinstance(receptions, list) else []
    strengths = [strength for strength in map(number, raw) if strength is not None]
    return [builder.reading("", max(strengths), DBM)] if strengths else []


def _values(decoded: dict[str, Any], device_time: DeviceTime, *, historical: bool) -> Iterator[DecodedValue]:
    for key, value in decoded.items():
        if key in SERVER_GROUPS and isinstance(value, dict):
            for index, each in value.items():
                yield _value(f"{key}_{index}", each, SERVER_GROUPS[key], device_time, historical=historical)
        elif (unit := _unit_of(key)) is not None and not isinstance(value, dict | list):
            yield _value(key, value, unit, device_time, historical=historical)


def _value(key: str, value: object, unit: Unit, device_time: DeviceTime, *, historical: bool) -> DecodedValue:
    exact = number(value)
    reason = None if exact is not None or value is None else Reason.MALFORMED
    if value in NULL_TEXTS:
        reason = Reason.NOT_CONNECTED
    if unit.quantity is Quantity.TEMPERATURE and exact is not None:
        reason = NO_PROBE.get(exact)
    return DecodedValue(key=key, value=exact, unit=unit, reason=reason, device_time=device_time, historical=historical)


def _unit_of(key: str) -> Unit | None:
    return next((unit for pattern, unit in NAMES if pattern.fullmatch(key)), None)


def _time_of(value: object) -> DeviceTime:
    return from_text(value) if isinstance(value, str) else from_seconds(value)
