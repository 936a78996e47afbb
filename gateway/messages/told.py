"""An alarm, standing or long past, in words; whoever tells of alarms says the same (pure)."""

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from gateway.alarms import Alarm
from gateway.messages.alarms import EMPTY, SPANS, SystemKind, alarm_message, batch_message, system_message
from gateway.messages.stock import stock_message
from gateway.messages.words import Text, listed, plain, say

MINUTE = 60_000_000
MOST_NAMED = 5
"""Of the sensors that one alarm is about."""
_OF_SENSORS = (SystemKind.SENSORS_SWAPPED, SystemKind.CHECKS_DUE, SystemKind.CERTIFICATES_DUE)
USUAL_KIND = "cold_holding"
"""Of a control that has left the plan: most guard cold food, and the values stand beside."""
_UNITS = {"humidity": "%RH", "dew_point": "K"}


def words_of(
    alarm: Alarm,
    *,
    point_names: Mapping[str, Text],
    control_kinds: Mapping[str, str],
    item_names: Mapping[str, Text],
    zone: ZoneInfo,
    now: int,
    product: str | None = None,
) -> Text:
    """What is said of an alarm.

    Args:
        alarm: as it is.
        point_names: of the plan, by point id; a point that has left it is called by its id.
        control_kinds: of the plan, by control id.
        item_names: of what is in stock, by item id; one that has left it is called by its id.
        zone: the kitchen's.
        now: UTC microseconds, for how long it has stood.
        product: of an alarm about a batch of food, what food.
    """
    if alarm.kind == "system":
        return _of_the_system(alarm, point_names, zone)
    if alarm.item is not None:
        name = item_names.get(alarm.item) or plain(alarm.item)
        return stock_message(
            alarm.level, item_name=name, value=alarm.value, limit=alarm.limit, reason=alarm.reason, lot=alarm.lot
        )
    name = point_names.get(alarm.point or "") or plain(alarm.point or "")
    if alarm.reason == "typed" and alarm.value is not None:
        said = alarm_message(
            "limit",
            alarm.level,
            point_name=name,
            zone=zone,
            control_kind=alarm.control,
            value=alarm.value,
            limit=alarm.limit,
        )
        return say("alarm.typed", text=said)
    if alarm.kind == "batch":
        return batch_message(
            alarm.reason or "fail",
            name=plain(f"{product or 'Batch'} ({alarm.batch})"),
            control=alarm.control or "",
            at=alarm.started_at,
            zone=zone,
            also=alarm.controls[1:],
            minutes=alarm.value,
            late=alarm.late,
        )
    if alarm.kind == "limit":
        kind = control_kinds.get((alarm.control or "").partition(".")[0], USUAL_KIND)
        ended = alarm.returned_at if alarm.returned_at is not None else now
        return alarm_message(
            "limit",
            alarm.level,
            point_name=name,
            zone=zone,
            control_kind=kind,
            value=alarm.worst if alarm.worst is not None else alarm.value,
            limit=alarm.limit,
            minutes=max(0, ended - alarm.started_at) // MINUTE,
            late_at=alarm.started_at if alarm.late else None,
            unit=_UNITS.get(kind, "°C"),
        )
    kind = "stale" if alarm.reason is None else "fault"
    return alarm_message(kind, alarm.level, point_name=name, zone=zone, since=alarm.started_at, reason=alarm.reason)


def _of_the_system(alarm: Alarm, point_names: Mapping[str, Text], zone: ZoneInfo) -> Text:
    until = alarm.returned_at if alarm.level in SPANS else None
    sensors = EMPTY
    if alarm.level in _OF_SENSORS:
        names = [point_names.get(point) or plain(point) for point in (alarm.reason or "").split()]
        sensors = listed(names[:MOST_NAMED])
        if len(names) > MOST_NAMED:
            sensors = say("system.and_more", sensors=sensors, count=plain(str(len(names) - MOST_NAMED)))
    return system_message(alarm.level, zone=zone, since=alarm.started_at, until=until, sensors=sensors)
