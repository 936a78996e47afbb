"""How far a reading can be trusted: its value against the sensor's range, its time against the calendar (pure)."""

from drivers.reading import Quality, Reading, Reason

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


def judged_quality(
    reading: Reading, *, lowest: float | None, highest: float | None, arrived_at: int, ahead: int = AHEAD
) -> tuple[Quality, Reason | None]:
    """Quality and reason of a reading of a sensor whose range is `lowest` to `highest` (its own unit).

    A value outside the range is kept and UNCERTAIN. A time that cannot be says nothing against the value: it is noted,
    and the value is judged at its arrival.
    """
    if reading.quality is not Quality.GOOD:
        return reading.quality, reading.reason
    value = reading.value
    if value is None:
        return Quality.BAD, reading.reason or Reason.NO_READING
    if (lowest is not None and value < lowest) or (highest is not None and value > highest):
        return Quality.UNCERTAIN, Reason.OUT_OF_RANGE
    if reading.measured_at is not None and not plausible_time(reading.measured_at, arrived_at, ahead):
        return Quality.GOOD, Reason.CLOCK_INVALID
    return Quality.GOOD, reading.reason


def doubt_of(quality: int, reason: str | None) -> str | None:
    """What a verdict has to say of a reading by which it was judged: why it is uncertain, or that a check was due."""
    return reason if quality != Quality.GOOD or reason == Reason.CALIBRATION_OVERDUE else None


def undated_quality(quality: Quality, reason: Reason | None) -> tuple[Quality, Reason | None]:
    """The same where our own clock may be wrong, too: a good value has a doubtful date."""
    return (Quality.UNCERTAIN, Reason.CLOCK_UNSYNCED) if quality is Quality.GOOD else (quality, reason)


def is_sound(quality: int, reason: str | None) -> bool:
    """Whether nothing speaks against the value: a clock that is not set does not."""
    return quality == Quality.GOOD or (quality == Quality.UNCERTAIN and reason == Reason.CLOCK_UNSYNCED)


def is_judged(quality: int, reason: str | None) -> bool:
    """Whether rules see the value; any other reading is a missing value to them."""
    return quality == Quality.GOOD or (quality == Quality.UNCERTAIN and reason in JUDGED_ALTHOUGH_UNCERTAIN)
