"""Estimate the growth of bacteria along a trace, with lag and maximum (primary model).

Source: Baranyi & Roberts (1994), Int. J. Food Microbiol. 23, 277-294. With the rate μ constant over a step:

    q' = q·e^(μΔt)      A = ln((1 + q')/(1 + q))      y' = y + A − ln(1 + (e^A − 1)·e^(y − ymax))      q0 = 1/(e^h0 − 1)

Steps one after another telescope: only M = ∫ μ dt counts, so the sum of the steps is taken and the two formulas are
asked once. μ is taken at the middle of steps of at most a minute. Without lag A = M.

Advice on a cooling or a stay in the warm, never a ground to release food: Smith & Schaffner found replicates of one
cooling up to 1 log apart.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from gateway.haccp.models.errors import ModelError
from gateway.haccp.models.organisms import Organism
from gateway.haccp.models.trace import DAY, HOUR, MINUTE, Sample, Trace

Y0 = 2.0
"""log10 CFU/g at the start, unless given."""

STEP = MINUTE
"""Microseconds; the longest step for which one temperature stands."""

LONGEST = 366 * DAY
"""The longest trace: half a million steps."""

_LN10 = math.log(10)
_SANE = 20.0  # log10 CFU/g; more bacteria than a gram has room for
_LARGEST_H0 = 100.0  # a lag that outlives any food


@dataclass(frozen=True, slots=True)
class Growth:
    """Grow one organism from `y0` (log10 CFU/g), with the lag `h0` and the maximum `ymax` (None: none).

    Raises:
        ModelError: h0 of 0 (None is "no lag"), a start above the maximum, or a number beyond reason.
    """

    organism: Organism
    h0: float | None
    ymax: float | None
    y0: float = Y0

    def __post_init__(self) -> None:
        if self.h0 is not None and not 0 < self.h0 <= _LARGEST_H0:
            raise ModelError("h0", f"must be above 0 and at most {_LARGEST_H0:g}; null means no lag")
        if abs(self.y0) > _SANE:
            raise ModelError("y0", "must be a log10 of CFU/g, −20…20")
        if self.ymax is not None and not self.y0 <= self.ymax <= _SANE:
            raise ModelError("ymax", "must be a log10 of CFU/g, not below y0 and at most 20")

    @classmethod
    def of(cls, organism: Organism, *, y0: float = Y0) -> "Growth":
        """Return the growth of an organism with the lag and the maximum of its source."""
        return cls(organism, organism.h0, organism.ymax, y0)

    def course(self, trace: Trace) -> Iterator[tuple[int, float]]:
        """Return the count y in log10 CFU/g at each sample.

        Raises:
            ModelError: the trace is longer than `LONGEST`.
        """
        if trace and trace[-1][0] - trace[0][0] > LONGEST:
            raise ModelError("trace", "is longer than 366 days")
        work = 0.0
        for index, sample in enumerate(trace):
            if index:
                work += self.work(trace[index - 1], sample)
            yield sample[0], self.count(work)

    def work(self, before: Sample, after: Sample) -> float:
        """Return ∫ μ dt between two samples, in ln; it adds up over segments, whatever the lag."""
        span = after[0] - before[0]
        steps = -(-span // STEP) if before[1] != after[1] else 1
        rise = (after[1] - before[1]) / steps if steps else 0.0
        rates = sum(self.organism.specific_rate(before[1] + rise * (step + 0.5)) for step in range(steps))
        return rates * (span / HOUR / steps) if steps else 0.0

    def count(self, work: float) -> float:
        """Return the count y in log10 CFU/g after the given ∫ μ dt."""
        grown = work if self.h0 is None else _after_lag(work, self.h0)
        if self.ymax is None:
            return self.y0 + grown / _LN10
        room = (self.ymax - self.y0) * _LN10
        # The formula above in the form that survives e^A beyond the floats.
        return self.ymax - math.log1p(-math.expm1(-room) * math.exp(room - grown)) / _LN10


def _after_lag(work: float, h0: float) -> float:
    """A, with ln q in place of q, which would leave the floats after days in the warm."""
    ln_q0 = -(h0 + math.log(-math.expm1(-h0)))
    return _softplus(ln_q0 + work) - _softplus(ln_q0)


def _softplus(x: float) -> float:
    """ln(1 + e^x)."""
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))
