"""Find the probes whose check is due, and keep one notice that names all of them.

A notice is an alarm that can wait. While nobody has acknowledged it, probes that become due join it. After that it asks
again: for other probes after a day, for the same after a week. It ends when no probe is due.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import msgspec

from drivers.reading import Quantity
from gateway.alarms.alarm import Alarm, AlarmEvent, AlarmState
from gateway.alarms.board import Board
from gateway.alarms.conditions import system_alarm
from gateway.alarms.kinds import SystemKind
from gateway.alarms.subjects import SYSTEM
from gateway.config import Config, Point
from gateway.haccp.rules.trace import MINUTE
from gateway.monitoring.points.point import NEVER, LivePoint
from gateway.monitoring.probes.check_due import SWING_MINUTES, DueCause, Swings, due_at
from gateway.records.corrections import Correction, Kind
from gateway.records.transaction import Transaction

LOOK_EVERY = MINUTE
QUIET = SWING_MINUTES * MINUTE
"""After a check a probe comes from ice or boiling water: that swing makes no check due."""
DAY = 24 * 60 * MINUTE
WEEK = 7 * DAY


class CheckWatch:
    """Looks at all probes once a minute."""

    def __init__(self, config: Config, points: Iterable[LivePoint], board: Board) -> None:
        self._calibration = config.calibration
        self._zone = config.kitchen.timezone
        self._points = [point for point in points if point.quantity is Quantity.TEMPERATURE]
        self._swings = {point.id: Swings() for point in self._points}
        self._board = board
        self._looked_at: int | None = None

    def due_at(self, point: LivePoint) -> int | None:
        """Return from when on a check of a probe is due; None if it never is."""
        every = self._every(point.plan)
        return due_at(point.corrections, None if point.first_at == NEVER else point.first_at, every)

    def certified_until(self, plan: Point) -> int | None:
        """Return when the certificate of a point ends: at the beginning of a day of the kitchen. None without one."""
        if plan.certified is None:
            return None
        return _midnight(plan.certified, self._zone) + self._calibration.certificate_every

    def tick(self, now: int) -> Iterator[tuple[LivePoint, Correction]]:
        """Return the checks that became due since the last look."""
        if self._looked_at is not None and 0 <= now - self._looked_at < LOOK_EVERY:
            return
        self._looked_at = now
        for point in self._points:
            if point.first_at == NEVER:
                point.first_at = point.newest_at
            swung = self._has_swung(point, now)
            since = self.due_at(point)
            # A check is due from this look on: readings that were judged before keep their quality.
            if since is None or point.corrections.is_doubted(now) or point.corrections.overdue_since is not None:
                continue
            asked = point.corrections.asked_at
            if since <= now:
                yield point, Correction(Kind.DUE, now, cause=DueCause.TIME)
            elif swung and (asked is None or now - asked >= self._every(point.plan)):
                yield point, Correction(Kind.DUE, now, cause=DueCause.SWING)

    def update_notices(self, transaction: Transaction, now: int) -> None:
        """Raise, amend and end the notices."""
        if self._looked_at != now:
            return
        overdue = {
            point.id: since
            for point in self._points
            if (since := point.corrections.overdue_since) is not None and not point.corrections.is_doubted(now)
        }
        self._notice(transaction, SystemKind.CHECKS_DUE, overdue, now)
        lapsed = {
            point.id: until
            for point in self._points
            if (until := self.certified_until(point.plan)) is not None and until <= now
        }
        self._notice(transaction, SystemKind.CERTIFICATES_DUE, lapsed, now)

    def _every(self, plan: Point) -> int:
        return self._calibration.check_every if plan.check_every is None else plan.check_every

    def _has_swung(self, point: LivePoint, now: int) -> bool:
        low, high = point.take_extremes()
        swings, checked = self._swings[point.id], point.corrections.trusted_at
        if checked is not None and now - checked < QUIET:
            swings.clear()
            return False
        return low <= high and swings.note(low, high)

    def _notice(self, transaction: Transaction, kind: SystemKind, due: Mapping[str, int], now: int) -> None:
        """Raise, amend or end the notice of this kind. `due`: since when, by point."""
        alarm = self._board.of(SYSTEM, kind)
        if alarm is None or not alarm.standing:
            if due:
                fresh = system_alarm(kind, since=min(due.values()), known_at=now, reason=" ".join(due))
                self._board.raise_(transaction, fresh)
        elif not due:
            self._board.return_to_normal(transaction, SYSTEM, kind, at=now)
        elif (notice := _renamed(alarm, due, now)) is not None:
            self._board.move(transaction, *notice, at=now)


def _renamed(alarm: Alarm, due: Collection[str], now: int) -> tuple[Alarm, AlarmEvent] | None:
    """The notice with the points that are due now, and whether it asks again; None if it stays as it is."""
    named = (alarm.reason or "").split()
    new = [point for point in due if point not in named]
    waited = now - alarm.known_at
    asks_again = alarm.state is AlarmState.ACKNOWLEDGED and (waited >= WEEK or (bool(new) and waited >= DAY))
    if asks_again or alarm.state is AlarmState.UNACKNOWLEDGED:
        named += new
    reason = " ".join(point for point in named if point in due) or " ".join(due)
    if not asks_again and reason == alarm.reason:
        return None
    event = AlarmEvent.WORSEN if asks_again else AlarmEvent.AMEND
    return msgspec.structs.replace(alarm, reason=reason), event


def _midnight(day: date, zone: ZoneInfo) -> int:
    return round(datetime.combine(day, time(), zone).timestamp() * 1_000_000)
