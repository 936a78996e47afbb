"""What the quality of a recorded reading means to rules, verdicts and stock, and which times can be (pure).

The quality itself is decided in one place: gateway.monitoring.points.assess.
"""

from drivers.reading import Quality, Reason

MINUTE = 60_000_000
EARLIEST = 1_577_836_800_000_000
"""2020-01-01: a clock that shows less was never set."""
AHEAD = 5 * MINUTE
"""A device's clock may be this much ahead of ours before we no longer believe it."""
FAR_AHEAD = 366 * 24 * 60 * MINUTE
"""The same while our own is not known: it stands where it was last known, and the device may well be right."""

JUDGED_ALTHOUGH_UNCERTAIN = frozenset({Reason.CALIBRATION, Reason.CLOCK_UNSYNCED, Reason.CLOCK_INVALID})
"""Doubts that leave the value fit to be judged: they are about its last decimal or its date."""


def plausible_time(measured_at: int | None, arrived_at: int, ahead: int = AHEAD) -> bool:
    """Whether a device's own time may stand for the moment of measuring."""
    return measured_at is not None and EARLIEST <= measured_at <= arrived_at + ahead


def doubt_of(quality: int, reason: str | None) -> str | None:
    """What a verdict has to say of a reading by which it was judged: why it is uncertain, or that a check was due."""
    return reason if quality != Quality.GOOD or reason == Reason.CALIBRATION_OVERDUE else None


def is_sound(quality: int, reason: str | None) -> bool:
    """Whether nothing speaks against the value: a clock that is not set does not."""
    return quality == Quality.GOOD or (quality == Quality.UNCERTAIN and reason == Reason.CLOCK_UNSYNCED)


def is_judged(quality: int, reason: str | None) -> bool:
    """Whether rules see the value; any other reading is a missing value to them."""
    return quality == Quality.GOOD or (quality == Quality.UNCERTAIN and reason in JUDGED_ALTHOUGH_UNCERTAIN)
