"""Holding: cold, hot and frozen food, the air of a store, its dew point, and the fridge of retained samples.

A limit that the control sets takes the place of the profile's rows of its side and level.
"""

from collections.abc import Iterable
from dataclasses import replace

from drivers.reading import Quantity
from gateway.haccp.limits.control import duration, food_of, of_minutes, positive
from gateway.haccp.limits.fields import Fields, InputError
from gateway.haccp.limits.kind import BatchFacts, Built, ControlKind, PointFacts, RuleRequest
from gateway.haccp.profiles.choose import for_food
from gateway.haccp.profiles.model import Cited, Food
from gateway.haccp.rules.breaches import LimitRow
from gateway.haccp.rules.holding import Side
from gateway.haccp.rules.holding_control import CRITICAL, HoldingControl
from gateway.haccp.rules.retained_sample import RetainedSample
from gateway.haccp.rules.trace import HOUR

DEADBAND = 0.5
"""K; an air probe beside a running compressor wavers by a few tenths."""

HOLDING_KEYS = ("critical_min", "critical_max", "warning_min", "warning_max")
_JUDGE_ONLY = ("on_delay_min", "off_delay_min", "deadband", "filter_tau_min", "allowance_min")
_MEASURES = ("minutes_beyond", "longest_minutes", "breaches", "max", "min", "allowance_used")


class HoldingLimit(Cited, frozen=True, kw_only=True):
    """Set one limit: of one level, on one side. `allowance_min`: one period beyond it that the law tolerates."""

    critical_min: float | None = None
    critical_max: float | None = None
    warning_min: float | None = None
    warning_max: float | None = None
    on_delay_min: float = 0.0
    off_delay_min: float = 0.0
    allowance_min: float | None = None
    kept_h: float | None = None

    def __post_init__(self) -> None:
        if len([key for key in HOLDING_KEYS if getattr(self, key) is not None]) != 1:
            raise ValueError(f"a holding limit is one of {', '.join(HOLDING_KEYS)}")

    @property
    def key(self) -> str:
        """Return which of HOLDING_KEYS it sets."""
        return next(key for key in HOLDING_KEYS if getattr(self, key) is not None)

    @property
    def value(self) -> float:
        """Return the number, in the kind's unit."""
        return float(getattr(self, self.key))

    @property
    def in_words(self) -> str:
        level, side = level_and_side(self.key)
        words = [f"{level} {'≤' if side is Side.ABOVE else '≥'}{self.value:g}"]
        words += [f"for {self.on_delay_min:g} min"] if self.on_delay_min else []
        words += [f"one period of {self.allowance_min:g} min"] if self.allowance_min else []
        words += [f"for {self.kept_h:g} h"] if self.kept_h else []
        return " ".join(words)


def holding_for(limits: Iterable[HoldingLimit], food: Food | None) -> list[HoldingLimit]:
    """Return, for each level and side, the limits that name the food, else the general ones."""
    candidates = list(limits)
    return [
        limit
        for key in HOLDING_KEYS
        for limit in for_food([candidate for candidate in candidates if candidate.key == key], food)
    ]


def level_and_side(key: str) -> tuple[str, Side]:
    """Split one of HOLDING_KEYS into its level and the side on which the danger lies."""
    level, _, side = key.partition("_")
    return level, Side.ABOVE if side == "max" else Side.BELOW


def _build(asked: RuleRequest[HoldingLimit]) -> Built | None:
    control = asked.control
    usual = holding_for(asked.limits(), food_of(control))
    left = [limit for limit in usual if not control.has(limit.key)]
    own = [key for key in HOLDING_KEYS if control.get(key) is not None]
    own_rows = [_own_row(key, control) for key in own]
    rows = [*(_row(limit, control, alone=not own) for limit in left), *own_rows]
    if not rows:
        return None
    _check_consistent(rows, control)
    allowance = _allowance(left, control)
    tau = None if control.get("filter_tau_min") is None else positive(control, "filter_tau_min")
    rule = HoldingControl(tuple(rows), asked.frame.max_gap, tau, allowance, asked.kind.unit)
    built = Built(rule, _shown(rows, allowance, tau))
    if not any(row.level == CRITICAL for row in rows):
        built.judges = False
        built.reasons.append("no critical limit: nothing to pass or fail")
    return built


