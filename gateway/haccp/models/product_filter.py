"""Estimate the temperature of the product near an air probe: it follows the air slowly.

    y ← y + (1 − e^(−Δt/τ))·(x − y)

Source: Newton's law of cooling over one step: the lumped thermal mass that a glycol buffer bottle gives a probe. An
opened door does not take y beyond a limit, a door left open does. What is kept is the air's own value x.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from gateway.haccp.models.errors import ModelError
from gateway.haccp.models.trace import MINUTE, Trace

TAU_MINUTES = 30.0
"""Of a bottle or a small pack."""


@dataclass(frozen=True, slots=True)
class ProductFilter:
    """Filter for one product, with its time constant in minutes.

    Raises:
        ModelError: tau is not above 0.
    """

    tau_minutes: float = TAU_MINUTES

    def __post_init__(self) -> None:
        if self.tau_minutes <= 0:
            raise ModelError("tau_min", "must be above 0 min; null means no filter")

    def step(self, y: float, x: float, elapsed: int) -> float:
        """Return the product (Cel) after `elapsed` microseconds in air of `x` Cel."""
        return y - math.expm1(-elapsed / (self.tau_minutes * MINUTE)) * (x - y)

    def course(self, trace: Trace, start: float | None = None) -> Iterator[tuple[int, float]]:
        """Return the product at each sample; it starts at `start`, else at the first sample's value."""
        if not trace:
            return
        y = trace[0][1] if start is None else start
        before = trace[0][0]
        for at, x in trace:
            y = self.step(y, x, at - before)
            before = at
            yield at, y
