"""Read configuration messages of Home Assistant's MQTT discovery (home-assistant.io: integrations/mqtt, "MQTT
Discovery"; home-assistant/core: homeassistant/components/mqtt/abbreviations.py, discovery.py).

    <prefix>/sensor/[<node>/]<object>/config   one sensor: {"state_topic":…,"device_class":"temperature",…}
    <prefix>/device/<object>/config            {"device":…,"origin":…,"components":{"a":{"platform":"sensor",…}}}

Keys may be abbreviated. `~` at one end of a topic is replaced by the value of the key `~`. Keys that a device's
components share are at its root. A component with only a platform removes that component.

Anybody on the broker can send such a message. So a topic with a wildcard is refused, and so is a template that is not
one of the few which are supported.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from drivers.contract import RejectedRecord
from drivers.errors import DecodeError
from drivers.formats.home_assistant.template import Template, read_template
from drivers.reading import Quantity
from drivers.values.units import OWN_UNIT, UNITS, Unit

Values = dict[str, Any]

ABBREVIATIONS: Mapping[str, str] = {
    "avty": "availability",
    "avty_mode": "availability_mode",
    "avty_t": "availability_topic",
    "avty_tpl": "availability_template",
    "cmps": "components",
    "dev": "device",
    "dev_cla": "device_class",
    "ids": "identifiers",
    "o": "origin",
    "p": "platform",
    "pl_avail": "payload_available",
    "pl_not_avail": "payload_not_available",
    "stat_t": "state_topic",
    "t": "topic",
    "uniq_id": "unique_id",
    "unit_of_meas": "unit_of_measurement",
    "val_tpl": "value_template",
}
SHARED = (
    "availability",
    "availability_mode",
    "availability_template",
    "availability_topic",
    "payload_available",
    "payload_not_available",
    "state_topic",
)
"""Keys at the root of a device that apply to each of its components."""
CLASSES: Mapping[str, Quantity] = {
    "temperature": Quantity.TEMPERATURE,
    "humidity": Quantity.HUMIDITY,
    "weight": Quantity.WEIGHT,
    "pressure": Quantity.PRESSURE,
    "atmospheric_pressure": Quantity.PRESSURE,
    "voltage": Quantity.VOLTAGE,
    "battery": Quantity.BATTERY,
    "signal_strength": Quantity.LINK_RSSI,
}
BY_UNIT = ("°C", "°F", "kg", "g", "hPa", "mbar", "dBm")
"""Units that determine the quantity of a sensor without a class."""
PERCENTS = {Quantity.HUMIDITY, Quantity.BATTERY}
MODES = {"all", "any", "latest"}
LONGEST_TOPIC = 512


@dataclass(frozen=True, slots=True)
class Availability:
    """A topic that reports a sensor online or offline, and the texts for both."""

    topic: str
    template: Template
    online: str
    offline: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnouncedSensor:
    """A sensor that was announced."""

    name: str
    topic: str
    template: Template
    unit: Unit
    availability: tuple[Availability, ...]
    mode: str


def read_config(
    values: Values, place: str, *, whole_device: bool
) -> tuple[list[AnnouncedSensor], list[RejectedRecord]]:
    """Return the sensors that a configuration message announces, and the rejected components of a device.

    Args:
        values: the message.
        place: name of a sensor without unique_id.
        whole_device: the message announces a device, not a single sensor.

    Raises:
        DecodeError: this is no such message, or it announces a sensor that cannot be read.
    """
    plain = _plain(values, {})
    if not whole_device:
        sensor = _sensor(plain, place)
        return ([] if sensor is None else [sensor]), []
    components = plain.get("components")
    if not all(isinstance(each, dict) for each in (plain.get("device"), plain.get("origin"), components)):
        raise DecodeError("a device without device, origin and components")
    return _components(plain, dict(components or {}), place)


def _components(root: Values, components: Values, place: str) -> tuple[list[AnnouncedSensor], list[RejectedRecord]]:
    shared = {key: root[key] for key in SHARED if key in root}
    sensors: list[AnnouncedSensor] = []
    rejected: list[RejectedRecord] = []
    for key, component in components.items():
        try:
            sensors += _component(component, shared, root)
        except DecodeError as error:
            text = f"component {key[:64]!r}: {error}"
            rejected.append(RejectedRecord(device=place, name=key, reason=error.reason, text=text))
    return sensors, rejected


def _component(component: object, shared: Values, root: Values) -> Iterator[AnnouncedSensor]:
    if not isinstance(component, dict):
        raise DecodeError("no JSON object")
    own = _plain(component, root)
    if own.get("platform") != "sensor" or set(own) == {"platform"}:
        return
    if "unique_id" not in own:
        raise DecodeError("no unique_id")
    sensor = _sensor(shared | own, "")
    if sensor is not None:
        yield sensor


def _plain(values: Values, root: Values) -> Values:
    """Expand abbreviated keys, and `~` in topics; its value may be at the root of the device."""
    plain = {ABBREVIATIONS.get(key, key): value for key, value in values.items()}
    base = plain.pop("~", root.get("~"))
    listed = plain.get("availability")
    if isinstance(listed, list):
        plain["availability"] = [_plain(each, {"~": base}) if isinstance(each, dict) else each for each in listed]
    if isinstance(base, str):
        topics = {key: _expanded(topic, base) for key, topic in plain.items() if key.endswith("topic")}
        plain |= topics | {"~": base}
    return plain


def _expanded(topic: object, base: str) -> object:
    if not isinstance(topic, str):
        return topic
    start = base + topic[1:] if topic.startswith("~") else topic
    return start[:-1] + base if start.endswith("~") else start


def _sensor(values: Values, place: str) -> AnnouncedSensor | None:
    """Read one sensor; None when it measures a quantity that we do not record."""
    unit = _unit(values.get("device_class"), values.get("unit_of_measurement"))
    if unit is None:
        return None
    name = values.get("unique_id", place)
    if not isinstance(name, str) or not 0 < len(name) <= LONGEST_TOPIC:
        raise DecodeError("the unique_id is no text")
    mode = values.get("availability_mode", "latest")
    if not isinstance(mode, str) or mode not in MODES:
        raise DecodeError(f"{str(mode)[:40]!r} is no availability_mode: all, any or latest")
    return AnnouncedSensor(
        name=name,
        topic=_topic(values.get("state_topic"), "state_topic"),
        template=read_template(values.get("value_template")),
        unit=unit,
        availability=tuple(_availability(values)),
        mode=mode,
    )


def _availability(values: Values) -> Iterator[Availability]:
    listed = values.get("availability", [])
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise DecodeError("availability is a list of topics")
    for each in listed:
        yield _availability_on(each, "topic", "value_template")
    if "availability_topic" in values:
        yield _availability_on(values, "availability_topic", "availability_template")


def _availability_on(values: Values, topic: str, template: str) -> Availability:
    online, offline = values.get("payload_available", "online"), values.get("payload_not_available", "offline")
    if not isinstance(online, str) or not isinstance(offline, str):
        raise DecodeError("payload_available and payload_not_available are texts")
    return Availability(_topic(values.get(topic), topic), read_template(values.get(template)), online, offline)


def _topic(topic: object, key: str) -> str:
    if not isinstance(topic, str) or not 0 < len(topic) <= LONGEST_TOPIC or "\0" in topic:
        raise DecodeError(f"{key} is missing, or no topic")
    if any(wild in topic for wild in "+#"):
        raise DecodeError(f"{key} {topic!r} has a wildcard: a sensor has one topic of its own")
    if topic.startswith("$"):
        raise DecodeError(f"{key} {topic!r} is the broker's own")
    return topic


def _unit(device_class: object, unit: object) -> Unit | None:
    """Unit of a sensor; None when it measures a quantity that we do not record."""
    if device_class is None:
        return UNITS[unit] if isinstance(unit, str) and unit in BY_UNIT else None
    quantity = CLASSES.get(device_class) if isinstance(device_class, str) else None
    if quantity is None:
        return None
    if unit is None or (unit == "%" and quantity in PERCENTS):
        return OWN_UNIT[quantity]
    own_unit = UNITS.get(str(unit))
    if own_unit is None or own_unit.quantity is not quantity:
        raise DecodeError(f"{str(unit)[:40]!r} is no unit of {quantity}")
    return own_unit
