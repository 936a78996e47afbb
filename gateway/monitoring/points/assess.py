"""Assess a reading: the one place where its quality and its time are decided (pure).

The decisions, in their order; the first doubt that is found stays:

    1. the driver's own word              BAD stays BAD, and a value that is missing is BAD
    2. the sensor's range                 a value outside it is kept, UNCERTAIN (out_of_range)
    3. the device's clock                 a time that cannot be: dated by its arrival, still GOOD (clock_invalid)
    4. our own clock                      not set yet: UNCERTAIN, since the date may be wrong (clock_unsynced)
    5. a check of the probe               it is in ice or on its way back: UNCERTAIN, judged by no rule (in_check)
    6. a retained message without a time  the broker repeats something old: UNCERTAIN (last_usable_value)
    7. the sensor's behaviour             it leaps, or stands still too long: UNCERTAIN (rate, stuck)

What is assessed is the raw reading, as the journal keeps it. The calibration is applied whenever it is read
(gateway.records.corrections).
"""

from typing import NamedTuple

from drivers.reading import Flag, Quality, Reading, Reason
from gateway.monitoring.points import behaviour
from gateway.monitoring.points.point import LivePoint
from gateway.monitoring.points.timeline import arrival_time
from gateway.records.quality import AHEAD, FAR_AHEAD, is_judged, is_sound, plausible_time

Assessment = tuple[Quality, Reason | None]


class Assessed(NamedTuple):
    """What is known of a reading before it is recorded.

    Attributes:
        at: when it was measured, UTC microseconds: by its device if that can be believed, else its arrival.
        value: as the device sent it; None where it is BAD.
        quality, reason: how far it can be trusted, and why no further.
        flags: those of the driver, with UNDATED where our own clock is not known.
        own_time: the device dated it, so that time and value identify it.
        shows_behaviour: it tells how the sensor behaves: a sound value that is newer than all before.
    """

    at: int
    value: float | None
    quality: Quality
    reason: Reason | None
    flags: Flag
    own_time: bool
    shows_behaviour: bool


def assess(point: LivePoint, reading: Reading, arrived_at: int, *, clock_known: bool) -> Assessed | None:
    """Decide how far a reading of `point` can be trusted, and when it was measured.

    Args:
        point: the live state of the point, which is only looked at.
        reading: as the driver decoded it.
        arrived_at: UTC microseconds.
        clock_known: False as long as our own clock may be wrong.

    Returns:
        None for a retained message that only repeats what is known already.
    """
    told_at = reading.measured_at
    dated = plausible_time(told_at, arrived_at, AHEAD if clock_known else FAR_AHEAD)
    at = told_at if dated and told_at is not None else arrival_time(arrived_at, point.newest_at)
    flags = reading.flags
    flagged = flags is not Flag.NONE  # nearly none is, and asking an enum's bits is dear
    own_time = dated and not (flagged and flags & Flag.RELATIVE)
    assessment = _of_value(point, reading, dated=dated)
    if not (own_time or clock_known):
        flags |= Flag.UNDATED
        assessment = _undated(assessment)
    if point.corrections.is_in_check(at) and is_judged(*assessment):
        assessment = Quality.UNCERTAIN, Reason.IN_CHECK
    if flagged and flags & Flag.RETAINED and not dated:
        if point.latest is not None:
            return None
        assessment = Quality.UNCERTAIN, Reason.LAST_USABLE_VALUE
    quality, reason = assessment
    value = None if quality is Quality.BAD else reading.value
    shows_behaviour = not flagged and value is not None and point.live_at < at and is_sound(quality, reason)
    if shows_behaviour and value is not None and point.limits is not None and point.behaviour is not None:
        doubt = behaviour.doubt(point.behaviour, at, value, point.limits)
        if doubt is not None:
            quality, reason = Quality.UNCERTAIN, doubt
    return Assessed(at, value, quality, reason, flags, own_time, shows_behaviour)


def _of_value(point: LivePoint, reading: Reading, *, dated: bool) -> Assessment:
    """Assess the value by the driver's word and the sensor's range, and note a device's clock that cannot be."""
    if reading.quality is not Quality.GOOD:
        return reading.quality, reading.reason
    value = reading.value
    if value is None:
        return Quality.BAD, reading.reason or Reason.NO_READING
    if (point.lowest is not None and value < point.lowest) or (point.highest is not None and value > point.highest):
        return Quality.UNCERTAIN, Reason.OUT_OF_RANGE
    if reading.measured_at is not None and not dated:
        return Quality.GOOD, Reason.CLOCK_INVALID
    return Quality.GOOD, reading.reason


def _undated(assessment: Assessment) -> Assessment:
    """A good value whose date may be wrong is uncertain; any other stays what it is."""
    return (Quality.UNCERTAIN, Reason.CLOCK_UNSYNCED) if assessment[0] is Quality.GOOD else assessment
