"""Say an alarm in both languages: what is wrong, by how much, for how long, and the first thing to do (pure).

Times are UTC microseconds; a sentence has them in the kitchen's zone.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

from gateway.alarms.alarm import Alarm
from gateway.alarms.kinds import NOTICES, AlarmLevel, SystemKind
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
from gateway.haccp.limits.holding import COLD_HOLDING, DEW_POINT
from gateway.haccp.limits.kinds import KINDS, POINT_KINDS
from gateway.haccp.rules.holding import Side
from gateway.messages.words import (
    EMPTY,
    Text,
    clock,
    date,
    duration,
    has_sentence,
    listed,
    number,
    plain,
    same_day,
    sentence,
)

MINUTE = 60_000_000
MOST_NAMED = 5
"""Sensors, or batches, that the sentence of one alarm names."""
SPANS = frozenset({SystemKind.GATEWAY_WAS_OFF, SystemKind.CLOCK_JUMPED})
"""Alarms whose sentence has a beginning and an end."""


class Names(NamedTuple):
    """What the kitchen calls things, by their ids. A thing that has left the plan or the stock is called by its id."""

    points: Mapping[str, Text]
    control_kinds: Mapping[str, str]
    items: Mapping[str, Text]
    zone: ZoneInfo

    def of_point(self, point: str) -> Text:
        return self.points.get(point) or plain(point)

    def of_item(self, item: str) -> Text:
        return self.items.get(item) or plain(item)

    def kind_of(self, control: str) -> str:
        """Return the kind of a control; of one that has left the plan the usual kind: most guard cold food."""
        return self.control_kinds.get(control.partition(".")[0], COLD_HOLDING.name)


def words_of(alarm: Alarm, names: Names, *, now: int, product: str | None = None) -> Text:
    """Return the sentence of an alarm, of now or of the past.

    Args:
        alarm: as it is.
        names: of the kitchen.
        now: UTC microseconds: how long an alarm that stands has lasted.
        product: what food a batch is.
    """
    match alarm.subject:
        case ControlSubject():
            text = _limit(alarm, alarm.subject, names, now)
        case TypedSubject():
            text = _typed(alarm, alarm.subject, names)
        case PointSubject(point=point):
            text = _silence(alarm, names.of_point(point), names.zone)
        case BatchSubject():
            text = _batch(alarm, alarm.subject, product, names.zone)
        case ItemSubject(item=item):
            text = _item(alarm, names.of_item(item))
        case LotSubject(item=item, lot=lot):
            text = _lot(alarm, names.of_item(item), lot)
        case ProbeSubject(point=point):
            text = _recall(alarm, names.of_point(point))
        case SystemSubject():
            text = _system(alarm, names)
    return text


def _limit(alarm: Alarm, subject: ControlSubject, names: Names, now: int) -> Text:
    until = now if alarm.returned_at is None else alarm.returned_at
    text = _beyond(
        alarm,
        names.of_point(subject.point),
        names.kind_of(subject.control),
        value=alarm.value if alarm.worst is None else alarm.worst,
        minutes=max(0, until - alarm.started_at) // MINUTE,
    )
    return _known_late(text, alarm.started_at, names.zone) if alarm.late else text


def _typed(alarm: Alarm, subject: TypedSubject, names: Names) -> Text:
    """A temperature that a person has read off a hand thermometer."""
    point = names.of_point(subject.point or "")
    return sentence("alarm.typed", text=_beyond(alarm, point, subject.kind_of_control, value=alarm.value))


def _beyond(alarm: Alarm, point: Text, kind: str, *, value: float | None, minutes: int = 0) -> Text:
    """The sentence of a value that does not meet the alarm's limit; `minutes`: for how long, 0 is not said.

    Raises:
        ValueError: there is no value, or no limit.
    """
    limit = alarm.limit
    if value is None or limit is None:
        raise ValueError("an alarm of a limit has a value and a limit")
    side = Side.ABOVE if value > limit else Side.BELOW
    if value == limit:
        side = POINT_KINDS[kind].danger
    return sentence(
        f"alarm.limit.{side}.{alarm.level}",
        point=sentence("alarm.dew_point", point=point) if kind == DEW_POINT.name else point,
        value=_apart(value, limit),
        limit=number(limit),
        unit=plain(KINDS[kind].unit),
        span=sentence("alarm.span", duration=duration(minutes)) if minutes else EMPTY,
        action=sentence(f"alarm.action.{kind}.{side}"),
    )


def _apart(value: float, limit: float) -> Text:
    """The value with one decimal, or more if it would read as its limit: 5.04 against 5."""
    digits = next((digits for digits in (1, 2) if round(value, digits) != limit), None)
    return number(value, digits=digits)


def _known_late(text: Text, at: int, zone: ZoneInfo) -> Text:
    return sentence("alarm.late", text=text, time=clock(at, zone))


def _silence(alarm: Alarm, point: Text, zone: ZoneInfo) -> Text:
    since, reason = clock(alarm.started_at, zone), alarm.reason
    if reason is None or reason == AlarmLevel.STALE or not has_sentence(f"reason.{reason}"):
        return sentence("alarm.stale", point=point, time=since)
    return sentence("alarm.fault", point=point, time=since, reason=sentence(f"reason.{reason}"))


def _batch(alarm: Alarm, subject: BatchSubject, product: str | None, zone: ZoneInfo) -> Text:
    text = sentence(
        f"alarm.batch.{alarm.reason or 'fail'}",
        batch=plain(f"{product or 'Batch'} ({subject.batch})"),
        control=sentence(f"control.{subject.control}"),
        until=clock(alarm.started_at + round((alarm.value or 0.0) * MINUTE), zone),
    )
    if subject.also:
        also = listed([sentence(f"control.{kind}") for kind in subject.also])
        text = sentence("alarm.batch.also", text=text, controls=also)
    return _known_late(text, alarm.started_at, zone) if alarm.late else text


def _item(alarm: Alarm, item: Text) -> Text:
    value, reason = number(alarm.value or 0.0), alarm.reason
    if alarm.level is AlarmLevel.DRIFT:
        return sentence("alarm.stock.drift", item=item, value=value, scale=plain(reason or ""))
    cover = sentence("alarm.stock.cover", days=number(float(reason))) if reason else EMPTY
    return sentence(f"alarm.stock.{alarm.level}", item=item, value=value, limit=number(alarm.limit or 0.0), cover=cover)


def _lot(alarm: Alarm, item: Text, lot: str) -> Text:
    last_day = date(alarm.reason) if alarm.reason else plain("?")
    value = number(alarm.value or 0.0)
    return sentence(f"alarm.stock.{alarm.level}", item=item, lot=plain(lot), value=value, date=last_day)


def _recall(alarm: Alarm, probe: Text) -> Text:
    batches = [plain(batch) for batch in (alarm.reason or "").split()]
    return sentence("alarm.recalled", point=probe, count=plain(str(len(batches))), batches=_first_of(batches))


def _system(alarm: Alarm, names: Names) -> Text:
    """The sentence of the gateway itself; `reason` names sensors where the sentence does."""
    zone, since, until = names.zone, alarm.started_at, alarm.returned_at
    if alarm.level not in SPANS:
        sensors = _first_of([names.of_point(point) for point in (alarm.reason or "").split()])
        begin = clock(since, zone, dated=alarm.level in NOTICES)
        return sentence(f"system.{alarm.level}", since=begin, sensors=sensors)
    if until is None and alarm.level is SystemKind.GATEWAY_WAS_OFF:
        return sentence(f"system.{alarm.level}.end_unknown", since=clock(since, zone))
    until = since if until is None else until
    dated = not same_day(since, until, zone)
    begin, end = (clock(at, zone, dated=dated) for at in (since, until))
    return sentence(f"system.{alarm.level}", since=begin, until=end)


def _first_of(names: Sequence[Text]) -> Text:
    first, more = listed(names[:MOST_NAMED]), len(names) - MOST_NAMED
    return sentence("system.and_more", sensors=first, count=plain(str(more))) if more > 0 else first
