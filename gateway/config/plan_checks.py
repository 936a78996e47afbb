"""Check the parts of the HACCP plan against each other: a plan that contradicts itself ends the start.

The first half reads the plain values, as the other checks do; `plan_faults` reads a file that has passed all of them.
"""

from collections.abc import Iterator

from gateway.config.checks import Raw, by_id, items, number, section, span_of, word
from gateway.config.haccp import ControlPoint, Override
from gateway.config.models import Config
from gateway.config.plan import HaccpPlan
from gateway.config.problems import ConfigFault, Path, listed, suggest
from gateway.haccp.limits.cooking import COOKING
from gateway.haccp.limits.fields import InputError
from gateway.haccp.limits.holding import COLD_HOLDING, DEW_POINT, HOLDING_KEYS, HOT_HOLDING
from gateway.haccp.limits.kinds import BATCH_KINDS, KINDS, POINT_KINDS
from gateway.haccp.profiles.load import IDS, load
from gateway.haccp.profiles.model import Food
from gateway.haccp.rules.breaches import LimitRow
from gateway.haccp.rules.holding import Side

LEVELS = ("critical", "warning")
_HOT_AND_COLD = {(HOT_HOLDING.name, "critical_min"), (COLD_HOLDING.name, "critical_max")}
_LIMIT_KEYS = ("critical_limit", "warning_limit", "critical_low", "warning_low")


def approval(raw: Raw) -> Iterator[ConfigFault]:
    who, people = word(section(raw, "haccp"), "approved_by"), sorted(by_id(raw, ("kitchen", "people")))
    if who is not None and who not in people:
        otherwise = f"there are {listed(people)}" if people else "add the person to kitchen.people"
        remedy = suggest(who, people, otherwise=otherwise)
        yield ConfigFault(("haccp", "approved_by"), f'nobody of kitchen.people is called "{who}"', remedy)


def rooms(raw: Raw) -> Iterator[ConfigFault]:
    """Check that `room` names another point of temperature."""
    points = by_id(raw, ("points",))
    for place, point in items(raw, ("points",)):
        name = word(point, "room")
        if name is None:
            continue
        if name not in points:
            remedy = suggest(name, sorted(points), otherwise=f"there are {listed(sorted(points))}")
            yield ConfigFault((*place, "room"), f'no point is called "{name}"', remedy)
        elif name == point.get("id") or points[name].get("quantity") != "temperature":
            yield ConfigFault(
                (*place, "room"), f'"{name}" does not measure the air around it', "name another temperature"
            )


def overrides(raw: Raw) -> Iterator[ConfigFault]:
    profile = word(section(raw, "haccp"), "profile") or IDS[0]
    yield from _overridden_twice(raw)
    for place, override in items(raw, ("haccp", "overrides")):
        control, limit = word(override, "control"), word(override, "limit")
        if control is not None and control not in KINDS:
            remedy = suggest(control, sorted(KINDS), otherwise=f"there are {listed(sorted(KINDS))}")
            yield ConfigFault((*place, "control"), f'there is no control "{control}"', remedy)
        elif control is not None and limit is not None and limit not in (limits := _limits_of(control, profile)):
            otherwise = f"there are {listed(limits)}" if limits else f"{profile} has no limit for it"
            yield ConfigFault(
                (*place, "limit"), f'{control} has no limit "{limit}"', suggest(limit, limits, otherwise=otherwise)
            )


def _overridden_twice(raw: Raw) -> Iterator[ConfigFault]:
    first: dict[tuple[str | None, ...], Path] = {}
    for place, override in items(raw, ("haccp", "overrides")):
        about = tuple(word(override, key) for key in ("control", "limit", "food"))
        if None in about[:2]:
            continue
        if about in first:
            what = f"{about[0]} has another {about[1]} in overrides[{first[about][-1]}]"
            yield ConfigFault((*place, "limit"), what, "keep one of them")
        first.setdefault(about, place)


def _limits_of(control: str, profile: str) -> tuple[str, ...]:
    kind = KINDS[control]
    return kind.settable_in(load(profile)) if profile in IDS else kind.settable


def batches(raw: Raw) -> Iterator[ConfigFault]:
    controls = section(raw, "haccp").get("batch_controls")
    if not isinstance(controls, list):
        return
    if not controls:
        what = "is empty"
        yield ConfigFault(("haccp", "batch_controls"), what, "name what a batch is judged by, or leave it out")
    for index, control in enumerate(controls):
        if control in controls[:index]:
            yield ConfigFault(
                ("haccp", "batch_controls", index), f'"{control}" stands there twice', "take one of them out"
            )
    for name, kind in BATCH_KINDS.items():
        if kind.after_cooking and name in controls and COOKING.name not in controls:
            path: Path = ("haccp", "batch_controls", controls.index(name))
            what = f"{name} without cooking: its clock starts when a cook ends"
            yield ConfigFault(path, what, "add cooking, or take it out")


def limit_ranges(raw: Raw) -> Iterator[ConfigFault]:
    """Check that limits are within the point's range: a reading outside is not judged, so it could not alarm."""
    points = by_id(raw, ("points",))
    for place, control in items(raw, ("control_points",)):
        if control.get("kind") == DEW_POINT.name:  # in K above the dew point, not of the probe's range
            continue
        span = span_of(points.get(str(control.get("point")), {}))
        for key in _LIMIT_KEYS:
            limit = number(control, key)
            if span and limit is not None and not span[0] <= limit <= span[1]:
                what = f'{limit:g} lies outside the range {span[0]:g} to {span[1]:g} of "{control.get("point")}"'
                yield ConfigFault((*place, key), what, "correct the limit or the point's range")


