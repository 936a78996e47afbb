"""The kitchen's probes live: checks that are under way, checks that are due, and what a correction changes."""

from collections.abc import Mapping, Sequence

from drivers.reading import Quantity, Reason
from gateway.alarms.board import Board
from gateway.alarms.conditions import past_system_alarm
from gateway.alarms.kinds import SystemKind
from gateway.config import Config
from gateway.monitoring.batches.batches import FoodBatches
from gateway.monitoring.changes import Changes
from gateway.monitoring.control_points.control_points import ControlPoints
from gateway.monitoring.points.point import LivePoint
from gateway.monitoring.probes.baths import Checks
from gateway.monitoring.probes.calibration import correction_event, recalibrated
from gateway.monitoring.probes.check_notices import CheckWatch
from gateway.monitoring.probes.swapped import SwapWatch
from gateway.records.corrections import Correction
from gateway.records.transaction import Transaction


class Probes:
    """The probes of one kitchen. `checks`: those under way; `due`: when the next ones are."""

    def __init__(
        self,
        config: Config,
        points: Mapping[str, LivePoint],
        *,
        board: Board,
        control_points: ControlPoints,
        batches: FoodBatches,
        changes: Changes,
    ) -> None:
        self.checks = Checks()
        self.due = CheckWatch(config, points.values(), board)
        self._swaps = SwapWatch()
        self._points = points
        self._board = board
        self._control_points = control_points
        self._batches = batches
        self._changes = changes

    def correct(
        self, transaction: Transaction, point: LivePoint, new: Sequence[Correction], *, key: str, who: str | None = None
    ) -> None:
        """Correct a point's readings, past ones too: they are judged anew, and deliveries send them again.

        Args:
            transaction: takes the events.
            point: whose readings.
            new: the corrections, in their order.
            key: names the cause, so that it cannot be recorded twice.
            who: the person, if one did it.
        """
        before, latest = point.corrections, point.latest
        for correction in new:
            point.corrections = point.corrections.with_(correction)
            transaction.events.append(correction_event(point.id, correction, key=key, who=who))
        after = point.corrections
        self._changes.probes[point.id] = point
        self._batches.refolds.recalibrate(point)
        if latest is not None:
            point.latest = recalibrated(latest, before, after)
            self._changes.points[point.id] = point
        since = min((correction.since for correction in new), default=0)
        if (before.steps, before.doubts) == (after.steps, after.doubts) or since > point.newest_at:
            return
        self._changes.correct(point.id, since)
        for control in point.guards if before.steps != after.steps else ():
            control.tail = []
            self._control_points.ask_refold(transaction, control, since)
        self._batches.refolds.ask_corrected(transaction, point.id, since)

    def tick(self, transaction: Transaction, now: int) -> None:
        """Ask for checks that became due, end those that were left, and suspect swapped probes."""
        self._suspect_swaps(transaction, now)
        for point in (*self.checks.points, *self.checks.forget(now)):
            self._changes.probes[point] = self._points[point]
        for probe, due in self.due.tick(now):
            self.correct(transaction, probe, [due], key=f"calibration:{probe.id}:{due.since}")
        self.due.update_notices(transaction, now)

    def _suspect_swaps(self, transaction: Transaction, now: int) -> None:
        values = {
            point.id: point.latest.value
            for point in self._points.values()
            if point.quantity is Quantity.TEMPERATURE and not point.stale
            if point.latest is not None and point.latest.value is not None and point.latest.reason != Reason.IN_CHECK
        }
        for swap in self._swaps.note(values, now):
            reason = f"{swap.one} {swap.other}"
            alarm = past_system_alarm(SystemKind.SENSORS_SWAPPED, since=swap.since, until=now, reason=reason)
            self._board.find(transaction, alarm)
