"""The record of one kind of control, from which everything that is particular to the kind follows.

    kitchen.yaml      which kinds a control point or a batch may have, which limits an override may set
    profiles          what an entry under the kind's name says, and how it is shown
    judge             which keys the control takes, which measures the verdict has
    live gateway      the rule, the unit, the dangerous side, what a batch needs beside it
    API, page, docs   the names; tests demand words in both languages and a row in docs/judge.md and docs/profiles.md

docs/contributing.md walks through adding one.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import msgspec

from drivers.reading import Quantity
from gateway.haccp.limits.fields import Fields, InputError, shown
from gateway.haccp.profiles.choose import of_variant, variants
from gateway.haccp.profiles.model import Cited, Food, Profile
from gateway.haccp.rules.holding import Side
from gateway.haccp.rules.rule import Rule
from gateway.haccp.rules.trace import Happening
from gateway.haccp.rules.verdict import Verdict

L = TypeVar("L", bound=Cited)
Json = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Frame:
    """Hold what a rule needs beside its limits: `max_gap` in microseconds, the room's readings for a forecast."""

    max_gap: int
    room: tuple[tuple[int, float], ...] = ()


@dataclass(slots=True)
class Built:
    """Hold a rule and its limits as the verdict shows them; `rule` is None if there is no limit."""

    rule: Rule[Any] | None
    shown: Mapping[str, object] = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)
    overrides: list[str] = field(default_factory=list)
    """Keys of the control that stand above the profile."""
    judges: bool = True
    """False when only warnings are left: there is no verdict then."""


@dataclass(frozen=True, slots=True)
class RuleRequest(Generic[L]):
    """Ask for the rule of a control: its kind, its own limits, and the profile that stands behind them."""

    kind: "ControlKind[L]"
    control: Fields
    profile: Profile
    frame: Frame

    def limits(self) -> list[L]:
        """Return the profile's limits of the variant that the control asks for.

        Raises:
            InputError: the profile has no such variant.
        """
        limits, variant = self.kind.limits_in(self.profile), self.control.get("variant")
        if variant is None:
            return of_variant(limits, None)
        names = variants(limits)
        if not isinstance(variant, str) or variant not in names:
            text = f"{shown(variant)} is none of {', '.join(names) or 'this profile'}"
            raise InputError(self.control.at("variant"), text)
        return of_variant(limits, variant)


Applies = Callable[[Any, Verdict, Collection[Happening]], bool]
"""Whether a control concerns a batch: by the rule's state, its verdict, and what was marked."""


def always(_state: Any, _verdict: Verdict, _marked: Collection[Happening], /) -> bool:
    """Apply to every batch, as most controls do."""
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class PointFacts:
    """Say how a kind guards a control point.

    Attributes:
        danger: the side of a plain `critical_limit` on which food is in danger.
        quantity: what the point measures.
        keeps_cold: it guards cold food; by a probe in air it is judged by the product that the air cools.
    """

    danger: Side = Side.ABOVE
    quantity: Quantity = Quantity.TEMPERATURE
    keeps_cold: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchFacts:
    """Say how a kind judges a batch of food.

    Attributes:
        usual: a batch has it when the plan does not name its controls.
        by_food: its limits depend on the batch's food.
        after_cooking: its clock starts when a cook ends, so that it needs the control of cooking beside it.
        applies: whether it concerns a batch; where not, no verdict is given.
    """

    usual: bool = False
    by_food: bool = False
    after_cooking: bool = False
    applies: Applies = always


@dataclass(frozen=True, kw_only=True, eq=False)
class ControlKind(Generic[L]):
    """Describe one kind of control. A kind whose keys or measures depend on the profile overrides a method.

    Attributes:
        name: what kitchen.yaml, profiles, `judge`, records and words call it.
        limit: what a profile's entry says of it.
        build: the rule for a request; None where neither control nor profile has a limit.
        settable: the keys that a control may set itself, and an override of the plan.
        judge_only: further keys that only a control of `judge` may set.
        measures: the names of a verdict's measures, in order.
        point: how it guards control points; None when it guards none.
        batch: how it judges batches of food; None when it judges none.
        unit: of the values that are judged.
        marks_only: it judges by marks, and no reading counts.
    """

    name: str
    limit: type[L]
    build: Callable[[RuleRequest[L]], Built | None]
    settable: tuple[str, ...]
    judge_only: tuple[str, ...] = ()
    measures: tuple[str, ...]
    point: PointFacts | None = None
    batch: BatchFacts | None = None
    unit: str = "°C"
    marks_only: bool = False

    def limits_in(self, profile: Profile) -> tuple[L, ...]:
        """Return the limits that a profile has for this kind."""
        return tuple(msgspec.convert(entry, self.limit) for entry in profile.limits.get(self.name, ()))

    def settable_in(self, _profile: Profile, /) -> tuple[str, ...]:
        """Return the keys that an override may set in a plan of this profile."""
        return self.settable

    def overridden(
        self, overrides: Mapping[str, object], _profile: Profile, _food: Food | None, /
    ) -> dict[str, object]:
        """Return a plan's overrides as a control sets them."""
        return dict(overrides)

    def measures_of(self, _rule: Rule[Any] | None, /) -> tuple[str, ...]:
        """Return the names of the measures of a verdict by this rule, in order."""
        return self.measures
