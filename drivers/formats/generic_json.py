"""Any JSON whose readings stand at known paths, which the setting `map` names.

    map: {id: device.serial, temperature: data.probes.0.t, humidity: {path: data.rh, unit: "%RH"}, battery: bat}

Keys are `id` (which sensor it is; without it the topic is), quantities, `battery` (percent, kept with the readings) and
`time` (a text with an offset, or seconds since 1970). A path names keys and positions of lists, outermost first,
separated by dots; a key that has dots in it may stand as it is. In place of a path, a table:

    path      where the value stands
    unit      of the value, when it is not the quantity's own: °F, g, mV, Pa …
    decimal   "." or ",": the value is a number in a text, with this before its decimals; else texts are malformed

A path that a message lacks gives no reading: devices send what changed. Paths of JSON are those of no standard;
RFC 9535 (JSONPath) and RFC 6901 (JSON Pointer) are met half way: a leading `$.` or `/` is understood.
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
class Place:
    """Where a value stands and how it is written."""

    path: str
    unit: Unit
    decimal: str | None = None

    def value(self, message: object) -> object:
        """The value there, a number in a text already read; ABSENT when there is nothing."""
        found = at_path(message, self.path)
        if self.decimal is None or not isinstance(found, str):
            return found
        read = text_number(found, point=self.decimal)
        return found if read is None else read


class GenericJson(MessageFormat):
    """MessageDriver of `generic-json`."""

    def __init__(self, settings: FormatSettings = NO_SETTINGS) -> None:
        """Settings: `map`.

        Raises:
            ConfigurationError: a key is no quantity, or a path no text.
        """
        super().__init__()
        given = table(settings, "map")
        self._paths = {name: _path(given[name]) for name in (ID, TIME, BATTERY) if name in given}
        self._places = {name: _place(name, what) for name, what in given.items() if name not in (ID, TIME, BATTERY)}

    def device(self, topic: str) -> str:
        return "" if ID in self._paths else topic

    def _read(self, message: IncomingMessage) -> Results:
        document = read_json(message.payload)
        device = self._device(document.value, message.topic)
        charge = percent(self._found(document.value, BATTERY))
        device_time = self._device_time(document.value)
        builder = ReadingBuilder(device=device, device_time=device_time, flags=message.flags, battery=charge)
        results: Results = [
            reading for place in self._places.values() for reading in _reading(builder, place, document.value)
        ]
        if not results and charge is not None:
            results.append(builder.reading("", Decimal(str(charge)), unit(None, Quantity.BATTERY)))
        if document.repeated:
            said = f"{', '.join(document.repeated)[:256]} given twice: the last one counts"
            results.append(RejectedRecord(device=device, name="", reason=Reason.MALFORMED, text=said))
        return results

    def _found(self, message: object, name: str) -> object:
        return at_path(message, self._paths[name]) if name in self._paths else ABSENT

    def _device(self, message: object, topic: str) -> str:
        if ID not in self._paths:
            return topic
        found = self._found(message, ID)
        if isinstance(found, Decimal) and found == found.to_integral_value() and found.adjusted() < 20:
            return str(int(found))
        if not isinstance(found, str) or not found:
            raise DecodeError(f"there is no id at {self._paths[ID]}")
        return found

    def _device_time(self, message: object) -> DeviceTime:
        found = self._found(message, TIME)
        if isinstance(found, str):
            return from_text(found)
        return UNKNOWN if found is ABSENT else from_seconds(found)


def at_path(message: object, path: str) -> Any:
    """What stands at a path, ABSENT for nothing."""
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


def _reading(builder: ReadingBuilder, place: Place, message: object) -> list[Reading]:
    value = place.value(message)
    if value is ABSENT:
        return []
    # An Arduino's DallasTemperature library prints a lost probe as a number.
    faults = DS18B20_FAULTS if place.unit.quantity is Quantity.TEMPERATURE else None
    return [builder.reading("", value, place.unit, faults=faults)]


def _path(what: object) -> str:
    path = what.get("path") if isinstance(what, Mapping) else what
    if not isinstance(path, str) or not path:
        raise ConfigurationError(f"{what!r} is no path: write keys with dots between them, such as data.temperature")
    return path.replace("[", ".").replace("]", "")


def _place(name: str, what: object) -> Place:
    of = quantity(name)
    settings = what if isinstance(what, Mapping) else NO_SETTINGS
    decimal = settings.get("decimal")
    if decimal is not None and decimal not in POINTS:
        raise ConfigurationError(f'{decimal!r} stands before no decimals: "." or ","')
    return Place(_path(what), unit(settings.get("unit"), of), decimal)
