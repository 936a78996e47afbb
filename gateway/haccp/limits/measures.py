"""The measures of each kind of control: one that a trace does not give is null in the answer, and never missing."""

from collections.abc import Mapping
from typing import Any

from gateway.haccp.rules.cooling import Cooling
from gateway.haccp.rules.rule import Rule

Json = dict[str, object]

_HOLDING = ("minutes_beyond", "longest_minutes", "breaches", "max", "min", "allowance_used")

MEASURES: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("cold_holding", "hot_holding", "frozen_holding", "ambient", "humidity", "dew_point"), _HOLDING),
    "sample_fridge": (*_HOLDING, "kept_min"),
    "cooking": ("peak", "held_s", "accepted_at", "f_min", "log_reduction", "required_min", "model_required_min"),
    "reheating": ("minutes_to_target", "held_s"),
    "cooling": ("started_at", "k_per_h", "ambient"),
    "exposure": ("minutes_in_band", "minutes_above_21", "remaining_min"),
    "time_control": ("minutes_out", "max", "discard_at"),
    "eat_by": ("cook_to_eat_min", "latest_eat_by"),
    "rinse": ("peak", "held_s"),
    "thawing": ("max", "minutes_above"),
}
"""Of cooling, each stage has its own and its forecast beside these."""


def complete(kind: str, rule: Rule[Any] | None, measures: Json) -> Json:
    """With null for each measure that is missing."""
    names = MEASURES[kind]
    if isinstance(rule, Cooling):
        stages = [stage.name for stage in rule.stages]
        names = (*stages, *names, *(f"predicted_{stage}" for stage in stages))
    return {name: None for name in names if name not in measures} | measures
