"""Define when a weight counts as stable, and when a change of it counts as stock, with the reason for each number.

The flag of a scale alone is not enough: captures show `ST` staying on while the display moves by several divisions.
Rice Lake (120 Plus manual) calls a weight stable that stays inside its motion band for more than a second; the
other numbers are our own choice, expressed in divisions so that they fit a 3 kg and a 300 kg scale alike.
Weights are kg, times microseconds.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

SECOND = 1_000_000

# A weight that varies by no more than the scale can show, for as long as an indicator itself would ask.
WINDOW = 1 * SECOND
MIN_READINGS = 5
STABLE_SPREAD = 1  # divisions

# A level is checked again every HOLD. Half a division a second is 2 divisions in that time, more than quantisation
# (at most 1) can cause; slower changes are the scale's own: creep, temperature, a drying sack.
HOLD = 4 * SECOND
DRIFT_RATE = Decimal("0.5")  # divisions a second

# Somebody leans on the bin, or lifts the sack and puts it down again.
BUMP = 10 * SECOND

# Longer than any indicator sends nothing while in its menu; changes during it were not seen.
SILENCE = 60 * SECOND

# One division of error at each end of a change, and one to spare.
MIN_DIVISIONS = 3
# Creep and hysteresis of a load cell grow with the load.
LOAD_SHARE = Decimal("0.002")

# The Yaohua XK3190-A12(E) manual defines overload as more than 9 divisions above capacity.
OVER_CAPACITY = 9  # divisions
# An empty scale that has lost its zero a little is still empty.
BELOW_ZERO = 3  # divisions

DEFAULT_DIVISION = Decimal("0.01")  # the common 30 kg kitchen scale; a platform of 150 kg has 0.02 or 0.05


class Fault(StrEnum):
    """Why a weight is impossible; it makes no movement."""

    NEGATIVE = "negative"
    OVER_CAPACITY = "over_capacity"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The thresholds of one scale: division, smallest movement and capacity in kg."""

    division: Decimal = DEFAULT_DIVISION
    minimum: Decimal = Decimal(0)
    capacity: Decimal | None = None

    def commit(self, before: Decimal, after: Decimal) -> Decimal:
        """Return the smallest difference between two levels that is a movement."""
        load = max(abs(before), abs(after))
        return max(MIN_DIVISIONS * self.division, LOAD_SHARE * load, self.minimum)

    def fault(self, weight: Decimal) -> Fault | None:
        """Return why this weight is impossible; None when it is possible."""
        if weight < -BELOW_ZERO * self.division:
            return Fault.NEGATIVE
        if self.capacity is not None and weight > self.capacity + OVER_CAPACITY * self.division:
            return Fault.OVER_CAPACITY
        return None
