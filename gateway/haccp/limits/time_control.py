"""Time as the control: food may be out of temperature control for four or six hours."""

from gateway.haccp.limits.control import of_minutes
from gateway.haccp.limits.fields import InputError
from gateway.haccp.limits.kind import BatchFacts, Built, ControlKind, RuleRequest
from gateway.haccp.profiles.load import load
from gateway.haccp.profiles.model import Cited
from gateway.haccp.rules.time_control import TimeControl

TIME_AS_CONTROL = "fda2022"
"""Whose start temperatures count when a control asks for hours that its profile does not know."""


class TimeLimit(Cited, frozen=True, kw_only=True):
    """Allow so many hours from a start at or below `start_max`, or at or above `start_min` (None: not hot)."""

    hours: int
    start_max: float
    start_min: float | None = None
    never_above: float | None = None

    @property
    def in_words(self) -> str:
        hot = "" if self.start_min is None else f" or ≥{self.start_min:g}"
        ceiling = "" if self.never_above is None else f", never >{self.never_above:g}"
        return f"{self.hours} h from ≤{self.start_max:g}{hot}{ceiling}"


def _build(asked: RuleRequest[TimeLimit]) -> Built | None:
    limits, control = asked.limits(), asked.control
    if control.get("hours") is None:
        return _by(limits[0]) if limits else None
    hours = control.number("hours")
    for limit in (*limits, *asked.kind.limits_in(load(TIME_AS_CONTROL))):
        if limit.hours == hours:
            return _by(limit)
    raise InputError(control.at("hours"), f"{hours:g} is neither 4 nor 6")


def _by(limit: TimeLimit) -> Built:
    rule = TimeControl(of_minutes(60 * limit.hours), limit.start_max, limit.start_min, limit.never_above)
    shown = {"hours": limit.hours, "start_max": limit.start_max, "start_min": limit.start_min}
    return Built(rule, shown if limit.never_above is None else {**shown, "never_above": limit.never_above})


TIME_CONTROL = ControlKind(
    name="time_control",
    limit=TimeLimit,
    build=_build,
    settable=("hours",),
    measures=("minutes_out", "max", "discard_at"),
    batch=BatchFacts(),
)
