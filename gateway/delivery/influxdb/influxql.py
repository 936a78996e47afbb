"""Build the parts of an InfluxQL SELECT that every InfluxDB understands, and parse its answer (pure).

One SELECT a request, times in nanoseconds.

Source: InfluxDB OSS v1 documentation, "InfluxQL reference" (literals) and "InfluxDB API reference" (/query).
"""

import msgspec

from gateway.delivery.influxdb.line_protocol import carried

EARLIEST, LATEST = -(2**63) + 2, 2**63 - 2
"""Nanoseconds: the ends of InfluxDB's time (models.MinNanoTime, models.MaxNanoTime at v1.8.10)."""

Value = int | float | str | bool | None


class Series(msgspec.Struct):
    """The rows of one group of an answer; with `epoch=ns` the first column is the time in nanoseconds."""

    name: str = ""
    tags: dict[str, str] = {}
    columns: list[str] = []
    values: list[list[Value]] = []
    partial: bool = False


class _Result(msgspec.Struct):
    series: list[Series] = []
    error: str = ""
    partial: bool = False


class _Results(msgspec.Struct):
    results: list[_Result]
    error: str = ""


def tag_is(name: str, value: str) -> str:
    """Return the condition that selects what `line_protocol` wrote under this tag."""
    text = carried(value).replace("\\", "\\\\").replace("'", "\\'")
    return f"\"{name}\" = '{text}'"


def between(since: int, until: int) -> str:
    """Return the condition since <= time < until, UTC microseconds."""
    first, last = (min(max(at * 1_000, EARLIEST), LATEST) for at in (since, until))
    return f"time >= {first} AND time < {last}"


def series_of(body: bytes) -> list[Series] | None:
    """Parse the groups of an answer; return None when it cannot be read, is an error, or is incomplete."""
    try:
        answer = msgspec.json.decode(body, type=_Results)
    except msgspec.DecodeError:
        return None
    if answer.error or any(result.error or result.partial for result in answer.results):
        return None
    groups = [series for result in answer.results for series in result.series]
    return None if any(series.partial for series in groups) else groups
