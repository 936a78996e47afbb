"""List all kinds of control by name, and build the rule of a control."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Annotated, Any

from msgspec import Meta

from gateway.haccp.limits.cooking import COOKING
from gateway.haccp.limits.cooling import COOLING
from gateway.haccp.limits.eat_by import EAT_BY
from gateway.haccp.limits.exposure import EXPOSURE
from gateway.haccp.limits.fields import Fields, InputError, shown
from gateway.haccp.limits.holding import (
    AMBIENT,
    COLD_HOLDING,
    DEW_POINT,
    FROZEN_HOLDING,
    HOT_HOLDING,
    HUMIDITY,
    SAMPLE_FRIDGE,
)
from gateway.haccp.limits.kind import BatchFacts, Built, ControlKind, Frame, PointFacts, RuleRequest
from gateway.haccp.limits.reheating import REHEATING
from gateway.haccp.limits.rinse import RINSE
from gateway.haccp.limits.thawing import THAWING
from gateway.haccp.limits.time_control import TIME_CONTROL
from gateway.haccp.profiles.model import Profile

_ALL: tuple[ControlKind[Any], ...] = (
    COLD_HOLDING,
    HOT_HOLDING,
    FROZEN_HOLDING,
    AMBIENT,
    HUMIDITY,
    DEW_POINT,
    COOKING,
    REHEATING,
    COOLING,
    EXPOSURE,
    TIME_CONTROL,
    EAT_BY,
    RINSE,
    THAWING,
    SAMPLE_FRIDGE,
)
KINDS: Mapping[str, ControlKind[Any]] = {kind.name: kind for kind in _ALL}
POINT_KINDS: Mapping[str, PointFacts] = {kind.name: kind.point for kind in _ALL if kind.point is not None}
"""The kinds that guard a control point."""
BATCH_KINDS: Mapping[str, BatchFacts] = {kind.name: kind.batch for kind in _ALL if kind.batch is not None}
"""The kinds that judge a batch of food."""

PointKindName = Annotated[str, Meta(extra_json_schema={"enum": list(POINT_KINDS)})]
BatchKindName = Annotated[str, Meta(extra_json_schema={"enum": list(BATCH_KINDS)})]
"""The name of a kind in a shape that the API describes."""

LIMIT_KEYS = tuple(dict.fromkeys(key for kind in _ALL for key in (*kind.settable, *kind.judge_only)))
"""What the control of one kind or another sets; in this order a verdict names what stood above the profile."""
KEYS = ("kind", "food", "variant", *LIMIT_KEYS)


def build(control: Fields, kind: str, profile: Profile, frame: Frame) -> Built:
    """Build the rule of a control under a profile.

    Raises:
        InputError: the control contradicts itself, or a key of it is nearly one that matters.
    """
    built = _built(RuleRequest(KINDS[kind], control, profile, frame))
    unused = [key for key in control.unused() if key != "kind"]
    for key in unused:
        near = get_close_matches(key, KEYS, 1, 0.8) if key not in KEYS else []
        if near:
            raise InputError(control.at(key), f"is unknown; is {near[0]} meant?")
        built.reasons.append(f"{shown(key)} of the control was not used")
    built.overrides = [key for key in LIMIT_KEYS if key not in unused and control.has(key)]
    return built


def _built(asked: RuleRequest[Any]) -> Built:
    built = asked.kind.build(asked)
    return built or Built(None, reasons=[f"{asked.profile.id} has no limit for {asked.kind.name}"])
