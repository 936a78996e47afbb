"""Keep the alarms that are not normal, and record each of their changes for the journal.

The table of gateway.alarms.alarm decides what an event makes of an alarm. Each change writes the alarm's row and one
event with the whole alarm into the transaction, so that the table follows from the events. No I/O.
"""

from collections.abc import Callable, Iterable

import msgspec

from gateway.alarms.alarm import Alarm, AlarmAcknowledgement, AlarmEvent, after
from gateway.alarms.kinds import AlarmLevel, Level
from gateway.alarms.rows import as_row, record_of
from gateway.alarms.subjects import BatchSubject, Subject
from gateway.records.time_shift import moved
from gateway.records.transaction import Event, Transaction

KIND_OF_EVENT = {
    AlarmEvent.RAISE: "alarm_raised",
    AlarmEvent.RETURN_TO_NORMAL: "alarm_returned",
    AlarmEvent.ACKNOWLEDGE: "alarm_acknowledged",
    AlarmEvent.FIND: "alarm_found_late",
    AlarmEvent.WORSEN: "alarm_found_worse",
    AlarmEvent.SUPERSEDE: "alarm_superseded",
    AlarmEvent.REMOVE: "control_removed",
    AlarmEvent.AMEND: "alarm_amended",
}
"""The journal's word for each event of an alarm."""
REDATED = "alarm_redated"
"""The journal's word for an alarm whose time became known."""


class Board:
    """All alarms that are not NORMAL; at most one stands for a subject and level."""

    def __init__(self, active: Iterable[Alarm] = (), *, changed: dict[str, Alarm] | None = None) -> None:
        """`changed` takes each alarm that changes, by its id, those that become normal too."""
        self._by_id = {alarm.id: alarm for alarm in active}
        self._changed: dict[str, Alarm] = {} if changed is None else changed

    # Look up

    @property
    def active(self) -> list[Alarm]:
        return list(self._by_id.values())

    def get(self, alarm: str) -> Alarm | None:
        """Return an alarm by its id."""
        return self._by_id.get(alarm)

    def of(self, subject: Subject, level: Level) -> Alarm | None:
        """Return the alarm of a subject and level: the one that stands, else the newest that waits for somebody.

        There may be several: a past deviation that late readings show is active beside the one that stands now.
        """
        alarms = [alarm for alarm in self._by_id.values() if (alarm.subject.key, alarm.level) == (subject.key, level)]
        return max(alarms, key=lambda alarm: (alarm.standing, alarm.raised_at), default=None)

    def is_standing(self, subject: Subject, level: Level) -> bool:
        """Whether the condition of this subject and level stands."""
        alarm = self.of(subject, level)
        return alarm is not None and alarm.standing

    def of_batch(self, batch: str) -> list[Alarm]:
        """Return the alarms about a batch of food."""
        return [
            alarm
            for alarm in self._by_id.values()
            if isinstance(alarm.subject, BatchSubject) and alarm.subject.batch == batch
        ]

    # Change

    def raise_(self, transaction: Transaction, alarm: Alarm) -> None:
        """Raise an alarm, unless one stands; one that nobody has acknowledged comes back as the same episode."""
        last = self.of(alarm.subject, alarm.level)
        if last is not None and last.standing:
            return
        if last is not None:
            alarm = msgspec.structs.replace(alarm, id=last.id, started_at=last.started_at, state=last.state)
        self.move(transaction, alarm, AlarmEvent.RAISE, at=alarm.raised_at)

    def find(self, transaction: Transaction, alarm: Alarm) -> None:
        """Have somebody acknowledge an alarm whose condition ended before it could be known."""
        self.move(transaction, alarm, AlarmEvent.FIND, at=alarm.known_at)

    def return_to_normal(
        self, transaction: Transaction, subject: Subject, level: Level, *, at: int, worst: float | None = None
    ) -> None:
        """End the condition of a subject and level, if it stands; `worst`: the value that was furthest beyond."""
        alarm = self.of(subject, level)
        if alarm is None or not alarm.standing:
            return
        if worst is not None:
            alarm = msgspec.structs.replace(alarm, worst=worst)
        self.move(transaction, alarm, AlarmEvent.RETURN_TO_NORMAL, at=at)

    def acknowledge(
        self, transaction: Transaction, alarm: Alarm, *, who: str, note: str | None, at: int, key: str
    ) -> Alarm:
        """Record that a person has seen the alarm. `key` is the command's: a repeated tap is one acknowledgement.

        Raises:
            ForbiddenTransitionError: it was acknowledged before.
        """
        acknowledged = msgspec.structs.replace(alarm, acknowledgement=AlarmAcknowledgement(at, who, note))
        return self.move(transaction, acknowledged, AlarmEvent.ACKNOWLEDGE, at=at, key=f"command:{key}", person=who)

    def supersede(self, transaction: Transaction, subject: Subject, *, at: int) -> None:
        """End a subject's warning, because its critical alarm takes over."""
        alarm = self.of(subject, AlarmLevel.WARNING)
        if alarm is not None:
            self.move(transaction, alarm, AlarmEvent.SUPERSEDE, at=at)

    def move(
        self,
        transaction: Transaction,
        alarm: Alarm,
        event: AlarmEvent,
        *,
        at: int,
        key: str | None = None,
        person: str | None = None,
    ) -> Alarm:
        """Apply an event to an alarm and return it as it is then.

        Args:
            transaction: takes the row and the event.
            alarm: as it stood, with what else is new of it.
            event: what happens to it.
            at: when, in UTC microseconds.
            key: names the event, where alarm and time are not enough.
            person: the id of who did it.

        Raises:
            ForbiddenTransitionError: this cannot happen to an alarm in its state.
        """
        alarm = after(alarm, event, at)
        kind = KIND_OF_EVENT[event]
        self._put(transaction, alarm, kind, at, key=key or f"{kind}:{alarm.id}:{at}", person=person)
        return alarm

    def redate(self, transaction: Transaction, alarm: Alarm, move: Callable[[int], int], *, key: str) -> None:
        """Move the times of an alarm, active or past, whose date is known only now."""
        redated = moved(alarm, move)
        if redated == alarm:
            return
        at = max(redated.raised_at, redated.known_at)
        self._put(transaction, redated, REDATED, at, key=f"{REDATED}:{alarm.id}:{key}")

    def _put(
        self, transaction: Transaction, alarm: Alarm, kind: str, at: int, *, key: str, person: str | None = None
    ) -> None:
        """Keep the alarm while it is active, and add its row and an event with the whole alarm to the transaction."""
        self._by_id.pop(alarm.id, None)
        if alarm.active:
            self._by_id[alarm.id] = alarm
        self._changed[alarm.id] = alarm
        transaction.alarms[alarm.id] = as_row(alarm)
        body = msgspec.to_builtins(record_of(alarm))
        event = Event(key=key, kind=kind, subject=alarm.subject.key, at=at, person=person, body=body)
        transaction.events.append(event)
