"""The live state as people are told it: plain objects for the control socket. Times are UTC microseconds."""

from decimal import Decimal
from typing import Any

import msgspec

from drivers.reading import UNIT_OF, Quality
from gateway.alarms import Alarm
from gateway.config import Config, Device
from gateway.live import Latest, LivePoint, state_of
from gateway.messages import Text
from gateway.messages.told import words_of
from gateway.stock.movements import Movement
from gateway.stores import LiveScale, Stores

QUALITY = {Quality.BAD: "bad", Quality.UNCERTAIN: "uncertain", Quality.GOOD: "good"}
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
        },
        "controls": [
            {
                "id": control.id,
                "kind": control.kind.value,
                "point": control.point,
                "critical_limit": control.critical_limit,
                "warning_limit": control.warning_limit,
                "on_delay": control.on_delay,
                "warning_on_delay": control.warning_on_delay,
                "off_delay": control.off_delay,
                "deadband": control.deadband,
            }
            for control in config.control_points
        ],
        "devices": [_named(device) for device in config.devices],
        "points": [_planned(point) for point in points.values()],
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


def alarm_now(alarm: Alarm, config: Config, now: int) -> Json:
    """An alarm and its words."""
    told: Json = msgspec.to_builtins(alarm)
    del told["started_at"], told["reason"]
    told["message"] = _words(alarm, config, now)
    return told


def _words(alarm: Alarm, config: Config, now: int) -> Text:
    return words_of(
        alarm,
        point_names={point.id: point.name for point in config.points},
        control_kinds={control.id: control.kind.value for control in config.control_points},
        zone=config.kitchen.timezone,
        now=now,
    )


def stock_now(scale: LiveScale, stores: Stores, config: Config) -> Json:
    """What is in store of a scale's item, and what the scale shows."""
    item = next(item for item in config.stock.items if item.id == scale.item)
    on_hand = stores.on_hand(scale.item)
    live = scale.live
    return {
        "item": item.id,
        "name": item.name,
        "unit": item.unit,
        "on_hand": _text(on_hand),
        "weight": None if live is None else _text(live.weight),
        "stable": None if live is None else live.stable,
        "state": "unknown" if on_hand is None or (live is not None and live.fault is not None) else "ok",
        "updated_at": scale.updated_at,
    }


def movement_now(movement: Movement, recorded_at: int) -> Json:
    """A movement that has just been booked."""
    return {
        "id": movement.key,
        "kind": movement.kind.value,
        "item": movement.item,
        "quantity": str(movement.quantity),
        "before": str(movement.before),
        "after": str(movement.after),
        "tare": _text(movement.tare),
        "scale": movement.scale,
        "at": movement.at,
        "recorded_at": recorded_at,
        "while_offline": movement.while_offline,
    }


def movement_then(row: tuple[Any, ...]) -> Json:
    """A movement of the journal, its columns in their order."""
    _, key, item, kind, _, _, quantity, before, after, tare, scale, at, recorded_at, offline = row
    return {
        "id": key,
        "kind": kind,
        "item": item,
        "quantity": quantity,
        "before": before,
        "after": after,
        "tare": tare,
        "scale": scale,
        "at": at,
        "recorded_at": recorded_at,
        "while_offline": bool(offline),
    }


def _text(weight: Decimal | None) -> str | None:
    return None if weight is None else str(weight)
