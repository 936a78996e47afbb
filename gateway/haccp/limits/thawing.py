"""Thawing: never above a ceiling, and above the cold limit only so long."""

from gateway.haccp.limits.control import duration, of_minutes, within
from gateway.haccp.limits.fields import temperature
from gateway.haccp.limits.kind import BatchFacts, Built, ControlKind, RuleRequest
from gateway.haccp.profiles.model import Cited
from gateway.haccp.rules.thawing import Thawing


class ThawingLimit(Cited, frozen=True, kw_only=True):
    """Keep food at or below `ceiling`, and above `cold` for at most `within_min`."""

    ceiling: float
    cold: float
    within_min: float | None = None

    @property
    def in_words(self) -> str:
        return f"≤{self.ceiling:g}" + (f", above {self.cold:g}{within(self.within_min)}" if self.within_min else "")


def _build(asked: RuleRequest[ThawingLimit]) -> Built | None:
    """Build the rule from the profile's limit, with the numbers that the control sets."""
    control = asked.control
    limit = next(iter(asked.limits()), None)
    if limit is None and control.get("critical_max") is None:
        return None
    ceiling = control.number("critical_max", None if limit is None else limit.ceiling)
    cold = control.number("cold", ceiling if limit is None else limit.cold)
    minutes = control.number_or_null("within_min", None if limit is None else limit.within_min)
    temperature(ceiling, control.at("critical_max"))
    if minutes is not None:
        minutes = duration(control, "within_min", minutes)
    rule = Thawing(ceiling, cold, None if minutes is None else of_minutes(minutes))
    return Built(rule, {"critical_max": ceiling, "cold": cold, "within_min": minutes})


THAWING = ControlKind(
    name="thawing",
    limit=ThawingLimit,
    build=_build,
    settable=("critical_max", "cold", "within_min"),
    measures=("max", "minutes_above"),
    batch=BatchFacts(),
)
