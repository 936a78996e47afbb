"""Decode sensors announced for Home Assistant (home-assistant.io: integrations/mqtt, integrations/sensor.mqtt).

    homeassistant/…/config        a configuration message, retained (config.py); an empty one removes the sensor
    any topic, as announced       a number as text, or JSON with a template for the path in it (template.py)
    any topic, as announced       online | offline, or other texts, as announced

The name of a sensor is its unique_id, else the object's place in the topic. A key that a message does not have gives no
reading, since the message may be for other sensors of the same device. `null`, nan, unknown, unavailable and None mean
that the sensor has no value.

A sensor is lost when its availability topic reports it offline. With several topics, `availability_mode` decides: the
latest message counts, or one topic that is offline is enough (all), or all topics must be offline (any).

The topic that announces a unique_id first owns it until it removes the sensor. So nobody else can send readings in its
name.
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
        self._online: BoundedDict[str, bool] = BoundedDict()
        self._measured_on: dict[str, list[AnnouncedSensor]] = {}
        self._available_on: dict[str, list[tuple[AnnouncedSensor, Availability]]] = {}

    @property
    def topics(self) -> tuple[str, ...]:
        """MQTT filters of configuration messages, and the topics that they have announced so far."""
        announced = dict.fromkeys([*self._measured_on, *self._available_on])
        return f"{self._prefix}/+/+/config", f"{self._prefix}/+/+/+/config", *announced

    def device(self, topic: str, /) -> str:
        sensors = self._measured_on.get(topic, ())
        return sensors[0].name if len(sensors) == 1 else ""

    def decode(self, topic: str, payload: bytes, *, retain: bool = False, at: int | None = None) -> Results:
        """See drivers.contract.MessageDriver."""
        if not payload and self._config.fullmatch(topic):
            self._remove(topic)
        online = self.status(topic, payload)
        if online is not None:
            self._online.put(topic, online)
        return super().decode(topic, payload, retain=retain, at=at)

    def status(self, topic: str, payload: bytes, /) -> bool | None:
        """Return whether the sensors of an availability topic are online; None for any other, or when they differ."""
        states = {_is_online(availability, payload) for _, availability in self._available_on.get(topic, ())}
        return states.pop() if len(states) == 1 else None

    def _lost(self, topic: str) -> list[Reading]:
        lost = {sensor.name: sensor for sensor, _ in self._available_on.get(topic, ()) if self._is_lost(sensor)}
        return [missing(name, "", sensor.unit.quantity, Reason.NO_COMMUNICATION) for name, sensor in lost.items()]

    def _is_lost(self, sensor: AnnouncedSensor) -> bool:
        """Whether a sensor is lost, one of whose topics has just become offline."""
        return sensor.mode != "any" or not any(self._online.get(each.topic) for each in sensor.availability)

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
        self._remove(message.topic)
        if component not in {"sensor", "device"}:
            return []
        values, warnings = read_object(message.payload, name)
        sensors, rejected = read_config(values, f"{node or ''}{name}", whole_device=component == "device")
        self._announce(message.topic, sensors)
        return [*warnings, *rejected]

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
                self._available_on.setdefault(availability.topic, []).append((sensor, availability))

    def _remove(self, topic: str) -> None:
        for sensor in self._announced.pop(topic, ()):
            self._announced_on.pop(sensor.name, None)
            _remove(self._measured_on, sensor.topic, sensor)
            for availability in sensor.availability:
                _remove(self._available_on, availability.topic, (sensor, availability))


def _remove(index: dict[str, list[T]], topic: str, entry: T) -> None:
    index[topic].remove(entry)
    if not index[topic]:
        del index[topic]


def _is_online(availability: Availability, payload: bytes) -> bool | None:
    try:
        text = availability.template.find(payload)
    except DecodeError:
        return None
    return {availability.online: True, availability.offline: False}.get(text) if isinstance(text, str) else None


def _readings(sensor: AnnouncedSensor, message: IncomingMessage) -> list[Reading]:
    """Decode the reading of a sensor; [] when the message does not have its key."""
    raw = sensor.template.find(message.payload)
    if raw is ABSENT:
        return []
    builder = ReadingBuilder(device=sensor.name, flags=message.flags)
    reason = NO_VALUE.get(raw.strip().lower()) if isinstance(raw, str) else None
    if raw is None:
        reason = Reason.SENSOR_FAILURE
    value = sensor.template.number(raw)
    if reason is None and value is None:
        reason = Reason.MALFORMED
    return [builder.reading("", value, sensor.unit, reason=reason)]
