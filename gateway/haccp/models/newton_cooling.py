"""Fit Newton's law of cooling to a trace, and tell when a limit will be reached, or that it never will.

    T(t) = Ta + (T0 − Ta)·e^(−kt)        t(L) = ln((T − Ta)/(L − Ta))/k        needs L > Ta

Source: Newton (1701), Phil. Trans. 22, 824. With the room measured, ln(T − Ta) is a straight line over t. With the
room unknown, three equally spaced samples give it in closed form, Ta = (T1·T3 − T2²)/(T1 + T3 − 2·T2); more samples by
least squares over T0, k and Ta (variable projection, Golub & Pereyra 1973). Intervals are ±2σ by the delta method
(JCGM 100:2008, 5.1). In a short window k and Ta hardly tell apart, and σ is far too small where Ta came out too high:
so the coldest room and the earliest time are those of the smallest k that ±2σ of the readings allow, too (the profile
of k, Bates & Watts 1988, 6.1).

A pot is not a point: its core follows late, so only the last 45 minutes are fitted, and the first five of all are left
out once ten samples remain. A fit with R² below 0.98 predicts nothing.
"""

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from gateway.haccp.models.newton_search import (
    FASTEST,
    SLOWEST,
    Matrix,
    Slowest,
    covariance_of,
    minimise,
    project_k,
    slowest_of,
)
from gateway.haccp.models.trace import HOUR, MINUTE, Sample, Trace

WARM_UP = 5 * MINUTE
WINDOW = 45 * MINUTE
ENOUGH = 10
"""The fewest samples in the window; with fewer the whole trace is fitted."""

LEAST_R2 = 0.98

_FAR = 1e6  # hours: what is further away is all the same


class Reach(NamedTuple):
    """Hold when a limit is reached, in microseconds on the trace's clock; None is never, as the fit stands.

    `earliest` and `latest` are ±2σ: `earliest` None says that it is certain that the limit is never reached.
    """

    at: int | None
    earliest: int | None
    latest: int | None


NEVER = Reach(None, None, None)


@dataclass(frozen=True, slots=True)
class Fit:
    """Hold a fitted curve T = ambient + e^(excess − k·t), t in hours since `origin` (microseconds).

    Attributes:
        k: per hour.
        ambient: Cel, as given or as fitted.
        excess: ln of the K above ambient at `origin`.
        r2: of ln(T − Ta) with the room measured, else of T.
        samples: how many were fitted.
        covariance: of (excess, k, ambient).
        slowest: None where the room was measured or nothing is left over.
    """

    origin: int
    k: float
    ambient: float
    excess: float
    r2: float
    samples: int
    covariance: Matrix
    slowest: Slowest | None = None

    @property
    def predicts(self) -> bool:
        """Return whether the fit is good enough for a forecast."""
        return self.k > 0 and self.r2 >= LEAST_R2

    @property
    def ambient_sigma(self) -> float:
        """Return σ of the room's temperature in K; 0 if it was measured."""
        return math.sqrt(max(self.covariance[2][2], 0.0))

    def infeasible(self, limit: float) -> bool:
        """Return whether it is certain that food in this room never cools to the limit (Cel)."""
        coldest = self.ambient - 2 * self.ambient_sigma
        return self.predicts and limit <= (coldest if self.slowest is None else min(coldest, self.slowest.ambient))

    def reach(self, limit: float) -> Reach | None:
        """Return when T comes down to the limit (Cel); None if the fit is too poor."""
        if not self.predicts:
            return None
        doubt = 2 * self.ambient_sigma
        slow = self._slowly(limit)
        if limit <= self.ambient:
            colder = limit - self.ambient + doubt
            sooner = [] if colder <= 0 else [self._at((self.excess - math.log(colder)) / self.k)]
            sooner += [] if slow is None else [slow]
            return Reach(None, min(sooner), None) if sooner else NEVER
        hours = (self.excess - math.log(limit - self.ambient)) / self.k
        spread = 2 * self._sigma(hours, limit)
        latest = self._at(hours + spread) if limit > self.ambient + doubt else None
        earliest = self._at(hours - spread)
        return Reach(self._at(hours), earliest if slow is None else min(earliest, slow), latest)

    def _slowly(self, limit: float) -> int | None:
        """Return when the slowest curve comes down to the limit."""
        if self.slowest is None or limit <= self.slowest.ambient:
            return None
        return self._at((self.slowest.excess - math.log(limit - self.slowest.ambient)) / self.slowest.k)

    def _sigma(self, hours: float, limit: float) -> float:
        gradient = (1 / self.k, -hours / self.k, 1 / (self.k * (limit - self.ambient)))
        rows = zip(gradient, self.covariance, strict=True)
        variance = sum(g * h * c for g, row in rows for h, c in zip(gradient, row, strict=True))
        return math.sqrt(max(variance, 0.0))

    def _at(self, hours: float) -> int:
        return self.origin + round(min(max(hours, -_FAR), _FAR) * HOUR)


