"""How far air is above its dew point: a temperature and a humidity of one place, paired as they come (pure).

Each temperature counts with the newest humidity of its moment or before. One that is older than `max_age` says nothing
of the air any more: then the spread is not known, as if the temperature had not been read.
"""

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from gateway.haccp.models.dew_point import dew_point
from gateway.haccp.models.errors import ModelError
from gateway.haccp.rules.verdict import Outcome, Verdict, minutes, why

Reading = tuple[int, float]
"""UTC microseconds, and Cel or %RH."""


def spread(temperature: Reading, humidity: Reading | None, max_age: int) -> float | None:
    """In K; None when it is not known, or the formula does not know such air."""
    if humidity is None or temperature[0] - humidity[0] > max_age:
        return None
    try:
        return temperature[1] - dew_point(temperature[1], humidity[1])
    except ModelError:
        return None


def spreads(temperatures: Iterable[Reading], humidities: Iterable[Reading], max_age: int) -> Iterator[Reading]:
    """The spread at each temperature of which it is known; both in order of time."""
    newest: Reading | None = None
    coming = iter(humidities)
    after = next(coming, None)
    for temperature in temperatures:
        while after is not None and after[0] <= temperature[0]:
            newest, after = after, next(coming, None)
        found = spread(temperature, newest, max_age)
        if found is not None:
            yield temperature[0], found


def settled(temperatures: Iterable[Reading], humidity_until: int) -> Iterator[Reading]:
    """Without the newest, while the humidity of its moment may still come; that was last read at `humidity_until`."""
    newest: Reading | None = None
    for temperature in temperatures:
        if newest is not None:
            yield newest
        newest = temperature
    if newest is not None and newest[0] <= humidity_until:
        yield newest


def unseen(heard: Iterable[int], known: Sequence[int], max_gap: int) -> int:
    """How long, before the first spread and after the last, one of the two was read and the other was not.

    `heard`: when either was read, `known`: when the spread was. Only what is longer than a gap counts.
    """
    times = sorted(heard)
    if not times or not known:
        return 0
    return sum(length for length in (known[0] - times[0], times[-1] - known[-1]) if length > max_gap)


def not_seen(verdict: Verdict, length: int) -> Verdict:
    """Air that was not known for so many microseconds is never a pass."""
    if verdict.outcome is not Outcome.PASS:
        return verdict
    reason = why("dew_unknown", minutes=f"{minutes(length):.1f}")
    return msgspec.structs.replace(verdict, outcome=Outcome.INDETERMINATE, reasons=(*verdict.reasons, reason))
