"""Read one input of `judge`: the readings and marks in order, and as of when they are judged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from statistics import median
from zoneinfo import ZoneInfo

import msgspec

from gateway.cli.offline.times import TimeForm, read_time
from gateway.cli.offline.traces import TraceInput, read_trace
from gateway.haccp.limits.fields import Fields, InputError, shown, temperature
from gateway.haccp.limits.kinds import KINDS
from gateway.haccp.models.trace import MINUTE, SECOND
from gateway.haccp.rules.rule import moved_up
from gateway.haccp.rules.trace import Event, Happening, Mark, Sample, in_order

GAP_INTERVALS = 2
SHORTEST_GAP = 2 * MINUTE
"""A bad cable loses two readings now and then, and within two minutes no food changes unnoticed."""

_APART = 1000
"""Microseconds; readings nearer than this were moved apart, and do not count for the sampling interval."""


@dataclass(frozen=True, slots=True)
class LaterCalibration:
    """Hold a calibration that was found later: K added to each reading from `since` on (None: to all)."""

    offset: float
    since: int | None


@dataclass(frozen=True, slots=True)
class Case:
    """Hold one input; times in microseconds, `samples` as they were read.

    `uncertainties`: of each sensor, K; empty when all have the same, `uncertainty`.
    """

    kind: str
    samples: tuple[Sample, ...]
    marks: tuple[Mark, ...]
    form: TimeForm
    now: int | None
    max_gap: int
    uncertainty: float
    uncertainties: Mapping[str | None, float]
    room: tuple[tuple[int, float], ...]
    correction: LaterCalibration | None
    notes: tuple[str, ...]
    unseen: int = 0
    """Microseconds of gaps at the ends of the trace."""

    def events(self, *, corrected: bool) -> list[Event]:
        """Return readings and marks in order of time, corrected if asked."""
        samples: Sequence[Sample] = self.samples
        if corrected and self.correction is not None:
            samples = [_corrected(sample, self.correction) for sample in samples]
        return list(in_order(samples, self.marks))


def trace_hash(events: Sequence[Event]) -> str:
    """Return SHA-256 of what was judged, in order."""
    return sha256(msgspec.json.encode(events)).hexdigest()


def read_case(fields: Fields, kind: str) -> Case:
    """Read everything but profile and control.

    Raises:
        InputError: it cannot be used; the message has the place.
    """
    marks_only = KINDS[kind].marks_only
    readings = _Readings(fields, marks_only=marks_only)
    marks = _marks(fields, readings)
    room = _room(fields, readings)
    correction = _correction(fields, readings)
    uncertainty = _not_negative(fields, "uncertainty", 0.0)
    now = readings.time(fields.get("now"), fields.at("now")) if fields.get("now") is not None else None
    samples = [sample for sample in readings.samples if now is None or sample.at <= now]
    return Case(
        kind=kind,
        samples=tuple(samples),
        marks=tuple(mark for mark in marks if now is None or mark.at <= now),
        form=readings.in_zone(fields, prefer_marks=marks_only),
        now=now,
        max_gap=max_gap_of(fields, readings.steps(now)),
        uncertainty=0.0 if marks_only else uncertainty,
        uncertainties={} if marks_only else dict(readings.uncertainties(uncertainty)),
        room=room,
        correction=correction,
        notes=tuple(readings.notes),
    )


class _Readings:
    """Read the traces of an input; all its times have one form."""

    def __init__(self, fields: Fields, *, marks_only: bool) -> None:
        self.notes: list[str] = []
        self._form: TimeForm | None = None
        self._form_of_marks: TimeForm | None = None
        self._times: list[list[int]] = []
        self._own: dict[str | None, float | None] = {}
        self.samples = self._read(fields, marks_only=marks_only)

    def _read(self, fields: Fields, *, marks_only: bool) -> list[Sample]:
        if fields.get("traces") is None:
            if marks_only and not fields.has("trace"):
                return []
            return self._one(read_trace(fields), fields.at("trace"), None)
        if fields.get("trace") is not None:
            raise InputError(fields.at("traces"), "stands beside trace: give one of them")
        samples: list[Sample] = []
        for index, item in enumerate(fields.items("traces")):
            named = Fields(item, folder=fields.folder, place=f"{fields.at('traces')}[{index}]")
            sensor = named.required("sensor")
            if not isinstance(sensor, str):
                raise InputError(named.at("sensor"), f"{shown(sensor)} is no name")
            self._own.setdefault(sensor, None)
            if named.has("uncertainty"):
                self._own[sensor] = _not_negative(named, "uncertainty", 0.0)
            samples += self._one(read_trace(named), named.at("trace"), sensor)
        return sorted(samples, key=lambda sample: sample.at)

    def _one(self, trace: TraceInput, place: str, sensor: str | None) -> list[Sample]:
        self.notes += trace.notes
        self._times.append([row.at for row in trace.rows])
        if trace.rows:
            self._same_form(trace.form, place)
        return [Sample(at, float(value), sensor) for at, value in trace.curve()]

    def _same_form(self, form: TimeForm, place: str) -> None:
        if self._form is None:
            self._form = form
        elif (self._form.zone is None) != (form.zone is None):
            raise InputError(place, "is in minutes where the first time is ISO 8601, or the other way round")

    def time(self, value: object, place: str, *, of_mark: bool = False) -> int:
        """Read a time elsewhere in the input."""
        at, form = read_time(value, place)
        self._same_form(form, place)
        if of_mark and self._form_of_marks is None:
            self._form_of_marks = form
        return at

    def room(self, fields: Fields) -> tuple[tuple[int, float], ...]:
        """Read the ambient trace; its times have the same form, and do not count for the sampling interval."""
        trace = read_trace(fields, "ambient")
        if trace.rows:
            self._same_form(trace.form, fields.at("ambient"))
        return tuple(trace.curve())

    def steps(self, now: int | None) -> list[int]:
        """Return the microseconds between readings of each sensor, with a value or without one."""
        seen = [[at for at in times if now is None or at <= now] for times in self._times]
        steps = [later - at for times in seen for at, later in pairwise(times)]
        return [step for step in steps if step > _APART]

    def uncertainties(self, usual: float) -> list[tuple[str | None, float]]:
        """Return the U of each sensor, if a trace has one of its own."""
        if all(own is None for own in self._own.values()):
            return []
        return [(sensor, usual if own is None else own) for sensor, own in self._own.items()]

    def in_zone(self, fields: Fields, *, prefer_marks: bool) -> TimeForm:
        """Return how the answer writes times: in the kitchen's zone if there is one, else as they came."""
        form = (self._form_of_marks if prefer_marks else None) or self._form or TimeForm(None)
        name = fields.get("zone")
        if name is None:
            return form
        try:
            zone = ZoneInfo(name) if isinstance(name, str) else None
        except (KeyError, ValueError, OSError):
            zone = None
        if zone is None:
            raise InputError(fields.at("zone"), f"{shown(name)} is no zone of the IANA database")
        return form if form.zone is None else TimeForm(zone)


