"""Rinse: dishes are rinsed hot enough for long enough."""

from gateway.haccp.limits.control import duration, held, of_seconds
from gateway.haccp.limits.kind import BatchFacts, Built, ControlKind, RuleRequest
from gateway.haccp.profiles.model import Cited
from gateway.haccp.rules.rinse import Rinse
from gateway.haccp.rules.stay import HeatTreatment


class RinseLimit(Cited, frozen=True, kw_only=True):
    """Require a temperature of the hot water, or of the dish, to be held."""

    critical_min: float
    hold_s: float
    warning_min: float | None = None

    @property
    def in_words(self) -> str:
        return f"≥{self.critical_min:g}{held(self.hold_s)}"


def _build(asked: RuleRequest[RinseLimit]) -> Built | None:
    """Build the rule from the profile's limit, with the numbers that the control sets."""
    control = asked.control
    limit = next(iter(asked.limits()), None)
    if limit is None and control.get("critical_min") is None:
        return None
    lowest = control.number("critical_min", None if limit is None else limit.critical_min)
    hold = duration(control, "hold_s", 0.0 if limit is None else limit.hold_s)
    return Built(Rinse(HeatTreatment(lowest, of_seconds(hold))), {"critical_min": lowest, "hold_s": hold})


RINSE = ControlKind(
    name="rinse",
    limit=RinseLimit,
    build=_build,
    settable=("critical_min", "hold_s"),
    measures=("peak", "held_s"),
    batch=BatchFacts(),
)
