"""Print an answer of `judge` for people."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from gateway.cli.offline.written import Json

MOST_LOG = 12.0
"""Decimal reductions beyond which a number says no more than "all"."""


def table(answer: Json) -> str:
    """Return a block for each profile: verdict, measures, reasons; then alarms and conflicts."""
    answered = cast("Mapping[str, list[Any]]", answer)
    lines = [line for verdict in answered["verdicts"] for line in _verdict(verdict)]
    lines += [
        f"alarm {alarm['level']} ({alarm['profile']}, {alarm['limit']:g}): {alarm['raised_at']} to "
        f"{'now' if alarm['cleared_at'] is None else alarm['cleared_at']}"
        for alarm in answered["alarms"]
    ]
    return "\n".join([*lines, *(f"profiles disagree: {text}" for text in answered["conflicts"])])


def _verdict(verdict: Mapping[str, Any]) -> Iterator[str]:
    decided = "" if verdict["decided_at"] is None else f" at {verdict['decided_at']}"
    action = "" if verdict["action"] is None else f", {verdict['action']}"
    yield f"{verdict['profile']}  {verdict['control']['kind']}: {verdict['verdict'] or 'no verdict'}{action}{decided}"
    for name, measure in verdict["measures"].items():
        if measure is not None:
            yield f"  {name:<20} {_measure(name, measure)}"
    yield from (f"  {reason}" for reason in verdict["reasons"])
    if verdict["supersedes"] is not None:
        yield f"  supersedes {verdict['supersedes']['verdict']}, the verdict of the trace as it was read"


def _measure(name: str, measure: Mapping[str, Any]) -> str:
    value = measure["value"]
    many = name == "log_reduction" and isinstance(value, float) and value > MOST_LOG
    words = [f">{MOST_LOG:g}" if many else _number(value), "" if measure["unit"] in {"1", "time"} else measure["unit"]]
    words += [] if measure["limit"] is None else [f"(limit {_number(measure['limit'])})"]
    words += [f"of it {_number(measure['gap_min'])} charged for gaps"] if "gap_min" in measure else []
    words += [f"{_number(measure['low'])} to {_number(measure['high'])}"] if "low" in measure else []
    words += [] if measure["verdict"] is None else [measure["verdict"]]
    return " ".join(word for word in words if word)


def _number(value: object) -> str:
    if value is None:
        return "–"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
