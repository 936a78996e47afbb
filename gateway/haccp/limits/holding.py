"""Holding controls: a limit in the control takes the place of the profile's rows of that side and level."""

from gateway.haccp.limits.fields import Fields, InputError
from gateway.haccp.limits.limits import Built, Frame, chosen, duration, food_of, nothing, of_minutes, positive
from gateway.haccp.profiles.choose import holding_for
from gateway.haccp.profiles.model import HOLDING_KEYS, HoldingLimit, Profile
from gateway.haccp.rules.breaches import Row
from gateway.haccp.rules.holding import Side
from gateway.haccp.rules.holding_control import CRITICAL, HoldingControl
from gateway.haccp.rules.retained_sample import RetainedSample
from gateway.haccp.rules.trace import HOUR

DEADBAND = 0.5
"""K; an air probe beside a running compressor wavers by a few tenths."""

UNITS = {"humidity": "%RH", "dew_point": "K"}


def holding(kind: str, limits: tuple[HoldingLimit, ...], control: Fields, profile: Profile, frame: Frame) -> Built:
    """The rule of a holding kind."""
    found = holding_for(chosen(limits, control), food_of(control))
    kept = [limit for limit in found if not control.has(limit.key)]
    own = [key for key in HOLDING_KEYS if control.get(key) is not None]
    given = [_own_row(key, control) for key in own]
    rows = [*(_row(limit, control, alone=not own) for limit in kept), *given]
    if not rows:
        return nothing(profile, kind)
    _consistent(rows, control)
    allowance = _allowance(kept, control)
    tau = None if control.get("filter_tau_min") is None else positive(control, "filter_tau_min")
    rule = HoldingControl(tuple(rows), frame.max_gap, tau, allowance, UNITS.get(kind, "°C"))
    built = Built(rule, _shown(rows, allowance, tau))
    if not any(row.level == CRITICAL for row in rows):
        built.judges = False
        built.reasons.append("no critical limit: nothing to pass or fail")
    return built


def retained_sample(
    kind: str, limits: tuple[HoldingLimit, ...], control: Fields, profile: Profile, frame: Frame
) -> Built:
    """The fridge of retained samples: holding, and how long."""
    kept = max((limit.kept_h for limit in limits if limit.kept_h is not None), default=None)
    if control.has("kept_h") or kept is None:
        kept = positive(control, "kept_h") if control.has("kept_h") else None
    built = holding(kind, limits, control, profile, frame)
    if isinstance(built.rule, HoldingControl) and kept is not None:
        built.rule = RetainedSample(built.rule, round(kept * HOUR))
        built.shown = {**built.shown, "kept_h": kept}
    return built


def _own_row(key: str, control: Fields) -> Row:
    level, side = _level_and_side(key)
    return Row(
        level,
        side,
        control.number(key),
        of_minutes(duration(control, "on_delay_min", 0.0)),
        of_minutes(duration(control, "off_delay_min", 0.0)),
        duration(control, "deadband", DEADBAND),
    )


def _row(limit: HoldingLimit, control: Fields, *, alone: bool) -> Row:
    """A row of the profile; delays that the control gives without a limit are for every row."""
    level, side = _level_and_side(limit.key)
    on, off = limit.on_delay_min, limit.off_delay_min
    return Row(
        level,
        side,
        limit.value,
        of_minutes(duration(control, "on_delay_min", on) if alone else on),
        of_minutes(duration(control, "off_delay_min", off) if alone else off),
        duration(control, "deadband", DEADBAND) if alone else DEADBAND,
    )


def _level_and_side(key: str) -> tuple[str, Side]:
    level, _, side = key.partition("_")
    return level, Side.ABOVE if side == "max" else Side.BELOW


def _allowance(kept: list[HoldingLimit], control: Fields) -> int | None:
    if control.has("allowance_min"):
        return None if control.get("allowance_min") is None else of_minutes(duration(control, "allowance_min"))
    found = [limit.allowance_min for limit in kept if limit.allowance_min is not None]
    return of_minutes(min(found)) if found else None


def _consistent(rows: list[Row], control: Fields) -> None:
    for level in (CRITICAL, "warning"):
        highest = [row.value for row in rows if row.level == level and row.side is Side.ABOVE]
        lowest = [row.value for row in rows if row.level == level and row.side is Side.BELOW]
        if highest and lowest and max(lowest) > min(highest):
            text = f"{max(lowest):g} is above {level}_max {min(highest):g}: nothing could satisfy both"
            raise InputError(control.at(f"{level}_min"), text)


def _shown(rows: list[Row], allowance: int | None, tau: float | None) -> dict[str, object]:
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
