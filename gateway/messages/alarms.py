"""What an alarm says: what is wrong, by how much, for how long, and the first thing to do.

All times are UTC microseconds and are said in the kitchen's zone.
"""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from gateway.alarms.kinds import SystemKind
from gateway.haccp.limits.holding import DEW_POINT
from gateway.haccp.limits.kinds import POINT_KINDS
from gateway.haccp.rules.holding import Side
from gateway.messages.words import Text, clock, duration, knows, listed, number, plain, same_day, say

MINUTE = 60_000_000
EMPTY: Text = {"id": "", "en": ""}


OF_DAYS = (SystemKind.CHECKS_DUE, SystemKind.CERTIFICATES_DUE)
"""They stand for days, and are notices: nothing of the gateway is out of order."""
SPANS = frozenset({SystemKind.GATEWAY_WAS_OFF, SystemKind.CLOCK_JUMPED})
"""What is told with its beginning and its end."""


def limit_message(
    level: str,
    *,
    point_name: Text,
    zone: ZoneInfo,
    control_kind: str | None,
    value: float | None,
    limit: float | None,
    minutes: int | None = None,
    late_at: int | None = None,
    unit: str = "°C",
) -> Text:
    """The words of a limit that is not met.

    Args:
        level: "critical" or "warning"; chooses the limit's name.
        point_name: the point, in both languages.
        zone: the kitchen's.
        control_kind: one of gateway.haccp.limits.kinds.POINT_KINDS.
        value: in `unit`.
        limit: the limit that is not met, in `unit`.
        minutes: for how long; None or 0 leaves it out.
        late_at: when it happened, if it became known late.
        unit: of value and limit.
    """
    if value is None or limit is None:
        raise ValueError("a limit alarm has a value and a limit")
    kind = POINT_KINDS.get(control_kind or "")
    low_is_bad = kind is not None and kind.danger is Side.BELOW
    side = "above" if value > limit or (value == limit and not low_is_bad) else "below"
    text = say(
        f"alarm.limit.{side}.{level}",
        point=say("alarm.dew_point", point=point_name) if control_kind == DEW_POINT.name else point_name,
        value=_beyond(value, limit),
        limit=number(limit),
        unit=plain(unit),
        span=say("alarm.span", duration=duration(minutes)) if minutes else EMPTY,
        action=say(f"alarm.action.{control_kind}.{side}"),
    )
    return text if late_at is None else say("alarm.late", text=text, time=clock(late_at, zone))


def _beyond(value: float, limit: float) -> Text:
    """One decimal, but more when a rounded value would seem to stand at its limit: 5.04 against 5."""
    digits = next((digits for digits in (1, 2) if round(value, digits) != limit), None)
    return number(value, digits=digits)


def silence_message(*, point_name: Text, zone: ZoneInfo, since: int | None, reason: str | None) -> Text:
    """The words of a point that gives no usable value.

    Args:
        point_name: the point, in both languages.
        zone: the kitchen's.
        since: the last usable reading; None when there never was one.
        reason: a word of drivers.reading.Reason; None when there is no data at all.
    """
    cause = "stale" if reason is None or not knows(f"reason.{reason}") or reason == "stale" else "fault"
    words = {"point": point_name} if cause == "stale" else {"point": point_name, "reason": say(f"reason.{reason}")}
    if since is None:
        return say(f"alarm.{cause}.unknown_time", **words)
    return say(f"alarm.{cause}", time=clock(since, zone), **words)


def batch_message(
    reason: str,
    *,
    name: Text,
    control: str,
    at: int,
    zone: ZoneInfo,
    also: Sequence[str] = (),
    minutes: float | None = None,
    late: bool = False,
) -> Text:
    """The words of an alarm about a batch of food.

    Args:
        reason: a word of gateway.monitoring.batches.verdicts.Reason.
        name: of the food, or of the pot.
        control: the kind of control that is not met, or will not be.
        at: since when.
        zone: the kitchen's.
        also: the kinds of further controls that are not met.
        minutes: of a time to eat by, how long it was from `at` to it.
        late: readings that came after their time led to it.
    """
    until = at + round((minutes or 0.0) * MINUTE)
    text = say(f"alarm.batch.{reason}", batch=name, control=say(f"control.{control}"), until=clock(until, zone))
    if also:
        text = say("alarm.batch.also", text=text, controls=listed([say(f"control.{one}") for one in also]))
    return say("alarm.late", text=text, time=clock(at, zone)) if late else text


def recalled_message(*, point_name: Text, count: int, batches: Text) -> Text:
    """The words of the alarm of all batches of the past that fail by what a probe's check has found."""
    return say("alarm.recalled", point=point_name, count=plain(str(count)), batches=batches)


def system_message(kind: str, *, zone: ZoneInfo, since: int, until: int | None = None, sensors: Text = EMPTY) -> Text:
    """The words of a system alarm.

    Args:
        kind: a SystemKind.
        zone: the kitchen's.
        since: UTC microseconds.
        until: of SPANS alone.
        sensors: of SENSORS_SWAPPED, CHECKS_DUE and CERTIFICATES_DUE, their names.
    """
    if kind not in SPANS:
        return say(f"system.{kind}", since=clock(since, zone, dated=kind in OF_DAYS), sensors=sensors)
    if until is None and kind == SystemKind.GATEWAY_WAS_OFF:
        return say(f"system.{kind}.end_unknown", since=clock(since, zone))
    until = since if until is None else until
    dated = not same_day(since, until, zone)
    return say(f"system.{kind}", since=clock(since, zone, dated=dated), until=clock(until, zone, dated=dated))
