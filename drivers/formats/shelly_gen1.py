"""Decode messages of Shelly Gen1 devices (Shelly API documentation, Gen1: MQTT of Shelly1/1PM, Shelly H&T, Add-on).

    shellies/shellyht-123456/sensor/temperature    29.62      bare numbers as text; humidity, battery likewise
    shellies/shelly1-AABBCC/ext_temperature/0      20.5       probes of the add-on; ext_temperature_f, ext_humidity
    shellies/shelly1-AABBCC/ext_temperatures       {"0":{"hwID":"…","tC":20.5},…}
    shellies/shelly1-AABBCC/online                 true | false
    shellies/shelly1-AABBCC/temperature            the relay's own chip: not a reading
    shellies/shellyht-123456/info                  JSON: unixtime, wifi_sta.rssi and, from an H&T, tmp, hum, bat

999 means that the probe cannot be read. When a device sends °C and °F, the message in °F is the same measurement again.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from drivers.errors import DecodeError
from drivers.formats.common.format import IncomingMessage, MessageFormat, Results, read_object
from drivers.formats.common.json_text import read_text
from drivers.formats.common.memory import BoundedDict
from drivers.reading import Reading, Reason
from drivers.values.device_time import from_seconds
from drivers.values.numbers import number, text_number
from drivers.values.reading_builder import ReadingBuilder, percent
from drivers.values.units import CELSIUS, DBM, FAHRENHEIT, PERCENT, PERCENT_RH, VOLT, Unit

ROOT = "shellies/"
ONLINE = {b"true": True, b"false": False}
INVALID = Decimal(999)
SENSOR: dict[str, Unit] = {"temperature": CELSIUS, "humidity": PERCENT_RH, "battery": PERCENT}
EXTERNAL: dict[str, Unit] = {
    "ext_temperature": CELSIUS,
    "ext_temperature_f": FAHRENHEIT,
    "ext_humidity": PERCENT_RH,
}
ALL_EXTERNAL: dict[str, tuple[Unit, str]] = {
    "ext_temperatures": (CELSIUS, "tC"),
    "ext_humidities": (PERCENT_RH, "hum"),
}
INDEX = re.compile("[0-9]{1,3}")


class ShellyGen1(MessageFormat):
    """MessageDriver of `shelly-gen1`."""

    def __init__(self) -> None:
        super().__init__()
        self._charge: BoundedDict[str, float] = BoundedDict()
        self._celsius: BoundedDict[str, bool] = BoundedDict()

    @property
    def topics(self) -> tuple[str, ...]:
        return (ROOT + "#",)

    def device(self, topic: str, /) -> str:
        levels = topic.split("/")
        return levels[1] if len(levels) > 2 and topic.startswith(ROOT) else ""

    def status(self, topic: str, payload: bytes, /) -> bool | None:
        """Return whether a device is online, by its status message or its last will; None for any other message."""
        levels = topic.split("/")
        return ONLINE.get(payload) if len(levels) == 3 and topic.startswith(ROOT) and levels[2] == "online" else None

    def _read(self, message: IncomingMessage) -> Results:
        if not message.topic.startswith(ROOT):
            raise DecodeError("no topic of a Shelly: shellies/<device>/…")
        device = self.device(message.topic)
        match message.topic.split("/")[2:]:
            case ["sensor", what] if what in SENSOR:
                return [self._sensor(message, device, what)]
            case [what, index] if what in EXTERNAL and INDEX.fullmatch(index):
                return self._external(message, device, index, EXTERNAL[what])
            case [what] if what in ALL_EXTERNAL:
                return self._all_external(message, device, *ALL_EXTERNAL[what])
            case ["info"]:
                return self._info(message, device)
        return []

    def _builder(self, message: IncomingMessage, device: str) -> ReadingBuilder:
        return ReadingBuilder(device=device, flags=message.flags, battery=self._charge.get(device))

    def _sensor(self, message: IncomingMessage, device: str, what: str) -> Reading:
        value = _value(message.payload)
        unit = SENSOR[what]
        if unit is PERCENT:
            charge = percent(value)
            if charge is not None:
                self._charge.put(device, charge)
        return _reading(self._builder(message, device), "", value, unit)

    def _external(self, message: IncomingMessage, device: str, index: str, unit: Unit) -> Results:
        channel = f"ext/{index}"
        value = _value(message.payload)
        if unit is CELSIUS:
            self._celsius.put(f"{device}/{channel}", True)
        elif unit is FAHRENHEIT and self._celsius.get(f"{device}/{channel}"):
            return []
        return [_reading(self._builder(message, device), channel, value, unit)]

    def _all_external(self, message: IncomingMessage, device: str, unit: Unit, key: str) -> Results:
        probes, warnings = read_object(message.payload, device)
        builder = self._builder(message, device)
        return [*_probes(builder, probes, unit, key), *warnings]

    def _info(self, message: IncomingMessage, device: str) -> Results:
        info, warnings = read_object(message.payload, device)
        charge = percent(_within(info, "bat", "value"))
        if charge is not None:
            self._charge.put(device, charge)
        device_time = from_seconds(info.get("unixtime"))
        builder = ReadingBuilder(
            device=device, device_time=device_time, flags=message.flags, battery=self._charge.get(device)
        )
        return [*_of_info(builder, info), *warnings]


def _value(payload: bytes) -> Decimal:
    text = read_text(payload)
    value = text_number(text)
    if value is None:
        raise DecodeError(f"{text[:40]!r} is no number")
    return value


def _reading(builder: ReadingBuilder, channel: str, value: object, unit: Unit) -> Reading:
    failed = number(value) == INVALID
    return builder.reading(channel, value, unit, reason=Reason.SENSOR_FAILURE if failed else None)


def _probes(builder: ReadingBuilder, probes: dict[str, Any], unit: Unit, key: str) -> Iterator[Reading]:
    for index, probe in probes.items():
        if isinstance(probe, dict) and key in probe and INDEX.fullmatch(index):
            yield _reading(builder, f"ext/{index}", probe[key], unit)


def _of_info(builder: ReadingBuilder, info: dict[str, Any]) -> Iterator[Reading]:
    """Decode the message with all values; without `hum`, `tmp` is the temperature of the device's chip."""
    if "hum" in info:
        valid = _within(info, "tmp", "is_valid") is not False
        failed = None if valid else Reason.SENSOR_FAILURE
        yield builder.reading("", _within(info, "tmp", "tC"), CELSIUS, reason=failed)
        yield _reading(builder, "", _within(info, "hum", "value"), PERCENT_RH)
    for key, unit, each in (("ext_temperature", CELSIUS, "tC"), ("ext_humidity", PERCENT_RH, "hum")):
        probes = info.get(key)
        if isinstance(probes, dict):
            yield from _probes(builder, probes, unit, each)
    volts = _within(info, "bat", "voltage")
    if volts is not None:
        yield builder.reading("", volts, VOLT)
    rssi = _within(info, "wifi_sta", "rssi")
    if rssi is not None:
        yield builder.reading("", rssi, DBM)


def _within(message: dict[str, Any], key: str, inner: str) -> Any:
    outer = message.get(key)
    return outer.get(inner) if isinstance(outer, dict) else None
