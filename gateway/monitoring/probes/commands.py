"""Commands about a probe's calibration: begin a check in a bath, judge it, leave it; say that the probe fell.

`calibration_start` has the gateway listen to the probe; a minute later `calibration_check` judges what it heard, or the
readings that the person typed. `at` and `since` of the answers are UTC microseconds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta

from drivers.reading import Quantity
from gateway.haccp.models.boiling_point import boiling_point
from gateway.haccp.models.calibration import ProbeCheck, check, check_boiling, course
from gateway.haccp.models.errors import ModelError
from gateway.journal.history.corrections import SUBJECT
from gateway.monitoring.points.point import LivePoint
from gateway.monitoring.probes.baths import Bath
from gateway.monitoring.probes.calibration import (
    check_begins,
    check_ends,
    corrections_of,
    corrections_of_boiling,
    is_inconclusive,
    raw_of,
)
from gateway.monitoring.probes.check_due import DueCause
from gateway.monitoring.probes.probes import Probes
from gateway.records.commands import Asked, Call, Celsius, Json, Name, Note, PastMoment, Procedure, RefusedError
from gateway.records.corrections import ALWAYS, Correction, Corrections, Kind, uncertainty_by
from gateway.records.transaction import Transaction

NO_ALTITUDE = "boiling water needs kitchen.altitude in kitchen.yaml: its temperature depends on it"

BathReadings = Annotated[
    tuple[Celsius, ...],
    Meta(min_length=1, max_length=100, description="a list of at most 100 readings in °C, from -60 to 300"),
]
Uncertainty = Annotated[float, Meta(ge=0, le=10, description="in K, from 0 to 10")]


@dataclass(frozen=True, slots=True)
class CalibrationScope:
    """What the commands act on. `altitude`: of the kitchen, m; None where kitchen.yaml names none."""

    points: Mapping[str, LivePoint]
    probes: Probes
    altitude: float | None

    def probe(self, name: str) -> LivePoint:
        """A point of temperature.

        Raises:
            RefusedError: there is none of this id, or it measures something else.
        """
        point = self.points.get(name)
        if point is None:
            raise RefusedError("unknown_point", f"there is no point {name!r}")
        if point.quantity is not Quantity.TEMPERATURE:
            raise RefusedError("bad_request", f"{name!r} measures no temperature")
        return point


class OfProbe(Asked, frozen=True, kw_only=True):
    """A command about the probe of one point."""

    point: Name


class StartCheck(OfProbe, frozen=True, kw_only=True):
    """Listen to a probe in a bath from now on; without `anew` boiling water follows ice in the same check."""

    command = "calibration_start"
    bath: Bath = Bath.ICE
    anew: Annotated[bool, Meta(description="a check that is under way ends, and another one begins")] = False


def start(scope: CalibrationScope, transaction: Transaction, call: Call[StartCheck]) -> Json:
    """Listen to a probe; what it reads is set aside meanwhile. Answers how the check stands."""
    asked, point = call.asked, scope.probe(call.asked.point)
    if asked.bath is Bath.BOILING and scope.altitude is None:
        raise RefusedError("no_altitude", NO_ALTITUDE)
    if asked.anew:
        scope.probes.checks.end(point.id)
    scope.probes.checks.begin(point.id, asked.bath, call.now)
    scope.probes.correct(transaction, point, [check_begins(call.now)], key=call.event_key, who=asked.who)
    return started(scope, call)


def started(scope: CalibrationScope, call: Call[StartCheck]) -> Json:
    """How the check stands."""
    point, bath = scope.probe(call.asked.point), call.asked.bath
    log = scope.probes.checks.log(point.id, bath)
    if log is None:
        return {"point": point.id, "bath": bath.value, "since": None, "readings": 0, "done": False}
    stands = {"since": log.since, "readings": len(log.readings), "done": log.is_done(call.now)}
    return {"point": point.id, "bath": bath.value, **stands}


class JudgeCheck(OfProbe, frozen=True, kw_only=True):
    """Judge a check by what was heard, or by the readings that were typed as the probe shows them."""

    command = "calibration_check"
    ice: Annotated[BathReadings | None, Meta(description="typed; what was heard when they are left out")] = None
    boiling: Annotated[BathReadings | None, Meta(description="typed; what was heard when they are left out")] = None
    instrument: Annotated[Note | None, Meta(description="what was checked, when it is not the point's device")] = None
    since: Annotated[PastMoment | None, Meta(description="from when on a small offset holds; now when left out")] = None
    uncertainty: Annotated[Uncertainty | None, Meta(description="the expanded one, of a certificate")] = None
    note: Note | None = None


def judge(scope: CalibrationScope, transaction: Transaction, call: Call[JudgeCheck]) -> Json:
    """Judge a check, and correct the probe by it; answers what was found and what follows."""
    asked, point = call.asked, scope.probe(call.asked.point)
    ice = _readings(scope, point, Bath.ICE, typed=asked.ice, now=call.now)
    boiling = _readings(scope, point, Bath.BOILING, typed=asked.boiling, now=call.now)
    found, corrections = _found(scope, point, call, ice=ice, boiling=boiling)
    after = point.corrections
    for correction in corrections:
        after = after.with_(correction)
    body = _shown(point, asked, found, ice=ice, boiling=boiling)
    body["expected"] = None if boiling is None else boiling_point(scope.altitude or 0.0)
    body |= _in_force(point, after, call.now)
    transaction.events.append(call.event("calibration_checked", f"{SUBJECT}{point.id}", body))
    ended = check_ends(point.corrections, call.now)
    scope.probes.checks.end(point.id)
    scope.probes.correct(transaction, point, [*corrections, *ended], key=call.event_key, who=asked.who)
    return body


def _readings(
    scope: CalibrationScope, point: LivePoint, bath: Bath, *, typed: Sequence[float] | None, now: int
) -> list[float] | None:
    """As the device says them; None when there are none of this bath."""
    if typed is not None:
        return [raw_of(value, point.corrections, now) for value in typed]
    log = scope.probes.checks.log(point.id, bath)
    if log is None:
        return None
    if not log.is_done(now):
        text = f"{len(log.readings)} readings so far: wait for a minute and three readings, or type what it shows"
        raise RefusedError("not_allowed", text)
    return log.values()


def _found(
    scope: CalibrationScope,
    point: LivePoint,
    call: Call[JudgeCheck],
    *,
    ice: Sequence[float] | None,
    boiling: Sequence[float] | None,
) -> tuple[ProbeCheck, Sequence[Correction]]:
    altitude, now, certified = scope.altitude, call.now, call.asked.uncertainty
    if boiling is not None and altitude is None:
        raise RefusedError("no_altitude", NO_ALTITUDE)
    try:
        if ice is not None:
            found = check(ice, boiling, altitude)
            since = call.moment(call.asked.since, earliest=ALWAYS, name="since")
            return found, corrections_of(found, point.corrections, at=now, since=since, uncertainty=certified)
        if boiling is not None:
            found = check_boiling(boiling, point.corrections.offset(now), altitude)
            return found, corrections_of_boiling(found, point.corrections, at=now, uncertainty=certified)
    except ModelError as error:
        raise RefusedError("bad_request", str(error)) from None
    raise RefusedError("not_allowed", "begin with calibration_start, or type the readings as 'ice' or 'boiling'")


def judged(scope: CalibrationScope, call: Call[JudgeCheck]) -> Json:
    """The offset in force by now."""
    point = scope.probe(call.asked.point)
    return {"point": point.id} | _in_force(point, point.corrections, call.now)


def _in_force(point: LivePoint, corrections: Corrections, now: int) -> Json:
    uncertainty = uncertainty_by(corrections.checks, now, point.plan.uncertainty)
    return {"offset_in_force": corrections.offset(now), "uncertainty": uncertainty}


def _shown(
    point: LivePoint,
    asked: JudgeCheck,
    found: ProbeCheck,
    *,
    ice: Sequence[float] | None,
    boiling: Sequence[float] | None,
) -> Json:
    in_ice = None if ice is None else course(ice)
    in_boiling = None if boiling is None else course(boiling)
    return {
        "point": point.id,
        "instrument": asked.instrument or point.plan.device,
        "ice": None if ice is None else list(ice),
        "ice_mean": None if in_ice is None else in_ice.mean,
        "boiling": None if boiling is None else list(boiling),
        "boiling_mean": None if in_boiling is None else in_boiling.mean,
        "typed": asked.ice is not None or asked.boiling is not None,
        "sigma": found.sigma,
        "offset": found.offset,
        "error": found.error,
        "outcome": found.outcome.value,
        "causes": [cause.value for cause in found.causes],
        "repeat": is_inconclusive(found),
        "note": asked.note,
    }


class CancelCheck(OfProbe, frozen=True, kw_only=True):
    """Leave a check without a result."""

    command = "calibration_cancel"


def cancel(scope: CalibrationScope, transaction: Transaction, call: Call[CancelCheck]) -> Json:
    """Leave a check; answers from when on the probe guards its place again."""
    point = scope.probe(call.asked.point)
    scope.probes.checks.end(point.id)
    corrections = check_ends(point.corrections, call.now)
    scope.probes.correct(transaction, point, corrections, key=call.event_key, who=call.asked.who)
    return cancelled(scope, call)


def cancelled(scope: CalibrationScope, call: Call[CancelCheck]) -> Json:
    """From when on the probe guards its place again."""
    point = scope.probe(call.asked.point)
    return {"point": point.id, "back_at": point.corrections.back_at(call.now)}


class ReportDrop(OfProbe, frozen=True, kw_only=True):
    """The probe fell or was hit, so it is due for a check now."""

    command = "probe_dropped"
    note: Note | None = None


def report_drop(scope: CalibrationScope, transaction: Transaction, call: Call[ReportDrop]) -> Json:
    """Have a check become due; answers since when it is."""
    point = scope.probe(call.asked.point)
    due = Correction(Kind.DUE, call.now, cause=DueCause.DROP)
    scope.probes.correct(transaction, point, [due], key=call.event_key, who=call.asked.who)
    return due_now(scope, call)


def due_now(scope: CalibrationScope, call: Call[ReportDrop]) -> Json:
    """Since when a check is due."""
    point = scope.probe(call.asked.point)
    return {"point": point.id, "overdue_since": point.corrections.overdue_since}


CALIBRATION_COMMANDS = (
    Procedure(StartCheck, start, started),
    Procedure(JudgeCheck, judge, judged),
    Procedure(CancelCheck, cancel, cancelled),
    Procedure(ReportDrop, report_drop, due_now),
)
