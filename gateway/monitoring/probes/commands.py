"""What people say of a probe's calibration: begin a check in a bath, and judge it.

`calibration_start` has the gateway listen to the probe; a minute later `calibration_check` judges what it heard, or the
readings that the person typed. Both answer with plain objects; `at` and `since` are UTC microseconds.
"""

from collections.abc import Mapping, Sequence

from drivers.reading import Quantity
from gateway.haccp.models.boiling_point import boiling_point
from gateway.haccp.models.calibration import ProbeCheck, check, check_boiling, course
from gateway.haccp.models.errors import ModelError
from gateway.journal.corrections import SUBJECT
from gateway.monitoring.kitchen import Kitchen
from gateway.monitoring.points.point import LivePoint
from gateway.monitoring.probes.calibration import Bath, begun, drawn, drawn_of_boiling, over, raw_of, says_nothing
from gateway.monitoring.probes.check_due import DueCause
from gateway.records.commands import CommandCall, Json, Procedure, RefusedError
from gateway.records.corrections import ALWAYS, Correction, Corrections, Kind, uncertainty_by
from gateway.records.transaction import Event, Transaction

NO_ALTITUDE = "boiling water needs kitchen.altitude in kitchen.yaml: its temperature depends on it"
MOST_TYPED = 100
MOST_UNCERTAIN = 10.0
COLDEST, HOTTEST = -60.0, 300.0
"""Cel; no bath and no probe shows anything else."""


def start(kitchen: Kitchen, transaction: Transaction, order: CommandCall) -> Json:
    """`who`, `point`, `bath` (ice, boiling): listen to the probe from now on. `anew`: a check that is under way ends.

    Without it boiling water follows ice in the same check. What the probe reads is set aside meanwhile.
    """
    point, bath = _point(kitchen, order), _bath(order)
    who = order.person(kitchen)
    if bath is Bath.BOILING and kitchen.config.kitchen.altitude is None:
        raise RefusedError("no_altitude", NO_ALTITUDE)
    if order.args.get("anew") is True:
        kitchen.probes.checks.end(point.id)
    kitchen.probes.checks.begin(point.id, bath, order.now)
    kitchen.probes.correct(transaction, point, [begun(order.now)], key=order.event_key, who=who)
    return started(kitchen, order)


def started(kitchen: Kitchen, order: CommandCall) -> Json:
    """How the check stands."""
    point, bath = _point(kitchen, order), _bath(order)
    log = kitchen.probes.checks.log(point.id, bath)
    if log is None:
        return {"point": point.id, "bath": bath.value, "since": None, "readings": 0, "done": False}
    told = {"since": log.since, "readings": len(log.readings), "done": log.is_done(order.now)}
    return {"point": point.id, "bath": bath.value, **told}


def judge(kitchen: Kitchen, transaction: Transaction, order: CommandCall) -> Json:
    """`who`, `point`; `ice` and `boiling` typed as shown, else what was heard; `instrument`, `since`, `note`.

    `uncertainty`: the expanded one in K that a certificate of this check gives; else it follows from the readings.
    `since`: from when on a small offset holds, now when it is left out: the day when the probe was dropped, say.
    """
    point, who = _point(kitchen, order), order.person(kitchen)
    ice, boiling = (_readings(kitchen, point, order, bath) for bath in Bath)
    found, corrections = _found(kitchen, point, order, ice, boiling)
    after = point.corrections
    for one in corrections:
        after = after.with_(one)
    body = _told(point, order, found, ice, boiling)
    body["expected"] = None if boiling is None else boiling_point(kitchen.config.kitchen.altitude or 0.0)
    body |= _in_force(point, after, order)
    transaction.events.append(
        Event(
            key=order.event_key,
            kind="calibration_checked",
            subject=f"{SUBJECT}{point.id}",
            at=order.now,
            person=who,
            body=body,
        )
    )
    ended = over(point.corrections, order.now)
    kitchen.probes.checks.end(point.id)
    kitchen.probes.correct(transaction, point, [*corrections, *ended], key=order.event_key, who=who)
    return body


def cancel(kitchen: Kitchen, transaction: Transaction, order: CommandCall) -> Json:
    """`who`, `point`: the check is left without a result."""
    point, who = _point(kitchen, order), order.person(kitchen)
    kitchen.probes.checks.end(point.id)
    kitchen.probes.correct(transaction, point, over(point.corrections, order.now), key=order.event_key, who=who)
    return cancelled(kitchen, order)


def cancelled(kitchen: Kitchen, order: CommandCall) -> Json:
    """From when on the probe guards its place again."""
    point = _point(kitchen, order)
    return {"point": point.id, "back_at": point.corrections.back_at(order.now)}


def _found(
    kitchen: Kitchen, point: LivePoint, order: CommandCall, ice: Sequence[float] | None, boiling: Sequence[float] | None
) -> tuple[ProbeCheck, Sequence[Correction]]:
    altitude, now, certified = kitchen.config.kitchen.altitude, order.now, _uncertainty(order)
    if boiling is not None and altitude is None:
        raise RefusedError("no_altitude", NO_ALTITUDE)
    try:
        if ice is not None:
            found = check(ice, boiling, altitude)
            return found, drawn(found, point.corrections, at=now, since=_since(order), uncertainty=certified)
        if boiling is not None:
            found = check_boiling(boiling, point.corrections.offset(now), altitude)
            return found, drawn_of_boiling(found, point.corrections, at=now, uncertainty=certified)
    except ModelError as error:
        raise RefusedError("bad_request", str(error)) from None
    raise RefusedError("not_allowed", "begin with calibration_start, or type the readings as 'ice' or 'boiling'")


