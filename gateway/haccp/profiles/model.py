"""A profile: which limits a standard sets for each kind of control.

Temperatures in Cel, times in the unit that the field's name ends with, as in the files.
"""

from enum import StrEnum
from fractions import Fraction

import msgspec


class Certainty(StrEnum):
    """How we know a limit."""

    READ = "read"
    """In the text itself."""
    SECONDARY = "secondary"
    """In a text that quotes it: a re-enactment, the press, a thesis."""
    UNVERIFIED = "unverified"
    """Known, and not found again to be checked."""
    ENGINEERING = "engineering"
    """No law's: ours."""


class Food(StrEnum):
    """What a limit can be for."""

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
    """Where a limit stands. Without `document` it is the profile's; without `food` it is for all others."""

    section: str
    certainty: Certainty
    document: str | None = None
    note: str | None = None
    food: tuple[Food, ...] = ()
    variant: str | None = None


class HoldingLimit(Cited, frozen=True, kw_only=True):
    """One limit of one level on one side. `allowance_min`: one period beyond it that the law tolerates."""

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
        return next(key for key in HOLDING_KEYS if getattr(self, key) is not None)

    @property
    def value(self) -> float:
        return float(getattr(self, self.key))


HOLDING_KEYS = ("critical_min", "critical_max", "warning_min", "warning_max")


class CookingLimit(Cited, frozen=True, kw_only=True):
    """A temperature to hold, or the rows of a legal table."""

    temperature: float | None = None
    hold_s: float = 0.0
    table: str | None = None

    def __post_init__(self) -> None:
        if (self.temperature is None) is (self.table is None):
            raise ValueError("a cooking limit is a temperature or a table")


class ReheatingLimit(Cited, frozen=True, kw_only=True):
    """`within_min` counts from the last time at `from` or below."""

    start: float = msgspec.field(name="from")
    temperature: float
    hold_s: float
    within_min: float | None = None


class Clock(StrEnum):
    """Whose time a stage of cooling counts."""

    STAGE = "stage"
    TOTAL = "total"


class CoolingStage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From one temperature down to another in time."""

    name: str
    start: float = msgspec.field(name="from")
    to: float
    within_min: float
    clock: Clock


class CoolingLimit(Cited, frozen=True, kw_only=True):
    """`either`: one stage that is met is enough."""

    stages: tuple[CoolingStage, ...]
    either: bool = False


class ExposureLimit(Cited, frozen=True, kw_only=True):
    """`rule` is one of `Tables.exposure`."""

    rule: str


class TimeLimit(Cited, frozen=True, kw_only=True):
    """Time as the control. `start_min` None: it may not start hot."""

    hours: int
    start_max: float
    start_min: float | None = None
    never_above: float | None = None


class EatByLimit(Cited, frozen=True, kw_only=True):
    """From the end of cooking to the meal."""

    within_min: float
    warning_min: float | None = None


class RinseLimit(Cited, frozen=True, kw_only=True):
    """Of the hot water or of the dish."""

    critical_min: float
    hold_s: float
    warning_min: float | None = None


class ThawingLimit(Cited, frozen=True, kw_only=True):
    """Never above `ceiling`; above `cold` for so long."""

    ceiling: float
    cold: float
    within_min: float | None = None


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """By kind of control; none where the standard says nothing."""

    cold_holding: tuple[HoldingLimit, ...] = ()
    hot_holding: tuple[HoldingLimit, ...] = ()
    frozen_holding: tuple[HoldingLimit, ...] = ()
    ambient: tuple[HoldingLimit, ...] = ()
    humidity: tuple[HoldingLimit, ...] = ()
    dew_point: tuple[HoldingLimit, ...] = ()
    cooking: tuple[CookingLimit, ...] = ()
    reheating: tuple[ReheatingLimit, ...] = ()
    cooling: tuple[CoolingLimit, ...] = ()
    exposure: tuple[ExposureLimit, ...] = ()
    time_control: tuple[TimeLimit, ...] = ()
    eat_by: tuple[EatByLimit, ...] = ()
    rinse: tuple[RinseLimit, ...] = ()
    thawing: tuple[ThawingLimit, ...] = ()
    sample_fridge: tuple[HoldingLimit, ...] = ()


class Profile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A standard's limits. `proposal`: nobody's law; records say so until a kitchen's plan approves it."""

    id: str
    name: str
    document: str
    note: str | None = None
    proposal: bool = False
    limits: Limits


class TableModel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The lethality that is reported beside a table."""

    t_ref: float
    z: float
    d_ref: float
    target_log: float
    source: str


class TableUnit(StrEnum):
    """The unit of a table's temperatures as printed."""

    CELSIUS = "C"
    FAHRENHEIT = "F"


class StepTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A legal table as printed: (temperature, seconds without a break)."""

    name: str
    document: str
    section: str
    certainty: Certainty
    unit: TableUnit
    rows: tuple[tuple[float, float], ...]
    note: str | None = None
    model: TableModel | None = None

    def in_celsius(self) -> list[tuple[float, float]]:
        """The rows with each temperature converted exactly."""
        return [(celsius(degrees) if self.unit is TableUnit.FAHRENHEIT else degrees, s) for degrees, s in self.rows]


class ExposureRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """See gateway.haccp.rules.exposure.Exposure."""

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


class Tables(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What profiles name instead of writing it out."""

    tables: dict[str, StepTable]
    exposure: dict[str, ExposureRule]


def celsius(fahrenheit: float) -> float:
    """Exactly, rounded once."""
    return float((Fraction(fahrenheit) - 32) * Fraction(5, 9))
