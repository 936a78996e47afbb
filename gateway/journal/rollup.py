"""The usable readings of an hour by the minute, and the whole hour: what a chart of any length is drawn from (pure).

Usable are good and uncertain readings that have a value. Means come from totals, so those of minutes and hours add up
to the mean of the readings themselves.
"""

import zlib
from collections.abc import Iterable
from math import fsum
from typing import NamedTuple

import msgspec

from gateway.journal.chunk import ChunkDamagedError, Row
from gateway.journal.columns import Column, deflate, inflate, pack_floats, pack_integers

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
    """Minutes of one hour in little space."""
    packed = [
        pack_integers([span.at for span in minutes]),
        pack_integers([span.readings for span in minutes]),
        *(pack_floats([span[place] for span in minutes]) for place in (2, 3, 4)),
    ]
    header = msgspec.msgpack.encode((len(minutes), [column for column, _ in packed]))
    return deflate(header, [plane for _, planes in packed for plane in planes])


def unpack_minutes(data: bytes) -> list[Span]:
    """And back.

    Raises:
        ChunkDamagedError: it is no such thing.
    """
    try:
        header, columns = inflate(data)
        count, (at, counts, *floats) = msgspec.msgpack.decode(header, type=tuple[int, list[Column]])
        integers = [columns.integers(column, count) for column in (at, counts)]
        return [
            Span(*row) for row in zip(*integers, *(columns.floats(column, count) for column in floats), strict=True)
        ]
    except (zlib.error, msgspec.MsgspecError, ValueError, OverflowError, TypeError) as error:
        raise ChunkDamagedError(str(error)) from error


def _one(at: int, parts: list[Span]) -> Span:
    return Span(
        at,
        sum(part.readings for part in parts),
        min(part.lowest for part in parts),
        max(part.highest for part in parts),
        round(fsum(part.total for part in parts), DIGITS),
    )
