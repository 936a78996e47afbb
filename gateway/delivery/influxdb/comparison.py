"""Whether InfluxDB has what the journal has: counts of whole hours, by point, side by side (pure).

    missing    what is neither there nor was refused for ever     is sent again
    too many   what the journal never had, or has no more         is only told

Hours of the last two days are compared once a day, and only when all that the journal has is delivered. An hour of
which the server takes not even a heartbeat is older than it keeps: nothing of it is missing.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple
from urllib.parse import unquote

from gateway.delivery.influxdb.influxql import Series, between, tag_is
from gateway.delivery.influxdb.line_protocol import MEASUREMENT, series
from gateway.journal.chunk import HOUR
from gateway.records.transaction import Event

SPAN = 48
"""Hours: whatever a server lost over a night or a weekend's evening is found before the journal's rows go."""
EVERY = 24 * HOUR
AGAIN = HOUR
"""After a comparison that failed because the server did not answer."""


class Difference(NamedTuple):
    """One hour of one point, with what either side counts; `refused`: readings that the server will never take."""

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
    """The hours to compare at `now`, UTC microseconds, oldest first; the one that goes on is not among them."""
    end = now // HOUR * HOUR
    return [end - n * HOUR for n in range(SPAN, 0, -1)]


def is_due(now: int, last: int | None) -> bool:
    """Whether a day has passed since `last`; a clock that was set back must not keep it from passing."""
    return last is None or not last <= now < last + EVERY


def question(kitchen: str, hour: int) -> str:
    """The SELECT that counts the readings of an hour. Every reading has a quality, not every one a value."""
    return (
        f'SELECT count("quality") FROM "{MEASUREMENT}" '  # noqa: S608  names are ours, the kitchen is quoted
        f'WHERE {tag_is("kitchen", kitchen)} AND {between(hour, hour + HOUR)} GROUP BY "point"'
    )


def counts(found: Iterable[Series]) -> dict[str, int]:
    """Readings by point, out of the answer to `question`."""
    return {
        unquote(each.tags.get("point", "")): int(row[1])
        for each in found
        for row in each.values
        if isinstance(row[1], int | float)
    }


def refused(kitchen: str, hour: int, points: Iterable[str], lines: Iterable[bytes]) -> dict[str, int]:
    """How many readings of an hour were set aside, by point; `lines` are what was sent, some more than once."""
    names = {series(kitchen, point): point for point in points}
    times: dict[str, set[int]] = defaultdict(set)
    for line in lines:
        tags, _, time = line.decode().rsplit(" ", 2)
        at = int(time) // 1_000
        if tags in names and hour <= at < hour + HOUR:
            times[names[tags]].add(at)
    return {point: len(found) for point, found in times.items()}


def differences(
    hour: int, *, journal: Mapping[str, int], server: Mapping[str, int], refused: Mapping[str, int]
) -> list[Difference]:
    """The points whose counts of an hour do not agree."""
    both = (
        Difference(hour, point, journal.get(point, 0), server.get(point, 0), refused.get(point, 0))
        for point in sorted({*journal, *server})
    )
    return [each for each in both if each.missing or each.too_many]


def event_of(sink: str, until: int, found: Iterable[Difference]) -> Event:
    """What a comparison of the hours before `until` found: for each hour that differs what either side counted."""
    hours: dict[int, list[Difference]] = defaultdict(list)
    for each in found:
        hours[each.hour].append(each)
    told = [
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
    body: dict[str, object] = {"hours": told, "points": points}
    return Event(key=f"compared:{sink}:{until}", kind="delivery_differs", subject=sink, at=min(hours), body=body)
