"""The values of a point by equal spans of time, whatever their length: from roll-ups where hours are sealed, from
readings where they are not, or where a span is shorter than a minute.
"""

import sqlite3
from collections.abc import Container, Iterator
from itertools import pairwise

from gateway.journal.chunks.chunk import ChunkDamagedError
from gateway.journal.chunks.rollup import DIGITS, SpanColumns, spans, united, unpack_minutes, usable
from gateway.journal.history.readings import FOR_EVER, hour_of, rows_of
from gateway.journal.sql import statements
from gateway.records.corrections import Corrections
from gateway.records.time_units import HOUR, MINUTE

_SQL = statements("charts")
_FIRST_ROW = statements("readings")["first_row_at"]
_AS_READ = Corrections()


def chart(
    connection: sqlite3.Connection,
    point: int,
    *,
    since: int,
    until: int,
    width: int,
    corrections: Corrections = _AS_READ,
) -> SpanColumns:
    """Spans of `width` counted from `since`, each reading with its own offset; one without a usable value is absent.

    From a minute on, `since` and `until` stand on whole minutes and `width` is a number of whole minutes.

    Raises:
        sqlite3.Error: the file or a sealed hour cannot be read.
    """
    if width < MINUTE:
        return _of_readings(connection, point, since=since, until=until, width=width, corrections=corrections)
    changes = [at for at, _ in corrections.steps if since < at < until]
    whole_hours = since % HOUR == until % HOUR == width % HOUR == 0
    # Rows first: what is sealed in between is not missed.
    rows = list(_of_rows(connection, point, since, until))
    rolled = _of_rollups(connection, point, since, until, set(map(hour_of, changes)) if whole_hours else None)
    parts = _corrected(SpanColumns.joined([*rolled, *rows]).in_order(), corrections)
    # Within a minute whose offset changes, the readings themselves are asked, where they are still kept.
    for minute in {at // MINUTE * MINUTE for at in changes if at % MINUTE}:
        end = minute + MINUTE
        anew = _of_readings(connection, point, since=minute, until=end, width=MINUTE, corrections=corrections)
        if anew.at:
            parts = SpanColumns.joined([parts.between(since, minute), anew, parts.between(end, until)])
    return united(parts, since=since, width=width)


def _of_readings(
    connection: sqlite3.Connection, point: int, *, since: int, until: int, width: int, corrections: Corrections
) -> SpanColumns:
    readings = usable(rows_of(connection, point, since=since, until=until))
    corrected = ((at, corrections.value(value, at)) for at, value in readings)
    return SpanColumns.of(spans(corrected, since=since, width=width))


def _corrected(parts: SpanColumns, corrections: Corrections) -> SpanColumns:
    """Parts in order of time, each with the offset of its first microsecond."""
    steps = pairwise([-FOR_EVER, *(at for at, _ in corrections.steps), FOR_EVER])
    return SpanColumns.joined(_shifted(parts.between(*step), corrections) for step in steps)


def _shifted(parts: SpanColumns, corrections: Corrections) -> SpanColumns:
    """Parts of one offset. They have few different values: each is corrected once."""
    offset = corrections.offset(parts.at[0]) if parts.at else 0.0
    if not offset:
        return parts
    at, readings, lowest, highest, total = parts
    to = {value: corrections.value(value, at[0]) for value in {*lowest, *highest}}
    shifted = [round(number + count * offset, DIGITS) for number, count in zip(total, readings, strict=True)]
    return SpanColumns(at, readings, [to[value] for value in lowest], [to[value] for value in highest], shifted)


def _of_rollups(
    connection: sqlite3.Connection, point: int, since: int, until: int, by_minutes: Container[int] | None
) -> Iterator[SpanColumns]:
    """Whole hours, but for some that are told by their minutes; None: all of them are."""
    for hour, *whole, minutes in connection.execute(_SQL["rollups"], (point, since, until)).fetchall():
        if by_minutes is not None and hour not in by_minutes:
            if whole[0]:
                yield SpanColumns.of([(hour, *whole)])
            continue
        try:
            yield unpack_minutes(minutes).between(since, until)
        except ChunkDamagedError as error:
            raise sqlite3.DatabaseError(f"a roll-up is damaged: {error}") from error


def _of_rows(connection: sqlite3.Connection, point: int, since: int, until: int) -> Iterator[SpanColumns]:
    """The minutes of what stands in no roll-up: hours that are open, and what came late of those that are sealed."""
    (first,) = connection.execute(_FIRST_ROW, (point, since, until)).fetchone()
    if first is None:
        return
    for begin, end, sealed_seq in _stretches(connection, point, hour_of(first), until):
        asked = (point, max(begin, since), min(end, until), sealed_seq)
        found = connection.execute(_SQL["minutes_of_rows"], asked).fetchall()
        yield SpanColumns.of((*minute, round(total, DIGITS)) for *minute, total in found)


def _stretches(connection: sqlite3.Connection, point: int, first: int, until: int) -> Iterator[tuple[int, int, int]]:
    """Each sealed hour, and what lies between them: begin, end, and the number up to which rows are sealed there."""
    begin = first
    for hour, sealed_seq in connection.execute(_SQL["sealed_hours"], (point, first, until)).fetchall():
        yield begin, hour, 0
        yield hour, hour + HOUR, sealed_seq
        begin = hour + HOUR
    yield begin, until, 0
