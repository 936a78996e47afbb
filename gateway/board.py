"""The alarm board: the alarms that are not normal, and what each happening makes of them.

It decides with the table of gateway.alarms and draws up what the journal has to keep; it does no I/O.
"""

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from gateway.alarms import Alarm, AlarmState, Happening, after, alarm_id
from gateway.clocks.moved import moved
from gateway.journal.records import Batch, Event
from gateway.messages.alarms import SystemKind
from gateway.rules.deviation import Deviation

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
KIND_OF_EVENT = {
    Happening.RAISE: "alarm_raised",
    Happening.RETURN: "alarm_returned",
    Happening.ACKNOWLEDGE: "alarm_acknowledged",
    Happening.FIND: "alarm_found_late",
    Happening.WORSEN: "alarm_found_worse",
    Happening.SUPERSEDE: "alarm_superseded",
    Happening.REMOVE: "control_removed",
    Happening.AMEND: "alarm_amended",
}
REDATED = "alarm_redated"


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


COLUMNS = (
    *("id", "control", "point", "kind", "level", "priority", "state", "started_at", "raised_at", "known_at"),
    *("returned_at", "acknowledged_at", "acknowledged_by", "note", "value", "limit", "worst", "late", "reason"),
    *("item", "lot", "batch", "also"),
)
"""The alarm's fields in the order of the journal's table."""


