"""The readings of a point as rules see them: those that are judged, as calibrated, with what is in doubt."""

import sqlite3
from collections.abc import Callable, Iterator

from gateway.journal.history.readings import of_point
from gateway.journal.sql import statements
from gateway.records.corrections import Corrections
from gateway.records.quality import doubt_of, is_judged

REST_EVERY = 2_000
"""Readings between two rests: some 10 ms of work."""
_POINT = statements("readings")["point_number"]


Rest = Callable[[], object]


def judged_readings(
    connection: sqlite3.Connection, point: str, corrections: Corrections, *, since: int, until: int, rest: Rest
) -> Iterator[tuple[int, float]]:
    """What rules see of a point, since <= measured_at < until, in order of time, as calibrated."""
    for at, value, _ in doubted_readings(connection, point, corrections, since=since, until=until, rest=rest):
        yield at, value


def doubted_readings(
    connection: sqlite3.Connection, point: str, corrections: Corrections, *, since: int, until: int, rest: Rest
) -> Iterator[tuple[int, float, str | None]]:
    """As `judged_readings`, with what a verdict has to say of each; None: nothing."""
    found = connection.execute(_POINT, (point,)).fetchone()
    if found is None:
        return
    page = of_point(connection, found[0], since=since, until=until)
    for count, (at, value, quality, reason, _, _) in enumerate(page):
        if value is not None and is_judged(quality, reason):
            yield at, corrections.value(value, at), doubt_of(*corrections.quality(quality, reason, at))
        if count % REST_EVERY == REST_EVERY - 1:
            rest()
