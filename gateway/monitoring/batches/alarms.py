"""Raise and end the alarms of a batch of food: one for each control that it fails, one for all that becomes known late.

Readings that come after an outage show at once what would have been known over hours. They raise one alarm a batch: of
the control that failed first, with the others named in it (`also`). If a probe's check makes batches of the past fail,
one alarm about that probe names all of them.
"""

from collections.abc import Iterable, Mapping

import msgspec

from gateway.alarms.alarm import Alarm, AlarmEvent
from gateway.alarms.board import KIND_OF_EVENT, Board
from gateway.alarms.conditions import batch_alarm, recall_alarm, with_batch
from gateway.alarms.kinds import AlarmLevel
from gateway.alarms.subjects import BatchSubject, ProbeSubject
from gateway.haccp.limits.kinds import BATCH_KINDS
from gateway.haccp.rules.trace import MINUTE
from gateway.monitoring.batches.batch import FoodBatch
from gateway.monitoring.batches.live import LiveBatch
from gateway.monitoring.batches.verdicts import Failure, failure_of, number_of
from gateway.monitoring.points.point import LivePoint
from gateway.records.transaction import Transaction

KNOWN_IN_TIME = 5 * MINUTE
"""A batch is judged by the minute, and most sensors are read as often: what happened longer ago is known late."""


class BatchAlarms:
    """Keeps the board's alarms of batches as their controls stand. Late readings end no alarm."""

    def __init__(self, board: Board, points: Mapping[str, LivePoint]) -> None:
        self._board = board
        self._points = points

    def update(self, transaction: Transaction, live: LiveBatch, now: int) -> None:
        """Raise, extend and end the batch's alarms by how its controls were just judged."""
        new = [failure for failure in self._failures(transaction, live, now) if self._is_new(live, failure)]
        wrong_probe = self._wrong_probe(live) if new else None
        if wrong_probe is not None:
            self._note(transaction, live, new, now)
            self._recall(transaction, wrong_probe, live.batch.id, now)
            return
        late = sorted((failure for failure in new if _is_late(live, failure, now)), key=lambda failure: failure.since)
        for failure in new:
            if not _is_late(live, failure, now):
                self._raise(transaction, live, [failure], now)
        if late and not self._extend(transaction, live, late, now):
            self._raise(transaction, live, late, now)

    def _failures(self, transaction: Transaction, live: LiveBatch, now: int) -> list[Failure]:
        """The worst failure of each control; a control without one ends its warning."""
        failures = []
        for control in live.batch.controls:
            judged = [one for one in live.judged if one.control is control]
            of_control = [failure for one in judged if (failure := failure_of(one, now)) is not None]
            if of_control:
                failures.append(min(of_control, key=lambda failure: failure.level is not AlarmLevel.CRITICAL))
            elif judged:
                self._end_warning(transaction, live, control, now)
        return failures

    def _end_warning(self, transaction: Transaction, live: LiveBatch, control: str, now: int) -> None:
        """A warning ends when the failure is no longer foreseen, unless late readings or another clock say so."""
        if live.judges_past or live.batch.clock_jump is not None:
            live.alarms.held.add(control)
        if control not in live.alarms.held:
            subject = BatchSubject(live.batch.id, control)
            self._board.return_to_normal(transaction, subject, AlarmLevel.WARNING, at=now)

    def _is_new(self, live: LiveBatch, failure: Failure) -> bool:
        """Whether no alarm says it: none that stands, and after the batch's end none that ever was."""
        if live.batch.closed_at is not None and (failure.control, failure.level) in live.alarms.raised:
            return False
        levels = {AlarmLevel.CRITICAL, failure.level}
        standing = [alarm for alarm in self._board.of_batch(live.batch.id) if alarm.standing]
        return not any(failure.control in _controls(alarm) and alarm.level in levels for alarm in standing)

    def _wrong_probe(self, live: LiveBatch) -> str | None:
        """The probe whose check makes a batch of the past fail; None: the batch runs, or fails for another reason."""
        if live.batch.runs or not live.judges_past:
            return None
        stays = live.batch.stays()
        for stay in stays:
            point = self._points.get(stay.point)
            if point is not None and point.corrections.was_doubted(stay.since, stay.until):
                return stay.point
        return stays[-1].point if live.corrected and stays else None

    def _recall(self, transaction: Transaction, probe: str, batch: str, now: int) -> None:
        """Name the batch in the alarm about the probe."""
        alarm = self._board.of(ProbeSubject(probe), AlarmLevel.BATCHES_FAIL)
        if alarm is None:
            self._board.find(transaction, recall_alarm(probe, batch, at=now))
        elif (longer := with_batch(alarm, batch)) is not None:
            key = f"{KIND_OF_EVENT[AlarmEvent.WORSEN]}:{alarm.id}:{batch}"
            self._board.move(transaction, longer, AlarmEvent.WORSEN, at=now, key=key)

    def _extend(self, transaction: Transaction, live: LiveBatch, late: list[Failure], now: int) -> bool:
        """Name late failures in the batch's alarm of earlier late ones; False if there is none."""
        alarms = [one for one in self._board.of_batch(live.batch.id) if one.late and one.level is AlarmLevel.CRITICAL]
        if not alarms:
            return False
        self._note(transaction, live, late, now)
        self._board.move(transaction, _with_controls(alarms[0], late), AlarmEvent.WORSEN, at=now)
        return True

    def _raise(self, transaction: Transaction, live: LiveBatch, failures: list[Failure], now: int) -> None:
        """Raise one alarm for these failures, of the first; the others are named in it."""
        self._note(transaction, live, failures, now)
        first, *others = failures
        last = None if live.fold is None else live.fold.last
        also = tuple(failure.control for failure in others)
        subject = BatchSubject(live.batch.id, first.control, None if last is None else last.sensor, also)
        late = live.judges_past or any(_is_late(live, failure, now) for failure in failures)
        alarm = batch_alarm(subject, first.level, first.reason, since=first.since, known_at=now, late=late)
        value, limit = number_of(first.judged)
        self._board.raise_(transaction, msgspec.structs.replace(alarm, value=value, limit=limit))
        if live.batch.closed_at is not None:
            ended_at = max(live.batch.closed_at, first.since)
            self._board.return_to_normal(transaction, subject, first.level, at=ended_at)

    def _note(self, transaction: Transaction, live: LiveBatch, failures: list[Failure], now: int) -> None:
        """Remember what is alarmed for, and end the warnings that a failure takes over from."""
        for failure in failures:
            live.alarms.raised.add((failure.control, failure.level))
            if failure.level is AlarmLevel.CRITICAL:
                self._board.supersede(transaction, BatchSubject(live.batch.id, failure.control), at=now)

    def end(self, transaction: Transaction, batch: FoodBatch, *, now: int) -> None:
        """Return all alarms of a closed batch to normal."""
        for alarm in self._board.of_batch(batch.id):
            self._board.return_to_normal(transaction, alarm.subject, alarm.level, at=now)

    def remove(self, transaction: Transaction, batch: FoodBatch, control: str | None = None, *, now: int) -> None:
        """Remove the alarms of a batch that never was, or of a control that it is not judged by."""
        for alarm in self._board.of_batch(batch.id):
            if control is None or alarm.subject.key == BatchSubject(batch.id, control).key:
                self._board.move(transaction, alarm, AlarmEvent.REMOVE, at=now)


