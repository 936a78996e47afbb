"""Answer `model`: which keys each model reads, and what it answers.

Every answer has `value` and `unit`; a model that follows a trace has `series`, its running value at each reading, with
the times as they came. What was done to the input, and what the answer does not carry, is in `notes`.
"""

from collections.abc import Callable, Iterable
from typing import cast

from gateway.cli.offline.traces import TraceInput, read_trace
from gateway.haccp.limits.fields import Fields, InputError, as_written, shown
from gateway.haccp.models import calibration, newton_cooling
from gateway.haccp.models.boiling_point import boiling_point
from gateway.haccp.models.calibration import QuarantineCause
from gateway.haccp.models.dew_point import dew_point
from gateway.haccp.models.errors import ModelError
from gateway.haccp.models.growth import Y0, Growth
from gateway.haccp.models.guard_band import Sense, conformity
from gateway.haccp.models.kinetic_mean import mean_kinetic_temperature, weights_of
from gateway.haccp.models.lethality import FLOOR, LISTERIA_6D, Lethality, Method
from gateway.haccp.models.organisms import ORGANISMS, Organism, with_egr5
from gateway.haccp.models.product_filter import TAU_MINUTES, ProductFilter
from gateway.haccp.models.trace import MINUTE, Sample

Answered = dict[str, object]

_MOST_LOG = 12.0
"""Decimal reductions beyond which a number says no more than "all"."""


def answer(fields: Fields) -> Answered:
    """Ask the model that the input names.

    Raises:
        InputError: the input cannot be used; the message has the place.
    """
    model = _MODELS[fields.word("model", _MODELS)]
    try:
        answered = model(fields)
    except ModelError as error:
        raise InputError(fields.at(error.parameter), error.text) from None
    except OverflowError:
        raise InputError("", "the answer to these numbers is not finite") from None
    notes = [*cast("list[str]", answered.pop("notes", [])), *(f"{shown(key)} was not used" for key in fields.unused())]
    return {**answered, "notes": notes} if notes else answered


def _lethality(fields: Fields) -> Answered:
    trace, curve = _curve(fields)
    model = Lethality(
        *_reference(fields), fields.number_or_null("floor", FLOOR), fields.choice("method", Method, Method.EXACT)
    )
    course = list(model.course(curve))
    log = model.log_reduction(course[-1][1])
    return {
        "value": course[-1][1],
        "unit": "min",
        "log_reduction": log,
        "report": None if log is None else f">{_MOST_LOG:g}" if log > _MOST_LOG else f"{log:.1f}",
        "series": _series(trace, course),
        "notes": list(trace.notes),
    }


def _reference(fields: Fields) -> tuple[float, float, float | None]:
    """That of L. monocytogenes when none is given; a D value belongs to its own reference."""
    if not (fields.has("t_ref") or fields.has("z") or fields.has("d_ref")):
        return LISTERIA_6D.t_ref, LISTERIA_6D.z, LISTERIA_6D.d_ref
    return fields.number("t_ref"), fields.number("z"), fields.number_or_null("d_ref")


def _growth(fields: Fields) -> Answered:
    trace, curve = _curve(fields)
    organism = _organism(fields)
    h0 = fields.number_or_null("h0", organism.h0)
    # No lag is the plain integral, which knows no maximum unless one is given.
    ymax = fields.number_or_null("ymax", None if h0 is None else organism.ymax)
    growth = Growth(organism, h0, ymax, fields.number("y0", Y0))
    course = list(growth.course(curve))
    outside = sum(organism.extrapolated(value) for _, value in curve)
    return {
        "value": course[-1][1] - growth.y0,
        "unit": "log10",
        "rate_unit": organism.unit,
        "series": _series(trace, course),
        "h0": h0,
        "ymax": ymax,
        "source": organism.source,
        "notes": [*trace.notes, *([f"{outside} readings: {_beyond(organism)}"] if outside else [])],
    }


def _growth_rate(fields: Fields) -> Answered:
    organism = _organism(fields)
    temperature = fields.temperature("temperature")
    notes = [_beyond(organism)] if organism.extrapolated(temperature) else []
    return {"value": organism.rate(temperature), "unit": organism.unit, "source": organism.source, "notes": notes}


def _organism(fields: Fields) -> Organism:
    organism = ORGANISMS[fields.word("organism", ORGANISMS)]
    egr5 = fields.number_or_null("egr5")
    return organism if egr5 is None else with_egr5(organism, egr5)


def _beyond(organism: Organism) -> str:
    low, high = organism.valid
    return f"outside {low:g}…{high:g} °C, where {organism.id} was measured, the rate is extrapolated"


