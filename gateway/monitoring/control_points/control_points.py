"""Judge the readings of control points by their limits, and raise or end the alarms of what does not meet them.

The limits on one side of a control point share an alarm: food that is too warm is one alarm, however many limits it
passes.
"""

from collections.abc import Iterable, Mapping

from gateway.alarms.alarm import Alarm, AlarmEvent
from gateway.alarms.board import Board
from gateway.alarms.conditions import limit_alarm, worse_alarm
from gateway.alarms.kinds import AlarmLevel
from gateway.alarms.subjects import ControlSubject
from gateway.haccp.rules import holding
from gateway.haccp.rules.deviation import Deviation, as_deviation
from gateway.haccp.rules.holding import Raised, Returned
from gateway.monitoring.control_points.dew_point import DewPointPairs
from gateway.monitoring.control_points.refold import Refolded
from gateway.monitoring.points.point import LiveControl, LivePoint
from gateway.records.transaction import Fold, Transaction

CHECKPOINT_EVERY = 60_000_000
"""Microseconds of readings that a start judges again at most. What raised or ended an alarm is saved at once."""


class ControlPoints:
    """All control points of one kitchen. No I/O and no clock."""

    def __init__(self, board: Board, points: Mapping[str, LivePoint]) -> None:
        self.by_id = {control.id: control for point in points.values() for control in point.guards}
        self._board = board
        self._points = points
        self.pairs = [
            DewPointPairs(self, control, control.humidity.plan.max_gap)
            for control in self.by_id.values()
            if control.humidity is not None
        ]
        for pair in self.pairs:
            points[pair.control.plan.point].listeners.append(pair)
            points[str(pair.control.plan.humidity)].listeners.append(pair)

    def point_of(self, control: LiveControl) -> LivePoint:
        """Return the point that a control guards."""
        return self._points[control.plan.point]

    # Readings in time

    def judge(self, transaction: Transaction, control: LiveControl, at: int, value: float, now: int) -> None:
        """Judge a control's next reading, and raise or end its alarms."""
        if control.tail is not None:
            control.tail.append((at, value))
        state = control.state
        if control.product is not None and state is not None:
            value = control.product.step(state.value, value, at - state.at)
        control.state, changes = holding.fold(control.rule, state, at, value)
        for change in changes:
            self._apply(transaction, control, change, now)
        if changes or at - control.saved_at >= CHECKPOINT_EVERY:
            self.save(transaction, control)

    def _apply(self, transaction: Transaction, control: LiveControl, change: Raised | Returned, now: int) -> None:
        match change:
            case Raised() if self._is_covered(control, change.level):
                pass
            case Raised():
                self._raise(transaction, control, change, now)
            case Returned():
                subject, level = subject_of(control), AlarmLevel(change.level)
                self._board.return_to_normal(transaction, subject, level, at=change.at, worst=change.worst)
                if level is AlarmLevel.CRITICAL:
                    self._raise_what_was_covered(transaction, control, change.at, now)

    def _raise(self, transaction: Transaction, control: LiveControl, change: Raised, now: int) -> None:
        if change.level == AlarmLevel.CRITICAL:
            self._board.supersede(transaction, subject_of(control), at=change.at)
        deviation = as_deviation(control.rule, change, control=control.id, point=control.plan.point)
        self._board.raise_(transaction, limit_alarm(deviation, known_at=now))

    def _same_side(self, control: LiveControl) -> list[LiveControl]:
        """All limits on the same side of the control point: they share an alarm."""
        side = control.rule.side
        return [
            other for other in self.point_of(control).guards if other.plan is control.plan and other.rule.side is side
        ]

    def _is_covered(self, control: LiveControl, level: str) -> bool:
        """Whether a critical alarm of the same side says it already."""
        return any(
            self._board.is_standing(subject_of(other), AlarmLevel.CRITICAL)
            for other in self._same_side(control)
            if level == AlarmLevel.WARNING or other is not control
        )

    def _raise_what_was_covered(self, transaction: Transaction, control: LiveControl, at: int, now: int) -> None:
        """The value is back within one critical limit, but perhaps not within a nearer one, or a warning limit."""
        for level in (AlarmLevel.CRITICAL, AlarmLevel.WARNING):
            for other in self._same_side(control):
                course = None if other.state is None else other.state.courses.get(level)
                if other.state is None or course is None or not course.raised or self._is_covered(other, level):
                    continue
                limit = next(limit for limit in other.rule.limits if limit.level == level)
                raised_at = max(at, course.started_at + limit.on_delay)  # it may have begun after the return
                change = Raised(limit.level, course.started_at, raised_at, other.state.value, limit.value)
                self._raise(transaction, other, change, now)

    def save(self, transaction: Transaction, control: LiveControl) -> None:
        """Record the state of a control's rule."""
        if control.state is not None:
            control.saved_at = control.state.at
            text = holding.to_json(control.state)
            transaction.folds[control.id] = Fold(control.id, control.version, control.state.at, text)

    # Readings that come late

    def ask_refold(self, transaction: Transaction, control: LiveControl, since: int) -> None:
        """Have a control judged again from before `since`; the journal remembers it until that is done."""
        control.refolds_asked += 1
        if control.tail is None:
            control.tail = []
        control.refold_since = since if control.refold_since is None else min(since, control.refold_since)
        transaction.refold_due[control.id] = control.refold_since

    def fold_again(
        self, transaction: Transaction, control: LiveControl, readings: Iterable[tuple[int, float]], now: int
    ) -> None:
        """Judge what the journal has since the control's saved state."""
        for at, value in readings:
            self.judge(transaction, control, at, value, now)

    def take_refolded(self, transaction: Transaction, result: Refolded, known: Iterable[Alarm], now: int) -> None:
        """Raise what late readings show; no alarm is withdrawn by them. `known`: the control's alarms of that time."""
        control = self.by_id.get(result.control)
        if control is None or control.version != result.version:
            return
        alarms = list(known)
        for deviation in _without_lesser(result.deviations):
            self._find(transaction, control, deviation, alarms, now)
        if control.refolds_asked == result.asked:
            control.refold_since = None
            transaction.refold_done.append(control.id)
            self._go_on_from(transaction, control, result.state, now)

    def _find(
        self, transaction: Transaction, control: LiveControl, deviation: Deviation, known: list[Alarm], now: int
    ) -> None:
        """Raise a deviation once, however late it comes and however many limits it passes."""
        alarm = self._alarm_of(deviation, known)
        if alarm is not None:
            if (worse := worse_alarm(alarm, deviation)) is not None:
                self._board.move(transaction, worse, AlarmEvent.WORSEN, at=now)
            return
        others = self._other_alarms(control, deviation)
        if any(other.level is AlarmLevel.CRITICAL for other in others):
            return
        if deviation.level == AlarmLevel.CRITICAL:
            for other in others:
                self._board.supersede(transaction, other.subject, at=deviation.raised_at)
        fresh = limit_alarm(deviation, known_at=now)
        if deviation.returned_at is None:
            self._board.raise_(transaction, fresh)
        else:
            self._board.find(transaction, fresh)

    def _other_alarms(self, control: LiveControl, deviation: Deviation) -> list[Alarm]:
        """Alarms of the other limits on the same side, at the same time."""
        alarms = (
            self._board.of(subject_of(other), level)
            for other in self._same_side(control)
            if other is not control
            for level in (AlarmLevel.CRITICAL, AlarmLevel.WARNING)
        )
        return [alarm for alarm in alarms if alarm is not None and _is_of(deviation, alarm)]

    def _alarm_of(self, deviation: Deviation, known: list[Alarm]) -> Alarm | None:
        active = self._board.of(ControlSubject(deviation.control, deviation.point), AlarmLevel(deviation.level))
        alarms = known if active is None else [active, *known]
        return next((one for one in alarms if one.level == deviation.level and _is_of(deviation, one)), None)

    def _go_on_from(
        self, transaction: Transaction, control: LiveControl, state: holding.HoldingState | None, now: int
    ) -> None:
        """Take over the state of the refold, and judge what came meanwhile."""
        before, tail = control.state, control.tail or []
        control.tail = None
        if state is None:
            return
        raised = {} if before is None else {level: c for level, c in before.courses.items() if c.raised}
        control.state = holding.HoldingState(state.at, state.value, state.courses | raised)
        for at, value in tail:
            if at > state.at:
                self.judge(transaction, control, at, value, now)
        self.save(transaction, control)


def subject_of(control: LiveControl) -> ControlSubject:
    """Return what an alarm of this control is about."""
    return ControlSubject(control.id, control.plan.point)


def _is_of(deviation: Deviation, alarm: Alarm) -> bool:
    """Whether they share a moment."""
    return deviation.overlaps(alarm.started_at, None if alarm.standing else alarm.returned_at)


def _without_lesser(found: list[Deviation]) -> list[Deviation]:
    """The deviations without the warnings that a critical one of the same time stands for."""
    critical = [one for one in found if one.level == AlarmLevel.CRITICAL]
    return [
        one
        for one in found
        if one.level == AlarmLevel.CRITICAL
        or not any(one.overlaps(other.started_at, other.returned_at) for other in critical)
    ]
