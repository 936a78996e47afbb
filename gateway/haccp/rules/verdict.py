"""What a rule says of a trace: the outcome, every number and time that led to it, and why."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

import msgspec

from gateway.haccp.rules.trace import MINUTE


class Outcome(StrEnum):
    """How a control stands. `INDETERMINATE` is what the data cannot carry: never a pass."""

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
"""Of a control with several limits the worst one speaks."""

FORESEEN = frozenset({Outcome.PREDICTED_FAIL, Outcome.INFEASIBLE})
"""What is said before it has come to pass."""

TIME = "time"
"""The unit of a measure whose value is a moment in microseconds."""


class Action(StrEnum):
    """What is to be done with the food (FSANZ, 2 hour/4 hour rule)."""

    USE_OR_CHILL = "USE_OR_CHILL"
    USE_NOW = "USE_NOW"
    DISCARD = "DISCARD"


class Measure(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One number or moment of a verdict; `gap_min` is what of it was charged for time of which nothing is known."""

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
    """Why a control stands as it does: a sentence of the catalogue (`why.…` in gateway.messages) and what stands in it.

    A number is written with a point and as many decimals as the rule means; gateway.messages writes it as each language
    does. Several reasons in one place are a list in the sentence.
    """

    sentence: str
    parts: Mapping[str, "str | tuple[Why, ...]"] = {}


def why(sentence: str, **parts: "str | tuple[Why, ...]") -> Why:
    """A reason."""
    return Why(sentence, parts)


Decision = tuple[Outcome, int | None, tuple[Why, ...]]
"""An outcome, the first moment at which it was certain, and why."""


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """`decided_at`: the first moment at which the outcome was certain, None while it is not."""

    outcome: Outcome
    decided_at: int | None = None
    measures: Mapping[str, Measure | None] = {}
    reasons: tuple[Why, ...] = ()
    action: Action | None = None


def minutes(duration: int) -> float:
    """Microseconds as minutes."""
    return duration / MINUTE


def gap_minutes(duration: int) -> float | None:
    """Minutes charged for gaps; None when there was none."""
    return minutes(duration) if duration else None


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """The outcome that speaks for all of them."""
    return min(outcomes, key=WORST_FIRST.index)


def undecided(now: int | None) -> Outcome:
    """What is neither met nor missed: still running, or closed without an answer."""
    return Outcome.INDETERMINATE if now is None else Outcome.RUNNING
