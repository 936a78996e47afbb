"""Compute thermal lethality: how many minutes at a reference temperature a trace is worth.

    L(T) = 10^((T − Tref)/z)        F = ∫ L dt        log reduction = F / Dref

Source: Bigelow (1921), the logarithmic thermal death curve; in use for meat in USDA FSIS Appendix A (6.5-log of
Salmonella: 112 min at 130 °F, 67 s at 150 °F) and in the AMIF process lethality sheet (trapezoid). L. monocytogenes:
six decimal reductions in 2 min at 70 °C (UK FSA; New Zealand MPI technical paper 2016/05), z 7.5 K, which gives the
UK FSA table of equivalents back.

On a straight segment the integral has a closed form. The trapezoid of the printed sheets over-counts coarse samples;
it is kept so that such a sheet can be checked.

Two bounds on the safe side: below `floor` nothing is counted, for no D value was measured there; above 90 °C the rate
stays that of 90 °C, beyond the range of the measurements.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from gateway.haccp.models.errors import ModelError
from gateway.haccp.models.trace import MINUTE, Trace

CAP = 90.0
"""Cel; hotter counts as this."""

FLOOR = 55.0
"""Cel; colder counts for nothing, unless the caller chooses another floor or none."""

_LARGEST_EXPONENT = 100.0  # of ten: a rate beyond it is a mistake in t_ref or z, and would leave the floats


class Method(StrEnum):
    """Name how the rate is summed between two samples."""

    EXACT = "exact"
    TRAPEZOID = "trapezoid"


@dataclass(frozen=True, slots=True)
class Lethality:
    """Hold one reference: `t_ref` in Cel, `z` in K, `d_ref` in minutes (None: there is no log reduction).

    Raises:
        ModelError: z or d_ref is not above 0, or the rate at 90 °C is beyond reason.
    """

    t_ref: float
    z: float
    d_ref: float | None = None
    floor: float | None = FLOOR
    method: Method = Method.EXACT

    def __post_init__(self) -> None:
        if self.z <= 0:
            raise ModelError("z", "must be above 0 K")
        if self.d_ref is not None and self.d_ref <= 0:
            raise ModelError("d_ref", "must be above 0 min")
        if (CAP - self.t_ref) / self.z > _LARGEST_EXPONENT:
            raise ModelError("t_ref", f"with z {self.z:g} K the rate at 90 °C is beyond any measurement")

    def rate(self, temperature: float) -> float:
        """Return how many minutes at `t_ref` one minute at `temperature` is worth."""
        if self.floor is not None and temperature < self.floor:
            return 0.0
        return self._rate(min(temperature, CAP))

    def line(self, first: float, last: float, length: int) -> float:
        """Return F in minutes of a straight line between two temperatures, so many microseconds long."""
        if self.method is Method.TRAPEZOID:
            return length / MINUTE * (self.rate(first) + self.rate(last)) / 2
        low, high = (first, last) if first < last else (last, first)
        return length / MINUTE * self._mean_rate(low, high)

    def course(self, trace: Trace) -> Iterator[tuple[int, float]]:
        """Return F in minutes up to each sample."""
        total = 0.0
        for index, (at, value) in enumerate(trace):
            if index:
                before_at, before = trace[index - 1]
                total += self.line(before, value, at - before_at)
            yield at, total

    def log_reduction(self, f_minutes: float) -> float | None:
        """Return the decimal reductions that F is worth."""
        return None if self.d_ref is None else f_minutes / self.d_ref

    def _rate(self, temperature: float) -> float:
        return float(10.0 ** ((temperature - self.t_ref) / self.z))

    def _mean_rate(self, low: float, high: float) -> float:
        """Mean of L over a straight line between two temperatures; up or down is the same."""
        counted = 1.0
        if self.floor is not None and low < self.floor:
            if high <= self.floor:
                return 0.0
            counted = (high - self.floor) / (high - low)
            low = self.floor
        if low >= CAP:
            return counted * self._rate(CAP)
        capped = (high - CAP) / (high - low) if high > CAP else 0.0
        return counted * (capped * self._rate(CAP) + (1 - capped) * self._mean_of_exponential(low, min(high, CAP)))

    def _mean_of_exponential(self, low: float, high: float) -> float:
        # From the hot end and by expm1, so that neither a long nor a flat segment loses digits.
        span = math.log(10) * (high - low) / self.z
        return self._rate(high) * (-math.expm1(-span) / span if span else 1.0)


LISTERIA_6D = Lethality(t_ref=70.0, z=7.5, d_ref=0.333)
"""F70 ≥ 2 min is six decimal reductions of L. monocytogenes."""
