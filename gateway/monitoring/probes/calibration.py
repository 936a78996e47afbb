"""A probe checked in ice, and in boiling water if wished: its readings are listened to, and what they mean is drawn up.

Raw readings are what a check judges, so that the offset that it finds is the whole one. Times are given.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import msgspec

from drivers.reading import Quality, Reason, exact
from gateway.haccp.models.calibration import STORE_FROM, CheckCourse, CheckOutcome, ProbeCheck, QuarantineCause, course
from gateway.haccp.rules.trace import MINUTE
from gateway.journal.history.corrections import SUBJECT
from gateway.monitoring.points.point import Latest, LivePoint
from gateway.records.corrections import ALWAYS, Correction, Corrections, Kind
from gateway.records.transaction import Event

FEWEST = 3
"""Readings from which a spread can be told."""
DIGITS = 3
"""Decimals of an offset: more than any probe has."""
LONGEST_CHECK = 10 * MINUTE
"""A check is over so long after its last start, whoever was called away: the probe guards its place again."""
WAY_BACK = 5 * MINUTE
"""From a bath to its place, and until the probe has its temperature."""


class Bath(StrEnum):
    """What the probe stands in."""

    ICE = "ice"
    BOILING = "boiling"


@dataclass(slots=True, eq=False)
class BathLog:
    """Listens to a probe in a bath until it has heard a steady minute; keeps the newest one, without the offset.

    `until`: when it had, or the next bath began. What the probe says on its way there belongs to no bath.
    """

    since: int
    until: int | None = None
    readings: deque[tuple[int, float]] = field(default_factory=deque)

    def hear(self, at: int, value: float) -> None:
        """The next reading, as the device says it."""
        if self.until is not None or at < self.since:
            return
        if self.is_done(at) and (heard := self.course) is not None and heard.steady:
            self.until = at
            return
        self.readings.append((at, value))
        while self.readings[0][0] < at - MINUTE:
            self.readings.popleft()

    def is_done(self, now: int) -> bool:
        """Whether it has listened for a minute and heard enough."""
        heard = (now if self.until is None else self.until) - self.since
        return heard >= MINUTE and len(self.readings) >= FEWEST

    @property
    def course(self) -> CheckCourse | None:
        """How steady it is so far."""
        return course(self.values())

    def values(self) -> list[float]:
        return [value for _, value in self.readings]


class Checks:
    """What is heard in the checks that people have begun. A restart forgets it: the check is begun anew.

    Which readings are of a check is in the journal, and outlives it (Corrections.is_in_check).
    """

    def __init__(self) -> None:
        self._logs: dict[tuple[str, Bath], BathLog] = {}

    def begin(self, point: str, bath: Bath, now: int) -> None:
        """Listen to a point from now on; a log of the same bath begins anew, that of another one is complete."""
        for other in self.of(point).values():
            other.until = now if other.until is None else other.until
        self._logs[point, bath] = BathLog(now)

    def hear(self, point: LivePoint, at: int, value: float) -> None:
        """A reading of a check, with the offset in force."""
        for log in self.of(point.id).values():
            log.hear(at, raw_of(value, point.corrections, at))

    def log(self, point: str, bath: Bath) -> BathLog | None:
        return self._logs.get((point, bath))

    def of(self, point: str) -> dict[Bath, BathLog]:
        """The baths of a point's check, in their order; none while none is under way."""
        return {bath: found for bath in Bath if (found := self._logs.get((point, bath))) is not None}

    @property
    def points(self) -> set[str]:
        """Those of which a check is under way."""
        return {point for point, _ in self._logs}

    def forget(self, now: int) -> list[str]:
        """End the checks that somebody began and left; returns their points."""
        newest = {point: max(log.since for log in self.of(point).values()) for point in self.points}
        left = [point for point, since in newest.items() if now - since >= LONGEST_CHECK]
        for point in left:
            self.end(point)
        return left

    def end(self, point: str) -> None:
        """The check of a point is over."""
        for bath in Bath:
            self._logs.pop((point, bath), None)


