"""The calibration of the kitchen's probes as people are told it: plain objects. Times are UTC microseconds."""

from collections.abc import Iterable
from typing import Any

from drivers.reading import Quantity
from gateway.monitoring.points.point import LivePoint
from gateway.monitoring.probes.baths import Bath, BathLog
from gateway.monitoring.probes.probes import Probes

Json = dict[str, Any]


def probes_now(points: Iterable[LivePoint], probes: Probes, now: int) -> list[Json]:
    """Those of the points that measure a temperature: only they can stand in ice."""
    return [_probe(point, probes, now) for point in points if point.quantity is Quantity.TEMPERATURE]


def _probe(point: LivePoint, probes: Probes, now: int) -> Json:
    corrections, watch = point.corrections, probes.due
    is_due = corrections.overdue_since is not None
    return {
        "point": point.id,
        "state": _state(point, now),
        "checked_at": corrections.trusted_at,
        "due_at": watch.due_at(point),
        "due_cause": corrections.overdue_cause if is_due else None,
        "certified_until": watch.certified_until(point.plan),
        "offset": corrections.offset(now),
        "back_at": corrections.back_at(now),
        "listening": [_listening(bath, log, now) for bath, log in probes.checks.of(point.id).items()],
    }


def _state(point: LivePoint, now: int) -> str:
    if point.corrections.is_doubted(now):
        return "doubted"
    if point.corrections.overdue_since is not None:
        return "overdue"
    return "unchecked" if point.corrections.trusted_at is None else "good"


def _listening(bath: Bath, log: BathLog, now: int) -> Json:
    """How a minute of listening stands; `mean` and `sigma` as the device says it, without the offset."""
    course = log.course
    return {
        "bath": bath.value,
        "since": log.since,
        "readings": len(log.readings),
        "mean": None if course is None else course.mean,
        "sigma": None if course is None else course.sigma,
        "steady": course is not None and course.steady,
        "done": log.is_done(now),
    }
