"""Controls of time: cooling, exposure, time as a control, eat-by, thawing."""

from gateway.haccp.limits.fields import Fields, InputError, shown, temperature
from gateway.haccp.limits.heat import cooking_limit
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
from gateway.haccp.profiles.load import load, tables
from gateway.haccp.profiles.model import Clock, CoolingLimit, ExposureRule, Profile, TimeLimit
from gateway.haccp.rules.cooling import VALID_COOK, Cooling
from gateway.haccp.rules.cooling_forecast import Newton
from gateway.haccp.rules.cooling_stages import Stage
from gateway.haccp.rules.eat_by import EatBy
from gateway.haccp.rules.exposure import Exposure
from gateway.haccp.rules.stay import Need
from gateway.haccp.rules.thawing import Thawing
from gateway.haccp.rules.time_control import TimeControl

TIME_AS_CONTROL = "fda2022"
"""Whose start temperatures count when a control asks for hours that its profile does not know."""

_TAKEN = frozenset({"started_at", "k_per_h", "ambient"})


def cooling(kind: str, control: Fields, profile: Profile, frame: Frame) -> Built:
    """The stages of the control, else the profile's."""
    either = False
    if control.get("stages") is not None:
        stages = _stages(control)
    else:
        found: list[CoolingLimit] = chosen(profile.limits.cooling, control)
        if not found:
            return nothing(profile, kind)
        stages = [
            Stage(stage.name, stage.start, stage.to, of_minutes(stage.within_min), stage.clock is Clock.TOTAL)
            for stage in found[0].stages
        ]
        either = found[0].either
    hottest = max(stage.start for stage in stages)
    cook, reheat = _cook(control, profile), Need(max(VALID_COOK.temperature, hottest), VALID_COOK.hold)
    rule = Cooling(tuple(stages), cook or reheat, reheat, either, Newton(frame.room))
    return Built(rule, {"stages": [_shown_stage(stage) for stage in stages], **({"either": True} if either else {})})


def _cook(control: Fields, profile: Profile) -> Need | None:
    """The batch's own cooking criterion, where its food is named and has one of temperature and time."""
    food = food_of(control)
    if food is None or not profile.limits.cooking:
        return None
    limit, _ = cooking_limit(list(profile.limits.cooking), food)
    return None if limit.temperature is None else Need(limit.temperature, of_seconds(limit.hold_s))


def _stages(control: Fields) -> list[Stage]:
    items = control.items("stages")
    if not items:
        raise InputError(control.at("stages"), "is empty")
    stages: list[Stage] = []
    for index, item in enumerate(items):
        given = Fields(item, folder=control.folder, place=f"{control.at('stages')}[{index}]")
        stages.append(_stage(given, index, stages))
    return stages


def _stage(given: Fields, index: int, before: list[Stage]) -> Stage:
    name = given.get("name") if given.has("name") else f"stage_{index + 1}"
    if not isinstance(name, str) or not name or name in _TAKEN or name in {stage.name for stage in before}:
        raise InputError(given.at("name"), f"{shown(name)} is no name of its own")
    clock = given.choice("clock", Clock, Clock.STAGE)
    usual = None if not before else before[0].start if clock is Clock.TOTAL else before[-1].to
    start = given.temperature("from") if given.has("from") or usual is None else usual
    to = given.temperature("to")
    if to >= start:
        raise InputError(given.at("to"), f"{to:g} is not below from {start:g}")
    return Stage(name, start, to, of_minutes(positive(given, "within_min")), clock is Clock.TOTAL)


def _shown_stage(stage: Stage) -> dict[str, object]:
    return {
        "name": stage.name,
        "from": stage.start,
        "to": stage.to,
        "within_min": stage.within / of_minutes(1),
        "clock": (Clock.TOTAL if stage.total else Clock.STAGE).value,
    }


def exposure(kind: str, control: Fields, profile: Profile, frame: Frame) -> Built:
    """The rule that the control names, else the profile's."""
    known = tables().exposure
    if control.get("rule") is not None:
        name = control.word("rule", known)
    else:
        found = chosen(profile.limits.exposure, control)
        if not found:
            return nothing(profile, kind)
        name = found[0].rule
    return Built(_exposure(known[name], frame), {"rule": name})


def _exposure(rule: ExposureRule, frame: Frame) -> Exposure:
    return Exposure(
        low=rule.low,
        high=rule.high,
        limit=of_minutes(rule.limit_min),
        max_gap=frame.max_gap,
        reached_is_over=rule.reached_is_over,
        chill_until=None if rule.chill_until_min is None else of_minutes(rule.chill_until_min),
        warm=rule.warm,
        warm_limit=of_minutes(rule.warm_limit_min),
        never_warm_limit=of_minutes(rule.never_warm_limit_min),
    )


def time_control(kind: str, control: Fields, profile: Profile, frame: Frame) -> Built:  # noqa: ARG001 - as all kinds
    """Four or six hours."""
    limits = chosen(profile.limits.time_control, control)
    if control.get("hours") is None:
        if not limits:
            return nothing(profile, kind)
        return _time_control(limits[0])
    hours = control.number("hours")
    for limit in (*limits, *load(TIME_AS_CONTROL).limits.time_control):
        if limit.hours == hours:
            return _time_control(limit)
    raise InputError(control.at("hours"), f"{hours:g} is neither 4 nor 6")


def _time_control(limit: TimeLimit) -> Built:
    rule = TimeControl(of_minutes(60 * limit.hours), limit.start_max, limit.start_min, limit.never_above)
    asked = {"hours": limit.hours, "start_max": limit.start_max, "start_min": limit.start_min}
    return Built(rule, asked if limit.never_above is None else {**asked, "never_above": limit.never_above})


def eat_by(kind: str, control: Fields, profile: Profile, frame: Frame) -> Built:  # noqa: ARG001 - as all kinds
    """From the end of cooking to the meal."""
    found = chosen(profile.limits.eat_by, control)
    if control.get("within_min") is not None:
        allowed = positive(control, "within_min")
        return Built(EatBy(of_minutes(allowed)), {"within_min": allowed})
    if not found:
        return nothing(profile, kind)
    limit = found[0]
    warning = None if limit.warning_min is None else of_minutes(limit.warning_min)
    return Built(EatBy(of_minutes(limit.within_min), warning), {"within_min": limit.within_min})


def thawing(kind: str, control: Fields, profile: Profile, frame: Frame) -> Built:  # noqa: ARG001 - as all kinds
    """The profile's way of thawing, single numbers of it replaced by the control's."""
    found = chosen(profile.limits.thawing, control)
    limit = found[0] if found else None
    if limit is None and control.get("critical_max") is None:
        return nothing(profile, kind)
    ceiling = control.number("critical_max", None if limit is None else limit.ceiling)
    cold = control.number("cold", ceiling if limit is None else limit.cold)
    within = control.number_or_null("within_min", None if limit is None else limit.within_min)
    temperature(ceiling, control.at("critical_max"))
    if within is not None:
        within = duration(control, "within_min", within)
    rule = Thawing(ceiling, cold, None if within is None else of_minutes(within))
    return Built(rule, {"critical_max": ceiling, "cold": cold, "within_min": within})
