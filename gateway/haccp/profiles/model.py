"""A profile: which limits a standard sets for each kind of control, and where it says so.

What an entry of a kind says is written in gateway.haccp.limits, one file a kind. Temperatures in Cel, times in the unit
that the field's name ends with, as in the files.
"""

from enum import StrEnum
from fractions import Fraction
from typing import Any

import msgspec


class Certainty(StrEnum):
    """Say how we know a limit."""

    READ = "read"
    """In the text itself."""
    SECONDARY = "secondary"
    """In a text that quotes it: a re-enactment, the press, a thesis."""
    UNVERIFIED = "unverified"
    """Known, and not found again to be checked."""
    ENGINEERING = "engineering"
    """No law's: ours."""


class Food(StrEnum):
    """Name a food for which a standard has limits of its own."""

    POULTRY = "poultry"
    COMMINUTED = "comminuted"
    EGG_POOLED = "egg_pooled"
    EGG_TO_ORDER = "egg_to_order"
    FISH = "fish"
    INTACT_MEAT = "intact_meat"
    ROAST = "roast"
    PLANT = "plant"
    BIVALVE = "bivalve"
    SANTAN = "santan"
    EGG = "egg"
    MILK = "milk"
    GRAIN = "grain"
    PACKAGED = "packaged"


class Cited(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Cite where a limit stands. Without `document` it is the profile's; without `food` it is for all other foods."""

    section: str
    certainty: Certainty
    document: str | None = None
    note: str | None = None
    food: tuple[Food, ...] = ()
    variant: str | None = None

    @property
    def in_words(self) -> str:
        """Return the limit in a few words, without its source."""
        raise NotImplementedError


class Profile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Hold a standard's limits by kind of control; the standard does not limit a kind that is absent.

    `proposal`: it is no law; records say so until somebody approves the kitchen's plan.
    """

    id: str
    name: str
    document: str
    note: str | None = None
    proposal: bool = False
    limits: dict[str, list[dict[str, Any]]]


class TableModel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Give the lethality that is reported beside a table."""

    t_ref: float
    z: float
    d_ref: float
    target_log: float
    source: str


class TableUnit(StrEnum):
    """Name the unit of a table's temperatures as printed."""

    CELSIUS = "C"
    FAHRENHEIT = "F"


class StepTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hold a legal table as printed: rows of temperature and seconds without a break."""

    name: str
    document: str
    section: str
    certainty: Certainty
    unit: TableUnit
    rows: tuple[tuple[float, float], ...]
    note: str | None = None
    model: TableModel | None = None

    def in_celsius(self) -> list[tuple[float, float]]:
        """Return the rows with each temperature converted exactly."""
        return [(celsius(degrees) if self.unit is TableUnit.FAHRENHEIT else degrees, s) for degrees, s in self.rows]


class ExposureRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hold the numbers of an exposure rule; gateway.haccp.rules.exposure.Exposure explains them."""

    document: str
    section: str
    certainty: Certainty
    low: float
    high: float
    limit_min: float
    reached_is_over: bool = False
    chill_until_min: float | None = None
    warm: float | None = None
    warm_limit_min: float = 0.0
    never_warm_limit_min: float = 0.0
    note: str | None = None


class StandardTables(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hold the tables and rules that profiles name."""

    tables: dict[str, StepTable]
    exposure: dict[str, ExposureRule]


def celsius(fahrenheit: float) -> float:
    """Convert to °C exactly, rounded once."""
    return float((Fraction(fahrenheit) - 32) * Fraction(5, 9))
