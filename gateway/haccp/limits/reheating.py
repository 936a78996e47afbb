"""Reheating: a temperature to reach and hold, soon enough after the food has left the cold."""

from collections.abc import Collection
from typing import Any

import msgspec

from gateway.haccp.limits.control import duration, food_of, held, of_minutes, of_seconds, within
from gateway.haccp.limits.fields import InputError
from gateway.haccp.limits.kind import BatchFacts, Built, ControlKind, RuleRequest
from gateway.haccp.profiles.choose import for_food
from gateway.haccp.profiles.model import Cited
from gateway.haccp.rules.reheating import Reheating
from gateway.haccp.rules.stay import HeatTreatment
from gateway.haccp.rules.trace import Happening
from gateway.haccp.rules.verdict import Verdict

CHILL = 5.0
"""Cel; where the clock of reheating starts when nobody says."""


class ReheatingLimit(Cited, frozen=True, kw_only=True):
    """Require a temperature to be held, `within_min` after the food was last at `from` or below."""

    start: float = msgspec.field(name="from")
    temperature: float
    hold_s: float
    within_min: float | None = None

    @property
    def in_words(self) -> str:
        return f"{self.start:g}→{self.temperature:g}{held(self.hold_s)}{within(self.within_min)}"


def _build(asked: RuleRequest[ReheatingLimit]) -> Built | None:
    """Build the rule from the profile's limit for the food, with the numbers that the control sets."""
    control = asked.control
    limit = next(iter(for_food(asked.limits(), food_of(control))), None)
    if limit is None and control.get("temperature") is None:
        return None
    temperature = (
        control.temperature("temperature") if limit is None or control.has("temperature") else limit.temperature
    )
    start = control.number("from", CHILL if limit is None else limit.start)
    minutes = control.number_or_null("within_min", None if limit is None else limit.within_min)
    hold = duration(control, "hold_s", 0.0 if limit is None else limit.hold_s)
    if start >= temperature:
        raise InputError(control.at("from"), f"{start:g} is not below the target {temperature:g}")
    if minutes is not None and minutes <= 0:
        raise InputError(control.at("within_min"), f"{minutes:g} is not above 0")
    rule = Reheating(
        start, HeatTreatment(temperature, of_seconds(hold)), None if minutes is None else of_minutes(minutes)
    )
    return Built(rule, {"from": start, "temperature": temperature, "hold_s": hold, "within_min": minutes})


def _applies(_state: Any, _verdict: Verdict, marked: Collection[Happening], /) -> bool:
    """Skip food that is not heated again: a person marks where it is."""
    return Happening.REHEATING_STARTED in marked


REHEATING = ControlKind(
    name="reheating",
    limit=ReheatingLimit,
    build=_build,
    settable=("from", "temperature", "hold_s", "within_min"),
    measures=("minutes_to_target", "held_s"),
    batch=BatchFacts(by_food=True, applies=_applies),
)
