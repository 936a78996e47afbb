"""Readings that the journal has no more, asked of InfluxDB (pure): one SELECT, and what its answer says.

Values there have their calibration offset already; a reading without a value is BAD.
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
    """The usable values of a span that begins at `at`, UTC microseconds."""

    at: int
    lowest: float
    highest: float
    mean: float


def spans_question(kitchen: str, point: str, *, since: int, until: int, width: int) -> str:
    """The SELECT for spans of `width` microseconds counted from `since`; one without a usable value is absent."""
    return (
        f'SELECT min("value"), max("value"), mean("value") FROM "{MEASUREMENT}" '  # noqa: S608  ours, or quoted
        f'WHERE {_of(kitchen, point)} AND "quality" > 0 AND {between(since, until)} '
        f"GROUP BY time({width}u, {since % width}u) fill(none)"
    )


def readings_question(kitchen: str, point: str, *, since: int, until: int, limit: int) -> str:
    """The SELECT for the first `limit` readings with since <= measured_at < until."""
    return (
        f'SELECT "value", "quality" FROM "{MEASUREMENT}" '  # noqa: S608  ours, or quoted
        f"WHERE {_of(kitchen, point)} AND {between(since, until)} LIMIT {limit}"
    )


def spans_of(found: Iterable[Series]) -> list[OldSpan]:
    """The answer to `spans_question`; a span without its three numbers is none."""
    return [
        OldSpan(at // 1_000, *map(float, numbers))
        for each in found
        for at, *values in each.values
        if isinstance(at, int) and len(numbers := [one for one in values if isinstance(one, int | float)]) == 3
    ]


def readings_of(found: Iterable[Series]) -> list[OldReading]:
    """The answer to `readings_question`. A float that is whole stands in JSON as an integer of too many digits."""
    return [
        OldReading(at // 1_000, float(value) if isinstance(value, int | float) else None, int(quality))
        for each in found
        for at, value, quality in each.values
        if isinstance(at, int) and quality in {0, 1, 2}
    ]


def is_ours(found: Iterable[Series]) -> bool:
    """Whether an answer is one: VictoriaMetrics answers any query with a list of databases."""
    return all(each.name == MEASUREMENT for each in found)


def _of(kitchen: str, point: str) -> str:
    return f"{tag_is('kitchen', kitchen)} AND {tag_is('point', point)}"
