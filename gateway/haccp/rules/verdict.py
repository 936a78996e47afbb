"""Define a verdict: the outcome, every number and time that led to it, and the reasons."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

import msgspec

from gateway.haccp.rules.trace import MINUTE


class Outcome(StrEnum):
    """Name the outcome of a control. `INDETERMINATE`: the data do not decide; it is never a pass."""

    PASS = "PASS"  # noqa: S105 - a verdict
    FAIL = "FAIL"
    RUNNING = "RUNNING"
    PREDICTED_FAIL = "PREDICTED_FAIL"
    INFEASIBLE = "INFEASIBLE"
    INDETERMINATE = "INDETERMINATE"


WORST_FIRST = (
    Outcome.FAIL,
    Outcome.INFEASIBLE,
    Outcome.PREDICTED_FAIL,
    Outcome.INDETERMINATE,
    Outcome.RUNNING,
    Outcome.PASS,
)
"""The order in which outcomes decide for a control with several limits."""

FORESEEN = frozenset({Outcome.PREDICTED_FAIL, Outcome.INFEASIBLE})
"""Outcomes that are forecast."""

TIME = "time"
"""The unit of a measure whose value is a moment in microseconds."""


class Action(StrEnum):
    """Say what to do with the food (FSANZ, 2 hour/4 hour rule)."""

    USE_OR_CHILL = "USE_OR_CHILL"
    USE_NOW = "USE_NOW"
    DISCARD = "DISCARD"


class Measure(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Hold one number or moment of a verdict; `gap_min` is how much of it was charged for gaps."""

    value: float | None
    unit: str = "min"
    limit: float | None = None
    verdict: Outcome | None = None
    gap_min: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def says_something(self) -> bool:
        return self.value is not None or self.limit is not None or self.verdict is not None


class Why(msgspec.Struct, frozen=True):
    """Hold a reason: the key of a sentence of the catalogue (`why.…` in gateway.messages) and its parts.

    Numbers have a decimal point and as many decimals as the rule means; gateway.messages writes them as each language
    does. Several reasons in one place are a list in the sentence.
    """

    sentence: str
    parts: Mapping[str, "str | tuple[Why, ...]"] = {}


def why(sentence: str, **parts: "str | tuple[Why, ...]") -> Why:
    """Return a reason."""
    return Why(sentence, parts)


Decision = tuple[Outcome, int | None, tuple[Why, ...]]
"""An outcome, the first moment at which it was certain, and why."""


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """Hold a verdict; `decided_at` is the first moment at which the outcome was certain, None while it is not."""

    outcome: Outcome
    decided_at: int | None = None
    measures: Mapping[str, Measure | None] = {}
    reasons: tuple[Why, ...] = ()
    action: Action | None = None


def minutes(duration: int) -> float:
    """Convert microseconds to minutes."""
    return duration / MINUTE


def gap_minutes(duration: int) -> float | None:
    """Convert microseconds in gaps to minutes; None if there were none."""
    return minutes(duration) if duration else None


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """Return the worst outcome, which decides for all of them."""
    return min(outcomes, key=WORST_FIRST.index)


def undecided(now: int | None) -> Outcome:
    """Return the outcome of what is neither met nor missed: RUNNING, or INDETERMINATE once nothing more will come."""
    return Outcome.INDETERMINATE if now is None else Outcome.RUNNING
