"""Decode any JSON by paths to its values, from the setting `map`.

    map: {id: device.serial, temperature: data.probes.0.t, humidity: {path: data.rh, unit: "%RH"}, battery: bat}

Keys of `map` are `id` (name of the sensor; the topic, if absent), quantities, `battery` (percent, added to the
readings) and `time` (a text with an offset, or seconds since 1970). A path is a row of keys and list indexes, outermost
first, separated by dots; a key that contains dots may be written as it is. A table may replace a path:

    path      of the value
    unit      of the value, when it is not that of the gateway: °F, g, mV, Pa …
    decimal   "." or ",": the value is a number in a text, with this before its decimals; otherwise texts are malformed

A path that a message does not have gives no reading, since devices send only what changed. The paths follow no
standard, but a leading `$.` (RFC 9535, JSONPath) or `/` (RFC 6901, JSON Pointer) is accepted.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from drivers.contract import RejectedRecord
from drivers.errors import ConfigurationError, DecodeError
from drivers.formats.common.format import IncomingMessage, MessageFormat, Results
from drivers.formats.common.format_settings import NO_SETTINGS, FormatSettings, quantity, table, unit
from drivers.formats.common.json_text import read_json
from drivers.reading import Quantity, Reading, Reason
from drivers.values.device_time import UNKNOWN, DeviceTime, from_seconds, from_text
from drivers.values.numbers import text_number
from drivers.values.reading_builder import DS18B20_FAULTS, ReadingBuilder, percent
from drivers.values.units import Unit

ID, TIME, BATTERY = "id", "time", "battery"
POINTS = (".", ",")
ABSENT = object()


@dataclass(frozen=True, slots=True)
class ValuePath:
    """Path, unit and notation of a value."""

    path: str
    unit: Unit
    decimal: str | None = None

    def value(self, message: object) -> object:
        """Return the value in a message, with a number in a text converted; ABSENT when there is none."""
        value = at_path(message, self.path)
        if self.decimal is None or not isinstance(value, str):
            return value
        converted = text_number(value, point=self.decimal)
        return value if converted is None else converted


class GenericJson(MessageFormat):
    """MessageDriver of `generic-json`."""

    def __init__(self, settings: FormatSettings = NO_SETTINGS) -> None:
        """Settings: `map`.

        Raises:
            ConfigurationError: a key is not a quantity, or a path not a text.
        """
        super().__init__()
        entries = table(settings, "map")
        self._paths = {name: _path(entries[name]) for name in (ID, TIME, BATTERY) if name in entries}
        self._values = [_value_path(name, entry) for name, entry in entries.items() if name not in (ID, TIME, BATTERY)]

    def device(self, topic: str, /) -> str:
        return "" if ID in self._paths else topic

    def _read(self, message: IncomingMessage) -> Results:
        document = read_json(message.payload)
        device = self._device(document.value, message.topic)
        charge = percent(self._at(document.value, BATTERY))
        device_time = self._device_time(document.value)
        builder = ReadingBuilder(device=device, device_time=device_time, flags=message.flags, battery=charge)
        results: Results = [
            reading for value_path in self._values for reading in _reading(builder, value_path, document.value)
        ]
        if not results and charge is not None:
            results.append(builder.reading("", Decimal(str(charge)), unit(None, Quantity.BATTERY)))
        if document.repeated:
            text = f"{', '.join(document.repeated)[:256]} given twice: the last one counts"
            results.append(RejectedRecord(device=device, name="", reason=Reason.MALFORMED, text=text))
        return results

    def _at(self, message: object, name: str) -> object:
        return at_path(message, self._paths[name]) if name in self._paths else ABSENT

    def _device(self, message: object, topic: str) -> str:
        if ID not in self._paths:
            return topic
        device = self._at(message, ID)
        if isinstance(device, Decimal) and device == device.to_integral_value() and device.adjusted() < 20:
            return str(int(device))
        if not isinstance(device, str) or not device:
            raise DecodeError(f"there is no id at {self._paths[ID]}")
        return device

    def _device_time(self, message: object) -> DeviceTime:
        time = self._at(message, TIME)
        if isinstance(time, str):
            return from_text(time)
        return UNKNOWN if time is ABSENT else from_seconds(time)


def at_path(message: object, path: str) -> Any:
    """Return the value at a path; ABSENT when there is none."""
    path = path.removeprefix("$.")
    separator = "/" if path.startswith("/") else "."
    return _descend(message, path.removeprefix("/"), separator)


def _descend(value: object, path: str, separator: str) -> object:
    if not path:
        return value
    if isinstance(value, Mapping) and path in value:
        return value[path]
    step, _, rest = path.partition(separator)
    if isinstance(value, Mapping) and step in value:
        return _descend(value[step], rest, separator)
    if isinstance(value, list) and step.isdecimal() and len(step) < 6 and int(step) < len(value):
        return _descend(value[int(step)], rest, separator)
    return ABSENT


def _reading(builder: ReadingBuilder, value_path: ValuePath, message: object) -> list[Reading]:
    value = value_path.value(message)
    if value is ABSENT:
        return []
    # An Arduino's DallasTemperature library prints a number for a lost probe.
    faults = DS18B20_FAULTS if value_path.unit.quantity is Quantity.TEMPERATURE else None
    return [builder.reading("", value, value_path.unit, faults=faults)]


def _path(entry: object) -> str:
    path = entry.get("path") if isinstance(entry, Mapping) else entry
    if not isinstance(path, str) or not path:
        raise ConfigurationError(f"{entry!r} is no path: write keys with dots between them, such as data.temperature")
    return path.replace("[", ".").replace("]", "")


def _value_path(name: str, entry: object) -> ValuePath:
    of = quantity(name)
    settings = entry if isinstance(entry, Mapping) else NO_SETTINGS
    decimal = settings.get("decimal")
    if decimal is not None and decimal not in POINTS:
        raise ConfigurationError(f'{decimal!r} stands before no decimals: "." or ","')
    return ValuePath(_path(entry), unit(settings.get("unit"), of), decimal)