def alarmed_by(alarms: Iterable[Alarm]) -> set[tuple[str, str]]:
    """Return control and level of all that a batch's alarms say; a wrong probe is about every control."""
    pairs: set[tuple[str, str]] = set()
    for alarm in alarms:
        if isinstance(alarm.subject, ProbeSubject):
            pairs.update((control, AlarmLevel.CRITICAL) for control in BATCH_KINDS)
        pairs.update((control, alarm.level) for control in _controls(alarm))
    return pairs


def _controls(alarm: Alarm) -> tuple[str, ...]:
    return alarm.subject.controls if isinstance(alarm.subject, BatchSubject) else ()


def _with_controls(alarm: Alarm, failures: list[Failure]) -> Alarm:
    """The alarm with the controls of these failures, in order of time, named in it."""
    subject = alarm.subject
    if isinstance(subject, BatchSubject):
        subject = subject.joined(failure.control for failure in failures)
    return msgspec.structs.replace(alarm, subject=subject, started_at=min(alarm.started_at, failures[0].since))


def _is_late(live: LiveBatch, failure: Failure, now: int) -> bool:
    """Whether nobody could know of the failure in time. A warning is about what is still to come."""
    late = live.judges_past or now - failure.since > KNOWN_IN_TIME
    return late and failure.level is AlarmLevel.CRITICAL
