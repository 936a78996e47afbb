"""Exposure: how long food may be in the danger zone over its whole life."""

from gateway.haccp.limits.control import of_minutes
from gateway.haccp.limits.kind import BatchFacts, Built, ControlKind, Frame, RuleRequest
from gateway.haccp.profiles.load import tables
from gateway.haccp.profiles.model import Cited, ExposureRule
from gateway.haccp.rules.exposure import Exposure


class ExposureLimit(Cited, frozen=True, kw_only=True):
    """Name one of the exposure rules of tables.yaml."""

    rule: str

    @property
    def in_words(self) -> str:
        return f"rule {self.rule}"


def _build(asked: RuleRequest[ExposureLimit]) -> Built | None:
    """Build the rule that the control names, else the profile's."""
    rules = tables().exposure
    if asked.control.get("rule") is not None:
        name = asked.control.word("rule", rules)
    else:
        limits = asked.limits()
        if not limits:
            return None
        name = limits[0].rule
    return Built(_rule(rules[name], asked.frame), {"rule": name})


def _rule(rule: ExposureRule, frame: Frame) -> Exposure:
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


EXPOSURE = ControlKind(
    name="exposure",
    limit=ExposureLimit,
    build=_build,
    settable=("rule",),
    measures=("minutes_in_band", "minutes_above_21", "remaining_min"),
    batch=BatchFacts(usual=True),
)
