"""Describe points and alarms as entities of Home Assistant, by MQTT discovery (pure).

Home Assistant, "MQTT", section "MQTT discovery": a retained JSON on `<prefix>/<component>/<object>/config` describes an
entity and the topics of its state. States are retained under a root of our own, `mbg-gateway/<kitchen>/…`, which the
gateway never reads. `mbg-gateway/<kitchen>/status` is its last will: all entities are unavailable when it is away.
"""

from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

from drivers.reading import Quality, Quantity
from gateway.config import Config, Point
from gateway.monitoring.points.point import Latest
from gateway.records.quality import is_sound

ROOT = "mbg-gateway"
ONLINE, OFFLINE = b"online", b"offline"
SYSTEM = "system"
COMING_UP = "online"
"""Home Assistant's payload on `<prefix>/status` when it has started and needs all discovery messages again."""

Message = tuple[str, dict[str, Any]]

CLASS_AND_UNIT: dict[Quantity, tuple[str | None, str]] = {
    Quantity.TEMPERATURE: ("temperature", "°C"),
    Quantity.HUMIDITY: ("humidity", "%"),
    Quantity.WEIGHT: ("weight", "kg"),
    Quantity.PRESSURE: ("atmospheric_pressure", "hPa"),
    Quantity.VOLTAGE: ("voltage", "V"),
    Quantity.BATTERY: ("battery", "%"),
    Quantity.LINK_RSSI: ("signal_strength", "dBm"),
    Quantity.LINK_LQI: (None, "lqi"),
}


def status_topic(kitchen: str) -> str:
    """Return the topic of the gateway's availability."""
    return f"{ROOT}/{kitchen}/status"


def point_topic(kitchen: str, point: str) -> str:
    """Return the topic of a point's state."""
    return f"{ROOT}/{kitchen}/point/{point}"


def problem_topic(kitchen: str, subject: str) -> str:
    """Return the topic that tells whether a control, or the gateway itself, has an alarm."""
    return f"{ROOT}/{kitchen}/problem/{subject}"


def announcements(config: Config, prefix: str) -> Iterator[Message]:
    """Yield the discovery messages of all points, all control points, and the gateway's own troubles."""
    kitchen, language = config.kitchen.id, config.kitchen.language
    for point in config.points:
        yield (
            f"{prefix}/sensor/{kitchen}_{point.id}/config",
            _common(config, point.id, point.name[language])
            | {
                "state_topic": point_topic(kitchen, point.id),
                "value_template": "{{ value_json.value }}",
                "json_attributes_topic": point_topic(kitchen, point.id),
                "expire_after": -(-point.stale_after // 1_000_000),
                **_kind(point),
            },
        )
    names = {point.id: point.name[language] for point in config.points}
    problems = [(control.id, names[control.point]) for control in config.control_points]
    for subject, name in [*problems, (SYSTEM, "Gateway")]:
        yield (
            f"{prefix}/binary_sensor/{kitchen}_{subject}/config",
            _common(config, f"{subject}-alarm", name)
            | {
                "state_topic": problem_topic(kitchen, subject),
                "device_class": "problem",
            },
        )


def _common(config: Config, entity: str, name: str) -> dict[str, Any]:
    kitchen = config.kitchen
    release = version("mbg-gateway")
    return {
        "name": name,
        "unique_id": f"{kitchen.id}_{entity}",
        "availability": [{"topic": status_topic(kitchen.id)}],
        "availability_mode": "all",
        "device": {
            "identifiers": [f"mbg-gateway_{kitchen.id}"],
            "name": kitchen.name,
            "manufacturer": "mbg-gateway",
            "model": "kitchen gateway",
            "sw_version": release,
        },
        "origin": {"name": "mbg-gateway", "sw_version": release},
    }


def _kind(point: Point) -> dict[str, Any]:
    device_class, unit = CLASS_AND_UNIT[point.quantity]
    named = {} if device_class is None else {"device_class": device_class}
    return named | {"unit_of_measurement": unit, "state_class": "measurement"}


def point_state(latest: Latest) -> dict[str, Any]:
    """Return the state of a point; an untrusted value is null, which Home Assistant shows as unknown."""
    trusted = is_sound(latest.quality, latest.reason)
    return {
        "value": latest.value if trusted else None,
        "quality": Quality(latest.quality).name.lower(),
        "reason": latest.reason,
    }


def problem_state(standing: bool) -> bytes:
    """Return the state of a problem entity."""
    return b"ON" if standing else b"OFF"