def judged(kitchen: Kitchen, order: CommandCall) -> Json:
    """The offset in force by now."""
    point = _point(kitchen, order)
    return {"point": point.id} | _in_force(point, point.corrections, order)


def _in_force(point: LivePoint, corrections: Corrections, order: CommandCall) -> Json:
    uncertainty = uncertainty_by(corrections.checks, order.now, point.plan.uncertainty)
    return {"offset_in_force": corrections.offset(order.now), "uncertainty": uncertainty}


def _told(
    point: LivePoint,
    order: CommandCall,
    found: ProbeCheck,
    ice: Sequence[float] | None,
    boiling: Sequence[float] | None,
) -> dict[str, object]:
    in_ice = None if ice is None else course(ice)
    in_boiling = None if boiling is None else course(boiling)
    return {
        "point": point.id,
        "instrument": order.note("instrument") or point.plan.device,
        "ice": None if ice is None else list(ice),
        "ice_mean": None if in_ice is None else in_ice.mean,
        "boiling": None if boiling is None else list(boiling),
        "boiling_mean": None if in_boiling is None else in_boiling.mean,
        "typed": any(order.args.get(bath.value) is not None for bath in Bath),
        "sigma": found.sigma,
        "offset": found.offset,
        "error": found.error,
        "outcome": found.outcome.value,
        "causes": [cause.value for cause in found.causes],
        "repeat": says_nothing(found),
        "note": order.note(),
    }


def _point(kitchen: Kitchen, order: CommandCall) -> LivePoint:
    name = order.text("point")
    point = kitchen.by_id.get(name)
    if point is None:
        raise RefusedError("unknown_point", f"there is no point {name!r}")
    if point.quantity is not Quantity.TEMPERATURE:
        raise RefusedError("bad_request", f"{name!r} measures no temperature")
    return point


def _bath(order: CommandCall) -> Bath:
    try:
        return Bath(order.text("bath", Bath.ICE))
    except ValueError:
        raise RefusedError("bad_request", f"'bath' is one of {', '.join(Bath)}") from None


def _since(order: CommandCall) -> int:
    value = order.args.get("since")
    if value is None:
        return order.now
    if isinstance(value, bool) or not isinstance(value, int) or not ALWAYS <= value <= order.now:
        raise RefusedError("bad_request", "'since' is UTC microseconds, not of the future")
    return value


def _uncertainty(order: CommandCall) -> float | None:
    value = order.args.get("uncertainty")
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MOST_UNCERTAIN:
        raise RefusedError("bad_request", f"'uncertainty' is in K, from 0 to {MOST_UNCERTAIN:g}")
    return float(value)


def _readings(kitchen: Kitchen, point: LivePoint, order: CommandCall, bath: Bath) -> list[float] | None:
    """As the device says them; None when there are none of this bath."""
    typed = order.args.get(bath.value)
    if typed is not None:
        return [raw_of(value, point.corrections, order.now) for value in _typed(typed, bath)]
    log = kitchen.probes.checks.log(point.id, bath)
    if log is None:
        return None
    if not log.is_done(order.now):
        text = f"{len(log.readings)} readings so far: wait for a minute and three readings, or type what it shows"
        raise RefusedError("not_allowed", text)
    return log.values()


def _typed(values: object, bath: Bath) -> list[float]:
    if not isinstance(values, list) or not 0 < len(values) <= MOST_TYPED:
        raise RefusedError("bad_request", f"{bath.value!r} is a list of readings in Cel, at most {MOST_TYPED}")
    for value in values:
        if isinstance(value, bool) or not isinstance(value, int | float) or not COLDEST <= value <= HOTTEST:
            raise RefusedError("bad_request", f"{value!r} is no reading in Cel from {COLDEST:g} to {HOTTEST:g}")
    return [float(value) for value in values]


def dropped(kitchen: Kitchen, transaction: Transaction, order: CommandCall) -> Json:
    """`who`, `point`, `note`: the probe fell or was hit, so it is due for a check now."""
    point, who = _point(kitchen, order), order.person(kitchen)
    order.note()
    due = Correction(Kind.DUE, order.now, cause=DueCause.DROP)
    kitchen.probes.correct(transaction, point, [due], key=order.event_key, who=who)
    return due_now(kitchen, order)


def due_now(kitchen: Kitchen, order: CommandCall) -> Json:
    """Since when a check is due."""
    point = _point(kitchen, order)
    return {"point": point.id, "overdue_since": point.corrections.overdue_since}


CALIBRATION_COMMANDS: Mapping[str, Procedure] = {
    "calibration_start": Procedure(start, started),
    "calibration_check": Procedure(judge, judged),
    "calibration_cancel": Procedure(cancel, cancelled),
    "probe_dropped": Procedure(dropped, due_now),
}
