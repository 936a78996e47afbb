"""The kinds of control by name, and how each one's rule is made of a control and a profile."""

from collections.abc import Callable
from difflib import get_close_matches

from gateway.haccp.limits import heat as heat_limits
from gateway.haccp.limits import time as time_limits
from gateway.haccp.limits.fields import Fields, InputError, shown
from gateway.haccp.limits.holding import holding, retained_sample
from gateway.haccp.limits.limits import Built, Frame
from gateway.haccp.profiles.model import Profile

Builder = Callable[[str, Fields, Profile, Frame], Built]


def _holding(kind: str, control: Fields, profile: Profile, frame: Frame) -> Built:
    return holding(kind, getattr(profile.limits, kind), control, profile, frame)


def _sample_fridge(kind: str, control: Fields, profile: Profile, frame: Frame) -> Built:
    return retained_sample(kind, profile.limits.sample_fridge, control, profile, frame)


KINDS: dict[str, Builder] = {
    "cold_holding": _holding,
    "hot_holding": _holding,
    "frozen_holding": _holding,
    "ambient": _holding,
    "humidity": _holding,
    "dew_point": _holding,
    "cooking": heat_limits.cooking,
    "reheating": heat_limits.reheating,
    "cooling": time_limits.cooling,
    "exposure": time_limits.exposure,
    "time_control": time_limits.time_control,
    "eat_by": time_limits.eat_by,
    "rinse": heat_limits.rinse,
    "thawing": time_limits.thawing,
    "sample_fridge": _sample_fridge,
}

_ABOUT = ("kind", "food", "variant")
_LIMITS = (
    *("critical_min", "critical_max", "warning_min", "warning_max", "on_delay_min", "off_delay_min", "deadband"),
    *("filter_tau_min", "allowance_min", "temperature", "hold_s", "table", "lethality", "from", "within_min"),
    *("stages", "rule", "hours", "kept_h", "cold"),
)
KEYS = (*_ABOUT, *_LIMITS)


def build(control: Fields, kind: str, profile: Profile, frame: Frame) -> Built:
    """The rule of a control under a profile.

    Raises:
        InputError: the control contradicts itself, or a key of it is nearly one that matters.
    """
    built = KINDS[kind](kind, control, profile, frame)
    unused = [key for key in control.unused() if key != "kind"]
    for key in unused:
        near = get_close_matches(key, KEYS, 1, 0.8) if key not in KEYS else []
        if near:
            raise InputError(control.at(key), f"is unknown; is {near[0]} meant?")
        built.reasons.append(f"{shown(key)} of the control was not used")
    built.overrides = [key for key in _LIMITS if key not in unused and control.has(key)]
    return built
