"""What the journal has to say about the coverage of a point: its readings, and the gaps that events name."""

import json
import sqlite3
from collections.abc import Iterator

from gateway.alarms.kinds import SystemKind
from gateway.journal.coverage.stretches import NamedGap, Seen, Stretch, coverage
from gateway.journal.history.clock import ALIVE
from gateway.journal.history.readings import rows_of
from gateway.journal.sealing.sealed_hour import HOURS_RETIRED
from gateway.journal.sql import statements
from gateway.records.gaps import SUBJECTS

TOO_OLD = "too_old"
"""Readings that were kept as long as the settings say."""
NOT_ALIVE_AFTER = 30_000_000
"""Microseconds since the gateway's last sign of life, which comes every ten seconds."""

_SQL = statements("coverage")
_POINT = statements("readings")["point_number"]
_META = statements("state")["meta"]
_SUBJECTS = json.dumps(SUBJECTS)


def coverage_of(
    connection: sqlite3.Connection,
    point: str,
    *,
    since: int,
    until: int,
    now: int,
    max_gap: int,
    by_change: bool = False,
) -> list[Stretch]:
    """The coverage of a point (its name) from `since` to `until`, at most `now`; UTC microseconds.

    `by_change`: the device reports when its value changes.

    Raises:
        sqlite3.Error: the journal cannot be read.
    """
    until = max(since, min(until, now))
    near = since - max_gap, until + max_gap
    named = list(_named(connection, point, *near, now))
    return coverage(
        _seen(connection, point, *near), named, since=since, until=until, now=now, max_gap=max_gap, by_change=by_change
    )


def _seen(connection: sqlite3.Connection, point: str, since: int, until: int) -> Iterator[Seen]:
    found = connection.execute(_POINT, (point,)).fetchone()
    if found is None:
        return
    for row in rows_of(connection, found[0], since=since, until=until + 1):
        yield Seen(row.measured_at, row.quality, row.reason)


def _named(connection: sqlite3.Connection, point: str, since: int, until: int, now: int) -> Iterator[NamedGap]:
    wanted = {"subjects": _SUBJECTS, "retired": HOURS_RETIRED, "until": until}
    for kind, text in connection.execute(_SQL["gaps"], wanted).fetchall():
        body = json.loads(text)
        if body["to"] > since and point in body.get("points", (point,)):
            yield NamedGap(body["from"], body["to"], TOO_OLD if kind == HOURS_RETIRED else body["reason"])
    broker = SystemKind.BROKER_LOST
    for (begin,) in connection.execute(_SQL["broker_lost_since"], (broker,)).fetchall():
        yield NamedGap(begin, now, broker)
    alive = connection.execute(_META, (ALIVE,)).fetchone()
    if alive is not None and now - int(alive[0]) > NOT_ALIVE_AFTER:
        yield NamedGap(int(alive[0]), now, "gateway_off")
