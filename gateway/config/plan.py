"""The HACCP plan: a profile's limits, what the kitchen sets otherwise and why, and the rules that follow (pure).

A limit of a control point in kitchen.yaml stands above an override of the plan, an override above the profile.
"""

import json
from collections.abc import Iterable
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

import msgspec

from gateway.config.devices import Point
from gateway.config.haccp import ControlPoint, Haccp, Override
from gateway.haccp.limits.fields import Fields
from gateway.haccp.limits.holding import HOLDING_KEYS, HoldingLimit, holding_for, level_and_side
from gateway.haccp.limits.kind import Built, Frame
from gateway.haccp.limits.kinds import BATCH_KINDS, KINDS, POINT_KINDS, build
from gateway.haccp.limits.profile_hash import profile_hash
from gateway.haccp.models.product_filter import TAU_MINUTES
from gateway.haccp.profiles.choose import of_variant
from gateway.haccp.profiles.load import load
from gateway.haccp.profiles.model import Food, Profile
from gateway.haccp.rules.breaches import LimitRow
from gateway.haccp.rules.eat_by import EatBy
from gateway.haccp.rules.holding import AlarmLimit, HoldingRule, Side
from gateway.haccp.rules.trace import MINUTE

NOT_APPROVED = "default profile, not approved"
EAT_BY_WARNING = 30 * MINUTE
"""Before the time to eat by, where an override says nothing of a warning."""


class ControlPart(msgspec.Struct, frozen=True):
    """One side of a control point, or a second limit of it: what one fold judges and one alarm tells."""

    id: str
    rule: HoldingRule
    tau_minutes: float | None


class HaccpPlan:
    """The plan of one kitchen. `approved_by` is None while nobody has."""

    def __init__(self, haccp: Haccp, *, approved_by: str | None = None) -> None:
        self.profile: Profile = load(haccp.profile)
        self.profile_hash = profile_hash(haccp.profile)
        self.overrides = haccp.overrides
        self.batch_controls = haccp.controls_of_a_batch
        self.approved_by = haccp.approved_by or approved_by
        self.rule = lru_cache(maxsize=512)(self._rule)

    @property
    def hash(self) -> str:
        """Of everything that an approval is about: the profile and what stands above it."""
        said = [override.model_dump(mode="json") for override in self.overrides]
        text = json.dumps([self.profile_hash, said], sort_keys=True, separators=(",", ":"))
        return sha256(text.encode()).hexdigest()

    @property
    def notice(self) -> str | None:
        """What every record says as long as nobody has approved the plan."""
        return None if self.approved_by is not None else NOT_APPROVED

    def overrides_of(self, kind: str, food: str | None) -> list[Override]:
        """What the plan sets otherwise for a kind of control and a food."""
        return [one for one in self.overrides if one.control == kind and one.food in {None, food}]

    def shown_overrides(self, kind: str, food: str | None) -> list[dict[str, object]]:
        """As every verdict by them says."""
        found = self.overrides_of(kind, food)
        return [{"limit": one.limit, "value": one.value, "reason": one.reason} for one in found]

    # Batches of food

    def _rule(self, kind: str, food: str | None, max_gap: int) -> Built:
        """The rule of a batch's control; `max_gap` in microseconds is that of the sensor it is at."""
        frame = Frame(max_gap)
        control = Fields(self._control(kind, food), folder=Path(), place="haccp")
        built = build(control, kind, self.profile, frame)
        if isinstance(built.rule, EatBy) and built.rule.warning is None:
            warning = max(built.rule.allowed - EAT_BY_WARNING, 0)
            built.rule = msgspec.structs.replace(built.rule, warning=warning)
        return built

    def _control(self, kind: str, food: str | None) -> dict[str, object]:
        """The control that stands for the plan's overrides."""
        overrides = {one.limit: one.value for one in self.overrides_of(kind, food)}
        named = None if food is None else Food(food)
        control = {"kind": kind, **KINDS[kind].overridden(overrides, self.profile, named)}
        return control if food is None or not BATCH_KINDS[kind].by_food else {**control, "food": food}

    # Control points

    def parts(self, control: ControlPoint, point: Point) -> list[ControlPart]:
        """What is folded for a control point: both its sides, and each further limit of a side."""
        found: list[ControlPart] = []
        main = POINT_KINDS[control.kind].danger
        for side in (main, Side.ABOVE if main is Side.BELOW else Side.BELOW):
            rows = [row for row in self.rows(control) if row.side is side]
            ends = "" if side is main else ".low" if side is Side.BELOW else ".high"
            for number, limits in enumerate(_folded_together(rows), start=1):
                name = f"{control.id}{ends}" if number == 1 else f"{control.id}{ends}.{number}"
                rule = HoldingRule(side, limits, control.deadband, point.max_gap)
                found.append(ControlPart(name, rule, _tau(control, point)))
        return found

    def rows(self, control: ControlPoint) -> list[LimitRow]:
        """The limits of a control point: its own, and where it sets no critical limit those of the profile."""
        own = _own_rows(control)
        if control.critical_limit is not None:
            return own
        replaced = {(row.level, row.side) for row in own}
        limits = KINDS[control.kind].limits_in(self.profile)
        food = None if control.food is None else Food(control.food)
        rows = self._overridden(
            control, [_row(limit, control) for limit in holding_for(of_variant(limits, None), food)]
        )
        return [*(row for row in rows if (row.level, row.side) not in replaced), *own]

    def _overridden(self, control: ControlPoint, rows: list[LimitRow]) -> list[LimitRow]:
        """An override takes the place of the nearest limit of its level and side; further ones stay beyond it."""
        for one in self.overrides_of(control.kind, control.food):
            if one.limit not in HOLDING_KEYS or isinstance(one.value, str):
                continue
            level, side = level_and_side(one.limit)
            same = sorted((row for row in rows if (row.level, row.side) == (level, side)), key=_nearest)
            first = same[0] if same else LimitRow(level, side, one.value, 0, control.off_delay, control.deadband)
            fresh = msgspec.structs.replace(first, value=one.value)
            rows = [row for row in rows if row not in same]
            rows += [fresh, *(row for row in same[1:] if _nearest(row) > _nearest(fresh))]
        return rows


