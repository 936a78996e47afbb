"""Every second of a point: covered by readings, set aside with a reason, or in a gap that has one (pure).

    ──●────●────●────○────○────●────●─────────────────────●────●──►
      covered        set aside      gap: gateway_off, …   covered

Between two readings no further apart than `max_gap` the time is covered when both can be judged, else set aside with
the reason of the one that cannot. What lies between two others is a gap; events that name one give it its reason, and
what is left beside a named gap and no longer than `max_gap` belongs to it: nothing was due there. A gap that nobody
names is the device's own silence.
"""

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from itertools import zip_longest
from typing import NamedTuple

from drivers.reading import Reason
from gateway.records.quality import is_judged

SILENT = "device_silent"
UNKNOWN_REASON = "not_usable"
"""Of a reading that cannot be judged and does not say why."""


class Cover(StrEnum):
    """What became of a stretch of time."""

    COVERED = "covered"
    SET_ASIDE = "set_aside"
    GAP = "gap"


class Seen(NamedTuple):
    """A reading: when, how good, why not better. UTC microseconds."""

    at: int
    quality: int
    reason: str | None


class NamedGap(NamedTuple):
    """From when to when, and why, nothing can have been recorded."""

    begin: int
    end: int
    reason: str


class Stretch(NamedTuple):
    """A stretch of time; `reason` is None where it is covered."""

    begin: int
    end: int
    cover: Cover
    reason: str | None


def coverage(
    readings: Iterable[Seen],
    named: Sequence[NamedGap],
    *,
    since: int,
    until: int,
    now: int,
    max_gap: int,
    by_change: bool = False,
) -> list[Stretch]:
    """The time from `since` to `until` without a hole, in order, as few stretches as there can be.

    `readings` (in order of time) and `named` are those from `max_gap` before `since` to `max_gap` after `until`: so an
    hour by itself is told like the same hour of its night. What follows the last reading is not a gap before `max_gap`
    has passed `now`, which is not before `until`.

    `by_change`: the device is silent while its value stands. It was there until it, or its broker for it, said that it
    is gone; from then to its next reading, and where a gap is named, nobody knows its value.
    """
    gaps = sorted(named)
    if by_change:
        readings = list(readings)
        gaps = sorted([*gaps, *_away(readings, now)])
    near = {"since": since - max_gap, "until": min(until + max_gap, now)}
    pieces = (
        Stretch(max(piece.begin, since), min(piece.end, until), piece.cover, piece.reason)
        for piece in _pieces(readings, gaps, **near, max_gap=max_gap, by_change=by_change)
        if piece.end > since and piece.begin < until
    )
    return list(_joined(pieces))


