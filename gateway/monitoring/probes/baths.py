"""Listen to a probe in ice or in boiling water, until it has been steady for a minute."""

from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum

from gateway.haccp.models.calibration import CheckCourse, course
from gateway.haccp.rules.trace import MINUTE
from gateway.monitoring.points.point import LivePoint
from gateway.monitoring.probes.calibration import LONGEST_CHECK, raw_of

FEWEST = 3
"""Readings from which a spread can be told."""


class Bath(StrEnum):
    """What the probe stands in."""

    ICE = "ice"
    BOILING = "boiling"


@dataclass(slots=True, eq=False)
class BathLog:
    """The readings of a probe in a bath, without its offset: those of the newest minute, until one was steady.

    Attributes:
        since: when the bath began. What the probe reads on its way there belongs to no bath.
        until: when a minute had been steady, or the next bath began.
        readings: (UTC microseconds, Cel).
    """

    since: int
    until: int | None = None
    readings: deque[tuple[int, float]] = field(default_factory=deque)

    def take(self, at: int, value: float) -> None:
        """Take the next reading, as the device sent it."""
        if self.until is not None or at < self.since:
            return
        if self.is_done(at) and (minute := self.course) is not None and minute.steady:
            self.until = at
            return
        self.readings.append((at, value))
        while self.readings[0][0] < at - MINUTE:
            self.readings.popleft()

    def is_done(self, now: int) -> bool:
        """Whether it has listened for a minute and has enough readings."""
        listened = (now if self.until is None else self.until) - self.since
        return listened >= MINUTE and len(self.readings) >= FEWEST

    @property
    def course(self) -> CheckCourse | None:
        """How steady the readings are."""
        return course(self.values())

    def values(self) -> list[float]:
        """Return the values of the readings."""
        return [value for _, value in self.readings]


class Checks:
    """The baths of the checks that are under way. A restart forgets them: the check has to begin again.

    Which readings belong to a check is in the journal, and outlives a restart (Corrections.is_in_check).
    """

    def __init__(self) -> None:
        self._logs: dict[tuple[str, Bath], BathLog] = {}

    def begin(self, point: str, bath: Bath, now: int) -> None:
        """Begin a bath of a point's check; a log of the same bath begins again, that of another one is complete."""
        for other in self.of(point).values():
            other.until = now if other.until is None else other.until
        self._logs[point, bath] = BathLog(now)

    def take_reading(self, point: LivePoint, at: int, value: float) -> None:
        """Take a reading of a check, with the offset in force."""
        for log in self.of(point.id).values():
            log.take(at, raw_of(value, point.corrections, at))

    def log(self, point: str, bath: Bath) -> BathLog | None:
        """Return the log of a bath; None if it has not begun."""
        return self._logs.get((point, bath))

    def of(self, point: str) -> dict[Bath, BathLog]:
        """Return the baths of a point's check in their order; none while no check is under way."""
        return {bath: log for bath in Bath if (log := self._logs.get((point, bath))) is not None}

    @property
    def points(self) -> set[str]:
        """The points whose check is under way."""
        return {point for point, _ in self._logs}

    def forget(self, now: int) -> list[str]:
        """End the checks that somebody began and left, and return their points."""
        newest = {point: max(log.since for log in self.of(point).values()) for point in self.points}
        left = [point for point, since in newest.items() if now - since >= LONGEST_CHECK]
        for point in left:
            self.end(point)
        return left

    def end(self, point: str) -> None:
        """End the check of a point."""
        for bath in Bath:
            self._logs.pop((point, bath), None)
