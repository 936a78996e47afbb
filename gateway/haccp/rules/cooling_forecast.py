"""Forecast when cooling food will reach its limits, by Newton's law fitted to the readings since it was hottest.

A forecast decides only if its whole interval of ±2σ agrees: wholly beyond the limit it predicts a fail. If the room is
not below the limit, the limit is infeasible; that can be said in the first minutes.
"""

import math
from collections.abc import Sequence

import msgspec

from gateway.haccp.models.newton_cooling import Fit, fit, window
from gateway.haccp.models.trace import Trace
from gateway.haccp.rules.moment import Moment
from gateway.haccp.rules.trace import HOUR, MINUTE
from gateway.haccp.rules.verdict import Measure, Outcome, Why, why

_FEWEST = 3
"""The fewest readings for a forecast of a time: two always lie on a curve, so nothing tells how good it is."""

Curve = tuple[tuple[int, float], ...]

Span = tuple[float | None, float, float | None]
"""Minutes: expected, at least, at most; None is perhaps never."""


class Newton(msgspec.Struct, frozen=True):
    """Hold the readings of the room or bath in Cel; none if nobody measured it."""

    room: Curve = ()

    def over(self, samples: Sequence[tuple[int, float]]) -> float | None:
        """Return the room's mean while these readings were taken, else the reading nearest to them."""
        if not self.room:
            return None
        first, last = samples[0][0], samples[-1][0]
        among = [value for at, value in self.room if first <= at <= last]
        if among:
            return math.fsum(among) / len(among)
        return min(self.room, key=lambda reading: abs(reading[0] - last))[1]


class Coming(msgspec.Struct, frozen=True):
    """Hold the forecast of one stage."""

    measure: Measure
    verdict: Outcome
    why: Why


class Forecast:
    """Forecast stages by a fit, or by no more than the measured room."""

    def __init__(self, fitted: Fit | None, measured: float | None) -> None:
        self._fit = fitted
        self._measured = measured

    @property
    def k(self) -> float | None:
        return None if self._fit is None else self._fit.k

    @property
    def ambient(self) -> float | None:
        return self._measured if self._fit is None else self._fit.ambient

    def of(self, start: float, to: float, within: int, began: Moment | None) -> Coming | None:
        """Forecast a stage by its own clock, which began at `began` or has not yet; None if there is no forecast."""
        limit = within / MINUTE
        if self._never(to):
            infeasible = Outcome.INFEASIBLE
            never = why("infeasible", room=f"{self.ambient:.1f}", limit=f"{to:g}")
            return Coming(Measure(value=None, limit=limit, verdict=infeasible), infeasible, never)
        if self._fit is None or self._fit.samples < _FEWEST:
            return None
        span = _since(self._fit, began, to) if began is not None else _whole(self._fit, start, to)
        if span is None:
            return None
        value, low, high = span
        verdict = _verdict(low, high, limit)
        measure = Measure(value=value, low=low, high=high, limit=limit, verdict=verdict)
        parts = {"limit": f"{to:g}", "allowed": f"{limit:g}"}
        foreseen = why("perhaps_never", **parts) if value is None else why("foreseen", minutes=f"{value:.0f}", **parts)
        return Coming(measure, verdict, foreseen)

    def _never(self, to: float) -> bool:
        """Return whether the limit is never reached; in a measured room that is not below it no fit is needed."""
        if self._measured is not None:
            return to <= self._measured
        return self._fit is not None and self._fit.infeasible(to)


def _since(fitted: Fit, began: Moment, to: float) -> Span | None:
    reach = fitted.reach(to)
    if reach is None or reach.earliest is None:
        return None
    high = None if reach.latest is None else (reach.latest - began.earliest) / MINUTE
    value = None if reach.at is None else (reach.at - began.earliest) / MINUTE
    return value, (reach.earliest - began.latest) / MINUTE, high


def _whole(fitted: Fit, start: float, to: float) -> Span | None:
    """Return ln((start − Ta)/(to − Ta))/k in minutes, with ±2σ of k and Ta together (JCGM 100:2008, 5.1)."""
    if start <= fitted.ambient:
        return None
    doubt = 2 * fitted.ambient_sigma
    slow = _slowly(fitted, start, to)
    if to <= fitted.ambient:
        low = (
            _minutes(start - fitted.ambient + doubt, to - fitted.ambient + doubt, fitted.k)
            if to > fitted.ambient - doubt
            else slow
        )
        return None, min(low, slow), None
    value = _minutes(start - fitted.ambient, to - fitted.ambient, fitted.k)
    by_k = -value / fitted.k
    by_room = (1 / (to - fitted.ambient) - 1 / (start - fitted.ambient)) / fitted.k * (HOUR / MINUTE)
    _, (_, k_k, k_room), (_, _, room_room) = fitted.covariance
    variance = by_k**2 * k_k + 2 * by_k * by_room * k_room + by_room**2 * room_room
    spread = 2 * math.sqrt(max(variance, 0.0))
    return value, max(min(value - spread, slow), 0.0), value + spread if to > fitted.ambient + doubt else None


def _slowly(fitted: Fit, start: float, to: float) -> float:
    """Return the minutes by the slowest curve that the readings allow; infinite if there is none."""
    slowest = fitted.slowest
    if slowest is None or to <= slowest.ambient:
        return math.inf
    return _minutes(start - slowest.ambient, to - slowest.ambient, slowest.k)


def forecast(curve: Trace, newton: Newton, *, off_heat: bool) -> Forecast | None:
    """Make a forecast from the falling curve; None if there is neither a fit nor a measured room.

    Food that may still be on the stove (not `off_heat`) needs a fit: a warm room alone says nothing of it.
    """
    room = newton.over(window(curve))
    fitted = fit(curve, room)
    if fitted is not None and not fitted.predicts:
        fitted = None
    return None if fitted is None and (room is None or not off_heat) else Forecast(fitted, room)


def _minutes(start: float, to: float, k: float) -> float:
    return math.log(start / to) / k * (HOUR / MINUTE)


def _verdict(low: float, high: float | None, limit: float) -> Outcome:
    if low > limit:
        return Outcome.PREDICTED_FAIL
    return Outcome.PASS if high is not None and high <= limit else Outcome.RUNNING
