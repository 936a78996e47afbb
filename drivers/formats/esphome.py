"""Decode messages of ESPHome nodes (esphome/esphome-docs: components/mqtt.rst, components/sensor/index.rst).

    <prefix>/sensor/<object id>/state   23.4       text, retained; nan when the sensor has failed
    <prefix>/status                     online | offline, retained; offline is the last will

A number alone has no quantity. The setting `map` adds it, by the node's prefix and the sensor's object id.

    map: {kitchen/freezer_probe: temperature, kitchen/scale: {quantity: weight, unit: g}}
"""

from collections.abc import Mapping
from dataclasses import dataclass

from drivers.errors import DecodeError
from drivers.formats.common.format import IncomingMessage, MessageFormat, Results
from drivers.formats.common.format_settings import NO_SETTINGS, FormatSettings, quantity, table, unit
from drivers.formats.common.json_text import read_text
from drivers.reading import Quantity, Reason
from drivers.values.numbers import text_number
from drivers.values.reading_builder import DS18B20_FAULTS, ReadingBuilder
from drivers.values.units import Unit

ONLINE = {b"online": True, b"offline": False}
SENSOR = "/sensor/"
STATE = "/state"
STATUS = "/status"
FAILED = "nan"


@dataclass(frozen=True, slots=True)
class Parts:
    """Node and sensor in a topic."""

    prefix: str
    object_id: str


class EspHome(MessageFormat):
    """MessageDriver of `esphome`."""

    def __init__(self, settings: FormatSettings = NO_SETTINGS) -> None:
        """Settings: `map`.

        Raises:
            ConfigurationError: a value of `map` is not a quantity.
        """
        super().__init__()
        self._units = {name: _unit(what) for name, what in table(settings, "map").items()}

    @property
    def topics(self) -> tuple[str, ...]:
        prefixes = sorted({name.rpartition("/")[0] for name in self._units} - {""}) or ["+"]
        return tuple(prefix + ending for prefix in prefixes for ending in (SENSOR + "+" + STATE, STATUS))

    def device(self, topic: str, /) -> str:
        parts = _parts(topic)
        return topic.removesuffix(STATUS) if parts is None else parts.prefix

    def status(self, topic: str, payload: bytes, /) -> bool | None:
        """Return whether a node is online, by its status message or its last will; None for any other message."""
        return ONLINE.get(payload) if topic.endswith(STATUS) else None

    def _read(self, message: IncomingMessage) -> Results:
        parts = _parts(message.topic)
        unit_of_it = None if parts is None else self._units.get(f"{parts.prefix}/{parts.object_id}")
        text = read_text(message.payload)
        if parts is None or unit_of_it is None:
            return []
        builder = ReadingBuilder(device=parts.prefix, flags=message.flags)
        if text.strip().lower() == FAILED:
            return [builder.reading(parts.object_id, None, unit_of_it, reason=Reason.SENSOR_FAILURE)]
        value = text_number(text)
        if value is None:
            raise DecodeError(f"{text[:40]!r} is no number")
        faults = DS18B20_FAULTS if unit_of_it.quantity is Quantity.TEMPERATURE else None
        return [builder.reading(parts.object_id, value, unit_of_it, faults=faults)]


def _parts(topic: str) -> Parts | None:
    prefix, _, rest = topic.rpartition(SENSOR)
    object_id, state = rest.removesuffix(STATE), rest.endswith(STATE)
    return Parts(prefix, object_id) if prefix and state and object_id and "/" not in object_id else None


def _unit(what: object) -> Unit:
    if isinstance(what, Mapping):
        return unit(what.get("unit"), quantity(what.get("quantity")))
    return unit(None, quantity(what))
