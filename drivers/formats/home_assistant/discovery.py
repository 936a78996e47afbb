"""Sensors that were announced for Home Assistant (home-assistant.io: integrations/mqtt, integrations/sensor.mqtt).

    homeassistant/…/config        what there is, retained (ha_config.py); empty takes it away
    any topic, as announced       a number as text, or JSON and where in it (ha_template.py)
    any topic, as announced       online | offline, or what was announced instead

A sensor is its unique_id, else the object's place in the topic. A key that a message does not have gives no reading: it
may carry other sensors of the same device. `null`, nan, unknown, unavailable and None are sensors without a value.

A sensor is lost when its availability topic says so; of several, as `availability_mode` tells: the latest word, one
that is gone (all), or all that are gone (any).

Whoever announces a unique_id first keeps it until he takes it away: nobody else can send readings in its name.
"""

import re
from typing import TypeVar

from drivers.errors import DecodeError
from drivers.formats.common.format import IncomingMessage, MessageFormat, Results, read_object
from drivers.formats.common.format_settings import NO_SETTINGS, FormatSettings, text
from drivers.formats.common.memory import BoundedDict, missing
from drivers.formats.home_assistant.config import AnnouncedSensor, Availability, read_config
from drivers.formats.home_assistant.template import ABSENT
from drivers.reading import Reading, Reason
from drivers.values.reading_builder import ReadingBuilder

PREFIX = "homeassistant"
MOST_ANNOUNCED = 1024
ID = "[A-Za-z0-9_-]+"
NO_VALUE = {
    "nan": Reason.SENSOR_FAILURE,
    "none": Reason.SENSOR_FAILURE,
    "unknown": Reason.SENSOR_FAILURE,
    "unavailable": Reason.NO_COMMUNICATION,
    "": Reason.SENSOR_FAILURE,
}

T = TypeVar("T")


class HaDiscovery(MessageFormat):
    """MessageDriver of `ha-discovery`."""

    def __init__(self, settings: FormatSettings = NO_SETTINGS) -> None:
        """Settings: `prefix`, where configuration messages are (default homeassistant)."""
        super().__init__()
        self._prefix = text(settings, "prefix", PREFIX).strip("/")
        self._config = re.compile(f"{re.escape(self._prefix)}/({ID})/({ID}/)?({ID})/config")
        self._announced: dict[str, list[AnnouncedSensor]] = {}
        self._announced_on: dict[str, str] = {}
        self._said: BoundedDict[str, bool] = BoundedDict()
        self._measured_on: dict[str, list[AnnouncedSensor]] = {}
        self._told_on: dict[str, list[tuple[AnnouncedSensor, Availability]]] = {}

    @property
    def topics(self) -> tuple[str, ...]:
        """MQTT filters of all that it reads; they grow with what is announced."""
        announced = dict.fromkeys([*self._measured_on, *self._told_on])
        return f"{self._prefix}/+/+/config", f"{self._prefix}/+/+/+/config", *announced

    def device(self, topic: str) -> str:
        sensors = self._measured_on.get(topic, ())
        return sensors[0].name if len(sensors) == 1 else ""

    def decode(self, topic: str, payload: bytes, *, retain: bool = False, at: int | None = None) -> Results:
        """See drivers.contract.MessageDriver."""
        if not payload and self._config.fullmatch(topic):
            self._take_away(topic)
        said = self.status(topic, payload)
        if said is not None:
            self._said.put(topic, said)
        return super().decode(topic, payload, retain=retain, at=at)

    def status(self, topic: str, payload: bytes) -> bool | None:
        """Tell whether the sensors of an availability topic are there; None when it is none, or they disagree."""
        words = {_word(availability, payload) for _, availability in self._told_on.get(topic, ())}
        return words.pop() if len(words) == 1 else None

    def _lost(self, topic: str) -> list[Reading]:
        gone = {sensor.name: sensor for sensor, _ in self._told_on.get(topic, ()) if self._is_lost(sensor)}
        return [missing(name, "", sensor.unit.quantity, Reason.NO_COMMUNICATION) for name, sensor in gone.items()]

    def _is_lost(self, sensor: AnnouncedSensor) -> bool:
        """Whether one word of "gone" is enough, which has just come."""
        return sensor.mode != "any" or not any(self._said.get(each.topic) for each in sensor.availability)

    def _read(self, message: IncomingMessage) -> Results:
        place = self._config.fullmatch(message.topic)
        if place is not None:
            return self._read_config(message, place)
        results: Results = []
        for sensor in self._measured_on.get(message.topic, ()):
            results += _readings(sensor, message)
        return results

    def _read_config(self, message: IncomingMessage, place: re.Match[str]) -> Results:
        component, node, name = place.groups()
        self._take_away(message.topic)
        if component not in {"sensor", "device"}:
            return []
        values, said = read_object(message.payload, name)
        sensors, wrong = read_config(values, f"{node or ''}{name}", whole_device=component == "device")
        self._announce(message.topic, sensors)
        return [*said, *wrong]

    def _announce(self, topic: str, sensors: list[AnnouncedSensor]) -> None:
        taken = [sensor.name for sensor in sensors if sensor.name in self._announced_on]
        if taken:
            raise DecodeError(f"{taken[0]!r} is announced on {self._announced_on[taken[0]]} already")
        if len({sensor.name for sensor in sensors}) < len(sensors):
            raise DecodeError("one unique_id for two sensors")
        if len(self._announced_on) + len(sensors) > MOST_ANNOUNCED:
            raise DecodeError(
                f"more than {MOST_ANNOUNCED} sensors are announced: those that are gone must be taken away"
            )
        self._announced[topic] = sensors
        for sensor in sensors:
            self._announced_on[sensor.name] = topic
            self._measured_on.setdefault(sensor.topic, []).append(sensor)
            for availability in sensor.availability:
                self._told_on.setdefault(availability.topic, []).append((sensor, availability))

    def _take_away(self, topic: str) -> None:
        for sensor in self._announced.pop(topic, ()):
            self._announced_on.pop(sensor.name, None)
            _remove(self._measured_on, sensor.topic, sensor)
            for availability in sensor.availability:
                _remove(self._told_on, availability.topic, (sensor, availability))


def _remove(index: dict[str, list[T]], topic: str, entry: T) -> None:
    index[topic].remove(entry)
    if not index[topic]:
        del index[topic]


def _word(availability: Availability, payload: bytes) -> bool | None:
    try:
        said = availability.template.find(payload)
    except DecodeError:
        return None
    return {availability.there: True, availability.gone: False}.get(said) if isinstance(said, str) else None


def _readings(sensor: AnnouncedSensor, message: IncomingMessage) -> list[Reading]:
    """The reading of a sensor, or none when the message does not have its key."""
    found = sensor.template.find(message.payload)
    if found is ABSENT:
        return []
    builder = ReadingBuilder(device=sensor.name, flags=message.flags)
    reason = NO_VALUE.get(found.strip().lower()) if isinstance(found, str) else None
    if found is None:
        reason = Reason.SENSOR_FAILURE
    value = sensor.template.number(found)
    if reason is None and value is None:
        reason = Reason.MALFORMED
    return [builder.reading("", value, sensor.unit, reason=reason)]