def fit(trace: Trace, ambient: float | None) -> Fit | None:
    """Fit the end of a trace; `ambient` in Cel, None when nobody measured it.

    Returns:
        None while there are too few samples above the room (two with it measured, else three), or no room in them.
    """
    return _with_room(window(trace), ambient) if ambient is not None else _without_room(window(trace))


def window(trace: Trace) -> Trace:
    """Return the samples that are fitted."""
    if not trace:
        return trace
    warm = trace[_index(trace, trace[0][0] + WARM_UP) :]
    if len(warm) < ENOUGH:
        warm = trace
    last = warm[_index(warm, warm[-1][0] - WINDOW) :]
    return last if len(last) >= ENOUGH else warm


def _index(trace: Trace, at: int) -> int:
    return bisect_left(trace, at, key=_time)


def _time(sample: Sample) -> int:
    return sample[0]


def observed(trace: Trace, limit: float, ambient: float | None) -> int | None:
    """Return when the samples themselves came down to the limit, cooling towards `ambient` between them."""
    for index, (at, value) in enumerate(trace):
        if value <= limit:
            return at if index == 0 else _crossing(trace[index - 1], (at, value), limit, ambient)
    return None


def _crossing(before: Sample, after: Sample, limit: float, ambient: float | None) -> int:
    if ambient is not None and after[1] > ambient:
        fallen = math.log1p((before[1] - after[1]) / (after[1] - ambient))
        share = math.log1p((before[1] - limit) / (limit - ambient)) / fallen
    else:
        share = (before[1] - limit) / (before[1] - after[1])
    return before[0] + round((after[0] - before[0]) * share)


def _with_room(samples: Trace, ambient: float) -> Fit | None:
    """Fit a straight line through ln(T − Ta)."""
    above = [((at - samples[0][0]) / HOUR, math.log(value - ambient)) for at, value in samples if value > ambient]
    n = len(above)
    if n < 2:
        return None
    t_mean, y_mean = math.fsum(t for t, _ in above) / n, math.fsum(y for _, y in above) / n
    t_square = math.fsum((t - t_mean) ** 2 for t, _ in above)
    slope = math.fsum((t - t_mean) * (y - y_mean) for t, y in above) / t_square
    excess = y_mean - slope * t_mean
    error = math.fsum((y - excess - slope * t) ** 2 for t, y in above)
    variance = error / (n - 2) if n > 2 else 0.0
    # k is −slope, so what a and the slope share changes its sign.
    shared = variance * t_mean / t_square
    covariance = (
        (variance * (1 / n + t_mean**2 / t_square), shared, 0.0),
        (shared, variance / t_square, 0.0),
        (0.0, 0.0, 0.0),
    )
    r2 = _r2(error, [y for _, y in above], y_mean)
    return Fit(samples[0][0], -slope, ambient, excess, r2, n, covariance)


def _r2(error: float, values: Sequence[float], mean: float) -> float:
    total = math.fsum((value - mean) ** 2 for value in values)
    return 1 - error / total if total else 0.0


def _without_room(samples: Trace) -> Fit | None:
    if len(samples) < 3:
        return None
    if len(samples) == 3 and samples[1][0] - samples[0][0] == samples[2][0] - samples[1][0]:
        return _three_points(samples)
    return _least_squares(samples)


def _three_points(samples: Trace) -> Fit | None:
    (begin, first), (middle, second), (_, third) = samples
    bend = first + third - 2 * second
    if not (bend > 0 and first > second > third):
        return None
    ambient = (first * third - second**2) / bend
    if ambient >= third:
        return None
    k = math.log((first - ambient) / (second - ambient)) / ((middle - begin) / HOUR)
    zero = (0.0, 0.0, 0.0)
    return Fit(begin, k, ambient, math.log(first - ambient), 1.0, 3, (zero, zero, zero))


def _least_squares(samples: Trace) -> Fit | None:
    hours = [(at - samples[0][0]) / HOUR for at, _ in samples]
    values = [value for _, value in samples]
    best = minimise(lambda k: project_k(hours, values, k))
    if best is None or best.height <= 0 or not SLOWEST * 1.01 < best.k < FASTEST / 1.01:
        return None
    covariance = covariance_of(hours, best)
    if covariance is None:
        return None
    r2 = _r2(best.error, values, math.fsum(values) / len(values))
    slowest = slowest_of(lambda k: project_k(hours, values, k), best, len(values) - 3)
    return Fit(samples[0][0], best.k, best.ambient, math.log(best.height), r2, len(values), covariance, slowest)
