"""Check the settings of a format, from kitchen.yaml or a command line."""

from collections.abc import Mapping
from typing import Any

from drivers.errors import ConfigurationError
from drivers.reading import Quantity
from drivers.values.units import OWN_UNIT, UNITS, Unit

FormatSettings = Mapping[str, Any]
NO_SETTINGS: FormatSettings = {}


def text(settings: FormatSettings, name: str, default: str) -> str:
    """Return a setting that must be a text.

    Raises:
        ConfigurationError: it is not.
    """
    value = settings.get(name, default)
    if not isinstance(value, str):
        raise ConfigurationError(f"the setting {name} is a text, such as {default!r}")
    return value


def table(settings: FormatSettings, name: str) -> Mapping[str, Any]:
    """Return a setting that must be a table; an empty one when it is absent.

    Raises:
        ConfigurationError: it is not.
    """
    value = settings.get(name, NO_SETTINGS)
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise ConfigurationError(f"the setting {name} is a table of names and what they mean")
    return value


def quantity(name: object) -> Quantity:
    """Look up a quantity by its name.

    Raises:
        ConfigurationError: there is none of that name.
    """
    try:
        return Quantity(str(name))
    except ValueError:
        raise ConfigurationError(f"{name!r} is no quantity: one of {', '.join(Quantity)}") from None


def unit(name: object, of: Quantity) -> Unit:
    """Look up a unit by its name; None means the unit of UNIT_OF.

    Raises:
        ConfigurationError: it is unknown, or of another quantity.
    """
    wanted = OWN_UNIT[of] if name is None else UNITS.get(str(name))
    if wanted is None or wanted.quantity is not of:
        usable = ", ".join(each for each, unit_ in UNITS.items() if unit_.quantity is of)
        raise ConfigurationError(f"{name!r} is no unit of {of}: {usable or 'it has its own only'}")
    return wanted
