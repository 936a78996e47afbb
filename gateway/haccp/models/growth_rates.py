"""Give the growth rate of bacteria at a constant temperature (secondary models).

Sources: CTMI (cardinal temperature model with inflection), Rosso, Lobry & Flandrois (1993), J. Theor. Biol. 162,
447-463. Square root, Ratkowsky et al. (1982), J. Bacteriol. 149, 1-5; extended over the whole range, Ratkowsky et
al. (1983), J. Bacteriol. 154, 1222-1226.

All three are squares or cubics that turn positive again outside the cardinal temperatures: there the rate is 0.
"""

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class RateUnit(StrEnum):
    """Name the unit in which a source gives its rates."""

    LN_PER_HOUR = "ln/h"
    LOG10_PER_HOUR = "log10/h"
    LOG10_PER_DAY = "log10/day"


LN_PER_HOUR = {
    RateUnit.LN_PER_HOUR: 1.0,
    RateUnit.LOG10_PER_HOUR: math.log(10),
    RateUnit.LOG10_PER_DAY: math.log(10) / 24,
}
"""ln/h in one of each unit."""


class RateModel(Protocol):
    """Give a rate at a temperature in Cel, never below 0."""

    def rate(self, temperature: float) -> float:
        """Return the rate, in the unit of the source."""
        ...


@dataclass(frozen=True, slots=True)
class CardinalTemperatures:
    """Grow between `t_min` and `t_max`, fastest at `t_opt`, there at the rate `optimum` (CTMI)."""

    t_min: float
    t_opt: float
    t_max: float
    optimum: float

    def rate(self, temperature: float) -> float:
        """Return the rate; 0 at and outside `t_min` and `t_max`."""
        if not self.t_min < temperature < self.t_max:
            return 0.0
        above, rise = temperature - self.t_min, self.t_opt - self.t_min
        below_optimum = rise * (temperature - self.t_opt)
        beyond_optimum = (self.t_opt - self.t_max) * (self.t_opt + self.t_min - 2 * temperature)
        return self.optimum * (temperature - self.t_max) * above**2 / (rise * (below_optimum - beyond_optimum))


@dataclass(frozen=True, slots=True)
class SquareRoot:
    """Grow by √r = b (T − Tmin); without a maximum it errs on the safe side above its range."""

    b: float
    t_min: float

    @classmethod
    def through(cls, *, rate: float, at: float, t_min: float) -> "SquareRoot":
        """Return the model that gives `rate` at the temperature `at`."""
        return cls(math.sqrt(rate) / (at - t_min), t_min)

    def rate(self, temperature: float) -> float:
        """Return the rate; 0 at and below `t_min`."""
        return (self.b * max(temperature - self.t_min, 0.0)) ** 2


@dataclass(frozen=True, slots=True)
class ExtendedSquareRoot:
    """Grow by √r = b (T − Tmin)(1 − e^(c (T − Tmax)))."""

    b: float
    t_min: float
    c: float
    t_max: float

    def rate(self, temperature: float) -> float:
        """Return the rate; 0 at and outside `t_min` and `t_max`."""
        if not self.t_min < temperature < self.t_max:
            return 0.0
        slowed = -math.expm1(self.c * (temperature - self.t_max))
        return (self.b * (temperature - self.t_min) * slowed) ** 2
