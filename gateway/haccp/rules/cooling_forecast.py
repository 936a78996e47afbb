"""When cooling food will reach its limits, by Newton's law fitted to the readings since it was hottest.

A forecast is certain only where its whole interval of ±2σ is: beyond the limit it foresees a fail, and where the room
is not below the limit it calls the limit infeasible, which is worth saying in the first minutes.
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
"""Readings that a forecast of a time needs: two always lie on a curve, and say nothing of how well."""

Curve = tuple[tuple[int, float], ...]

Span = tuple[float | None, float, float | None]
"""Minutes: expected, at least, at most; None is perhaps never."""


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
    why: Why


class Forecast:
    """What can be foreseen: a fit that may be looked ahead with, or no more than a measured room."""

    def __init__(self, found: Fit | None, measured: float | None) -> None:
        self._fit = found
        self._measured = measured

    @property
    def k(self) -> float | None:
        return None if self._fit is None else self._fit.k

    @property
    def ambient(self) -> float | None:
        return self._measured if self._fit is None else self._fit.ambient

    def of(self, start: float, to: float, within: int, began: Moment | None) -> Coming | None:
        """How long a stage will take by its own clock, which began at `began` or has not yet; None: nothing to say."""
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
        """In a measured room that is not below the limit no fit is needed to know."""
        if self._measured is not None:
            return to <= self._measured
        return self._fit is not None and self._fit.infeasible(to)


def _since(found: Fit, began: Moment, to: float) -> Span | None:
    reach = found.reach(to)
    if reach is None or reach.earliest is None:
        return None
    high = None if reach.latest is None else (reach.latest - began.earliest) / MINUTE
    value = None if reach.at is None else (reach.at - began.earliest) / MINUTE
    return value, (reach.earliest - began.latest) / MINUTE, high


def _whole(found: Fit, start: float, to: float) -> Span | None:
    """ln((start − Ta)/(to − Ta))/k, with ±2σ of k and Ta together (JCGM 100:2008, 5.1)."""
    if start <= found.ambient:
        return None
    doubt = 2 * found.ambient_sigma
    slow = _slowly(found, start, to)
    if to <= found.ambient:
        low = (
            _minutes(start - found.ambient + doubt, to - found.ambient + doubt, found.k)
            if to > found.ambient - doubt
            else slow
        )
        return None, min(low, slow), None
    value = _minutes(start - found.ambient, to - found.ambient, found.k)
    by_k = -value / found.k
    by_room = (1 / (to - found.ambient) - 1 / (start - found.ambient)) / found.k * (HOUR / MINUTE)
    _, (_, k_k, k_room), (_, _, room_room) = found.covariance
    variance = by_k**2 * k_k + 2 * by_k * by_room * k_room + by_room**2 * room_room
    spread = 2 * math.sqrt(max(variance, 0.0))
    return value, max(min(value - spread, slow), 0.0), value + spread if to > found.ambient + doubt else None


def _slowly(found: Fit, start: float, to: float) -> float:
    """By the slowest curve that the readings allow; infinite when there is none."""
    slowest = found.slowest
    if slowest is None or to <= slowest.ambient:
        return math.inf
    return _minutes(start - slowest.ambient, to - slowest.ambient, slowest.k)


def forecast(curve: Trace, newton: Newton, *, off_heat: bool) -> Forecast | None:
    """From the falling curve; None while there is nothing to look ahead with. What may still be on the stove needs a
    fit: a warm room alone says nothing of it.
    """
    room = newton.over(window(curve))
    found = fit(curve, room)
    if found is not None and not found.predicts:
        found = None
    return None if found is None and (room is None or not off_heat) else Forecast(found, room)


def _minutes(start: float, to: float, k: float) -> float:
    return math.log(start / to) / k * (HOUR / MINUTE)


def _verdict(low: float, high: float | None, limit: float) -> Outcome:
    if low > limit:
        return Outcome.PREDICTED_FAIL
    return Outcome.PASS if high is not None and high <= limit else Outcome.RUNNING