def _build_retained_sample(asked: RuleRequest[HoldingLimit]) -> Built | None:
    """Build the holding of the fridge, with how long it must hold the sample."""
    limits, control = asked.kind.limits_in(asked.profile), asked.control
    hours = max((limit.kept_h for limit in limits if limit.kept_h is not None), default=None)
    if control.has("kept_h"):
        hours = positive(control, "kept_h")
    built = _build(asked)
    if built is not None and isinstance(built.rule, HoldingControl) and hours is not None:
        built.rule = RetainedSample(built.rule, round(hours * HOUR))
        built.shown = {**built.shown, "kept_h": hours}
    return built


def _own_row(key: str, control: Fields) -> LimitRow:
    level, side = level_and_side(key)
    return LimitRow(
        level,
        side,
        control.number(key),
        of_minutes(duration(control, "on_delay_min", 0.0)),
        of_minutes(duration(control, "off_delay_min", 0.0)),
        duration(control, "deadband", DEADBAND),
    )


def _row(limit: HoldingLimit, control: Fields, *, alone: bool) -> LimitRow:
    """Return a row of the profile; delays that the control gives without a limit apply to every row."""
    level, side = level_and_side(limit.key)
    on, off = limit.on_delay_min, limit.off_delay_min
    return LimitRow(
        level,
        side,
        limit.value,
        of_minutes(duration(control, "on_delay_min", on) if alone else on),
        of_minutes(duration(control, "off_delay_min", off) if alone else off),
        duration(control, "deadband", DEADBAND) if alone else DEADBAND,
    )


def _allowance(left: list[HoldingLimit], control: Fields) -> int | None:
    if control.has("allowance_min"):
        return None if control.get("allowance_min") is None else of_minutes(duration(control, "allowance_min"))
    allowances = [limit.allowance_min for limit in left if limit.allowance_min is not None]
    return of_minutes(min(allowances)) if allowances else None


def _check_consistent(rows: list[LimitRow], control: Fields) -> None:
    for level in (CRITICAL, "warning"):
        highest = [row.value for row in rows if row.level == level and row.side is Side.ABOVE]
        lowest = [row.value for row in rows if row.level == level and row.side is Side.BELOW]
        if highest and lowest and max(lowest) > min(highest):
            text = f"{max(lowest):g} is above {level}_max {min(highest):g}: nothing could satisfy both"
            raise InputError(control.at(f"{level}_min"), text)


def _shown(rows: list[LimitRow], allowance: int | None, tau: float | None) -> dict[str, object]:
    limits: list[dict[str, object]] = [
        {
            f"{row.level}_{'max' if row.side is Side.ABOVE else 'min'}": row.value,
            "on_delay_min": row.on_delay / of_minutes(1),
            "off_delay_min": row.off_delay / of_minutes(1),
            "deadband": row.deadband,
        }
        for row in rows
    ]
    allowed = {} if allowance is None else {"allowance_min": allowance / of_minutes(1)}
    filtered = {} if tau is None else {"filter_tau_min": tau}
    return {"limits": limits, **allowed, **filtered}


def _holding(name: str, point: PointFacts, *, unit: str = "°C") -> ControlKind[HoldingLimit]:
    return ControlKind(
        name=name,
        limit=HoldingLimit,
        build=_build,
        settable=HOLDING_KEYS,
        judge_only=_JUDGE_ONLY,
        measures=_MEASURES,
        point=point,
        unit=unit,
    )


COLD_HOLDING = _holding("cold_holding", PointFacts(keeps_cold=True))
HOT_HOLDING = _holding("hot_holding", PointFacts(danger=Side.BELOW))
FROZEN_HOLDING = _holding("frozen_holding", PointFacts(keeps_cold=True))
AMBIENT = _holding("ambient", PointFacts())
HUMIDITY = _holding("humidity", PointFacts(quantity=Quantity.HUMIDITY), unit="%RH")
DEW_POINT = replace(
    _holding("dew_point", PointFacts(danger=Side.BELOW), unit="K"),
    settable=("critical_min", "warning_min"),
    judge_only=("critical_max", "warning_max", *_JUDGE_ONLY),
)
"""It judges how many K the point's temperature is above the dew point of the air around it."""
SAMPLE_FRIDGE = ControlKind(
    name="sample_fridge",
    limit=HoldingLimit,
    build=_build_retained_sample,
    settable=(*HOLDING_KEYS, "kept_h"),
    judge_only=_JUDGE_ONLY,
    measures=(*_MEASURES, "kept_min"),
    point=PointFacts(keeps_cold=True),
    batch=BatchFacts(),
)
