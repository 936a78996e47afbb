"""Compare how many readings the journal and InfluxDB have of each point and hour (pure).

    missing    in the journal, neither in InfluxDB nor refused by it    is sent again
    too many   in InfluxDB, never or no longer in the journal           is only reported

The hours of the last two days are compared once a day, after everything in the journal is delivered. If the server
refuses even a heartbeat of an hour, the hour is beyond its retention: nothing of it is missing.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple
from urllib.parse import unquote

from gateway.delivery.influxdb.influxql import Series, between, tag_is
from gateway.delivery.influxdb.line_protocol import MEASUREMENT, series
from gateway.records.time_units import HOUR
from gateway.records.transaction import Event

SPAN = 48
"""Hours: a loss over a night or a weekend is noticed before the journal deletes its rows."""
EVERY = 24 * HOUR
AGAIN = HOUR
"""After a comparison that failed because the server did not answer."""


class Difference(NamedTuple):
    """The counts of one hour and point on both sides; `refused`: readings that the server will never accept."""

    hour: int
    point: str
    journal: int
    server: int
    refused: int = 0

    @property
    def missing(self) -> int:
        return max(0, self.journal - self.refused - self.server)

    @property
    def too_many(self) -> int:
        return max(0, self.server - self.journal)


def hours_before(now: int) -> list[int]:
    """Return the hours to compare at `now`, UTC microseconds, oldest first, without the current one."""
    end = now // HOUR * HOUR
    return [end - n * HOUR for n in range(SPAN, 0, -1)]


def is_due(now: int, last: int | None) -> bool:
    """Tell whether a day has passed since `last`, or the clock was set back before it."""
    return last is None or not last <= now < last + EVERY


def question(kitchen: str, hour: int) -> str:
    """Return the SELECT that counts the readings of an hour. Every reading has a quality, not every one a value."""
    return (
        f'SELECT count("quality") FROM "{MEASUREMENT}" '  # noqa: S608  names are ours, the kitchen is quoted
        f'WHERE {tag_is("kitchen", kitchen)} AND {between(hour, hour + HOUR)} GROUP BY "point"'
    )


def counts(groups: Iterable[Series]) -> dict[str, int]:
    """Return the number of readings by point from the answer to `question`."""
    return {
        unquote(group.tags.get("point", "")): int(row[1])
        for group in groups
        for row in group.values
        if isinstance(row[1], int | float)
    }


def refused(kitchen: str, hour: int, points: Iterable[str], lines: Iterable[bytes]) -> dict[str, int]:
    """Count the refused readings of an hour by point; `lines` are the refused lines, some more than once."""
    names = {series(kitchen, point): point for point in points}
    times: dict[str, set[int]] = defaultdict(set)
    for line in lines:
        tags, _, time = line.decode().rsplit(" ", 2)
        at = int(time) // 1_000
        if tags in names and hour <= at < hour + HOUR:
            times[names[tags]].add(at)
    return {point: len(distinct) for point, distinct in times.items()}


def differences(
    hour: int, *, journal: Mapping[str, int], server: Mapping[str, int], refused: Mapping[str, int]
) -> list[Difference]:
    """Return the points whose counts of an hour differ."""
    both = (
        Difference(hour, point, journal.get(point, 0), server.get(point, 0), refused.get(point, 0))
        for point in sorted({*journal, *server})
    )
    return [each for each in both if each.missing or each.too_many]


def event_of(sink: str, until: int, differences: Iterable[Difference]) -> Event:
    """Return the event for a comparison of the hours before `until`: both counts of each hour that differs."""
    hours: dict[int, list[Difference]] = defaultdict(list)
    for each in differences:
        hours[each.hour].append(each)
    facts = [
        {
            "from": hour,
            "journal": sum(each.journal for each in of_hour),
            sink: sum(each.server for each in of_hour),
            "missing": sum(each.missing for each in of_hour),
            "points": len(of_hour),
        }
        for hour, of_hour in sorted(hours.items())
    ]
    points = sorted({each.point for of_hour in hours.values() for each in of_hour})
    body: dict[str, object] = {"hours": facts, "points": points}
    return Event(key=f"compared:{sink}:{until}", kind="delivery_differs", subject=sink, at=min(hours), body=body)
