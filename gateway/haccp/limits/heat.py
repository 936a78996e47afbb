"""Controls of heat: cooking, reheating, the rinse of dishes."""

from gateway.haccp.limits.fields import Fields, InputError
from gateway.haccp.limits.limits import (
    Built,
    Frame,
    chosen,
    duration,
    food_of,
    nothing,
    of_minutes,
    of_seconds,
    positive,
)
from gateway.haccp.models.errors import ModelError
from gateway.haccp.models.lethality import FLOOR, LISTERIA_6D, Lethality, Method
from gateway.haccp.profiles.choose import for_food, strictest
from gateway.haccp.profiles.load import tables
from gateway.haccp.profiles.model import CookingLimit, Food, Profile, StepTable
from gateway.haccp.rules.cooking import Cooking
from gateway.haccp.rules.reheating import Reheating
from gateway.haccp.rules.rinse import Rinse
from gateway.haccp.rules.stay import Need

LISTERIA_MINUTES = 2.0
"""Of F70: six decimal reductions of L. monocytogenes."""

CHILL = 5.0
"""Cel; where the clock of reheating starts when nobody says."""


def cooking(kind: str, control: Fields, profile: Profile, frame: Frame) -> Built:
    """The criterion that the control gives decides alone, else the profile's for the food."""
    beside, target = _lethality(control)
    if control.get("table") is not None:
        if control.get("temperature") is not None:
            raise InputError(control.at("table"), "stands beside temperature: only one of them can decide")
        name = control.word("table", tables().tables)
        return _by_table(name, beside, target, frame)
    if control.get("temperature") is not None:
        need = Need(control.temperature("temperature"), of_seconds(duration(control, "hold_s", 0.0)))
        return _by_need(need, beside, target, frame)
    if beside is not None and target is not None:
        shown = {"lethality": _shown_model(beside, target)}
        return Built(Cooking((), beside, target, frame.max_gap), shown)
    return _by_profile(kind, control, profile, frame, beside)


def _by_profile(kind: str, control: Fields, profile: Profile, frame: Frame, beside: Lethality | None) -> Built:
    limits, food = chosen(profile.limits.cooking, control), food_of(control)
    if not limits:
        return nothing(profile, kind)
    limit, reasons = cooking_limit(limits, food)
    if limit.table is not None:
        built = _by_table(limit.table, beside, None, frame)
    else:
        seconds = duration(control, "hold_s", limit.hold_s)
        built = _by_need(Need(float(limit.temperature or 0.0), of_seconds(seconds)), beside, None, frame)
    built.reasons += reasons
    return built


def cooking_limit(limits: list[CookingLimit], food: Food | None) -> tuple[CookingLimit, list[str]]:
    """The limit for a food; of a food that the profile does not know, the strictest is asked."""
    found = for_food(limits, food)
    if found:
        return found[0], []
    limit = strictest(limits)
    return limit, [f"{'no food named' if food is None else f'no limit for {food}'}: the strictest limit is asked"]


def _by_need(need: Need, beside: Lethality | None, target: float | None, frame: Frame) -> Built:
    model = beside or LISTERIA_6D
    wanted = target or _usual_target(model)
    shown = {"temperature": need.temperature, "hold_s": need.hold / of_seconds(1)}
    return Built(Cooking((need,), model, wanted, frame.max_gap), shown)


def _by_table(name: str, beside: Lethality | None, target: float | None, frame: Frame) -> Built:
    table = tables().tables[name]
    model, wanted = _table_model(table) if beside is None else (beside, target or _usual_target(beside))
    needs = tuple(Need(temperature, of_seconds(seconds)) for temperature, seconds in table.in_celsius())
    return Built(Cooking(needs, model, wanted, frame.max_gap, table=True), {"table": name})


def _table_model(table: StepTable) -> tuple[Lethality, float]:
    if table.model is None:
        return LISTERIA_6D, LISTERIA_MINUTES
    given = table.model
    return Lethality(given.t_ref, given.z, given.d_ref, floor=None), given.target_log * given.d_ref


def _usual_target(model: Lethality) -> float:
    """What is asked of a model that only reports: 6 decimal reductions where there is a D value, else F 2 min."""
    return LISTERIA_MINUTES if model.d_ref in {None, LISTERIA_6D.d_ref} else 6 * float(model.d_ref or 0.0)


def _lethality(control: Fields) -> tuple[Lethality | None, float | None]:
    """The model that the control gives, and its target in minutes of F, None when it has none."""
    if control.get("lethality") is None:
        return None, None
    given = Fields(control.get("lethality"), folder=control.folder, place=control.at("lethality"))
    own = any(given.has(key) for key in ("t_ref", "z", "d_ref"))
    t_ref = given.temperature("t_ref") if own else LISTERIA_6D.t_ref
    z = given.number("z") if own else LISTERIA_6D.z
    d_ref = given.number_or_null("d_ref") if own else LISTERIA_6D.d_ref
    floor = given.number_or_null("floor", FLOOR)
    method = given.choice("method", Method, Method.EXACT)
    try:
        model = Lethality(t_ref, z, d_ref, floor, method)
    except ModelError as error:
        raise InputError(given.at(error.parameter), error.text) from None
    return model, _target(given, model)


def _target(given: Fields, model: Lethality) -> float | None:
    wanted = [positive(given, "target_min")] if given.get("target_min") is not None else []
    if given.get("target_log") is not None:
        if model.d_ref is None:
            raise InputError(given.at("target_log"), "needs d_ref")
        wanted.append(positive(given, "target_log") * model.d_ref)
    return max(wanted, default=None)


def _shown_model(model: Lethality, target: float) -> dict[str, object]:
    return {
        "t_ref": model.t_ref,
        "z": model.z,
        "d_ref": model.d_ref,
        "floor": model.floor,
        "method": model.method.value,
        "target_min": target,
    }


def reheating(kind: str, control: Fields, profile: Profile, frame: Frame) -> Built:  # noqa: ARG001 - as all kinds
    """The profile's limit for the food, single numbers of it replaced by the control's."""
    found = for_food(chosen(profile.limits.reheating, control), food_of(control))
    limit = found[0] if found else None
    if limit is None and control.get("temperature") is None:
        return nothing(profile, kind)
    temperature = (
        control.temperature("temperature") if limit is None or control.has("temperature") else limit.temperature
    )
    start = control.number("from", CHILL if limit is None else limit.start)
    within = control.number_or_null("within_min", None if limit is None else limit.within_min)
    hold = duration(control, "hold_s", 0.0 if limit is None else limit.hold_s)
    if start >= temperature:
        raise InputError(control.at("from"), f"{start:g} is not below the target {temperature:g}")
    if within is not None and within <= 0:
        raise InputError(control.at("within_min"), f"{within:g} is not above 0")
    rule = Reheating(start, Need(temperature, of_seconds(hold)), None if within is None else of_minutes(within))
    return Built(rule, {"from": start, "temperature": temperature, "hold_s": hold, "within_min": within})


def rinse(kind: str, control: Fields, profile: Profile, frame: Frame) -> Built:  # noqa: ARG001 - as all kinds
    """The profile's rinse, single numbers of it replaced by the control's."""
    found = chosen(profile.limits.rinse, control)
    limit = found[0] if found else None
    if limit is None and control.get("critical_min") is None:
        return nothing(profile, kind)
    lowest = control.number("critical_min", None if limit is None else limit.critical_min)
    hold = duration(control, "hold_s", 0.0 if limit is None else limit.hold_s)
    return Built(Rinse(Need(lowest, of_seconds(hold))), {"critical_min": lowest, "hold_s": hold})
