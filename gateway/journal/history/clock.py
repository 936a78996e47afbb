"""What the journal keeps of the clock: how it stood, which readings have no certain date, and which times came twice.

Readings of a time that was not known have the flag UNDATED. They are moved once, when it becomes known, and until then
neither sent on nor sealed; after `HELD` they stay where they stand.
"""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import msgspec

from drivers.reading import Flag, Quality, Reason
from gateway.journal.sql import statements
from gateway.records.time_shift import Move
from gateway.records.time_units import HOUR

CLOCK = "clock"
"""In `meta`."""
ALIVE = "alive_at"
HELD = 24 * HOUR
MARGIN = 60_000_000
"""Microseconds: what is about to be moved was not sent a moment ago."""

_SQL = statements("clock")
_META = statements("state")["meta"]
_MARKS = {"undated": int(Flag.UNDATED), "unsynced": str(Reason.CLOCK_UNSYNCED), "good": int(Quality.GOOD)}
"""What marks a reading whose date is not known, and what it becomes."""


class Undated(msgspec.Struct, frozen=True):
    """A span of a time that is not known: it began at `since`, behind reading number `seq`."""

    since: int
    seq: int


class ClockState(msgspec.Struct, frozen=True):
    """How the clock stood at the last sign of life.

    Attributes:
        boot: the run of the machine.
        ahead: the gateway's time less the monotonic one, which grows through all of a boot.
        known: the time was known.
        confirmed: a person said what time it is.
        correction: what the machine's clock was wrong by, by that person.
        undated: the span that is to be moved when the time becomes known.
    """

    boot: str
    ahead: int
    known: bool
    confirmed: bool = False
    correction: int = 0
    undated: Undated | None = None


class Again(NamedTuple):
    """From `begin` to `end` the clock showed the same time again: what stands there up to number `seq` came before.

    The end lies as far behind as a device's time may be ahead of ours.
    """

    begin: int
    end: int
    seq: int

    def hides(self, measured_at: int, seq: int) -> bool:
        return self.begin <= measured_at <= self.end and seq <= self.seq


def clock_state(connection: sqlite3.Connection) -> ClockState | None:
    """As it was kept; None in a new journal."""
    found = connection.execute(_META, (CLOCK,)).fetchone()
    return None if found is None else msgspec.json.decode(found[0], type=ClockState)


def last_known(journal: Path) -> tuple[int, ClockState | None]:
    """The newest time of the gateway's clock that a journal has (UTC microseconds, 0: none), and how it stood."""
    try:
        with closing(sqlite3.connect(f"file:{journal}?mode=ro", uri=True)) as connection:
            newest = (_SQL["newest_reading"], _SQL["newest_event"], _SQL["alive_at"])
            times = [connection.execute(sql).fetchone() for sql in newest]
            state = clock_state(connection)
    except (sqlite3.Error, msgspec.DecodeError):
        return 0, None  # there is none yet, or the start finds it damaged and says so
    return max((row[0] for row in times if row), default=0), state


def held(connection: sqlite3.Connection, now: int, *, after: int = 0) -> int | None:
    """The first number behind `after` whose reading may still be moved; None when there is none."""
    state = clock_state(connection)
    if state is None or state.undated is None:
        return None
    wanted = {"after": max(after, state.undated.seq), "since": now - HELD - MARGIN, **_MARKS}
    found = connection.execute(_SQL["first_held"], wanted).fetchone()
    return None if found is None else int(found[0])


def settled_until(connection: sqlite3.Connection, now: int) -> int:
    """No reading that was measured before may still be moved."""
    state = clock_state(connection)
    return now if state is None or state.undated is None else now - HELD - MARGIN


def old_by(connection: sqlite3.Connection, now: int) -> int:
    """The time by which readings are old: a clock that was set to a wrong year throws nothing away for a day."""
    found = connection.execute(_SQL["jumped_since"], (now - HELD,)).fetchall()
    offsets: list[int] = [json.loads(body)["offset"] for (body,) in found]
    return now - sum(offset for offset in offsets if offset > 0)


def times_again(connection: sqlite3.Connection) -> list[Again]:
    """All spans that the clock showed twice."""
    bodies = (json.loads(body) for (body,) in connection.execute(_SQL["times_again"]).fetchall())
    return [Again(*body["again"]) for body in bodies if body.get("again")]


def move(db: sqlite3.Connection, wanted: Move, taken: Callable[[int, int], bool], sealed_until: int) -> None:
    """Move the readings, each to a time that is free. `taken`: whether a sealed hour before `sealed_until` has it."""
    span = {"after": wanted.seq, "since": wanted.since, "offset": wanted.offset, **_MARKS}
    db.execute(_SQL["put_aside"], span)
    db.execute(_SQL["move"], {**span, "before": min(0, wanted.offset - sealed_until + 1)})
    for seq, point, aside in db.execute(_SQL["left_aside"], (wanted.seq,)).fetchall():
        at = wanted.offset - aside
        while _is_there(db, point, at) or (at < sealed_until and taken(point, at)):
            at += 1
        db.execute(_SQL["place"], {"at": at, "seq": seq, **_MARKS})
    db.execute(_SQL["move_typed"], (wanted.offset, wanted.since, wanted.until))


def _is_there(db: sqlite3.Connection, point: int, at: int) -> bool:
    return db.execute(_SQL["is_taken"], (point, at)).fetchone() is not None
