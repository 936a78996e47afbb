"""The alarm board: the alarms that are not normal, and what each happening makes of them.

It decides with the table of gateway.alarms.alarm and draws up what the journal has to keep; it does no I/O.
"""

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from gateway.alarms import kinds as fresh_alarms
from gateway.alarms.alarm import RECALLED, Alarm, AlarmState, Happening, after
from gateway.alarms.kinds import BatchAlarm, StockAlarm, SystemKind
from gateway.alarms.rows import as_row
from gateway.haccp.rules.deviation import Deviation
from gateway.records.time_shift import moved
from gateway.records.transaction import Event, Transaction

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


class Board:
    """All alarms that are not NORMAL, by (subject, level): there is one at a time."""

    def __init__(self, active: Iterable[Alarm] = (), *, changed: dict[str, Alarm] | None = None) -> None:
        """`changed` takes each alarm that changes, by its id, those that become normal too."""
        self._active: dict[tuple[str, str], Alarm] = {}
        self._by_id: dict[str, Alarm] = {}
        self._changed: dict[str, Alarm] = {} if changed is None else changed
        for alarm in active:
            self._keep(alarm)

    @property
    def active(self) -> list[Alarm]:
        return list(self._by_id.values())

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

    def raise_limit(self, transaction: Transaction, deviation: Deviation, *, priority: str, known_at: int) -> None:
        """A critical or warning limit has not been met for its on-delay."""
        self._raise(transaction, fresh_alarms.of_limit(deviation, priority=priority, known_at=known_at))

    def raise_stale(
        self, transaction: Transaction, point: str, *, priority: str, since: int, known_at: int, reason: str | None
    ) -> None:
        """A point has given no usable reading since `since`."""
        fresh = fresh_alarms.of_silence(point, priority=priority, since=since, known_at=known_at, reason=reason)
        self._raise(transaction, fresh)

    def raise_batch(self, transaction: Transaction, told: BatchAlarm, *, known_at: int, late: bool) -> None:
        """A batch of food fails a control, or will; what was known late says so."""
        self._raise(transaction, fresh_alarms.of_batch(told, known_at=known_at, late=late))

    def worsen_batch(
        self, transaction: Transaction, alarm: Alarm, controls: Iterable[str], *, since: int, known_at: int
    ) -> None:
        """Readings that came late prove that the batch fails further controls, the first of them `since`."""
        also = [*alarm.controls[1:], *(control for control in controls if control not in alarm.controls)]
        began = min(alarm.started_at, since)
        more = msgspec.structs.replace(alarm, also=" ".join(also) or None, started_at=began, known_at=known_at)
        self._move(transaction, more, Happening.WORSEN, known_at)

    def raise_stock(self, transaction: Transaction, told: StockAlarm, *, known_at: int) -> None:
        """Too little of an item is left, or a lot of it goes bad."""
        self._raise(transaction, fresh_alarms.of_stock(told, known_at=known_at))

    def raise_system(
        self, transaction: Transaction, part: SystemKind, *, since: int, known_at: int, reason: str | None = None
    ) -> None:
        """Something of the gateway itself is out of order."""
        self._raise(transaction, fresh_alarms.of_system(part, since=since, known_at=known_at, reason=reason))

    def find_system(
        self, transaction: Transaction, part: SystemKind, *, since: int, until: int, reason: str | None = None
    ) -> None:
        """Something was out of order and is over: somebody should have seen it."""
        fresh = fresh_alarms.of_system(part, since=since, known_at=until, reason=reason)
        alarm = msgspec.structs.replace(fresh, returned_at=until, late=True)
        self._move(transaction, alarm, Happening.FIND, until)

    def find_recalled(self, transaction: Transaction, point: str, name: str, *, at: int) -> None:
        """A batch of the past, `name`, fails by what is known of its probe now: one alarm a probe until it is seen."""
        known = self.of(point, RECALLED)
        if known is None:
            self._move(transaction, fresh_alarms.of_recall(point, name, known_at=at), Happening.FIND, at)
            return
        named = (known.reason or "").split()
        if name not in named:
            more = msgspec.structs.replace(known, reason=" ".join([*named, name]), known_at=at)
            self._move(
                transaction, more, Happening.WORSEN, at, key=f"{KIND_OF_EVENT[Happening.WORSEN]}:{known.id}:{name}"
            )

    def amend_system(self, transaction: Transaction, alarm: Alarm, *, reason: str, at: int, ask: bool) -> None:
        """It is about other things by now. `ask`: somebody who has acknowledged it shall look again."""
        happening = Happening.WORSEN if ask else Happening.AMEND
        known_at = at if ask else alarm.known_at
        self._move(transaction, msgspec.structs.replace(alarm, reason=reason, known_at=known_at), happening, at)

    def return_normal(
        self, transaction: Transaction, subject: str, level: str, *, at: int, worst: float | None = None
    ) -> None:
        """The condition is over since `at`."""
        alarm = self.of(subject, level)
        if alarm is None or not alarm.standing:
            return
        changes: dict[str, Any] = {"returned_at": at}
        if worst is not None:
            changes["worst"] = worst
        self._move(transaction, msgspec.structs.replace(alarm, **changes), Happening.RETURN, at)

    def acknowledge(
        self, transaction: Transaction, alarm: Alarm, *, who: str, note: str | None, at: int, key: str
    ) -> Alarm:
        """A person has seen it. `key` is the command's, so that a repeated tap is one acknowledgement.

        Raises:
            ForbiddenTransitionError: it was acknowledged before.
        """
        seen = msgspec.structs.replace(alarm, acknowledged_at=at, acknowledged_by=who, note=note)
        return self._move(transaction, seen, Happening.ACKNOWLEDGE, at, key=f"command:{key}", person=who)

    def supersede(self, transaction: Transaction, control: str, *, at: int) -> None:
        """The control's critical alarm takes over from its warning."""
        alarm = self.of(control, "warning")
        if alarm is not None:
            gone = msgspec.structs.replace(alarm, returned_at=alarm.returned_at or at)
            self._move(transaction, gone, Happening.SUPERSEDE, at)

    def remove(self, transaction: Transaction, alarm: Alarm, *, at: int) -> None:
        """Its control or point has left the plan."""
        gone = msgspec.structs.replace(alarm, returned_at=alarm.returned_at or at)
        self._move(transaction, gone, Happening.REMOVE, at)

    def redate(self, transaction: Transaction, alarm: Alarm, move: Callable[[int], int], *, key: str) -> None:
        """The time of an alarm, of now or of the past, was not known, and is by now."""
        redated = moved(alarm, move)
        if redated == alarm:
            return
        if redated.active:
            self._forget(alarm)
            self._keep(redated)
        at = max(redated.raised_at, redated.known_at)
        self._draw_up(transaction, redated, REDATED, at, key=f"{REDATED}:{alarm.id}:{key}")

    def find(
        self, transaction: Transaction, deviation: Deviation, known: Alarm | None, *, priority: str, known_at: int
    ) -> None:
        """A deviation as late readings show it; `known` is the alarm that was raised for it at the time, if any."""
        if known is None:
            self._find_new(transaction, deviation, priority, known_at)
        elif not known.late and _shows_more(deviation, known):
            more = msgspec.structs.replace(
                known,
                started_at=min(known.started_at, deviation.started_at),
                returned_at=deviation.returned_at if not known.standing else None,
                worst=deviation.worst,
                known_at=known_at,
                late=True,
            )
            self._move(transaction, more, Happening.WORSEN, known_at)

    def _find_new(self, transaction: Transaction, deviation: Deviation, priority: str, known_at: int) -> None:
        if deviation.returned_at is None:
            self.raise_limit(transaction, deviation, priority=priority, known_at=known_at)
            return
        fresh = fresh_alarms.of_limit(deviation, priority=priority, known_at=known_at)
        alarm = msgspec.structs.replace(fresh, returned_at=deviation.returned_at, late=True)
        self._move(transaction, alarm, Happening.FIND, known_at)

    def _raise(self, transaction: Transaction, fresh: Alarm) -> None:
        known = self.of(fresh.subject, fresh.level)
        if known is not None and known.standing:
            return
        if known is not None:
            fresh = msgspec.structs.replace(fresh, id=known.id, started_at=known.started_at)
        self._move(transaction, fresh, Happening.RAISE, fresh.raised_at, state=known.state if known else None)

    def _move(
        self,
        transaction: Transaction,
        alarm: Alarm,
        happening: Happening,
        at: int,
        *,
        state: AlarmState | None = None,
        key: str | None = None,
        person: str | None = None,
    ) -> Alarm:
        alarm = msgspec.structs.replace(alarm, state=after(state or alarm.state, happening))
        self._forget(alarm)
        if alarm.active:
            self._keep(alarm)
        kind = KIND_OF_EVENT[happening]
        self._draw_up(transaction, alarm, kind, at, key=key or f"{kind}:{alarm.id}:{at}", person=person)
        return alarm

    def _draw_up(
        self, transaction: Transaction, alarm: Alarm, kind: str, at: int, *, key: str, person: str | None = None
    ) -> None:
        """What the journal has to keep of it, and people are told."""
        self._changed[alarm.id] = alarm
        transaction.alarms[alarm.id] = as_row(alarm)
        body = msgspec.to_builtins(alarm)
        transaction.events.append(Event(key=key, kind=kind, subject=alarm.subject, at=at, person=person, body=body))

    def _keep(self, alarm: Alarm) -> None:
        self._by_id[alarm.id] = alarm
        known = self._active.get((alarm.subject, alarm.level))
        # A past deviation that was found late stands beside a live one; the live one is what `of` gives.
        if known is None or not known.standing or alarm.standing:
            self._active[alarm.subject, alarm.level] = alarm

    def _forget(self, alarm: Alarm) -> None:
        self._by_id.pop(alarm.id, None)
        known = self._active.get((alarm.subject, alarm.level))
        if known is not None and known.id == alarm.id:
            del self._active[alarm.subject, alarm.level]


def _shows_more(deviation: Deviation, known: Alarm) -> bool:
    """Whether it proves longer or further beyond than its alarm said. A standing alarm has no end to compare."""
    if deviation.exceeds(known.worst):
        return True
    if deviation.started_at < known.started_at:
        return True
    if known.returned_at is None:
        return False
    return deviation.returned_at is None or deviation.returned_at > known.returned_at
