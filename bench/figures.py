"""How a figure is told: a line that bench.page puts into one table with all others."""

from collections.abc import Sequence
from statistics import quantiles


def figure(what: str, measured: str, reach: str = "", *, reached: bool | None = None, beside: str = "") -> None:
    """Print a figure: what it is, what was measured, what is to be reached and whether it is, what stands beside it."""
    verdict = {None: "", True: "yes", False: "no"}[reached]
    print(f"= {what} | {measured} | {reach} | {verdict} | {beside}", flush=True)


def at_most(what: str, measured: float, most: float, unit: str, beside: str = "") -> None:
    """A figure that is to stay below."""
    figure(what, f"{short(measured)} {unit}", f"≤ {short(most)} {unit}", reached=measured <= most, beside=beside)


def at_least(what: str, measured: float, least: float, unit: str, beside: str = "") -> None:
    """A figure that is to get above."""
    figure(what, f"{short(measured)} {unit}", f"≥ {short(least)} {unit}", reached=measured >= least, beside=beside)


def short(number: float) -> str:
    """As many digits as mean something."""
    return f"{number:,.0f}" if abs(number) >= 100 else f"{number:.3g}"


def p50_p99(delays: Sequence[float]) -> tuple[float, float]:
    cuts = quantiles(delays, n=100, method="inclusive")
    return cuts[49], cuts[98]
