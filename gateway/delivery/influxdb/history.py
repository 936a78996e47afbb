"""Query InfluxDB for readings that the journal no longer has (pure): the SELECT, and the parsed answer.

Values in InfluxDB include their calibration offset; a reading without a value is BAD.
"""

from collections.abc import Iterable
from typing import NamedTuple

from gateway.delivery.influxdb.influxql import Series, between, tag_is
from gateway.delivery.influxdb.line_protocol import MEASUREMENT


class OldReading(NamedTuple):
    """One reading; `measured_at` in UTC microseconds."""

    measured_at: int
    value: float | None
    quality: int


class OldSpan(NamedTuple):
    """The summary of the usable values of a span that begins at `at`, UTC microseconds."""

    at: int
    lowest: float
    highest: float
    mean: float


def spans_question(kitchen: str, point: str, *, since: int, until: int, width: int) -> str:
    """Return the SELECT for spans of `width` microseconds from `since` on; spans without a usable value are absent."""
    return (
        f'SELECT min("value"), max("value"), mean("value") FROM "{MEASUREMENT}" '  # noqa: S608  ours, or quoted
        f'WHERE {_of(kitchen, point)} AND "quality" > 0 AND {between(since, until)} '
        f"GROUP BY time({width}u, {since % width}u) fill(none)"
    )


def readings_question(kitchen: str, point: str, *, since: int, until: int, limit: int) -> str:
    """Return the SELECT for the first `limit` readings with since <= measured_at < until."""
    return (
        f'SELECT "value", "quality" FROM "{MEASUREMENT}" '  # noqa: S608  ours, or quoted
        f"WHERE {_of(kitchen, point)} AND {between(since, until)} LIMIT {limit}"
    )


def spans_of(groups: Iterable[Series]) -> list[OldSpan]:
    """Parse the answer to `spans_question`; skip spans without three numbers."""
    return [
        OldSpan(at // 1_000, *map(float, numbers))
        for group in groups
        for at, *values in group.values
        if isinstance(at, int) and len(numbers := [number for number in values if isinstance(number, int | float)]) == 3
    ]


def readings_of(groups: Iterable[Series]) -> list[OldReading]:
    """Parse the answer to `readings_question`. JSON shows a whole float as an integer with too many digits."""
    return [
        OldReading(at // 1_000, float(value) if isinstance(value, int | float) else None, int(quality))
        for group in groups
        for at, value, quality in group.values
        if isinstance(at, int) and quality in {0, 1, 2}
    ]


def is_ours(groups: Iterable[Series]) -> bool:
    """Tell whether an answer holds our measurement: VictoriaMetrics answers any query with a list of databases."""
    return all(group.name == MEASUREMENT for group in groups)


def _of(kitchen: str, point: str) -> str:
    return f"{tag_is('kitchen', kitchen)} AND {tag_is('point', point)}"
