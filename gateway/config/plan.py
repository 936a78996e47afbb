"""Turn the HACCP plan into rules: the profile's limits, and what the kitchen overrides (pure).

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
"""The warning before the time to eat by, unless the profile sets one."""


class ControlPart(msgspec.Struct, frozen=True):
    """Hold one side of a control point, or a further limit of it: it has a fold and an alarm of its own."""

    id: str
    rule: HoldingRule
    tau_minutes: float | None


class HaccpPlan:
    """Hold the plan of one kitchen; `approved_by` is None until somebody approves it."""

    def __init__(self, haccp: Haccp, *, approved_by: str | None = None) -> None:
        self.profile: Profile = load(haccp.profile)
        self.profile_hash = profile_hash(haccp.profile)
        self.overrides = haccp.overrides
        self.batch_controls = haccp.controls_of_a_batch
        self.approved_by = haccp.approved_by or approved_by
        self.rule = lru_cache(maxsize=512)(self._rule)

    @property
    def hash(self) -> str:
        """Return SHA-256 of everything that is approved: the profile and its overrides."""
        overrides = [override.model_dump(mode="json") for override in self.overrides]
        text = json.dumps([self.profile_hash, overrides], sort_keys=True, separators=(",", ":"))
        return sha256(text.encode()).hexdigest()

    @property
    def notice(self) -> str | None:
        """Return the notice of every record until somebody approves the plan; None after that."""
        return None if self.approved_by is not None else NOT_APPROVED

    def overrides_of(self, kind: str, food: str | None) -> list[Override]:
        """Return the overrides for a kind of control and a food."""
        return [override for override in self.overrides if override.control == kind and override.food in {None, food}]

    def shown_overrides(self, kind: str, food: str | None) -> list[dict[str, object]]:
        """Return the overrides as a verdict shows them."""
        overrides = self.overrides_of(kind, food)
        return [{"limit": override.limit, "value": override.value, "reason": override.reason} for override in overrides]

    # Batches of food

    def _rule(self, kind: str, food: str | None, max_gap: int) -> Built:
        """Build the rule of a batch's control; `max_gap` in microseconds is that of the sensor the batch is at."""
        frame = Frame(max_gap)
        control = Fields(self._control(kind, food), folder=Path(), place="haccp")
        built = build(control, kind, self.profile, frame)
        if isinstance(built.rule, EatBy) and built.rule.warning is None:
            warning = max(built.rule.allowed - EAT_BY_WARNING, 0)
            built.rule = msgspec.structs.replace(built.rule, warning=warning)
        return built

    def _control(self, kind: str, food: str | None) -> dict[str, object]:
        """Return the control that sets the plan's overrides."""
        overrides = {override.limit: override.value for override in self.overrides_of(kind, food)}
        named = None if food is None else Food(food)
        control = {"kind": kind, **KINDS[kind].overridden(overrides, self.profile, named)}
        return control if food is None or not BATCH_KINDS[kind].by_food else {**control, "food": food}

    # Control points

    def parts(self, control: ControlPoint, point: Point) -> list[ControlPart]:
        """Return the parts of a control point that are folded: both its sides, and each further limit of a side."""
        parts: list[ControlPart] = []
        main = POINT_KINDS[control.kind].danger
        for side in (main, Side.ABOVE if main is Side.BELOW else Side.BELOW):
            rows = [row for row in self.rows(control) if row.side is side]
            ends = "" if side is main else ".low" if side is Side.BELOW else ".high"
            for number, limits in enumerate(_folded_together(rows), start=1):
                name = f"{control.id}{ends}" if number == 1 else f"{control.id}{ends}.{number}"
                rule = HoldingRule(side, limits, control.deadband, point.max_gap)
                parts.append(ControlPart(name, rule, _tau(control, point)))
        return parts

    def rows(self, control: ControlPoint) -> list[LimitRow]:
        """Return the limits of a control point: its own, and those of the profile if it sets no critical limit."""
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
        """Replace the nearest limit of an override's level and side; limits further out stay."""
        for override in self.overrides_of(control.kind, control.food):
            if override.limit not in HOLDING_KEYS or isinstance(override.value, str):
                continue
            level, side = level_and_side(override.limit)
            same = sorted((row for row in rows if (row.level, row.side) == (level, side)), key=_nearest)
            first = same[0] if same else LimitRow(level, side, override.value, 0, control.off_delay, control.deadband)
            fresh = msgspec.structs.replace(first, value=override.value)
            rows = [row for row in rows if row not in same]
            rows += [fresh, *(row for row in same[1:] if _nearest(row) > _nearest(fresh))]
        return rows


def _own_rows(control: ControlPoint) -> list[LimitRow]:
    main = POINT_KINDS[control.kind].danger
    other = Side.ABOVE if main is Side.BELOW else Side.BELOW
    limits = [
        ("critical", main, control.critical_limit, control.on_delay),
        ("warning", main, control.warning_limit, control.warning_on_delay),
        ("critical", other, control.critical_low, control.on_delay),
        ("warning", other, control.warning_low, control.warning_on_delay),
    ]
    return [
        LimitRow(level, side, value, on_delay, control.off_delay, control.deadband)
        for level, side, value, on_delay in limits
        if value is not None
    ]


def _row(limit: HoldingLimit, control: ControlPoint) -> LimitRow:
    level, side = level_and_side(limit.key)
    off_delay = round(limit.off_delay_min * MINUTE) or control.off_delay
    return LimitRow(level, side, limit.value, round(limit.on_delay_min * MINUTE), off_delay, control.deadband)


def _nearest(row: LimitRow) -> float:
    """Return a key that is smallest for the limit that is passed first."""
    return row.value if row.side is Side.ABOVE else -row.value


def _folded_together(rows: Iterable[LimitRow]) -> list[tuple[AlarmLimit, ...]]:
    """Pair critical and warning limits, the nearest of each first: each pair is one fold."""
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
    """Return the time constant of the product filter; without a setting, cold stores with a probe in air have one."""
    if control.product_filter is not None:
        return control.product_filter / MINUTE or None
    return TAU_MINUTES if point.measures == "air" and POINT_KINDS[control.kind].keeps_cold else None
