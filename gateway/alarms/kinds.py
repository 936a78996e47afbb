"""An alarm as it begins: of a limit, a silence, a batch, the stock or the gateway itself; nothing has befallen it yet.

Pure. The board raises them; `gateway.alarms.alarm` has what can befall them.
"""

from enum import StrEnum

import msgspec

from gateway.alarms.alarm import RECALLED, Alarm, AlarmState, alarm_id
from gateway.haccp.rules.deviation import Deviation


class SystemKind(StrEnum):
    """What can be wrong with the gateway itself."""

    RECORDING_LOST = "recording_lost"
    BROKER_LOST = "broker_lost"
    INFLUXDB_REFUSED = "influxdb_refused"
    JOURNAL_CORRUPT = "journal_corrupt"
    LOG_LARGE = "log_large"
    GATEWAY_WAS_OFF = "gateway_was_off"
    SENSORS_SWAPPED = "sensors_swapped"
    CHECKS_DUE = "checks_due"
    CERTIFICATES_DUE = "certificates_due"
    CLOCK_JUMPED = "clock_jumped"


PRIORITY = {"critical": "high", "warning": "medium"}
"""ISA-18.2: few priorities, by what happens if nobody acts."""
SYSTEM_PRIORITY = {
    SystemKind.RECORDING_LOST: "high",
    SystemKind.JOURNAL_CORRUPT: "high",
    SystemKind.GATEWAY_WAS_OFF: "high",
    SystemKind.SENSORS_SWAPPED: "medium",
    SystemKind.BROKER_LOST: "high",
    SystemKind.CLOCK_JUMPED: "high",
    SystemKind.LOG_LARGE: "medium",
    SystemKind.INFLUXDB_REFUSED: "low",
    SystemKind.CHECKS_DUE: "low",
    SystemKind.CERTIFICATES_DUE: "low",
}
STOCK_PRIORITY = {"low_stock": "medium", "expiring": "medium", "expired": "high", "drift": "low"}
"""Food past its date may be cooked this morning; the others leave a day."""


class StockAlarm(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody must hear of an item, or of one lot of it. `value` and `limit`: kg; `reason`: a date, or days."""

    item: str
    lot: str | None = None
    level: str
    at: int
    value: float | None = None
    limit: float | None = None
    reason: str | None = None


class BatchAlarm(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody must hear of a batch: which control, why, since when (UTC microseconds); `also`: further ones."""

    batch: str
    control: str
    level: str
    reason: str
    at: int
    point: str | None
    value: float | None
    limit: float | None
    also: tuple[str, ...] = ()


def of_limit(deviation: Deviation, *, priority: str, known_at: int) -> Alarm:
    """A critical or warning limit has not been met for its on-delay."""
    return Alarm(
        id=alarm_id(deviation.control, deviation.level, deviation.started_at),
        control=deviation.control,
        point=deviation.point,
        kind="limit",
        level=deviation.level,
        priority=priority,
        state=AlarmState.NORMAL,
        started_at=deviation.started_at,
        raised_at=deviation.raised_at,
        known_at=known_at,
        value=deviation.value,
        limit=deviation.limit,
        worst=deviation.worst,
    )


def of_silence(point: str, *, priority: str, since: int, known_at: int, reason: str | None) -> Alarm:
    """A point has given no usable reading since `since`."""
    return Alarm(
        id=alarm_id(point, "stale", since),
        control=None,
        point=point,
        kind="stale",
        level="stale",
        priority=priority,
        state=AlarmState.NORMAL,
        started_at=since,
        raised_at=known_at,
        known_at=known_at,
        reason=reason,
    )


def of_batch(told: BatchAlarm, *, known_at: int, late: bool) -> Alarm:
    """A batch of food fails a control, or will; what was known late says so."""
    return Alarm(
        id=alarm_id(f"{told.batch}.{told.control}", told.level, told.at),
        control=told.control,
        point=told.point,
        kind="batch",
        level=told.level,
        priority=PRIORITY[told.level],
        state=AlarmState.NORMAL,
        started_at=told.at,
        raised_at=told.at,
        known_at=known_at,
        value=told.value,
        limit=told.limit,
        late=late,
        reason=told.reason,
        batch=told.batch,
        also=" ".join(told.also) or None,
    )


def of_stock(told: StockAlarm, *, known_at: int) -> Alarm:
    """Too little of an item is left, or a lot of it goes bad."""
    return Alarm(
        id=alarm_id(told.lot or told.item, told.level, told.at),
        control=None,
        point=None,
        kind="stock",
        level=told.level,
        priority=STOCK_PRIORITY[told.level],
        state=AlarmState.NORMAL,
        started_at=told.at,
        raised_at=told.at,
        known_at=known_at,
        value=told.value,
        limit=told.limit,
        reason=told.reason,
        item=told.item,
        lot=told.lot,
    )


def of_recall(point: str, batch: str, *, known_at: int) -> Alarm:
    """A batch of the past fails by what the check of a probe has found; further ones join."""
    return Alarm(
        id=alarm_id(point, RECALLED, known_at),
        control=None,
        point=point,
        kind="system",
        level=RECALLED,
        priority="high",
        state=AlarmState.NORMAL,
        started_at=known_at,
        raised_at=known_at,
        known_at=known_at,
        returned_at=known_at,
        late=True,
        reason=batch,
    )


def of_system(part: SystemKind, *, since: int, known_at: int, reason: str | None) -> Alarm:
    """Something of the gateway itself is out of order."""
    return Alarm(
        id=alarm_id("system", part.value, since),
        control=None,
        point=None,
        kind="system",
        level=part.value,
        priority=SYSTEM_PRIORITY[part],
        state=AlarmState.NORMAL,
        started_at=since,
        raised_at=known_at,
        known_at=known_at,
        reason=reason,
    )