def _cooling_fit(fields: Fields) -> Answered:
    trace, curve = _curve(fields)
    measured = fields.temperature_or_null("ambient")
    fit = newton_cooling.fit(curve, measured)
    limits = {
        as_written(limit): _reached(curve, fit, measured, limit)
        for limit in (fields.temperatures("to") if fields.has("to") else [])
    }
    return {
        "value": None if fit is None else fit.k,
        "unit": "1/h",
        "k_per_h": None if fit is None else fit.k,
        "ambient": measured if fit is None else fit.ambient,
        "ambient_sigma": None if fit is None else fit.ambient_sigma,
        "r2": None if fit is None else fit.r2,
        "samples": 0 if fit is None else fit.samples,
        "reached": {limit: reached["value"] for limit, reached in limits.items()},
        "intervals": {limit: {"low": reached["low"], "high": reached["high"]} for limit, reached in limits.items()},
        "notes": [*trace.notes, *([] if fit is not None and fit.predicts else [_no_prediction(fit)])],
    }


def _reached(
    curve: list[Sample], fit: newton_cooling.Fit | None, measured: float | None, limit: float
) -> dict[str, float | str | None]:
    """Return the minutes from the first sample to the limit, with ±2σ: as observed, else as predicted."""
    room = fit.ambient if fit is not None and fit.predicts else measured
    seen = newton_cooling.observed(curve, limit, room)
    if seen is not None:
        reach: newton_cooling.Reach | None = newton_cooling.Reach(seen, seen, seen)
    elif measured is not None and limit <= measured:
        reach = newton_cooling.NEVER
    else:
        reach = None if fit is None else fit.reach(limit)
    if reach is None:
        return {"value": None, "low": None, "high": None}
    at, low, high = ((None if time is None else (time - curve[0][0]) / MINUTE) for time in reach)
    return {"value": "INFEASIBLE" if at is None else at, "low": low, "high": high}


def _no_prediction(fit: newton_cooling.Fit | None) -> str:
    if fit is None:
        return "no prediction: too few samples above the room, or a curve that does not bend towards one"
    if fit.k <= 0:
        return "no prediction: it does not cool"
    return f"no prediction: R² {fit.r2:.3f} is below {newton_cooling.LEAST_R2}"


def _mkt(fields: Fields) -> Answered:
    if fields.has("values"):
        values = fields.temperatures("values")
        weights = fields.numbers("weights") if fields.get("weights") is not None else None
        return _kinetic(values, weights, [])
    trace, curve = _curve(fields)
    return _kinetic([value for _, value in curve], weights_of(curve), list(trace.notes))


def _kinetic(values: list[float], weights: list[float] | None, notes: list[str]) -> Answered:
    return {"value": mean_kinetic_temperature(values, weights), "unit": "°C", "notes": notes}


def _dew_point(fields: Fields) -> Answered:
    return {"value": dew_point(fields.temperature("temperature"), fields.number("humidity")), "unit": "°C"}


def _boiling_point(fields: Fields) -> Answered:
    return {"value": boiling_point(fields.number("altitude_m")), "unit": "°C"}


def _product_filter(fields: Fields) -> Answered:
    trace, curve = _curve(fields)
    tau = fields.number_or_null("tau_min", TAU_MINUTES)
    start = fields.temperature_or_null("start")
    course = curve if tau is None else list(ProductFilter(tau).course(curve, start))
    return {"value": course[-1][1], "unit": "°C", "series": _series(trace, course), "notes": list(trace.notes)}


def _guard_band(fields: Fields) -> Answered:
    reading = fields.number("reading")
    uncertainty = fields.number_or_null("uncertainty", 0.0) or 0.0
    verdict = conformity(reading, fields.number("limit"), fields.choice("sense", Sense), uncertainty)
    return {"value": reading, "unit": "°C", "verdict": verdict}


def _calibration(fields: Fields) -> Answered:
    boiling = fields.temperatures("boiling") if fields.get("boiling") is not None else None
    found = calibration.check(fields.temperatures("ice"), boiling, fields.number_or_null("altitude_m"))
    return {
        "value": found.offset,
        "unit": "K",
        "offset": found.offset,
        "sigma": found.sigma,
        "verdict": found.outcome,
        "error": found.error,
        "reasons": [_CAUSES[cause] for cause in found.causes],
    }


_CAUSES = {
    QuarantineCause.UNSTEADY: "the readings in ice are not steady (σ must be below 0.1 K): stir, wait and repeat",
    QuarantineCause.OFFSET: "the offset is above 1 K",
    QuarantineCause.BOILING: "in boiling water the error after the offset is above 1 K",
}


def _curve(fields: Fields) -> tuple[TraceInput, list[Sample]]:
    trace = read_trace(fields)
    curve = trace.curve()
    if not curve:
        raise InputError(fields.at("trace"), "has no reading with a value")
    return trace, curve


def _series(trace: TraceInput, course: Iterable[Sample]) -> list[list[object]]:
    written = trace.written()
    return [[written[at], value] for at, value in course]


_MODELS: dict[str, Callable[[Fields], Answered]] = {
    "lethality": _lethality,
    "growth": _growth,
    "growth-rate": _growth_rate,
    "cooling-fit": _cooling_fit,
    "mkt": _mkt,
    "dew-point": _dew_point,
    "boiling-point": _boiling_point,
    "product-filter": _product_filter,
    "guard-band": _guard_band,
    "calibration": _calibration,
}
