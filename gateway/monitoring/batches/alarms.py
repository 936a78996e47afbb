"""What somebody must hear of a batch of food: one alarm a control while it happens, one for all that is known late.

Readings that come after an outage prove at once what would have been told over hours. Each batch is one conversation
then: an alarm of the first control that failed, which names the others (`also`). Batches of the past that a probe's
check has judged anew are one conversation about that probe.
"""

from collections.abc import Iterable, Mapping

from gateway.alarms.alarm import RECALLED, Alarm
from gateway.alarms.board import Board
from gateway.alarms.kinds import BatchAlarm
from gateway.config import BatchControl
from gateway.haccp.rules.trace import MINUTE
from gateway.monitoring.batches.batch import FoodBatch
from gateway.monitoring.batches.fold import Judged
from gateway.monitoring.batches.live import LiveBatch
from gateway.monitoring.batches.verdicts import LEVEL_OF, Level, Reason, happened_at, number_of, reason_of
from gateway.monitoring.points.point import LivePoint
from gateway.records.transaction import Transaction

KNOWN_IN_TIME = 5 * MINUTE
"""A batch is judged by the minute, and most sensors are read as often: what happened longer ago is known late."""


class BatchAlarms:
    """Raises and ends the alarms of batches; nothing that was told is withdrawn because of late readings."""

    def __init__(self, board: Board, points: Mapping[str, LivePoint]) -> None:
        self._board = board
        self._points = points

    def draw(self, transaction: Transaction, live: LiveBatch, now: int) -> None:
        """What the batch's controls, as they were just judged, mean for its alarms."""
        told: list[tuple[Reason, Judged]] = []
        for control in live.batch.controls:
            found = [one for one in live.judged if one.control is control]
            reasons = [(reason, one) for one in found if (reason := reason_of(one, now)) is not None]
            if reasons:
                told.append(min(reasons, key=lambda pair: LEVEL_OF[pair[0]] is not Level.CRITICAL))
            elif found:
                self._is_met(transaction, live, f"{live.batch.id}.{control}", now)
        fresh = [pair for pair in told if self._is_news(live, *pair)]
        wrong = self._wrong_probe(live) if fresh else None
        if wrong is not None:
            self._note(transaction, live, fresh, now)
            self._board.find_recalled(transaction, wrong, live.batch.id, at=now)
            return
        late = sorted(
            (pair for pair in fresh if _is_late(live, *pair, now)), key=lambda pair: happened_at(pair[1], now)
        )
        for pair in fresh:
            if pair not in late:
                self._raise(transaction, live, [pair], now)
        if late and not self._join(transaction, live, late, now):
            self._raise(transaction, live, late, now)

    def _wrong_probe(self, live: LiveBatch) -> str | None:
        """The probe by whose check a batch of the past fails now; None: it runs, or it fails for another reason."""
        if live.batch.runs or not live.judges_past:
            return None
        stays = live.batch.stays()
        for stay in stays:
            point = self._points.get(stay.point)
            if point is not None and point.corrections.was_doubted(stay.since, stay.until):
                return stay.point
        return stays[-1].point if live.corrected and stays else None

    def _is_met(self, transaction: Transaction, live: LiveBatch, subject: str, now: int) -> None:
        """A warning is over when it is no longer foreseen, unless late readings or another clock say so."""
        if live.judges_past or live.batch.clock_jump is not None:
            live.held.add(subject)
        if subject not in live.held:
            self._board.return_normal(transaction, subject, Level.WARNING, at=now)

    def _is_news(self, live: LiveBatch, reason: Reason, found: Judged) -> bool:
        level = LEVEL_OF[reason]
        if live.batch.closed_at is not None and (found.control, level) in live.told:
            return False
        told = [alarm for alarm in self._board.of_batch(live.batch.id) if alarm.standing]
        return not any(found.control in alarm.controls and alarm.level in {Level.CRITICAL, level} for alarm in told)

    def _join(self, transaction: Transaction, live: LiveBatch, late: list[tuple[Reason, Judged]], now: int) -> bool:
        """What is known late belongs to what was known late of this batch before, while that is not settled."""
        there = [one for one in self._board.of_batch(live.batch.id) if one.late and one.level == Level.CRITICAL]
        if not there:
            return False
        self._note(transaction, live, late, now)
        controls = [found.control.value for _, found in late]
        since = happened_at(late[0][1], now)
        self._board.worsen_batch(transaction, there[0], controls, since=since, known_at=now)
        return True

    def _raise(self, transaction: Transaction, live: LiveBatch, told: list[tuple[Reason, Judged]], now: int) -> None:
        """One alarm for all of them: the first speaks, the others are named."""
        (reason, first), *others = told
        self._note(transaction, live, told, now)
        value, limit = number_of(first)
        alarm = BatchAlarm(
            batch=live.batch.id,
            control=first.control,
            level=LEVEL_OF[reason],
            reason=reason,
            at=happened_at(first, now),
            point=None if live.fold is None or live.fold.last is None else live.fold.last.sensor,
            value=value,
            limit=limit,
            also=tuple(found.control for _, found in others),
        )
        late = live.judges_past or any(_is_late(live, *pair, now) for pair in told)
        self._board.raise_batch(transaction, alarm, known_at=now, late=late)
        if live.batch.closed_at is not None:
            ended = max(live.batch.closed_at, alarm.at)
            self._board.return_normal(transaction, f"{live.batch.id}.{first.control}", alarm.level, at=ended)

    def _note(self, transaction: Transaction, live: LiveBatch, told: list[tuple[Reason, Judged]], now: int) -> None:
        """What is told once after its end, and the warnings that a failure takes over from."""
        for reason, found in told:
            live.told.add((found.control, LEVEL_OF[reason]))
            if LEVEL_OF[reason] is Level.CRITICAL:
                self._board.supersede(transaction, f"{live.batch.id}.{found.control}", at=now)

    def end(self, transaction: Transaction, batch: FoodBatch, *, now: int) -> None:
        """The batch is closed: what it alarmed for is over, whatever it was."""
        for alarm in self._board.of_batch(batch.id):
            self._board.return_normal(transaction, alarm.subject, alarm.level, at=now)

    def remove(self, transaction: Transaction, batch: FoodBatch, control: str | None = None, *, now: int) -> None:
        """There was no such batch, or the control is not asked of it."""
        for alarm in self._board.of_batch(batch.id):
            if control is None or alarm.control == control:
                self._board.remove(transaction, alarm, at=now)


def told_by(alarms: Iterable[Alarm]) -> set[tuple[str, str]]:
    """Control and level of all that a batch's alarms have told so far; that its probe was wrong is about all."""
    told: set[tuple[str, str]] = set()
    for alarm in alarms:
        if alarm.level == RECALLED:
            told.update((control, Level.CRITICAL) for control in BatchControl)
        told.update((control, alarm.level) for control in alarm.controls)
    return told


def _is_late(live: LiveBatch, reason: Reason, found: Judged, now: int) -> bool:
    """A failure that nobody could know in time; a warning is about what is still to come."""
    late = live.judges_past or now - happened_at(found, now) > KNOWN_IN_TIME
    return late and LEVEL_OF[reason] is Level.CRITICAL
