"""Settings of a format, as kitchen.yaml or a command line gives them."""

from collections.abc import Mapping
from typing import Any

from drivers.errors import ConfigurationError
from drivers.reading import Quantity
from drivers.values.units import OWN_UNIT, UNITS, Unit

FormatSettings = Mapping[str, Any]
NO_SETTINGS: FormatSettings = {}


def text(settings: FormatSettings, name: str, default: str) -> str:
    """A setting that is a text.

    Raises:
        ConfigurationError: it is none.
    """
    value = settings.get(name, default)
    if not isinstance(value, str):
        raise ConfigurationError(f"the setting {name} is a text, such as {default!r}")
    return value


def table(settings: FormatSettings, name: str) -> Mapping[str, Any]:
    """A setting that is a table; absent is empty.

    Raises:
        ConfigurationError: it is none.
    """
    value = settings.get(name, NO_SETTINGS)
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise ConfigurationError(f"the setting {name} is a table of names and what they mean")
    return value


def quantity(name: object) -> Quantity:
    """A quantity by its name.

    Raises:
        ConfigurationError: there is none of that name.
    """
    try:
        return Quantity(str(name))
    except ValueError:
        raise ConfigurationError(f"{name!r} is no quantity: one of {', '.join(Quantity)}") from None


def unit(name: object, of: Quantity) -> Unit:
    """A unit by its name, None for the quantity's own.

    Raises:
        ConfigurationError: unknown, or of another quantity.
    """
    found = OWN_UNIT[of] if name is None else UNITS.get(str(name))
    if found is None or found.quantity is not of:
        usable = ", ".join(each for each, known in UNITS.items() if known.quantity is of)
        raise ConfigurationError(f"{name!r} is no unit of {of}: {usable or 'it has its own only'}")
    return found
