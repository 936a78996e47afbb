"""A control as it was asked for: its own limits, else the profile's, and which was which."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from gateway.haccp.limits.fields import Fields, InputError, shown
from gateway.haccp.models.trace import MINUTE, SECOND
from gateway.haccp.profiles.choose import of_variant, variants
from gateway.haccp.profiles.model import Cited, Food, Profile
from gateway.haccp.rules.rule import Rule

L = TypeVar("L", bound=Cited)


@dataclass(frozen=True, slots=True)
class Frame:
    """What a rule needs beside its limits: `max_gap` in microseconds, the room's readings for a forecast."""

    max_gap: int
    room: tuple[tuple[int, float], ...] = ()


@dataclass(slots=True)
class Built:
    """A rule and the limits that it has, as the verdict shows them. `rule` None: nothing to judge by."""

    rule: Rule | None  # type: ignore[type-arg]  # each kind has a state of its own
    shown: Mapping[str, object] = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)
    overrides: list[str] = field(default_factory=list)
    """Keys of the control that stand above the profile."""
    judges: bool = True
    """False when only warnings are left: there is no verdict then."""


def nothing(profile: Profile, kind: str) -> Built:
    """A profile that says nothing of a kind."""
    return Built(None, reasons=[f"{profile.id} has no limit for {kind}"])


def food_of(control: Fields) -> Food | None:
    """The food that a control is for."""
    return None if control.get("food") is None else control.choice("food", Food)


def chosen(limits: tuple[L, ...], control: Fields) -> list[L]:
    """The limits of the variant that the control asks for."""
    variant = control.get("variant")
    known = variants(limits)
    if variant is None:
        return of_variant(limits, None)
    if not isinstance(variant, str) or variant not in known:
        raise InputError(control.at("variant"), f"{shown(variant)} is none of {', '.join(known) or 'this profile'}")
    return of_variant(limits, variant)


def positive(control: Fields, key: str, default: float | None = None) -> float:
    """A number above 0."""
    found = control.number(key, default)
    if found <= 0:
        raise InputError(control.at(key), f"{found:g} is not above 0")
    return found


def duration(control: Fields, key: str, default: float | None = None) -> float:
    """A number of minutes or seconds, 0 or more."""
    found = control.number(key, default)
    if found < 0:
        raise InputError(control.at(key), f"{found:g} is below 0")
    return found


def of_minutes(minutes: float) -> int:
    """Microseconds."""
    return round(minutes * MINUTE)


def of_seconds(seconds: float) -> int:
    """Microseconds."""
    return round(seconds * SECOND)