def by_hour(stretches: Iterable[Stretch], hour: int) -> Iterator[Stretch]:
    """The same, cut at every full `hour` (microseconds)."""
    for stretch in stretches:
        begin = stretch.begin
        while begin < stretch.end:
            end = min(stretch.end, (begin // hour + 1) * hour)
            yield stretch._replace(begin=begin, end=end)
            begin = end


def totals(stretches: Iterable[Stretch]) -> dict[tuple[Cover, str | None], int]:
    """Microseconds by cover and reason; their sum is the whole."""
    found: dict[tuple[Cover, str | None], int] = {}
    for stretch in stretches:
        key = stretch.cover, stretch.reason
        found[key] = found.get(key, 0) + stretch.end - stretch.begin
    return found


def _pieces(
    readings: Iterable[Seen], gaps: Sequence[NamedGap], *, since: int, until: int, max_gap: int, by_change: bool
) -> Iterator[Stretch]:
    last: Seen | None = None
    for seen in readings:
        if last is None:
            yield from _gap(since, max(seen.at, since), gaps, max_gap)
        elif seen.at - last.at <= max_gap:
            stretch = _between(last, last if by_change else seen)._replace(end=seen.at)
            yield from _cut(stretch, gaps) if by_change else (stretch,)
        else:
            yield from _gap(last.at, seen.at, gaps, max_gap)
        last = seen
    if last is None:
        yield from _gap(since, until, gaps, max_gap)
    elif until - last.at <= max_gap:
        stretch = _between(last, last)._replace(end=max(until, last.at))
        yield from _cut(stretch, gaps) if by_change else (stretch,)
    else:
        yield from _gap(last.at, until, gaps, max_gap)


def _away(readings: Sequence[Seen], now: int) -> Iterator[NamedGap]:
    """From where a device was gone to its next reading."""
    for seen, after in zip_longest(readings, readings[1:]):
        if seen.reason == Reason.NO_COMMUNICATION:
            yield NamedGap(seen.at, now if after is None else after.at, SILENT)


def _cut(stretch: Stretch, gaps: Sequence[NamedGap]) -> Iterator[Stretch]:
    """A stretch without its gaps, and these; one that has a better name than silence comes before silence."""
    at = stretch.begin
    for begin, end, reason in _apart(gaps, stretch.begin, stretch.end):
        yield stretch._replace(begin=at, end=begin)
        yield Stretch(begin, end, Cover.GAP, reason)
        at = end
    yield stretch._replace(begin=at)


def _apart(gaps: Sequence[NamedGap], begin: int, end: int) -> list[NamedGap]:
    """The gaps within a stretch, none over another: of two that overlap the one with a name, then the earlier one."""
    found: list[NamedGap] = []
    for gap in sorted(gaps, key=lambda each: (each.reason == SILENT, each)):
        at, until = max(gap.begin, begin), min(gap.end, end)
        for other in sorted(found):
            if at < other.begin < until:
                found.append(NamedGap(at, other.begin, gap.reason))
            if other.begin < until and other.end > at:
                at = max(at, other.end)
        if at < until:
            found.append(NamedGap(at, until, gap.reason))
    return sorted(found)


def _between(first: Seen, second: Seen) -> Stretch:
    for seen in (second, first):
        if not is_judged(seen.quality, seen.reason):
            return Stretch(first.at, second.at, Cover.SET_ASIDE, seen.reason or UNKNOWN_REASON)
    return Stretch(first.at, second.at, Cover.COVERED, None)


def _gap(begin: int, end: int, gaps: Sequence[NamedGap], max_gap: int) -> list[Stretch]:
    """A gap by the reasons that are known for it; of two that overlap the earlier one comes first."""
    parts: list[Stretch] = []
    at = begin
    for gap in gaps:
        first, last = max(gap.begin, at), min(gap.end, end)
        if first < last and gap.reason != SILENT:
            if at < first:
                parts.append(Stretch(at, first, Cover.GAP, SILENT))
            parts.append(Stretch(first, last, Cover.GAP, gap.reason))
            at = last
    if at < end:
        parts.append(Stretch(at, end, Cover.GAP, SILENT))
    return [part._replace(reason=_neighbour(parts, place, max_gap)) for place, part in enumerate(parts)]


def _neighbour(parts: Sequence[Stretch], place: int, max_gap: int) -> str | None:
    """The reason of a part; a short silence takes that of the named gap beside it."""
    part = parts[place]
    if part.reason != SILENT or part.end - part.begin > max_gap:
        return part.reason
    beside = [*parts[place + 1 : place + 2], *parts[max(place - 1, 0) : place]]
    return beside[0].reason if beside else SILENT


def _joined(pieces: Iterable[Stretch]) -> Iterator[Stretch]:
    """Neighbours of one kind as one; empty ones are left out."""
    whole: Stretch | None = None
    for piece in pieces:
        if piece.begin >= piece.end:
            continue
        if whole is not None and (whole.cover, whole.reason) == (piece.cover, piece.reason):
            whole = whole._replace(end=piece.end)
            continue
        if whole is not None:
            yield whole
        whole = piece
    if whole is not None:
        yield whole
