"""Cooling: stages, each from one temperature down to another in time."""

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Any

import msgspec

from gateway.haccp.limits.control import food_of, of_minutes, of_seconds, positive, within
from gateway.haccp.limits.cooking import COOKING, limit_for
from gateway.haccp.limits.fields import Fields, InputError, shown
from gateway.haccp.limits.kind import BatchFacts, Built, ControlKind, RuleRequest
from gateway.haccp.profiles.choose import of_variant
from gateway.haccp.profiles.model import Cited, Food, Profile
from gateway.haccp.rules.cooling import VALID_COOK, Cooling
from gateway.haccp.rules.cooling_forecast import Newton
from gateway.haccp.rules.cooling_stages import Stage
from gateway.haccp.rules.rule import Rule
from gateway.haccp.rules.stay import HeatTreatment
from gateway.haccp.rules.trace import Happening
from gateway.haccp.rules.verdict import FORESEEN, Verdict

_MEASURES = ("started_at", "k_per_h", "ambient")
_STAGE_KEYS = ("from", "to", "within_min")


class StageClock(StrEnum):
    """Name the clock of a stage: its own, or that of the whole cooling."""

    STAGE = "stage"
    TOTAL = "total"


class StageLimit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Require the food to fall from one temperature to another in time."""

    name: str
    start: float = msgspec.field(name="from")
    to: float
    within_min: float
    clock: StageClock


class CoolingLimit(Cited, frozen=True, kw_only=True):
    """Require all stages to be met in time; with `either`, one of them."""

    stages: tuple[StageLimit, ...]
    either: bool = False

    @property
    def in_words(self) -> str:
        stages = [f"{stage.start:g}→{stage.to:g}{within(stage.within_min)}" for stage in self.stages]
        return (" or " if self.either else ", ").join(stages)


def _build(asked: RuleRequest[CoolingLimit]) -> Built | None:
    """Build the rule from the control's stages, else from the profile's."""
    control, either = asked.control, False
    if control.get("stages") is not None:
        stages = _stages(control)
    else:
        limits = asked.limits()
        if not limits:
            return None
        stages = [
            Stage(stage.name, stage.start, stage.to, of_minutes(stage.within_min), stage.clock is StageClock.TOTAL)
            for stage in limits[0].stages
        ]
        either = limits[0].either
    hottest = max(stage.start for stage in stages)
    cook, reheat = _cook(asked), HeatTreatment(max(VALID_COOK.temperature, hottest), VALID_COOK.hold)
    rule = Cooling(tuple(stages), cook or reheat, reheat, either, Newton(asked.frame.room))
    return Built(rule, {"stages": [_shown_stage(stage) for stage in stages], **({"either": True} if either else {})})


def _cook(asked: RuleRequest[CoolingLimit]) -> HeatTreatment | None:
    """Return the cooking limit of the batch's food, if it is a temperature with a time."""
    food, limits = food_of(asked.control), COOKING.limits_in(asked.profile)
    if food is None or not limits:
        return None
    limit, _ = limit_for(limits, food)
    return None if limit.temperature is None else HeatTreatment(limit.temperature, of_seconds(limit.hold_s))


def _stages(control: Fields) -> list[Stage]:
    items = control.items("stages")
    if not items:
        raise InputError(control.at("stages"), "is empty")
    stages: list[Stage] = []
    for index, item in enumerate(items):
        fields = Fields(item, folder=control.folder, place=f"{control.at('stages')}[{index}]")
        stages.append(_stage(fields, index, stages))
    return stages


def _stage(fields: Fields, index: int, before: list[Stage]) -> Stage:
    name = fields.get("name") if fields.has("name") else f"stage_{index + 1}"
    if not isinstance(name, str) or not name or name in _MEASURES or name in {stage.name for stage in before}:
        raise InputError(fields.at("name"), f"{shown(name)} is no name of its own")
    clock = fields.choice("clock", StageClock, StageClock.STAGE)
    usual = None if not before else before[0].start if clock is StageClock.TOTAL else before[-1].to
    start = fields.temperature("from") if fields.has("from") or usual is None else usual
    to = fields.temperature("to")
    if to >= start:
        raise InputError(fields.at("to"), f"{to:g} is not below from {start:g}")
    return Stage(name, start, to, of_minutes(positive(fields, "within_min")), clock is StageClock.TOTAL)


def _shown_stage(stage: Stage) -> dict[str, object]:
    return {
        "name": stage.name,
        "from": stage.start,
        "to": stage.to,
        "within_min": stage.within / of_minutes(1),
        "clock": (StageClock.TOTAL if stage.total else StageClock.STAGE).value,
    }


def _applies(state: Any, verdict: Verdict, marked: Collection[Happening], /) -> bool:
    """Skip food that is eaten hot, and food that is still on the stove: it has not begun to cool."""
    begun = state.courses[0].began is not None
    return begun or (verdict.outcome in FORESEEN and Happening.COOKING_ENDED in marked)


class _CoolingKind(ControlKind[CoolingLimit]):
    """Let a plan set the numbers of the profile's stages, and measure each stage."""

    def settable_in(self, profile: Profile, /) -> tuple[str, ...]:
        stages = [stage for limit in self.limits_in(profile)[:1] for stage in limit.stages]
        return tuple(f"{stage.name}.{key}" for stage in stages for key in _STAGE_KEYS)

    def overridden(self, overrides: Mapping[str, object], profile: Profile, _food: Food | None, /) -> dict[str, object]:
        limits = self.limits_in(profile)
        if not overrides or not limits:
            return {}
        return {"stages": [_overridden(stage, overrides) for stage in of_variant(limits, None)[0].stages]}

    def measures_of(self, rule: Rule[Any] | None, /) -> tuple[str, ...]:
        stages = [stage.name for stage in rule.stages] if isinstance(rule, Cooling) else []
        return (*stages, *self.measures, *(f"predicted_{stage}" for stage in stages))


def _overridden(stage: StageLimit, overrides: Mapping[str, object]) -> dict[str, object]:
    usual = {"from": stage.start, "to": stage.to, "within_min": stage.within_min}
    numbers = {key: overrides.get(f"{stage.name}.{key}", usual[key]) for key in _STAGE_KEYS}
    return {"name": stage.name, "clock": stage.clock.value, **numbers}


COOLING = _CoolingKind(
    name="cooling",
    limit=CoolingLimit,
    build=_build,
    settable=(),
    judge_only=("stages",),
    measures=_MEASURES,
    batch=BatchFacts(usual=True, by_food=True, after_cooking=True, applies=_applies),
)