def _own_rows(control: ControlPoint) -> list[LimitRow]:
    main = POINT_KINDS[control.kind].danger
    other = Side.ABOVE if main is Side.BELOW else Side.BELOW
    given = [
        ("critical", main, control.critical_limit, control.on_delay),
        ("warning", main, control.warning_limit, control.warning_on_delay),
        ("critical", other, control.critical_low, control.on_delay),
        ("warning", other, control.warning_low, control.warning_on_delay),
    ]
    return [
        LimitRow(level, side, value, on_delay, control.off_delay, control.deadband)
        for level, side, value, on_delay in given
        if value is not None
    ]


def _row(limit: HoldingLimit, control: ControlPoint) -> LimitRow:
    level, side = level_and_side(limit.key)
    off_delay = round(limit.off_delay_min * MINUTE) or control.off_delay
    return LimitRow(level, side, limit.value, round(limit.on_delay_min * MINUTE), off_delay, control.deadband)


def _nearest(row: LimitRow) -> float:
    """Small for the limit that is passed first."""
    return row.value if row.side is Side.ABOVE else -row.value


def _folded_together(rows: Iterable[LimitRow]) -> list[tuple[AlarmLimit, ...]]:
    """One critical and one warning limit make a conversation of their own; what is left over makes the next."""
    by_level: dict[str, list[LimitRow]] = {"critical": [], "warning": []}
    for row in sorted(rows, key=_nearest):
        by_level[row.level].append(row)
    count = max(map(len, by_level.values()))
    return [
        tuple(
            AlarmLimit(row.level, row.value, row.on_delay, row.off_delay)
            for level in ("critical", "warning")
            for row in by_level[level][number : number + 1]
        )
        for number in range(count)
    ]


def _tau(control: ControlPoint, point: Point) -> float | None:
    """A cold store's probe in air is filtered; a bain-marie's stands in the food, a dry store's in what it guards."""
    if control.product_filter is not None:
        return control.product_filter / MINUTE or None
    return TAU_MINUTES if point.measures == "air" and POINT_KINDS[control.kind].keeps_cold else None
