"""What people say of a probe's calibration: begin a check in a bath, and judge it.

`calibration_start` has the gateway listen to the probe; a minute later `calibration_check` judges what it heard, or the
readings that the person typed. Both answer with plain objects; `at` and `since` are UTC microseconds.
"""

from collections.abc import Mapping, Sequence

from drivers.reading import Quantity
from gateway.calibration import Bath, drawn, raw_of, says_nothing
from gateway.commands import Json, Order, Procedure, RefusedError
from gateway.corrections import ALWAYS
from gateway.journal.corrections import SUBJECT
from gateway.journal.records import Batch, Event
from gateway.kitchen import Kitchen
from gateway.live import LivePoint
from gateway.models.calibration import Check, check
from gateway.models.errors import ModelError

MOST_TYPED = 100
COLDEST, HOTTEST = -60.0, 300.0
"""Cel; no bath and no probe shows anything else."""


def start(kitchen: Kitchen, batch: Batch, order: Order) -> Json:  # noqa: ARG001 - a command that the journal need not keep
    """`who`, `point`, `bath` (ice, boiling): listen to the probe from now on."""
    point, bath = _point(kitchen, order), _bath(order)
    order.person(kitchen)
    kitchen.checks.begin(point, bath, order.now)
    return started(kitchen, order)


def started(kitchen: Kitchen, order: Order) -> Json:
    """How the check stands."""
    point, bath = _point(kitchen, order), _bath(order)
    log = kitchen.checks.log(point.id, bath)
    if log is None:
        return {"point": point.id, "bath": bath.value, "since": None, "readings": 0, "done": False}
    told = {"since": log.since, "readings": len(log.readings), "done": log.is_done(order.now)}
    return {"point": point.id, "bath": bath.value, **told}


def judge(kitchen: Kitchen, batch: Batch, order: Order) -> Json:
    """`who`, `point`; `ice` and `boiling` typed as shown, else what was heard; `instrument`, `since`, `note`.

    `since`: from when on a small offset holds, now when it is left out: the day when the probe was dropped, say.
    """
    point, who = _point(kitchen, order), order.person(kitchen)
    ice = _readings(kitchen, point, order, Bath.ICE)
    if ice is None:
        raise RefusedError("not_allowed", "begin with calibration_start, or type the readings as 'ice'")
    boiling = _readings(kitchen, point, order, Bath.BOILING)
    altitude = kitchen.config.kitchen.altitude
    try:
        found = check(ice, boiling, altitude)
    except ModelError as error:
        if altitude is None:
            raise RefusedError("not_allowed", "boiling water needs kitchen.altitude in kitchen.yaml") from None
        raise RefusedError("bad_request", str(error)) from None
    corrections = drawn(found, point.corrections, at=order.now, since=_since(order))
    body = _told(point, order, found, ice, boiling) | {"typed": order.args.get("ice") is not None}
    batch.events.append(
        Event(
            key=order.event_key,
            kind="calibration_checked",
            subject=f"{SUBJECT}{point.id}",
            at=order.now,
            person=who,
            body=body,
        )
    )
    kitchen.correct(batch, point, corrections, key=order.event_key, who=who)
    kitchen.checks.end(point.id)
    return body | {"offset_in_force": point.corrections.offset(order.now)}


def judged(kitchen: Kitchen, order: Order) -> Json:
    """The offset in force by now."""
    point = _point(kitchen, order)
    return {"point": point.id, "offset_in_force": point.corrections.offset(order.now)}


def _told(
    point: LivePoint, order: Order, found: Check, ice: Sequence[float], boiling: Sequence[float] | None
) -> dict[str, object]:
    return {
        "point": point.id,
        "instrument": order.note("instrument") or point.plan.device,
        "ice": list(ice),
        "boiling": None if boiling is None else list(boiling),
        "sigma": found.sigma,
        "offset": found.offset,
        "error": found.error,
        "outcome": found.outcome.value,
        "causes": [cause.value for cause in found.causes],
        "repeat": says_nothing(found),
        "note": order.note(),
    }


def _point(kitchen: Kitchen, order: Order) -> LivePoint:
    name = order.text("point")
    point = kitchen.by_id.get(name)
    if point is None:
        raise RefusedError("unknown_point", f"there is no point {name!r}")
    if point.quantity is not Quantity.TEMPERATURE:
        raise RefusedError("bad_request", f"{name!r} measures no temperature")
    return point


def _bath(order: Order) -> Bath:
    try:
        return Bath(order.text("bath", Bath.ICE))
    except ValueError:
        raise RefusedError("bad_request", f"'bath' is one of {', '.join(Bath)}") from None


def _since(order: Order) -> int:
    value = order.args.get("since")
    if value is None:
        return order.now
    if isinstance(value, bool) or not isinstance(value, int) or not ALWAYS <= value <= order.now:
        raise RefusedError("bad_request", "'since' is UTC microseconds, not of the future")
    return value


def _readings(kitchen: Kitchen, point: LivePoint, order: Order, bath: Bath) -> list[float] | None:
    """As the device says them; None when there are none of this bath."""
    typed = order.args.get(bath.value)
    if typed is not None:
        return [raw_of(value, point.corrections, order.now) for value in _typed(typed, bath)]
    log = kitchen.checks.log(point.id, bath)
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


CALIBRATION_COMMANDS: Mapping[str, Procedure] = {
    "calibration_start": Procedure(start, started),
    "calibration_check": Procedure(judge, judged),
}
