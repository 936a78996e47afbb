"""Newton's law of cooling: fit a trace, and say when a limit will be reached, or that it never will.

    T(t) = Ta + (T0 − Ta)·e^(−kt)        t(L) = ln((T − Ta)/(L − Ta))/k        needs L > Ta

Source: Newton (1701), Phil. Trans. 22, 824. With the room measured, ln(T − Ta) is a straight line over t. With the
room unknown, three equally spaced samples give it in closed form, Ta = (T1·T3 − T2²)/(T1 + T3 − 2·T2); more samples by
least squares over T0, k and Ta (variable projection, Golub & Pereyra 1973). Intervals are ±2σ by the delta method
(JCGM 100:2008, 5.1).

A pot is not a point: its core follows late, so only the last 45 minutes are fitted, and the first five of all are left
out once ten samples remain. A fit with R² below 0.98 predicts nothing.
"""

import math
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from gateway.models.trace import HOUR, MINUTE, Sample, Trace

WARM_UP = 5 * MINUTE
WINDOW = 45 * MINUTE
ENOUGH = 10
"""Samples that a window must keep to be preferred to the whole trace."""

LEAST_R2 = 0.98

_START_RATES = tuple(0.02 * 2.5**step for step in range(9))  # per hour: from a vat of a ton to a spoon
_SLOWEST, _FASTEST = 1e-3, 1e3  # per hour: outside them the curve is a straight line or a step, and has no room in it
_ITERATIONS = 40
_FAR = 1e6  # hours: what is further away is all the same

Matrix = tuple[tuple[float, float, float], tuple[float, float, float], tuple[float, float, float]]


class Reach(NamedTuple):
    """When a limit is reached, in microseconds on the trace's clock. None is never, as the fit stands.

    `earliest` and `latest` are ±2σ: `earliest` None says that it is certain that the limit is never reached.
    """

    at: int | None
    earliest: int | None
    latest: int | None


NEVER = Reach(None, None, None)


@dataclass(frozen=True, slots=True)
class Fit:
    """T = ambient + e^(excess − k·t), t in hours since `origin` (microseconds).

    Attributes:
        k: per hour.
        ambient: Cel, as given or as fitted.
        excess: ln of the K above ambient at `origin`.
        r2: of ln(T − Ta) with the room measured, else of T.
        samples: how many were fitted.
        covariance: of (excess, k, ambient).
    """

    origin: int
    k: float
    ambient: float
    excess: float
    r2: float
    samples: int
    covariance: Matrix

    @property
    def predicts(self) -> bool:
        """Good enough to look ahead with."""
        return self.k > 0 and self.r2 >= LEAST_R2

    @property
    def ambient_sigma(self) -> float:
        """K; 0 when the room was measured."""
        return math.sqrt(max(self.covariance[2][2], 0.0))

    def infeasible(self, limit: float) -> bool:
        """Certain that food in this room never gets down to the limit (Cel)."""
        return self.predicts and limit <= self.ambient - 2 * self.ambient_sigma

    def reach(self, limit: float) -> Reach | None:
        """When T comes down to the limit (Cel); None when the fit is too poor to say."""
        if not self.predicts:
            return None
        doubt = 2 * self.ambient_sigma
        if limit <= self.ambient:
            colder = limit - self.ambient + doubt
            return NEVER if colder <= 0 else Reach(None, self._at((self.excess - math.log(colder)) / self.k), None)
        hours = (self.excess - math.log(limit - self.ambient)) / self.k
        spread = 2 * self._sigma(hours, limit)
        latest = self._at(hours + spread) if limit > self.ambient + doubt else None
        return Reach(self._at(hours), self._at(hours - spread), latest)

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
    """The samples that are fitted."""
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
    """When the samples themselves came down to the limit, on a curve that cools towards `ambient` between them."""
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
    """A straight line through ln(T − Ta)."""
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


class _Projection(NamedTuple):
    """Given k, the best T0 − Ta and Ta, what they leave over, and the step in k that would leave less."""

    k: float
    height: float
    ambient: float
    error: float
    step: float


def _least_squares(samples: Trace) -> Fit | None:
    hours = [(at - samples[0][0]) / HOUR for at, _ in samples]
    values = [value for _, value in samples]
    best = _minimise(lambda k: _project(hours, values, k))
    if best is None or best.height <= 0 or not _SLOWEST * 1.01 < best.k < _FASTEST / 1.01:
        return None
    covariance = _covariance(hours, best)
    if covariance is None:
        return None
    r2 = _r2(best.error, values, math.fsum(values) / len(values))
    return Fit(samples[0][0], best.k, best.ambient, math.log(best.height), r2, len(values), covariance)


def _minimise(project: Callable[[float], _Projection | None]) -> _Projection | None:
    """Gauss-Newton in k from the best of a few starts, each step halved until it leaves less over."""
    starts = [found for found in map(project, _START_RATES) if found is not None]
    if not starts:
        return None
    best = min(starts, key=lambda found: found.error)
    factor = 1.0
    for _ in range(_ITERATIONS):
        k = min(max(best.k + factor * best.step, best.k / 3, _SLOWEST), best.k * 3, _FASTEST)
        tried = project(k)
        if tried is None or tried.error >= best.error:
            factor /= 2
        else:
            gained = best.error - tried.error
            best, factor = tried, 1.0
            if gained <= 1e-12 * best.error:
                break
    return best


def _project(hours: Sequence[float], values: Sequence[float], k: float) -> _Projection | None:
    n = len(hours)
    decays = [math.exp(-k * t) for t in hours]
    d_mean, v_mean = sum(decays) / n, sum(values) / n
    centred = [d - d_mean for d in decays]
    square = sum(c * c for c in centred)
    if square < 1e-18:
        return None
    height = sum(c * v for c, v in zip(centred, values, strict=True)) / square
    left = [v - v_mean - height * c for v, c in zip(values, centred, strict=True)]
    # The derivative by k, without what T0 and Ta could make up for.
    slopes = [-height * t * d for t, d in zip(hours, decays, strict=True)]
    s_mean = sum(slopes) / n
    along = sum(s * c for s, c in zip(slopes, centred, strict=True)) / square
    own = [s - s_mean - along * c for s, c in zip(slopes, centred, strict=True)]
    own_square = sum(o * o for o in own)
    step = sum(o * r for o, r in zip(own, left, strict=True)) / own_square if own_square > 1e-24 else 0.0
    return _Projection(k, height, v_mean - height * d_mean, sum(r * r for r in left), step)


def _covariance(hours: Sequence[float], best: _Projection) -> Matrix | None:
    """s²·(JᵀJ)⁻¹ for (excess, k, ambient)."""
    degrees = len(hours) - 3
    variance = best.error / degrees if degrees else 0.0
    heights = [best.height * math.exp(-best.k * t) for t in hours]
    rows = [(h, -t * h, 1.0) for t, h in zip(hours, heights, strict=True)]
    a, b, c, d, e, f = (math.fsum(row[i] * row[j] for row in rows) for i, j in _UPPER)
    minors = (d * f - e * e, c * e - b * f, b * e - c * d, a * f - c * c, b * c - a * e, a * d - b * b)
    determinant = a * minors[0] + b * minors[1] + c * minors[2]
    if determinant <= 0:
        return None
    p, q, r, s, t, u = (variance * minor / determinant for minor in minors)
    return ((p, q, r), (q, s, t), (r, t, u))


_UPPER = ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2))
