"""Compute the mean kinetic temperature: the constant one that ages goods as much as the changing one did.

    TK = (ΔH/R) / (−ln(Σ wᵢ·e^(−ΔH/(R·Tᵢ)) / Σ wᵢ))        T in kelvin

Source: USP <1160> and <1079>, with their ΔH of 83.144 kJ/mol; Haynes (1971), J. Pharm. Sci. 60, 927. It tells how a
store kept its stability, and is no verdict on microbial safety.
"""

import math
from collections.abc import Sequence

from gateway.haccp.models.errors import ModelError
from gateway.haccp.models.trace import Trace

ZERO_CELSIUS = 273.15
ACTIVATION = 83.144 / 8.3144e-3
"""ΔH/R in kelvin."""


def mean_kinetic_temperature(values: Sequence[float], weights: Sequence[float] | None = None) -> float:
    """Return the mean kinetic temperature in Cel; `weights` says how long each value held, in any unit (None: alike).

    Raises:
        ModelError: no values, weights that do not fit them, or a value at absolute zero.
    """
    held = [1.0] * len(values) if weights is None else weights
    if not values:
        raise ModelError("values", "is empty")
    if len(held) != len(values):
        raise ModelError("weights", f"has {len(held)} for {len(values)} values")
    if min(held) < 0 or not math.fsum(held):
        raise ModelError("weights", "must not be negative, nor all 0")
    if min(values) <= -ZERO_CELSIUS:
        raise ModelError("values", "must be above absolute zero")
    exponents = [-ACTIVATION / (value + ZERO_CELSIUS) for value in values]
    # Relative to the largest that counts: near absolute zero the exponentials are below the floats.
    largest = max(exponent for exponent, weight in zip(exponents, held, strict=True) if weight)
    aged = math.fsum(w * math.exp(min(e - largest, 0.0)) for e, w in zip(exponents, held, strict=True))
    return -ACTIVATION / (largest + math.log(aged / math.fsum(held))) - ZERO_CELSIUS


def weights_of(trace: Trace) -> list[float]:
    """Return how long each sample stands for: half of the time to its neighbours; alike if no time passed."""
    times = [at for at, _ in trace]
    if not times or times[0] == times[-1]:
        return [1.0] * len(times)
    before = [times[0], *times[:-1]]
    after = [*times[1:], times[-1]]
    return [(b - a) / 2 for a, b in zip(before, after, strict=True)]
