"""The values of a point by equal spans of time, whatever their length: from roll-ups where hours are sealed, from
readings where they are not, or where a span is shorter than a minute.
"""

import sqlite3
from collections.abc import Container, Iterator

from gateway.journal.chunk import HOUR, ChunkDamagedError
from gateway.journal.readings import hour_of, rows_of
from gateway.journal.rollup import DIGITS, MINUTE, Span, spans, united, unpack_minutes, usable
from gateway.sensors.corrections import Corrections

_ROLLUPS = (
    "SELECT hour, count, lowest, highest, total, minutes FROM rollup "
    "WHERE point = ? AND hour > ? - 3600000000 AND hour < ? ORDER BY hour"
)
_SEALED = "SELECT hour, max(last_seq) FROM chunk WHERE point = ? AND hour >= ? AND hour < ? GROUP BY hour ORDER BY hour"
_FIRST_ROW = "SELECT min(measured_at) FROM reading WHERE point = ? AND measured_at >= ? AND measured_at < ?"
_AS_READ = Corrections()
_MINUTES = (
    "SELECT measured_at / 60000000 * 60000000 AS minute, count(*), min(value), max(value), sum(value) FROM reading "
    "WHERE point = ? AND measured_at >= ? AND measured_at < ? AND seq > ? AND quality > 0 AND value IS NOT NULL "
    "GROUP BY minute"
)


def chart(
    connection: sqlite3.Connection,
    point: int,
    *,
    since: int,
    until: int,
    width: int,
    corrections: Corrections = _AS_READ,
) -> list[Span]:
    """Spans of `width` counted from `since`, each reading with its own offset; one without a usable value is absent.

    From a minute on, `since` and `until` stand on whole minutes and `width` is a number of whole minutes.

    Raises:
        sqlite3.Error: the file or a sealed hour cannot be read.
    """
    if width < MINUTE:
        return spans(_readings(connection, point, since, until, corrections), since=since, width=width)
    # Within a minute whose offset changes, the readings themselves are asked, where they are still kept.
    changed = {at // MINUTE * MINUTE for at, _ in corrections.steps if since < at < until and at % MINUTE}
    broken = {at // HOUR * HOUR for at, _ in corrections.steps if since < at < until}
    whole_hours = since % HOUR == until % HOUR == width % HOUR == 0
    rolled = _of_rollups(connection, point, since, until, broken if whole_hours else None)
    anew = {
        minute: spans(_readings(connection, point, minute, minute + MINUTE, corrections), since=minute, width=MINUTE)
        for minute in changed
    }
    parts = [_corrected(part, corrections) for part in (*_of_rows(connection, point, since, until), *rolled)]
    parts = [part for part in parts if not anew.get(part.at)]
    return united([*parts, *(part for found in anew.values() for part in found)], since=since, width=width)


def _readings(
    connection: sqlite3.Connection, point: int, since: int, until: int, corrections: Corrections
) -> Iterator[tuple[int, float]]:
    for at, value in usable(rows_of(connection, point, since=since, until=until)):
        yield at, corrections.value(value, at)


def _corrected(part: Span, corrections: Corrections) -> Span:
    """A part of one offset."""
    offset = corrections.offset(part.at)
    if not offset:
        return part
    lowest, highest = (corrections.value(value, part.at) for value in (part.lowest, part.highest))
    return Span(part.at, part.readings, lowest, highest, round(part.total + part.readings * offset, DIGITS))


def _of_rollups(
    connection: sqlite3.Connection, point: int, since: int, until: int, by_minutes: Container[int] | None
) -> Iterator[Span]:
    """Whole hours, but for some that are told by their minutes; None: all of them are."""
    for hour, count, lowest, highest, total, minutes in connection.execute(_ROLLUPS, (point, since, until)).fetchall():
        if by_minutes is not None and hour not in by_minutes:
            if count:
                yield Span(hour, count, lowest, highest, total)
            continue
        try:
            yield from (span for span in unpack_minutes(minutes) if since <= span.at < until)
        except ChunkDamagedError as error:
            raise sqlite3.DatabaseError(f"a roll-up is damaged: {error}") from error


def _of_rows(connection: sqlite3.Connection, point: int, since: int, until: int) -> Iterator[Span]:
    """The minutes of what stands in no roll-up: hours that are open, and what came late of those that are sealed."""
    (first,) = connection.execute(_FIRST_ROW, (point, since, until)).fetchone()
    if first is None:
        return
    for begin, end, sealed_seq in _stretches(connection, point, hour_of(first), until):
        asked = (point, max(begin, since), min(end, until), sealed_seq)
        for at, count, lowest, highest, total in connection.execute(_MINUTES, asked).fetchall():
            yield Span(at, count, lowest, highest, round(total, DIGITS))


def _stretches(connection: sqlite3.Connection, point: int, first: int, until: int) -> Iterator[tuple[int, int, int]]:
    """Each sealed hour, and what lies between them: begin, end, and the number up to which rows are sealed there."""
    begin = first
    for hour, sealed_seq in connection.execute(_SEALED, (point, first, until)).fetchall():
        yield begin, hour, 0
        yield hour, hour + HOUR, sealed_seq
        begin = hour + HOUR
    yield begin, until, 0
