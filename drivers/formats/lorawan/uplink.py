"""What an uplink of a LoRaWAN network server measures, whichever server it was: decoded keys, or bytes and a codec.

Keys are those of the vendors' decoders (Milesight-IoT/SensorDecoders, dragino/dragino-end-node-decoder) and of the
servers' own for CayenneLPP (`temperature_3` of The Things Stack, `temperatureSensor: {"3": …}` of ChirpStack).
`temperature`, `humidity` and other plain words are the device itself, another key is a channel of that name.

Dirt: 327.67 and 3276.7, which is 7FFF for a probe that is not there; "NULL" for the same; frames that a device kept,
as `history` with `timestamp`.
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

# What a decoder calls its values → unit. Alarms, limits and counters have longer names, and match nothing.
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
    """The bytes of a base64 text.

    Raises:
        DecodeError: it is none.
    """
    try:
        return binascii.a2b_base64(str(text).encode("ascii"), strict_mode=True)
    except (ValueError, UnicodeEncodeError) as error:
        raise DecodeError(f"the frame is no base64: {error}") from error


def decoded(message: dict[str, Any]) -> list[DecodedValue]:
    """Samples of an object that a decoder of the server made."""
    samples = [*_samples(message, UNKNOWN, historical=False)]
    history = message.get(HISTORY)
    for entry in history if isinstance(history, list) else ():
        if isinstance(entry, dict):
            device_time = _time_of(entry.get("timestamp", entry.get("time")))
            samples += _samples(entry, device_time, historical=True)
    return samples


def from_frame(text: object, port: object, codec: Codec | None, settings: FormatSettings) -> list[DecodedValue]:
    """Samples of the raw bytes.

    Raises:
        DecodeError: no codec is set, or the codec refuses the frame.
    """
    frame = frame_of(text)
    if not frame:
        return []
    if codec is None:
        told = "the server did not decode the frame: set a codec here, or one in the server"
        raise DecodeError(f"{told} (it is {frame[:32].hex()})", reason=Reason.UNKNOWN_MODEL)
    known_port = number(port)
    return codec(frame, 0 if known_port is None else int(known_port), settings)


def readings(
    samples: list[DecodedValue], builder: ReadingBuilder, named: Callable[[str], str] | None = None
) -> list[Reading]:
    """Readings of a device; the charge of its battery goes with them, and stands alone when there is nothing else.

    `named` gives the channel of a decoder's key, where it is not the usual one.
    """
    charges = [sample for sample in samples if sample.unit.quantity is Quantity.BATTERY]
    own = as_percent(charges[-1].value) if charges else None
    whole = builder if own is None else replace(builder, battery=own)
    others = [sample for sample in samples if sample.unit.quantity is not Quantity.BATTERY]
    return [sample.reading(whole, (named or channel)(sample.key)) for sample in others or charges]


def link(builder: ReadingBuilder, receptions: object) -> list[Reading]:
    """How well the best of the radio gateways heard the device."""
    heard = [each.get("rssi") for each in receptions if isinstance(each, dict)] if isinstance(receptions, list) else []
    strengths = [strength for strength in map(number, heard) if strength is not None]
    return [builder.reading("", max(strengths), DBM)] if strengths else []


def channel(key: str) -> str:
    """The channel of a decoder's key; "" for one that is the device itself."""
    return "" if key in OWN else key


def _samples(message: dict[str, Any], device_time: DeviceTime, *, historical: bool) -> Iterator[DecodedValue]:
    for key, value in message.items():
        if key in SERVER_GROUPS and isinstance(value, dict):
            for index, each in value.items():
                yield _sample(f"{key}_{index}", each, SERVER_GROUPS[key], device_time, historical=historical)
        elif (unit := _unit_of(key)) is not None and not isinstance(value, dict | list):
            yield _sample(key, value, unit, device_time, historical=historical)


def _sample(key: str, value: object, unit: Unit, device_time: DeviceTime, *, historical: bool) -> DecodedValue:
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
