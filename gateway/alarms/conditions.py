"""Begin an alarm for each condition: a limit, a silent point, a batch, the stock, or the gateway itself (pure).

The alarms are NORMAL yet: the board raises them. `gateway.alarms.alarm` has what can become of them.
"""

import msgspec

from gateway.alarms.alarm import Alarm, AlarmState
from gateway.alarms.kinds import PRIORITY, AlarmLevel, AlarmPriority, Level, SystemKind
from gateway.alarms.subjects import (
    SYSTEM,
    BatchSubject,
    ControlSubject,
    ItemSubject,
    LotSubject,
    PointSubject,
    ProbeSubject,
    Subject,
    TypedSubject,
)
from gateway.haccp.rules.deviation import Deviation


def _begin(subject: Subject, level: Level, *, since: int, raised_at: int, known_at: int) -> Alarm:
    return Alarm(
        id=f"{subject.key}.{level}.{since}",  # fit for an MQTT topic and a URL
        subject=subject,
        level=level,
        priority=PRIORITY[level],
        state=AlarmState.NORMAL,
        started_at=since,
        raised_at=raised_at,
        known_at=known_at,
    )


def limit_alarm(deviation: Deviation, *, known_at: int) -> Alarm:
    """A critical or warning limit has not been met for its on-delay. A deviation that has ended was known too late."""
    alarm = _begin(
        ControlSubject(deviation.control, deviation.point),
        AlarmLevel(deviation.level),
        since=deviation.started_at,
        raised_at=deviation.raised_at,
        known_at=known_at,
    )
    return msgspec.structs.replace(
        alarm,
        returned_at=deviation.returned_at,
        late=deviation.returned_at is not None,
        value=deviation.value,
        limit=deviation.limit,
        worst=deviation.worst,
    )


def worse_alarm(alarm: Alarm, deviation: Deviation) -> Alarm | None:
    """Return the alarm with what late readings show of its deviation; None if they show nothing more, or once did."""
    if alarm.late or not _is_worse(deviation, alarm):
        return None
    return msgspec.structs.replace(
        alarm,
        started_at=min(alarm.started_at, deviation.started_at),
        returned_at=None if alarm.standing else deviation.returned_at,
        worst=deviation.worst,
        late=True,
    )


def _is_worse(deviation: Deviation, alarm: Alarm) -> bool:
    """Whether it is longer, or further beyond its limit. An alarm that stands has no end to compare."""
    if deviation.exceeds(alarm.worst) or deviation.started_at < alarm.started_at:
        return True
    if alarm.returned_at is None:
        return False
    return deviation.returned_at is None or deviation.returned_at > alarm.returned_at


def stale_alarm(point: str, *, since: int, known_at: int, reason: str | None, guarded: bool) -> Alarm:
    """A point has given no usable reading since `since`; `guarded`: a control point needs its readings."""
    alarm = _begin(PointSubject(point), AlarmLevel.STALE, since=since, raised_at=known_at, known_at=known_at)
    priority = alarm.priority if guarded else AlarmPriority.MEDIUM
    return msgspec.structs.replace(alarm, priority=priority, reason=reason)


def batch_alarm(
    subject: BatchSubject, level: AlarmLevel, reason: str, *, since: int, known_at: int, late: bool = False
) -> Alarm:
    """A batch of food fails a control, or will; `late`: readings that came after their time show it."""
    alarm = _begin(subject, level, since=since, raised_at=since, known_at=known_at)
    return msgspec.structs.replace(alarm, reason=reason, late=late)


def typed_alarm(subject: TypedSubject, *, at: int, value: float, limit: float) -> Alarm:
    """A temperature that a person typed does not meet a critical limit."""
    alarm = _begin(subject, AlarmLevel.CRITICAL, since=at, raised_at=at, known_at=at)
    return msgspec.structs.replace(alarm, reason="typed", value=value, limit=limit)


def stock_alarm(
    subject: ItemSubject | LotSubject,
    level: AlarmLevel,
    *,
    at: int,
    value: float,
    limit: float | None = None,
    reason: str | None = None,
) -> Alarm:
    """Too little of an item is left, a lot of it goes bad, or its scale drifts.

    Args:
        subject: the item, or a lot of it.
        level: LOW_STOCK, EXPIRING, EXPIRED or DRIFT.
        at: UTC microseconds.
        value: kg: available, of the lot, or drifted.
        limit: kg: the reorder point, or the drift that is allowed.
        reason: days of cover, the last good day (ISO), or the scale.
    """
    alarm = _begin(subject, level, since=at, raised_at=at, known_at=at)
    return msgspec.structs.replace(alarm, value=value, limit=limit, reason=reason)


def recall_alarm(point: str, batch: str, *, at: int) -> Alarm:
    """A batch of the past fails by what a check of its probe shows now; further ones join (`with_batch`)."""
    alarm = _begin(ProbeSubject(point), AlarmLevel.BATCHES_FAIL, since=at, raised_at=at, known_at=at)
    return msgspec.structs.replace(alarm, returned_at=at, late=True, reason=batch)


def with_batch(alarm: Alarm, batch: str) -> Alarm | None:
    """Return the alarm of `recall_alarm` with one more batch; None if it names the batch already."""
    batches = (alarm.reason or "").split()
    return None if batch in batches else msgspec.structs.replace(alarm, reason=" ".join([*batches, batch]))


def system_alarm(part: SystemKind, *, since: int, known_at: int, reason: str | None = None) -> Alarm:
    """Something of the gateway itself is out of order."""
    alarm = _begin(SYSTEM, part, since=since, raised_at=known_at, known_at=known_at)
    return msgspec.structs.replace(alarm, reason=reason)


def past_system_alarm(part: SystemKind, *, since: int, until: int, reason: str | None = None) -> Alarm:
    """Something of the gateway was out of order and is over: somebody should see it."""
    alarm = system_alarm(part, since=since, known_at=until, reason=reason)
    return msgspec.structs.replace(alarm, returned_at=until, late=True)