def raw_of(value: float, corrections: Corrections, at: int) -> float:
    """What the device said, of a value with its offset."""
    offset = corrections.offset(at)
    return float(exact(value) - exact(offset)) if offset else value


def recalibrated(latest: Latest, before: Corrections, after: Corrections) -> Latest:
    """A reading as later corrections have it."""
    at, quality, reason = latest.measured_at, latest.quality, latest.reason
    value = None if latest.value is None else after.value(raw_of(latest.value, before, at), at)
    ours = before.is_doubted(at) if reason == Reason.CALIBRATION else reason == Reason.CALIBRATION_OVERDUE
    if ours:
        quality, reason = Quality.GOOD, None
    quality, reason = after.quality(quality, reason, at)
    return msgspec.structs.replace(latest, value=value, quality=quality, reason=reason)


def begun(now: int) -> Correction:
    """The probe leaves its place: for so long, at most, it says nothing of what it guards."""
    return Correction(Kind.BEGUN, now, until=now + LONGEST_CHECK)


def over(corrections: Corrections, now: int) -> Sequence[Correction]:
    """The check is done, or left: the probe is on its way back; nothing where none was under way."""
    return [Correction(Kind.OVER, now, until=now + WAY_BACK)] if corrections.is_in_check(now) else []


def correction_event(point: str, found: Correction, *, key: str, who: str | None) -> Event:
    """The event by which the journal knows a correction; `key` of what led to it."""
    return Event(
        key=f"{key}:{found.kind}",
        kind=found.kind.value,
        subject=f"{SUBJECT}{point}",
        at=found.since,
        person=who,
        body=msgspec.to_builtins(found),
    )


def says_nothing(check: ProbeCheck) -> bool:
    """An unsteady bath tells nothing of the probe: stir, wait, repeat."""
    return QuarantineCause.UNSTEADY in check.causes


def drawn(
    check: ProbeCheck, corrections: Corrections, *, at: int, since: int, uncertainty: float | None = None
) -> Sequence[Correction]:
    """What a check changes. `since`: from when on an offset within the limits holds; `uncertainty`: U, as certified.

    A probe that is set aside is doubted back to its last good check, and its readings since then get the found offset.
    """
    found = round(check.offset, DIGITS)
    if says_nothing(check):
        return []
    if check.outcome is CheckOutcome.QUARANTINE:
        since = ALWAYS if corrections.trusted_at is None else corrections.trusted_at
        doubt = Correction(Kind.DOUBT, since)
        return [Correction(Kind.OFFSET, since, found), doubt] if abs(found) >= STORE_FROM else [doubt]
    in_force = corrections.offset(at)
    if check.outcome is CheckOutcome.ACCEPTED:
        # Within the tolerance an offset stays where it helps, and goes where it would make things worse.
        found = in_force if abs(in_force - check.offset) <= abs(check.offset) else 0.0
    if uncertainty is None:
        uncertainty = round(check.uncertainty(found), DIGITS)
    trust = Correction(Kind.TRUST, at, uncertainty=uncertainty)
    return [trust] if found == in_force and since == at else [Correction(Kind.OFFSET, since, found), trust]


def drawn_of_boiling(
    check: ProbeCheck, corrections: Corrections, *, at: int, uncertainty: float | None = None
) -> Sequence[Correction]:
    """What a check in boiling water alone changes: it trusts or doubts, and finds no offset.

    How uncertain the probe is it cannot tell: the water is less certain than most probes.
    """
    if says_nothing(check):
        return []
    if check.outcome is CheckOutcome.QUARANTINE:
        return [Correction(Kind.DOUBT, ALWAYS if corrections.trusted_at is None else corrections.trusted_at)]
    return [Correction(Kind.TRUST, at, uncertainty=uncertainty)]
