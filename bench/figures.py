"""Print figures: one line each, which bench.page collects in a table."""

from collections.abc import Sequence
from statistics import quantiles


def figure(what: str, measured: str, reach: str = "", *, reached: bool | None = None, beside: str = "") -> None:
    """Print a figure: name, measured value, target, whether it is reached, and a reference of the same run."""
    verdict = {None: "", True: "yes", False: "no"}[reached]
    print(f"= {what} | {measured} | {reach} | {verdict} | {beside}", flush=True)


def at_most(what: str, measured: float, most: float, unit: str, beside: str = "") -> None:
    """Print a figure with an upper limit."""
    figure(what, f"{short(measured)} {unit}", f"≤ {short(most)} {unit}", reached=measured <= most, beside=beside)


def at_least(what: str, measured: float, least: float, unit: str, beside: str = "") -> None:
    """Print a figure with a lower limit."""
    figure(what, f"{short(measured)} {unit}", f"≥ {short(least)} {unit}", reached=measured >= least, beside=beside)


def short(number: float) -> str:
    """Return a number with its significant digits."""
    return f"{number:,.0f}" if abs(number) >= 100 else f"{number:.3g}"


def p50_p99(delays: Sequence[float]) -> tuple[float, float]:
    """Return median and 99th percentile."""
    cuts = quantiles(delays, n=100, method="inclusive")
    return cuts[49], cuts[98]
