"""When cooling food will reach its limits, by Newton's law fitted to the readings since it was hottest.

A forecast is certain only where its whole interval of ±2σ is: beyond the limit it foresees a fail, and where the room
is not below the limit it calls the limit infeasible, which is worth saying in the first minutes.
"""

import math
from collections.abc import Sequence

import msgspec

from gateway.models.newton_cooling import Fit, fit, window
from gateway.rules.moment import Moment
from gateway.rules.trace import HOUR, MINUTE
from gateway.rules.verdict import Measure, Outcome

_FEWEST = 3
"""Readings that a forecast of a time needs: two always lie on a curve, and say nothing of how well."""

Curve = tuple[tuple[int, float], ...]


class Newton(msgspec.Struct, frozen=True):
    """The room or bath in Cel: measured readings of it, or none when nobody measured it."""

    room: Curve = ()

    def over(self, samples: Sequence[tuple[int, float]]) -> float | None:
        """The room's mean while these readings were taken; the reading nearest to them when none falls among them."""
        if not self.room:
            return None
        first, last = samples[0][0], samples[-1][0]
        among = [value for at, value in self.room if first <= at <= last]
        if among:
            return math.fsum(among) / len(among)
        return min(self.room, key=lambda one: abs(one[0] - last))[1]


class Coming(msgspec.Struct, frozen=True):
    """What is foreseen of one stage."""

    measure: Measure
    verdict: Outcome
    text: str


class Forecast:
    """A fit that may be looked ahead with."""

    def __init__(self, found: Fit, *, measured: bool) -> None:
        self._fit = found
        self._measured = measured

    @property
    def k(self) -> float:
        return self._fit.k

    @property
    def ambient(self) -> float:
        return self._fit.ambient

    def of(self, start: float, to: float, within: int, began: Moment | None) -> Coming | None:
        """How long a stage will take by its own clock, which began at `began` or has not yet; None: nothing to say."""
        limit = within / MINUTE
        if self._fit.infeasible(to) or (self._measured and to <= self.ambient):
            text = f"a room of {self.ambient:.1f} °C never brings it to {to:g} °C"
            infeasible = Outcome.INFEASIBLE
            return Coming(Measure(value=None, limit=limit, verdict=infeasible), infeasible, text)
        if self._fit.samples < _FEWEST:
            return None
        span = self._since(began, to) if began is not None else self._whole(start, to)
        if span is None:
            return None
        value, low, high = span
        verdict = _verdict(low, high, limit)
        measure = Measure(value=value, low=low, high=high, limit=limit, verdict=verdict)
        told = f"about {value:.0f} min foreseen" if value is not None else "perhaps never"
        return Coming(measure, verdict, f"{told} to {to:g} °C, {limit:g} are allowed")

    def _since(self, began: Moment, to: float) -> tuple[float | None, float, float | None] | None:
        reach = self._fit.reach(to)
        if reach is None or reach.earliest is None:
            return None
        high = None if reach.latest is None else (reach.latest - began.earliest) / MINUTE
        value = None if reach.at is None else (reach.at - began.earliest) / MINUTE
        return value, (reach.earliest - began.latest) / MINUTE, high

    def _whole(self, start: float, to: float) -> tuple[float | None, float, float | None] | None:
        """ln((start − Ta)/(to − Ta))/k, with ±2σ of k and Ta together (JCGM 100:2008, 5.1)."""
        found = self._fit
        if not found.predicts or start <= found.ambient:
            return None
        doubt = 2 * found.ambient_sigma
        if to <= found.ambient:
            earliest = _hours(start - found.ambient + doubt, to - found.ambient + doubt, found.k)
            return None, earliest * HOUR / MINUTE, None
        hours = _hours(start - found.ambient, to - found.ambient, found.k)
        by_k, by_room = -hours / found.k, (1 / (to - found.ambient) - 1 / (start - found.ambient)) / found.k
        _, (_, k_k, k_room), (_, _, room_room) = found.covariance
        variance = by_k**2 * k_k + 2 * by_k * by_room * k_room + by_room**2 * room_room
        spread = 2 * math.sqrt(max(variance, 0.0))
        high = (hours + spread) * HOUR / MINUTE if to > found.ambient + doubt else None
        return hours * HOUR / MINUTE, max(hours - spread, 0.0) * HOUR / MINUTE, high


def forecast(curve: Curve, newton: Newton) -> Forecast | None:
    """Fit the falling curve; None while there is nothing to look ahead with."""
    if len(curve) < 2:
        return None
    room = newton.over(window(curve))
    found = fit(curve, room)
    if found is None or not found.predicts:
        return None
    return Forecast(found, measured=room is not None)


def _hours(start: float, to: float, k: float) -> float:
    return math.log(start / to) / k


def _verdict(low: float, high: float | None, limit: float) -> Outcome:
    if low > limit:
        return Outcome.PREDICTED_FAIL
    return Outcome.PASS if high is not None and high <= limit else Outcome.RUNNING
