"""Time to eat by: so many minutes from the end of cooking to the meal."""

from gateway.haccp.limits.control import of_minutes, positive, within
from gateway.haccp.limits.kind import BatchFacts, Built, ControlKind, RuleRequest
from gateway.haccp.profiles.model import Cited
from gateway.haccp.rules.eat_by import EatBy


class EatByLimit(Cited, frozen=True, kw_only=True):
    """Allow so many minutes from the end of cooking to the meal; warn after `warning_min`."""

    within_min: float
    warning_min: float | None = None

    @property
    def in_words(self) -> str:
        return f"{within(self.within_min).strip()} of the end of cooking"


def _build(asked: RuleRequest[EatByLimit]) -> Built | None:
    """Build the rule from the control's minutes, else from the profile's."""
    limits, control = asked.limits(), asked.control
    if control.get("within_min") is not None:
        allowed = positive(control, "within_min")
        return Built(EatBy(of_minutes(allowed)), {"within_min": allowed})
    if not limits:
        return None
    limit = limits[0]
    warning = None if limit.warning_min is None else of_minutes(limit.warning_min)
    return Built(EatBy(of_minutes(limit.within_min), warning), {"within_min": limit.within_min})


EAT_BY = ControlKind(
    name="eat_by",
    limit=EatByLimit,
    build=_build,
    settable=("within_min",),
    measures=("cook_to_eat_min", "latest_eat_by"),
    batch=BatchFacts(usual=True, after_cooking=True),
    marks_only=True,
)