PLAN_CHECKS = (approval, rooms, overrides, batches, limit_ranges)


def plan_faults(config: Config) -> Iterator[ConfigFault]:
    """Check what only the rules of the plan show."""
    faults = list(_unusable(config))
    yield from faults
    if not faults:
        plan = HaccpPlan(config.haccp)
        yield from _without_limits(config, plan)
        yield from _crossed(config, plan)
        yield from _hot_under_cold(config, plan)
        yield from _overridden(config, plan)


def _unusable(config: Config) -> Iterator[ConfigFault]:
    """Find overrides with which no rule can be built."""
    haccp = config.haccp
    for index, override in enumerate(haccp.overrides):
        place: Path = ("haccp", "overrides", index, "value")
        if override.limit not in {"rule", "table"} and isinstance(override.value, str):
            yield ConfigFault(place, f'"{override.value}" is no number', "write a number with a decimal point")
        elif override.control in BATCH_KINDS:
            try:
                HaccpPlan(haccp.model_copy(update={"overrides": (override,)})).rule(override.control, override.food, 1)
            except InputError as error:
                yield ConfigFault(place, str(error).partition(": ")[2], "correct the value")


def _without_limits(config: Config, plan: HaccpPlan) -> Iterator[ConfigFault]:
    for index, control in enumerate(config.control_points):
        if not plan.rows(control):
            what = f"{plan.profile.id} has no limit for {control.kind}"
            yield ConfigFault(("control_points", index, "critical_limit"), what, "write a critical_limit of your own")


def _crossed(config: Config, plan: HaccpPlan) -> Iterator[ConfigFault]:
    """Find low limits that are not below the high one: no value could satisfy both."""
    for index, control in enumerate(config.control_points):
        rows = [row for row in plan.rows(control) if row.level == "critical"]
        highest, lowest = _strictest(rows, Side.ABOVE), _strictest(rows, Side.BELOW)
        if highest is not None and lowest is not None and lowest >= highest:
            key = "critical_low" if POINT_KINDS[control.kind].danger is Side.ABOVE else "critical_limit"
            what = f"the low limit {lowest:g} is not below the high limit {highest:g}"
            yield ConfigFault(("control_points", index, key), what, "no value could satisfy both: correct one of them")


def _hot_under_cold(config: Config, plan: HaccpPlan) -> Iterator[ConfigFault]:
    """Find hot limits that are not above the cold ones: food between them would be hot and cold at once."""
    cold = [limit for control in config.control_points if (limit := _cold_limit(control, plan)) is not None]
    for index, control in enumerate(config.control_points):
        if control.kind != HOT_HOLDING.name or not cold:
            continue
        hot = _strictest(plan.rows(control), Side.BELOW)
        if hot is not None and hot <= max(cold):
            what = f"hot food from {hot:g}, and cold food up to {max(cold):g}"
            yield ConfigFault(
                ("control_points", index, "critical_limit"), what, "the hot limit must be above the cold ones"
            )


def _overridden(config: Config, plan: HaccpPlan) -> Iterator[ConfigFault]:
    """Find overrides that contradict other limits of the profile, whether or not a control point uses them."""
    for index, override in enumerate(config.haccp.overrides):
        if override.limit not in HOLDING_KEYS or override.control not in POINT_KINDS:
            continue
        place: Path = ("haccp", "overrides", index, "value")
        side = Side.ABOVE if override.limit.endswith("_max") else Side.BELOW
        rows = plan.rows(_imagined(override.control, override.food))
        critical, warning = (_strictest([row for row in rows if row.level == level], side) for level in LEVELS)
        if override.limit.startswith("warning") and not _comes_first(warning, critical, side):
            what = f"a warning at {warning:g} comes no earlier than the critical limit of {critical:g}"
            yield ConfigFault(place, what, "the warning must come first")
        yield from _overridden_hot_and_cold(place, override, plan)


def _overridden_hot_and_cold(place: Path, override: Override, plan: HaccpPlan) -> Iterator[ConfigFault]:
    if (override.control, override.limit) not in _HOT_AND_COLD:
        return
    hot, cold = (
        _strictest([row for row in plan.rows(_imagined(kind, override.food)) if row.level == "critical"], side)
        for kind, side in ((HOT_HOLDING.name, Side.BELOW), (COLD_HOLDING.name, Side.ABOVE))
    )
    if hot is not None and cold is not None and hot <= cold:
        what = f"hot food from {hot:g}, and cold food up to {cold:g}"
        yield ConfigFault(place, what, "the hot limit must be above the cold ones")


def _imagined(kind: str, food: str | None) -> ControlPoint:
    """Return a control point that has only the plan's limits."""
    return ControlPoint(id="imagined", kind=kind, point="imagined", food=None if food is None else Food(food))


def _comes_first(warning: float | None, critical: float | None, side: Side) -> bool:
    if warning is None or critical is None:
        return True
    return warning < critical if side is Side.ABOVE else warning > critical


def _cold_limit(control: ControlPoint, plan: HaccpPlan) -> float | None:
    if not POINT_KINDS[control.kind].keeps_cold:
        return None
    return _strictest([row for row in plan.rows(control) if row.level == "critical"], Side.ABOVE)


def _strictest(rows: list[LimitRow], side: Side) -> float | None:
    values = [row.value for row in rows if row.side is side]
    if not values:
        return None
    return min(values) if side is Side.ABOVE else max(values)
