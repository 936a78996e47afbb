"""The live state as people are told it: plain objects for the control socket. Times are UTC microseconds."""

from typing import Any

import msgspec

from drivers.reading import UNIT_OF, Quality
from gateway.alarms.alarm import Alarm
from gateway.alarms.rows import record_of
from gateway.config import Config, Device
from gateway.haccp.models.boiling_point import boiling_point
from gateway.messages import Text
from gateway.messages.alarm_words import Names, words_of
from gateway.monitoring.points.point import Latest, LiveControl, LivePoint, state_of

QUALITY = {Quality.BAD: "bad", Quality.UNCERTAIN: "uncertain", Quality.GOOD: "good"}
MINUTE = 60_000_000
Json = dict[str, Any]


def plan_of(config: Config, points: dict[str, LivePoint]) -> Json:
    """What does not change while the gateway runs: the kitchen, its points and its controls."""
    kitchen = config.kitchen
    return {
        "kitchen": {
            "id": kitchen.id,
            "name": kitchen.name,
            "zone": kitchen.zone,
            "language": kitchen.language,
            "people": [{"id": person.id, "name": person.name} for person in kitchen.people],
            "altitude": kitchen.altitude,
            "boiling_point": None if kitchen.altitude is None else boiling_point(kitchen.altitude),
        },
        "controls": [
            _guarding(control)
            for control in {control.id: control for point in points.values() for control in point.guards}.values()
        ],
        "devices": [_named(device) for device in config.devices],
        "points": [_planned(point) for point in points.values()],
    }


def _guarding(control: LiveControl) -> Json:
    """What one fold judges: a side of a control point, or a further limit of it. Delays in microseconds."""
    limits = {limit.level: limit for limit in control.rule.limits}
    critical, warning = limits.get("critical"), limits.get("warning")
    return {
        "id": control.id,
        "control": control.plan.id,
        "kind": control.plan.kind,
        "side": control.rule.side.value,
        "point": control.plan.point,
        "humidity": control.plan.humidity,
        "critical_limit": None if critical is None else critical.value,
        "warning_limit": None if warning is None else warning.value,
        "on_delay": None if critical is None else critical.on_delay,
        "warning_on_delay": None if warning is None else warning.on_delay,
        "off_delay": max(limit.off_delay for limit in control.rule.limits),
        "deadband": control.rule.deadband,
        "filter": None if control.part.tau_minutes is None else round(control.part.tau_minutes * MINUTE),
    }


def _named(device: Device) -> Json:
    """A device and where it is: a port or a bus address, or what it calls itself on the broker."""
    return {
        "id": device.id,
        "driver": device.driver,
        "map": device.map,
        "port": device.port,
        "slave": device.slave,
        "sensor": device.sensor,
    }


def _planned(point: LivePoint) -> Json:
    plan = point.plan
    return {
        "id": plan.id,
        "name": plan.name,
        "place": plan.place,
        "device": plan.device,
        "quantity": plan.quantity.value,
        "unit": UNIT_OF[plan.quantity],
        "interval": plan.interval,
        "reports": plan.reports,
        "max_gap": plan.max_gap,
        "stale_after": plan.stale_after,
        "offset": plan.offset,
        "controls": [control.id for control in point.controls],
    }


def point_now(point: LivePoint, now: int) -> Json:
    """A point's state and its newest reading."""
    return {
        "id": point.id,
        "state": state_of(point, now),
        "since": point.usable_at if point.stale and point.usable_at >= 0 else None,
        "reading": None if point.latest is None else _reading(point.latest),
    }


def _reading(latest: Latest) -> Json:
    return {
        "value": latest.value,
        "quality": QUALITY[Quality(latest.quality)],
        "reason": latest.reason,
        "measured_at": latest.measured_at,
        "stable": latest.stable,
        "net": latest.net,
    }


def alarm_now(alarm: Alarm, config: Config, now: int, product: str | None = None) -> Json:
    """An alarm and its words; `product`: of an alarm about a batch of food, what food."""
    told: Json = msgspec.to_builtins(record_of(alarm))
    del told["started_at"], told["reason"]
    told["message"] = _words(alarm, config, now, product)
    return told


def _words(alarm: Alarm, config: Config, now: int, product: str | None) -> Text:
    names = Names(
        points={point.id: point.name for point in config.points},
        control_kinds={control.id: control.kind for control in config.control_points},
        items={item.id: item.name for item in config.stock.items},
        zone=config.kitchen.timezone,
    )
    return words_of(alarm, names, now=now, product=product)
