"""The standing control points of the plan: readings are folded into their limits and drawn as alarms, late ones anew.

All limits on one side of a control point are one conversation: a food that is too warm is one alarm.
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
from gateway.monitoring.control_points.dew_point import DewWatch
from gateway.monitoring.control_points.refold import Refolded
from gateway.monitoring.points.point import LiveControl, LivePoint
from gateway.records.transaction import Fold, Transaction

CHECKPOINT_EVERY = 60_000_000
"""Microseconds of readings that a start folds again at most; a change of a fold is saved with what it drew."""


class ControlPoints:
    """All control points of one kitchen; no I/O and no clock."""

    def __init__(self, board: Board, points: Mapping[str, LivePoint]) -> None:
        self.by_id = {control.id: control for point in points.values() for control in point.guards}
        self._board = board
        self._points = points
        self.pairs = [
            DewWatch(self, control, control.humidity.plan.max_gap)
            for control in self.by_id.values()
            if control.humidity is not None
        ]
        for pair in self.pairs:
            points[pair.control.plan.point].listeners.append(pair)
            points[str(pair.control.plan.humidity)].listeners.append(pair)

    def point_of(self, control: LiveControl) -> LivePoint:
        return self._points[control.plan.point]

    def judge(self, transaction: Transaction, control: LiveControl, at: int, value: float, now: int) -> None:
        if control.tail is not None:
            control.tail.append((at, value))
        state = control.state
        if control.product is not None and state is not None:
            value = control.product.step(state.value, value, at - state.at)
        control.state, changes = holding.fold(control.rule, state, at, value)
        for change in changes:
            self._draw(transaction, control, change, now)
        if changes or at - control.saved_at >= CHECKPOINT_EVERY:
            self.save(transaction, control)

    def _draw(self, transaction: Transaction, control: LiveControl, change: Raised | Returned, now: int) -> None:
        match change:
            case Raised() if self._is_told(control, change.level):
                pass
            case Raised():
                self._raise(transaction, control, change, now)
            case Returned():
                subject, level = subject_of(control), AlarmLevel(change.level)
                self._board.return_to_normal(transaction, subject, level, at=change.at, worst=change.worst)
                if level is AlarmLevel.CRITICAL:
                    self._tell_again(transaction, control, change.at, now)

    def _raise(self, transaction: Transaction, control: LiveControl, change: Raised, now: int) -> None:
        if change.level == "critical":
            self._board.supersede(transaction, subject_of(control), at=change.at)
        deviation = as_deviation(control.rule, change, control=control.id, point=control.plan.point)
        self._board.raise_(transaction, limit_alarm(deviation, known_at=now))

    def _one_conversation(self, control: LiveControl) -> list[LiveControl]:
        """The limits on one side of a control point: a food that is too warm is one alarm, however many it passes."""
        side = control.rule.side
        return [one for one in self.point_of(control).guards if one.plan is control.plan and one.rule.side is side]

    def _is_told(self, control: LiveControl, level: str) -> bool:
        """A critical alarm of the same conversation stands already."""
        told = self._one_conversation(control)
        return any(
            self._board.is_standing(subject_of(one), AlarmLevel.CRITICAL)
            for one in told
            if level == "warning" or one is not control
        )

    def _tell_again(self, transaction: Transaction, control: LiveControl, at: int, now: int) -> None:
        """Back within a critical limit, but not within the nearer one, or not within the warning limit."""
        for level in ("critical", "warning"):
            for one in self._one_conversation(control):
                course = None if one.state is None else one.state.courses.get(level)
                if one.state is None or course is None or not course.raised or self._is_told(one, level):
                    continue
                limit = next(limit for limit in one.rule.limits if limit.level == level)
                raised_at = max(at, course.started_at + limit.on_delay)  # it may have begun after the return
                self._raise(
                    transaction, one, Raised(level, course.started_at, raised_at, one.state.value, limit.value), now
                )

    def save(self, transaction: Transaction, control: LiveControl) -> None:
        """Have the journal keep where a control stands."""
        if control.state is not None:
            control.saved_at = control.state.at
            text = holding.to_json(control.state)
            transaction.folds[control.id] = Fold(control.id, control.version, control.state.at, text)

    def ask_refold(self, transaction: Transaction, control: LiveControl, since: int) -> None:
        """Have a control folded anew from before `since`; the journal remembers it until that is done."""
        control.refolds_asked += 1
        if control.tail is None:
            control.tail = []
        control.refold_since = since if control.refold_since is None else min(since, control.refold_since)
        transaction.refold_due[control.id] = control.refold_since

    def fold_again(
        self, transaction: Transaction, control: LiveControl, readings: Iterable[tuple[int, float]], now: int
    ) -> None:
        """Fold what the journal has since the control's saved state."""
        for at, value in readings:
            self.judge(transaction, control, at, value, now)

    def take_refolded(self, transaction: Transaction, result: Refolded, known: Iterable[Alarm], now: int) -> None:
        """Draw what late readings show; `known`: the control's alarms of that time. Nothing told is withdrawn."""
        control = self.by_id.get(result.control)
        if control is None or control.version != result.version:
            return
        then = list(known)
        for deviation in _without_lesser(result.deviations):
            self._find(transaction, control, deviation, then, now)
        if control.refolds_asked == result.asked:
            control.refold_since = None
            transaction.refold_done.append(control.id)
            self._go_on_from(transaction, control, result.state, now)

    def _find(
        self, transaction: Transaction, control: LiveControl, deviation: Deviation, then: list[Alarm], now: int
    ) -> None:
        """One excursion is told once, however late and however many limits it passed: the critical alarm says it."""
        alarm = self._alarm_of(deviation, then)
        if alarm is None:
            beside = self._alarms_beside(control, deviation)
            if any(other.level is AlarmLevel.CRITICAL for other in beside):
                return
            for other in beside if deviation.level == "critical" else []:
                self._board.supersede(transaction, other.subject, at=deviation.raised_at)
            fresh = limit_alarm(deviation, known_at=now)
            if deviation.returned_at is None:
                self._board.raise_(transaction, fresh)
            else:
                self._board.find(transaction, fresh)
        elif (worse := worse_alarm(alarm, deviation)) is not None:
            self._board.move(transaction, worse, AlarmEvent.WORSEN, at=now)

    def _alarms_beside(self, control: LiveControl, deviation: Deviation) -> list[Alarm]:
        """Alarms of the same conversation and time, of its other limits."""
        alarms = (
            self._board.of(subject_of(one), level)
            for one in self._one_conversation(control)
            if one is not control
            for level in (AlarmLevel.CRITICAL, AlarmLevel.WARNING)
        )
        return [alarm for alarm in alarms if alarm is not None and _is_of(deviation, alarm)]

    def _alarm_of(self, deviation: Deviation, then: list[Alarm]) -> Alarm | None:
        live = self._board.of(ControlSubject(deviation.control, deviation.point), AlarmLevel(deviation.level))
        known = then if live is None else [live, *then]
        return next((one for one in known if one.level == deviation.level and _is_of(deviation, one)), None)

    def _go_on_from(
        self, transaction: Transaction, control: LiveControl, state: holding.State | None, now: int
    ) -> None:
        live, tail = control.state, control.tail or []
        control.tail = None
        if state is None:
            return
        standing = {} if live is None else {level: c for level, c in live.courses.items() if c.raised}
        control.state = holding.State(state.at, state.value, state.courses | standing)
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
    """Deviations without the warnings that a critical one of the same time stands for."""
    critical = [deviation for deviation in found if deviation.level == "critical"]
    return [
        one
        for one in found
        if one.level == "critical" or not any(one.overlaps(other.started_at, other.returned_at) for other in critical)
    ]
