"""The usable readings of an hour by the minute, and the whole hour: what a chart of any length is drawn from (pure).

Usable are good and uncertain readings that have a value. Means come from totals, so those of minutes and hours add up
to the mean of the readings themselves.
"""

import zlib
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import chain, pairwise
from math import fsum
from typing import NamedTuple

import msgspec

from gateway.journal.chunks import packed
from gateway.journal.chunks.chunk import ChunkDamagedError, Row
from gateway.journal.chunks.columns import Column, Columns, as_integers, decimal, pack_floats, pack_integers
from gateway.records.time_units import MINUTE

DIGITS = 9
"""Decimals of a total: the sum of decimal readings is a decimal again, not its double's noise."""


class Span(NamedTuple):
    """The usable values of one span of time that has any; `at` is its first microsecond."""

    at: int
    readings: int
    lowest: float
    highest: float
    total: float


class SpanColumns(NamedTuple):
    """Spans by the column: the minutes of a day are five lists, not 1,440 objects that the garbage collector counts."""

    at: list[int]
    readings: list[int]
    lowest: list[float]
    highest: list[float]
    total: list[float]

    @classmethod
    def of(cls, spans: Iterable[tuple[int, int, float, float, float]]) -> "SpanColumns":
        columns = [list(column) for column in zip(*spans, strict=True)]
        return cls(*columns) if columns else cls([], [], [], [], [])

    @classmethod
    def joined(cls, parts: Iterable["SpanColumns"]) -> "SpanColumns":
        """One behind the other."""
        columns = [list(chain(*column)) for column in zip(*parts, strict=True)]
        return cls(*columns) if columns else cls([], [], [], [], [])

    def spans(self) -> list[Span]:
        """One after the other."""
        return [Span(*span) for span in zip(*self, strict=True)]

    def between(self, since: int, until: int) -> "SpanColumns":
        """Those with since <= at < until, of spans in order of time."""
        within = slice(bisect_left(self.at, since), bisect_left(self.at, until))
        at, readings, lowest, highest, total = self
        return SpanColumns(at[within], readings[within], lowest[within], highest[within], total[within])

    def in_order(self) -> "SpanColumns":
        """By time."""
        if all(one <= other for one, other in pairwise(self.at)):
            return self
        return SpanColumns.of(sorted(zip(*self, strict=True)))


class _Minutes(msgspec.Struct, array_like=True):
    count: int
    body: packed.Body
    decimals: int | None = None


def spans(readings: Iterable[tuple[int, float]], *, since: int, width: int) -> list[Span]:
    """Times and usable values by equal spans counted from `since`, in order; a span without one is absent."""
    values: dict[int, list[float]] = {}
    for at, value in readings:
        values.setdefault((at - since) // width, []).append(value)
    return [
        Span(since + place * width, len(found), min(found), max(found), round(fsum(found), DIGITS))
        for place, found in sorted(values.items())
    ]


def united(parts: SpanColumns, *, since: int, width: int) -> SpanColumns:
    """Spans in order of time, put together into longer ones."""
    places = [(at - since) // width for at in parts.at]
    begins = [number for number, place in enumerate(places) if not number or place != places[number - 1]]
    ends = [*begins[1:], len(places)][: len(begins)]
    return SpanColumns(
        [since + places[begin] * width for begin in begins],
        [sum(parts.readings[begin:end]) for begin, end in zip(begins, ends, strict=True)],
        [min(parts.lowest[begin:end]) for begin, end in zip(begins, ends, strict=True)],
        [max(parts.highest[begin:end]) for begin, end in zip(begins, ends, strict=True)],
        [round(fsum(parts.total[begin:end]), DIGITS) for begin, end in zip(begins, ends, strict=True)],
    )


def usable(rows: Iterable[Row]) -> list[tuple[int, float]]:
    """What counts of them."""
    return [(row.measured_at, row.value) for row in rows if row.value is not None and row.quality > 0]


def pack_minutes(minutes: list[Span]) -> bytes:
    """Minutes of one hour in little space.

    What is left of a total without its lowest and highest, and without the lowest for each of the others, is small; so
    is the highest above the lowest. Numbers that are no decimals stand as they are.
    """
    lowest, highest, total = ([span[place] for span in minutes] for place in (2, 3, 4))
    counts = [span.readings for span in minutes]
    found = as_integers([*lowest, *highest, *total])
    integers = [pack_integers([span.at // MINUTE for span in minutes]), pack_integers(counts)]
    if found is None:
        body = packed.pack([*integers, *map(pack_floats, (lowest, highest, total))])
        return packed.write(_Minutes(len(minutes), body))
    scaled, decimals = found
    count = len(minutes)
    low, high, whole = scaled[:count], scaled[count : 2 * count], scaled[2 * count :]
    above = [one - other for one, other in zip(high, low, strict=True)]
    rest = [
        one - readings * bottom - more for one, readings, bottom, more in zip(whole, counts, low, above, strict=True)
    ]
    body = packed.pack([*integers, *map(pack_integers, (low, above, rest))])
    return packed.write(_Minutes(count, body, decimals))


def unpack_minutes(data: bytes) -> SpanColumns:
    """And back.

    Raises:
        ChunkDamagedError: it is no such thing.
    """
    try:
        if packed.is_old(data):
            (count, described), columns = packed.read_old(data, tuple[int, list[Column]])
            return _apart(count, described, columns)
        found = packed.read(data, _Minutes)
        described, columns = packed.unpack(found.body)
        if found.decimals is None:
            spans = _apart(found.count, described, columns)
        else:
            spans = _together(found.count, described, columns, found.decimals)
        return spans._replace(at=[minute * MINUTE for minute in spans.at])
    except (zlib.error, ValueError, OverflowError, TypeError) as error:
        raise ChunkDamagedError(str(error)) from error


def _apart(count: int, described: Sequence[Column | None], columns: Columns) -> SpanColumns:
    at, counts, *floats = described
    minutes, readings = (columns.integers(column, count) for column in (at, counts))
    low, high, total = (columns.floats(column, count) for column in floats)
    return SpanColumns(minutes, readings, low, high, total)


def _together(count: int, described: Sequence[Column | None], columns: Columns, decimals: int) -> SpanColumns:
    minutes, counts, low, above, rest = (columns.integers(column, count) for column in described)
    high = [one + other for one, other in zip(low, above, strict=True)]
    whole = [
        readings * bottom + more + left for readings, bottom, more, left in zip(counts, low, above, rest, strict=True)
    ]
    return SpanColumns(minutes, counts, *(decimal(numbers, decimals) for numbers in (low, high, whole)))
