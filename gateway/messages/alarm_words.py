"""An alarm, standing or long past, in words; whoever tells of alarms says the same (pure)."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

from gateway.alarms.alarm import RECALLED, Alarm
from gateway.alarms.kinds import SystemKind
from gateway.messages.alarms import (
    EMPTY,
    SPANS,
    batch_message,
    limit_message,
    recalled_message,
    silence_message,
    system_message,
)
from gateway.messages.stock import stock_message
from gateway.messages.words import Text, listed, plain, say

MINUTE = 60_000_000
MOST_NAMED = 5
"""Of the sensors, or of the batches, that one alarm is about."""
_OF_SENSORS = (SystemKind.SENSORS_SWAPPED, SystemKind.CHECKS_DUE, SystemKind.CERTIFICATES_DUE)
USUAL_KIND = "cold_holding"
"""Of a control that has left the plan: most guard cold food, and the values stand beside."""
_UNITS = {"humidity": "%RH", "dew_point": "K"}


class Names(NamedTuple):
    """What the kitchen calls things, by their ids; what has left the plan, or the stock, is called by its id."""

    points: Mapping[str, Text]
    control_kinds: Mapping[str, str]
    items: Mapping[str, Text]
    zone: ZoneInfo

    def of_point(self, point: str) -> Text:
        return self.points.get(point) or plain(point)


def words_of(alarm: Alarm, names: Names, *, now: int, product: str | None = None) -> Text:
    """What is said of an alarm.

    Args:
        alarm: as it is.
        names: of the kitchen.
        now: UTC microseconds, for how long it has stood.
        product: of an alarm about a batch of food, what food.
    """
    if alarm.kind == "system":
        return _of_the_system(alarm, names)
    if alarm.item is not None:
        return _of_an_item(alarm, names.items.get(alarm.item) or plain(alarm.item))
    if alarm.reason == "typed" and alarm.value is not None:
        return _of_what_was_typed(alarm, names)
    if alarm.kind == "batch":
        return _of_a_batch(alarm, product, names.zone)
    if alarm.kind == "limit":
        return _of_a_limit(alarm, names, now)
    return _of_a_silence(alarm, names)


def _of_the_system(alarm: Alarm, names: Names) -> Text:
    if alarm.level == RECALLED:
        return _of_a_recall(alarm, names)
    until = alarm.returned_at if alarm.level in SPANS else None
    sensors = EMPTY
    if alarm.level in _OF_SENSORS:
        sensors = _first_of([names.of_point(point) for point in (alarm.reason or "").split()])
    return system_message(alarm.level, zone=names.zone, since=alarm.started_at, until=until, sensors=sensors)


def _of_a_recall(alarm: Alarm, names: Names) -> Text:
    batches = (alarm.reason or "").split()
    named = _first_of([plain(batch) for batch in batches])
    return recalled_message(point_name=names.of_point(alarm.point or ""), count=len(batches), batches=named)


def _first_of(words: Sequence[Text]) -> Text:
    first = listed(words[:MOST_NAMED])
    more = len(words) - MOST_NAMED
    return say("system.and_more", sensors=first, count=plain(str(more))) if more > 0 else first


def _of_an_item(alarm: Alarm, name: Text) -> Text:
    return stock_message(
        alarm.level, item_name=name, value=alarm.value, limit=alarm.limit, reason=alarm.reason, lot=alarm.lot
    )


def _of_what_was_typed(alarm: Alarm, names: Names) -> Text:
    """A temperature that a person has read off and typed; its alarm names the kind of control itself."""
    said = limit_message(
        alarm.level,
        point_name=names.of_point(alarm.point or ""),
        zone=names.zone,
        control_kind=alarm.control,
        value=alarm.value,
        limit=alarm.limit,
    )
    return say("alarm.typed", text=said)


def _of_a_batch(alarm: Alarm, product: str | None, zone: ZoneInfo) -> Text:
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


def _of_a_limit(alarm: Alarm, names: Names, now: int) -> Text:
    kind = names.control_kinds.get((alarm.control or "").partition(".")[0], USUAL_KIND)
    ended = alarm.returned_at if alarm.returned_at is not None else now
    return limit_message(
        alarm.level,
        point_name=names.of_point(alarm.point or ""),
        zone=names.zone,
        control_kind=kind,
        value=alarm.worst if alarm.worst is not None else alarm.value,
        limit=alarm.limit,
        minutes=max(0, ended - alarm.started_at) // MINUTE,
        late_at=alarm.started_at if alarm.late else None,
        unit=_UNITS.get(kind, "°C"),
    )


def _of_a_silence(alarm: Alarm, names: Names) -> Text:
    name = names.of_point(alarm.point or "")
    return silence_message(point_name=name, zone=names.zone, since=alarm.started_at, reason=alarm.reason)