def _marks(fields: Fields, readings: _Readings) -> list[Mark]:
    if fields.get("marks") is None:
        return []
    marks = []
    for index, item in enumerate(fields.items("marks")):
        mark = Fields(item, folder=fields.folder, place=f"{fields.at('marks')}[{index}]")
        event = mark.choice("event", Happening)
        marks.append(Mark(readings.time(mark.required("at"), mark.at("at"), of_mark=True), event))
    return marks


def _room(fields: Fields, readings: _Readings) -> tuple[tuple[int, float], ...]:
    value = fields.get("ambient")
    if value is None:
        return ()
    if isinstance(value, list | dict):
        return readings.room(fields)
    return ((0, temperature(value, fields.at("ambient"))),)


def _correction(fields: Fields, readings: _Readings) -> LaterCalibration | None:
    if fields.get("correction") is None:
        return None
    correction = Fields(fields.get("correction"), folder=fields.folder, place=fields.at("correction"))
    since = None if correction.get("since") is None else readings.time(correction.get("since"), correction.at("since"))
    return LaterCalibration(correction.number("offset"), since)


def _corrected(sample: Sample, correction: LaterCalibration) -> Sample:
    if correction.since is not None and sample.at < correction.since:
        return sample
    return Sample(sample.at, moved_up(sample.value, correction.offset), sample.sensor)


def max_gap_of(fields: Fields, steps: list[int]) -> int:
    """Return the longest step that is no gap, in microseconds; `steps` are those of the trace."""
    if fields.get("max_gap_s") is not None:
        return round(_not_negative(fields, "max_gap_s", 0.0) * SECOND)
    if fields.get("interval_s") is not None:
        interval = _not_negative(fields, "interval_s", 0.0) * SECOND
    else:
        interval = median(steps) if steps else 0.0
    return max(round(GAP_INTERVALS * interval), SHORTEST_GAP)


def _not_negative(fields: Fields, key: str, default: float) -> float:
    value = fields.number(key, default) if fields.get(key) is not None else default
    if value < 0:
        raise InputError(fields.at(key), f"{value:g} is below 0")
    return value
