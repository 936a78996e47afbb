"""Search for the curve of Newton's law with the least residual, and for the slowest that the noise allows.

Given k, the best T0 − Ta and Ta are linear (variable projection, Golub & Pereyra 1973), so only k is searched for.
"""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

_START_RATES = tuple(0.02 * 2.5**step for step in range(9))  # per hour: from a vat of a ton to a spoon
SLOWEST, FASTEST = 1e-3, 1e3  # per hour: outside them the curve is a straight line or a step, and has no room in it
_ITERATIONS = 40
_FINEST = 0.002  # of k

Matrix = tuple[tuple[float, float, float], tuple[float, float, float], tuple[float, float, float]]


class Slowest(NamedTuple):
    """Hold the slowest curve, towards the coldest room, that the samples allow."""

    k: float
    ambient: float
    excess: float


class Projection(NamedTuple):
    """Hold, for one k, the best T0 − Ta and Ta, their residual, and the step in k that reduces it."""

    k: float
    height: float
    ambient: float
    error: float
    step: float


def slowest_of(project: Callable[[float], Projection | None], best: Projection, degrees: int) -> Slowest | None:
    """Find the smallest k whose residual is allowed: down from the best in growing steps, then in shrinking ones."""
    if not degrees:
        return None
    allowed = best.error * (1 + 4 / degrees)  # ±2σ
    slowest, step = best, 0.05
    while step > _FINEST:
        k = max(slowest.k * (1 - step), SLOWEST)
        tried = project(k) if k < slowest.k else None
        if tried is None or tried.error > allowed or tried.height <= 0:
            step /= 4
        else:
            slowest, step = tried, min(2 * step, 0.5)
    return Slowest(slowest.k, slowest.ambient, math.log(slowest.height))


def minimise(project: Callable[[float], Projection | None]) -> Projection | None:
    """Find the k with the least residual: Gauss-Newton from the best of a few starts, with halved steps."""
    starts = [start for start in map(project, _START_RATES) if start is not None]
    if not starts:
        return None
    best = min(starts, key=lambda start: start.error)
    factor = 1.0
    for _ in range(_ITERATIONS):
        k = min(max(best.k + factor * best.step, best.k / 3, SLOWEST), best.k * 3, FASTEST)
        tried = project(k)
        if tried is None or tried.error >= best.error:
            factor /= 2
        else:
            gained = best.error - tried.error
            best, factor = tried, 1.0
            if gained <= 1e-12 * best.error:
                break
    return best


def project_k(hours: Sequence[float], values: Sequence[float], k: float) -> Projection | None:
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
    return Projection(k, height, v_mean - height * d_mean, sum(r * r for r in left), step)


def covariance_of(hours: Sequence[float], best: Projection) -> Matrix | None:
    """Return s²·(JᵀJ)⁻¹ for (excess, k, ambient)."""
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
