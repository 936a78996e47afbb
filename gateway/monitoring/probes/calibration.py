"""Decide what a check of a probe changes: its offset, and whether its readings are trusted or doubted (pure).

A check judges the readings as the device sent them, so that the offset which it finds is the whole one.
"""

from collections.abc import Sequence

import msgspec

from drivers.reading import Quality, Reason, exact
from gateway.haccp.models.calibration import STORE_FROM, CheckOutcome, ProbeCheck, QuarantineCause
from gateway.haccp.rules.trace import MINUTE
from gateway.journal.history.corrections import SUBJECT
from gateway.monitoring.points.point import Latest
from gateway.records.corrections import ALWAYS, Correction, Corrections, Kind
from gateway.records.transaction import Event

DIGITS = 3
"""Decimals of an offset: more than any probe has."""
LONGEST_CHECK = 10 * MINUTE
"""A check ends so long after its last bath began, whoever was called away: the probe guards its place again."""
WAY_BACK = 5 * MINUTE
"""From a bath to its place, and until the probe has its temperature."""


def raw_of(value: float, corrections: Corrections, at: int) -> float:
    """Return what the device sent, of a value with its offset."""
    offset = corrections.offset(at)
    return float(exact(value) - exact(offset)) if offset else value


def recalibrated(latest: Latest, before: Corrections, after: Corrections) -> Latest:
    """Return a reading under other corrections."""
    at, quality, reason = latest.measured_at, latest.quality, latest.reason
    value = None if latest.value is None else after.value(raw_of(latest.value, before, at), at)
    by_corrections = before.is_doubted(at) if reason == Reason.CALIBRATION else reason == Reason.CALIBRATION_OVERDUE
    if by_corrections:
        quality, reason = Quality.GOOD, None
    quality, reason = after.quality(quality, reason, at)
    return msgspec.structs.replace(latest, value=value, quality=quality, reason=reason)


def check_begins(now: int) -> Correction:
    """Set the probe's readings aside from now on: it has left the place that it guards."""
    return Correction(Kind.BEGUN, now, until=now + LONGEST_CHECK)


def check_ends(corrections: Corrections, now: int) -> Sequence[Correction]:
    """Set the probe's readings aside for its way back; nothing if no check is under way."""
    return [Correction(Kind.OVER, now, until=now + WAY_BACK)] if corrections.is_in_check(now) else []


def correction_event(point: str, correction: Correction, *, key: str, who: str | None) -> Event:
    """Return the journal's event of a correction; `key` names its cause."""
    return Event(
        key=f"{key}:{correction.kind}",
        kind=correction.kind.value,
        subject=f"{SUBJECT}{point}",
        at=correction.since,
        person=who,
        body=msgspec.to_builtins(correction),
    )


def is_inconclusive(check: ProbeCheck) -> bool:
    """Whether the bath was unsteady, so that the check shows nothing of the probe: stir, wait, repeat."""
    return QuarantineCause.UNSTEADY in check.causes


def corrections_of(
    check: ProbeCheck, corrections: Corrections, *, at: int, since: int, uncertainty: float | None = None
) -> Sequence[Correction]:
    """Return what a check in ice changes.

    A probe that fails is doubted back to its last good check, and its readings since then get the new offset.

    Args:
        check: the result.
        corrections: those in force.
        at: when it was checked.
        since: from when on an offset within the limits holds.
        uncertainty: U in K, if a certificate gives it.
    """
    offset = round(check.offset, DIGITS)
    if is_inconclusive(check):
        return []
    if check.outcome is CheckOutcome.QUARANTINE:
        since = ALWAYS if corrections.trusted_at is None else corrections.trusted_at
        doubt = Correction(Kind.DOUBT, since)
        return [Correction(Kind.OFFSET, since, offset), doubt] if abs(offset) >= STORE_FROM else [doubt]
    in_force = corrections.offset(at)
    if check.outcome is CheckOutcome.ACCEPTED:
        # Within the tolerance an offset stays where it helps, and goes where it would make things worse.
        offset = in_force if abs(in_force - check.offset) <= abs(check.offset) else 0.0
    if uncertainty is None:
        uncertainty = round(check.uncertainty(offset), DIGITS)
    trust = Correction(Kind.TRUST, at, uncertainty=uncertainty)
    return [trust] if offset == in_force and since == at else [Correction(Kind.OFFSET, since, offset), trust]


def corrections_of_boiling(
    check: ProbeCheck, corrections: Corrections, *, at: int, uncertainty: float | None = None
) -> Sequence[Correction]:
    """Return what a check in boiling water alone changes: the probe is trusted or doubted, and gets no offset.

    It does not show how uncertain the probe is: the water is less certain than most probes.
    """
    if is_inconclusive(check):
        return []
    if check.outcome is CheckOutcome.QUARANTINE:
        return [Correction(Kind.DOUBT, ALWAYS if corrections.trusted_at is None else corrections.trusted_at)]
    return [Correction(Kind.TRUST, at, uncertainty=uncertainty)]