class Board:
    """All alarms that are not NORMAL, by (subject, level): there is one at a time."""

    def __init__(self, active: Iterable[Alarm] = ()) -> None:
        self._active: dict[tuple[str, str], Alarm] = {}
        self._by_id: dict[str, Alarm] = {}
        self._changed: dict[str, Alarm] = {}
        for alarm in active:
            self._keep(alarm)

    @property
    def active(self) -> list[Alarm]:
        return list(self._by_id.values())

    def take_changed(self) -> list[Alarm]:
        """The alarms that changed since this was last asked."""
        changed, self._changed = list(self._changed.values()), {}
        return changed

    def get(self, alarm: str) -> Alarm | None:
        """An alarm that is not NORMAL, by its id."""
        return self._by_id.get(alarm)

    def of_batch(self, batch: str) -> list[Alarm]:
        """The alarms about a batch of food that are not NORMAL."""
        return [alarm for alarm in self._by_id.values() if alarm.batch == batch]

    def of(self, subject: str, level: str) -> Alarm | None:
        """The alarm of a control, point or part of the system that is not NORMAL."""
        return self._active.get((subject, level))

    def is_standing(self, subject: str, level: str) -> bool:
        alarm = self.of(subject, level)
        return alarm is not None and alarm.standing

    def raise_limit(self, batch: Batch, deviation: Deviation, *, priority: str, known_at: int) -> None:
        """A critical or warning limit has not been met for its on-delay."""
        fresh = _of_limit(deviation, priority, known_at)
        self._raise(batch, fresh, deviation.control)

    def raise_stale(
        self, batch: Batch, point: str, *, priority: str, since: int, known_at: int, reason: str | None
    ) -> None:
        """A point has given no usable reading since `since`."""
        fresh = Alarm(
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
        self._raise(batch, fresh, point)

    def raise_batch(self, batch: Batch, told: BatchAlarm, *, known_at: int, late: bool) -> None:
        """A batch of food fails a control, or will; what was known late says so."""
        fresh = Alarm(
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
        self._raise(batch, fresh, fresh.subject)

    def worsen_batch(self, batch: Batch, alarm: Alarm, controls: Iterable[str], *, since: int, known_at: int) -> None:
        """Readings that came late prove that the batch fails further controls, the first of them `since`."""
        also = [*alarm.controls[1:], *(control for control in controls if control not in alarm.controls)]
        began = min(alarm.started_at, since)
        more = msgspec.structs.replace(alarm, also=" ".join(also) or None, started_at=began, known_at=known_at)
        self._move(batch, alarm.subject, more, Happening.WORSEN, known_at)

    def raise_stock(self, batch: Batch, told: StockAlarm, *, known_at: int) -> None:
        """Too little of an item is left, or a lot of it goes bad."""
        fresh = Alarm(
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
        self._raise(batch, fresh, fresh.subject)

    def raise_system(
        self, batch: Batch, part: SystemKind, *, since: int, known_at: int, reason: str | None = None
    ) -> None:
        """Something of the gateway itself is out of order."""
        self._raise(batch, self._system(part, since, known_at, reason), "system")

    def find_system(self, batch: Batch, part: SystemKind, *, since: int, until: int, reason: str | None = None) -> None:
        """Something was out of order and is over: somebody should have seen it."""
        alarm = msgspec.structs.replace(self._system(part, since, until, reason), returned_at=until, late=True)
        self._move(batch, "system", alarm, Happening.FIND, until)

    def amend_system(self, batch: Batch, alarm: Alarm, *, reason: str, at: int, ask: bool) -> None:
        """It is about other things by now. `ask`: somebody who has acknowledged it shall look again."""
        happening = Happening.WORSEN if ask else Happening.AMEND
        known_at = at if ask else alarm.known_at
        self._move(batch, "system", msgspec.structs.replace(alarm, reason=reason, known_at=known_at), happening, at)

    def _system(self, part: SystemKind, since: int, known_at: int, reason: str | None) -> Alarm:
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

    def return_normal(self, batch: Batch, subject: str, level: str, *, at: int, worst: float | None = None) -> None:
        """The condition is over since `at`."""
        alarm = self.of(subject, level)
        if alarm is None or not alarm.standing:
            return
        changes: dict[str, Any] = {"returned_at": at}
        if worst is not None:
            changes["worst"] = worst
        self._move(batch, subject, msgspec.structs.replace(alarm, **changes), Happening.RETURN, at)

    def acknowledge(self, batch: Batch, alarm: Alarm, *, who: str, note: str | None, at: int, key: str) -> Alarm:
        """A person has seen it. `key` is the command's, so that a repeated tap is one acknowledgement.

        Raises:
            ForbiddenTransitionError: it was acknowledged before.
        """
        seen = msgspec.structs.replace(alarm, acknowledged_at=at, acknowledged_by=who, note=note)
        return self._move(batch, alarm.subject, seen, Happening.ACKNOWLEDGE, at, key=f"command:{key}", person=who)

    def supersede(self, batch: Batch, control: str, *, at: int) -> None:
        """The control's critical alarm takes over from its warning."""
        alarm = self.of(control, "warning")
        if alarm is not None:
            gone = msgspec.structs.replace(alarm, returned_at=alarm.returned_at or at)
            self._move(batch, control, gone, Happening.SUPERSEDE, at)

    def remove(self, batch: Batch, alarm: Alarm, *, at: int) -> None:
        """Its control or point has left the plan."""
        gone = msgspec.structs.replace(alarm, returned_at=alarm.returned_at or at)
        self._move(batch, alarm.subject, gone, Happening.REMOVE, at)

    def redate(self, batch: Batch, alarm: Alarm, move: Callable[[int], int], *, key: str) -> None:
        """The time of an alarm, of now or of the past, was not known, and is by now."""
        redated = moved(alarm, move)
        if redated == alarm:
            return
        if redated.active:
            self._forget(alarm.subject, alarm)
            self._keep(redated)
        self._changed[alarm.id] = redated
        batch.alarms[alarm.id] = as_row(redated)
        body = msgspec.to_builtins(redated)
        at = max(redated.raised_at, redated.known_at)
        batch.events.append(
            Event(key=f"{REDATED}:{alarm.id}:{key}", kind=REDATED, subject=alarm.subject, at=at, body=body)
        )

    def find(self, batch: Batch, deviation: Deviation, known: Alarm | None, *, priority: str, known_at: int) -> None:
        """A deviation as late readings show it; `known` is the alarm that was raised for it at the time, if any."""
        if known is None:
            self._find_new(batch, deviation, priority, known_at)
        elif not known.late and _shows_more(deviation, known):
            more = msgspec.structs.replace(
                known,
                started_at=min(known.started_at, deviation.started_at),
                returned_at=deviation.returned_at if not known.standing else None,
                worst=deviation.worst,
                known_at=known_at,
                late=True,
            )
            self._move(batch, deviation.control, more, Happening.WORSEN, known_at)

    def _find_new(self, batch: Batch, deviation: Deviation, priority: str, known_at: int) -> None:
        if deviation.returned_at is None:
            self.raise_limit(batch, deviation, priority=priority, known_at=known_at)
            return
        alarm = _of_limit(deviation, priority, known_at)
        alarm = msgspec.structs.replace(alarm, returned_at=deviation.returned_at, late=True)
        self._move(batch, deviation.control, alarm, Happening.FIND, known_at)

    def _raise(self, batch: Batch, fresh: Alarm, subject: str) -> None:
        known = self.of(subject, fresh.level)
        if known is not None and known.standing:
            return
        if known is not None:
            fresh = msgspec.structs.replace(fresh, id=known.id, started_at=known.started_at)
        self._move(batch, subject, fresh, Happening.RAISE, fresh.raised_at, state=known.state if known else None)

    def _move(
        self,
        batch: Batch,
        subject: str,
        alarm: Alarm,
        happening: Happening,
        at: int,
        *,
        state: AlarmState | None = None,
        key: str | None = None,
        person: str | None = None,
    ) -> Alarm:
        moved = msgspec.structs.replace(alarm, state=after(state or alarm.state, happening))
        self._forget(subject, moved)
        if moved.active:
            self._keep(moved)
        self._changed[moved.id] = moved
        kind = KIND_OF_EVENT[happening]
        batch.alarms[moved.id] = as_row(moved)
        batch.events.append(
            Event(
                key=key or f"{kind}:{moved.id}:{at}",
                kind=kind,
                subject=subject,
                at=at,
                person=person,
                body=msgspec.to_builtins(moved),
            )
        )
        return moved

    def _keep(self, alarm: Alarm) -> None:
        self._by_id[alarm.id] = alarm
        known = self._active.get((alarm.subject, alarm.level))
        # A past deviation that was found late stands beside a live one; the live one is what `of` gives.
        if known is None or not known.standing or alarm.standing:
            self._active[alarm.subject, alarm.level] = alarm

    def _forget(self, subject: str, alarm: Alarm) -> None:
        self._by_id.pop(alarm.id, None)
        known = self._active.get((subject, alarm.level))
        if known is not None and known.id == alarm.id:
            del self._active[subject, alarm.level]


def _of_limit(deviation: Deviation, priority: str, known_at: int) -> Alarm:
    """The alarm of a limit that was not met, before anything has befallen it."""
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


def _shows_more(deviation: Deviation, known: Alarm) -> bool:
    """Whether it proves longer or further beyond than its alarm said. A standing alarm has no end to compare."""
    if deviation.exceeds(known.worst):
        return True
    if deviation.started_at < known.started_at:
        return True
    if known.returned_at is None:
        return False
    return deviation.returned_at is None or deviation.returned_at > known.returned_at


def as_row(alarm: Alarm) -> tuple[object, ...]:
    """The alarm in the order of the journal's columns."""
    return tuple(getattr(alarm, name) for name in COLUMNS)


def from_row(row: tuple[Any, ...]) -> Alarm:
    """The alarm of a row of the journal."""
    return msgspec.convert(dict(zip(COLUMNS, row, strict=True)), Alarm, strict=False)
