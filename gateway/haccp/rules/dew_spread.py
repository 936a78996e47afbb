"""Compute how far air is above its dew point, from the temperature and the humidity of one place (pure).

Each temperature is combined with the newest humidity up to its moment. A humidity older than `max_age` is not used:
then the spread is unknown, as if the temperature had not been read.
"""

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from gateway.haccp.models.dew_point import dew_point
from gateway.haccp.models.errors import ModelError
from gateway.haccp.rules.verdict import Outcome, Verdict, minutes, why

Reading = tuple[int, float]
"""UTC microseconds, and Cel or %RH."""


def spread(temperature: Reading, humidity: Reading | None, max_age: int) -> float | None:
    """Return the spread in K; None if the humidity is missing or too old, or outside the range of the formula."""
    if humidity is None or temperature[0] - humidity[0] > max_age:
        return None
    try:
        return temperature[1] - dew_point(temperature[1], humidity[1])
    except ModelError:
        return None


def spreads(temperatures: Iterable[Reading], humidities: Iterable[Reading], max_age: int) -> Iterator[Reading]:
    """Return the spread at each temperature where it is known; both in order of time."""
    newest: Reading | None = None
    coming = iter(humidities)
    after = next(coming, None)
    for temperature in temperatures:
        while after is not None and after[0] <= temperature[0]:
            newest, after = after, next(coming, None)
        kelvin = spread(temperature, newest, max_age)
        if kelvin is not None:
            yield temperature[0], kelvin


def settled(temperatures: Iterable[Reading], humidity_until: int) -> Iterator[Reading]:
    """Omit the newest temperature while its humidity may still come, which was last read at `humidity_until`."""
    newest: Reading | None = None
    for temperature in temperatures:
        if newest is not None:
            yield newest
        newest = temperature
    if newest is not None and newest[0] <= humidity_until:
        yield newest


def unseen(read: Iterable[int], spread_known: Sequence[int], max_gap: int) -> int:
    """Return how long, before the first spread and after the last, only one of the two was read, in microseconds.

    `read`: when either was read; `known`: when the spread was known. Only what is longer than a gap counts.
    """
    times = sorted(read)
    if not times or not spread_known:
        return 0
    return sum(length for length in (spread_known[0] - times[0], times[-1] - spread_known[-1]) if length > max_gap)


def not_seen(verdict: Verdict, length: int) -> Verdict:
    """Turn a pass into INDETERMINATE if the spread was unknown for so many microseconds."""
    if verdict.outcome is not Outcome.PASS:
        return verdict
    reason = why("dew_unknown", minutes=f"{minutes(length):.1f}")
    return msgspec.structs.replace(verdict, outcome=Outcome.INDETERMINATE, reasons=(*verdict.reasons, reason))
