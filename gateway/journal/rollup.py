"""The usable readings of an hour by the minute, and the whole hour: what a chart of any length is drawn from (pure).

Usable are good and uncertain readings that have a value. Means come from totals, so those of minutes and hours add up
to the mean of the readings themselves.
"""

import zlib
from collections.abc import Iterable, Sequence
from math import fsum
from typing import NamedTuple

import msgspec

from gateway.journal import packed
from gateway.journal.chunk import ChunkDamagedError, Row
from gateway.journal.columns import Column, Columns, as_integers, decimal, pack_floats, pack_integers

MINUTE = 60_000_000
"""Microseconds."""
DIGITS = 9
"""Decimals of a total: the sum of decimal readings is a decimal again, not its double's noise."""


class Span(NamedTuple):
    """The usable values of one span of time that has any; `at` is its first microsecond."""

    at: int
    readings: int
    lowest: float
    highest: float
    total: float


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


def united(parts: Iterable[Span], *, since: int, width: int) -> list[Span]:
    """Spans put together into longer ones."""
    groups: dict[int, list[Span]] = {}
    for part in parts:
        groups.setdefault((part.at - since) // width, []).append(part)
    return [_one(since + place * width, group) for place, group in sorted(groups.items())]


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


def unpack_minutes(data: bytes) -> list[Span]:
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
        return [span._replace(at=span.at * MINUTE) for span in spans]
    except (zlib.error, ValueError, OverflowError, TypeError) as error:
        raise ChunkDamagedError(str(error)) from error


def _apart(count: int, described: Sequence[Column | None], columns: Columns) -> list[Span]:
    at, counts, *floats = described
    integers = [columns.integers(column, count) for column in (at, counts)]
    return [Span(*row) for row in zip(*integers, *(columns.floats(column, count) for column in floats), strict=True)]


def _together(count: int, described: Sequence[Column | None], columns: Columns, decimals: int) -> list[Span]:
    at, counts, low, above, rest = (columns.integers(column, count) for column in described)
    high = [one + other for one, other in zip(low, above, strict=True)]
    whole = [sum(each) + (readings - 1) * each[0] for readings, *each in zip(counts, low, above, rest, strict=True)]
    return [
        Span(*row) for row in zip(at, counts, *(decimal(each, decimals) for each in (low, high, whole)), strict=True)
    ]


def _one(at: int, parts: list[Span]) -> Span:
    return Span(
        at,
        sum(part.readings for part in parts),
        min(part.lowest for part in parts),
        max(part.highest for part in parts),
        round(fsum(part.total for part in parts), DIGITS),
    )
