"""Read single values of a control: its food, positive numbers, durations in microseconds."""

from gateway.haccp.limits.fields import Fields, InputError
from gateway.haccp.models.trace import MINUTE, SECOND
from gateway.haccp.profiles.model import Food


def food_of(control: Fields) -> Food | None:
    """Return the food that a control is for; None when it names none."""
    return None if control.get("food") is None else control.choice("food", Food)


def positive(control: Fields, key: str, default: float | None = None) -> float:
    """Return a number above 0; required when it has no default."""
    value = control.number(key, default)
    if value <= 0:
        raise InputError(control.at(key), f"{value:g} is not above 0")
    return value


def duration(control: Fields, key: str, default: float | None = None) -> float:
    """Return a number of minutes or seconds, 0 or more; required when it has no default."""
    value = control.number(key, default)
    if value < 0:
        raise InputError(control.at(key), f"{value:g} is below 0")
    return value


def of_minutes(minutes: float) -> int:
    """Convert minutes to microseconds."""
    return round(minutes * MINUTE)


def of_seconds(seconds: float) -> int:
    """Convert seconds to microseconds."""
    return round(seconds * SECOND)


def held(seconds: float) -> str:
    """Describe how long a temperature is held; empty if it only has to be reached."""
    return f" for {seconds:g} s" if seconds else ""


def within(minutes: float | None) -> str:
    """Describe a time limit in minutes; empty if there is none."""
    return "" if minutes is None else f" within {minutes:g} min"
