"""An alarm, standing or long past, in words; whoever tells of alarms says the same (pure)."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

from gateway.alarms.alarm import Alarm
from gateway.alarms.kinds import SystemKind
from gateway.alarms.subjects import (
    BatchSubject,
    ControlSubject,
    ItemSubject,
    LotSubject,
    PointSubject,
    ProbeSubject,
    SystemSubject,
    TypedSubject,
)
from gateway.haccp.limits.holding import COLD_HOLDING
from gateway.haccp.limits.kinds import KINDS
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
USUAL_KIND = COLD_HOLDING.name
"""Of a control that has left the plan: most guard cold food, and the values stand beside."""


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
    match alarm.subject:
        case SystemSubject():
            text = _of_the_system(alarm, names)
        case ProbeSubject(point=point):
            text = _of_a_recall(alarm, names.of_point(point))
        case ItemSubject(item=item) | LotSubject(item=item):
            text = _of_an_item(alarm, names.items.get(item) or plain(item))
        case TypedSubject():
            text = _of_what_was_typed(alarm, alarm.subject, names)
        case BatchSubject():
            text = _of_a_batch(alarm, alarm.subject, product, names.zone)
        case ControlSubject():
            text = _of_a_limit(alarm, alarm.subject, names, now)
        case PointSubject(point=point):
            text = _of_a_silence(alarm, names.of_point(point), names.zone)
    return text


def _of_the_system(alarm: Alarm, names: Names) -> Text:
    until = alarm.returned_at if alarm.level in SPANS else None
    sensors = EMPTY
    if alarm.level in _OF_SENSORS:
        sensors = _first_of([names.of_point(point) for point in (alarm.reason or "").split()])
    return system_message(alarm.level, zone=names.zone, since=alarm.started_at, until=until, sensors=sensors)


def _of_a_recall(alarm: Alarm, probe: Text) -> Text:
    batches = (alarm.reason or "").split()
    named = _first_of([plain(batch) for batch in batches])
    return recalled_message(point_name=probe, count=len(batches), batches=named)


def _first_of(words: Sequence[Text]) -> Text:
    first = listed(words[:MOST_NAMED])
    more = len(words) - MOST_NAMED
    return say("system.and_more", sensors=first, count=plain(str(more))) if more > 0 else first


def _of_an_item(alarm: Alarm, name: Text) -> Text:
    lot = alarm.subject.lot if isinstance(alarm.subject, LotSubject) else None
    return stock_message(
        alarm.level, item_name=name, value=alarm.value, limit=alarm.limit, reason=alarm.reason, lot=lot
    )


def _of_what_was_typed(alarm: Alarm, subject: TypedSubject, names: Names) -> Text:
    """A temperature that a person has read off and typed; its alarm names the kind of control itself."""
    said = limit_message(
        alarm.level,
        point_name=names.of_point(subject.point or ""),
        zone=names.zone,
        control_kind=subject.kind_of_control,
        value=alarm.value,
        limit=alarm.limit,
    )
    return say("alarm.typed", text=said)


def _of_a_batch(alarm: Alarm, subject: BatchSubject, product: str | None, zone: ZoneInfo) -> Text:
    return batch_message(
        alarm.reason or "fail",
        name=plain(f"{product or 'Batch'} ({subject.batch})"),
        control=subject.control,
        at=alarm.started_at,
        zone=zone,
        also=subject.also,
        minutes=alarm.value,
        late=alarm.late,
    )


def _of_a_limit(alarm: Alarm, subject: ControlSubject, names: Names, now: int) -> Text:
    kind = names.control_kinds.get(subject.control.partition(".")[0], USUAL_KIND)
    ended = alarm.returned_at if alarm.returned_at is not None else now
    return limit_message(
        alarm.level,
        point_name=names.of_point(subject.point),
        zone=names.zone,
        control_kind=kind,
        value=alarm.worst if alarm.worst is not None else alarm.value,
        limit=alarm.limit,
        minutes=max(0, ended - alarm.started_at) // MINUTE,
        late_at=alarm.started_at if alarm.late else None,
        unit=KINDS[kind].unit,
    )


def _of_a_silence(alarm: Alarm, name: Text, zone: ZoneInfo) -> Text:
    return silence_message(point_name=name, zone=zone, since=alarm.started_at, reason=alarm.reason)
