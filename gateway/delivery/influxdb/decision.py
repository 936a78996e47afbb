"""What to do with a server's answer to a batch. A table and a die; it neither sends nor waits.

    2xx             the batch is stored             Advance
    400, 422        a point of it is refused        Bisect; SetAside at one reading, or when it says that all are
    413             the batch is too large          Halve, at one reading Hold
    401, 403, 404   nothing of ours is taken        Hold: a person must act, nothing is dropped
    all else        a bad moment                    BackOff, for ever

422 is how InfluxDB 2 answers what 1.x answers with 400: a field of another type, a time beyond the retention
(http/legacy/write_handler.go at v2.7.12).
"""

import re
from random import Random

import msgspec

from gateway.delivery.influxdb.progress import SinkReason

BACK_OFF_FIRST = 0.2
"""Seconds: a server that restarts is back within one."""
BACK_OFF_LIMIT = 60.0
"""Seconds: after a night without network the readings flow within a minute."""
RETRY_AFTER_LIMIT = 3600.0
"""Seconds: no server is believed that asks for more."""
HOLD = (5.0, 10.0)
"""Seconds between tries while holding: a repaired token is noticed without a restart."""


class Answer(msgspec.Struct, frozen=True):
    """What came back.

    Attributes:
        status: HTTP status, None when none came.
        text: the server's words, or the network's.
        retry_after: seconds that the server asked for.
    """

    status: int | None
    text: str = ""
    retry_after: float | None = None


class Advance(msgspec.Struct, frozen=True):
    """All of the batch is stored."""


class Bisect(msgspec.Struct, frozen=True):
    """One of the batch is refused: look for it in either half."""


class SetAside(msgspec.Struct, frozen=True):
    """All of the batch is refused for ever."""


class Halve(msgspec.Struct, frozen=True):
    """Send half as much, from now on."""


class Hold(msgspec.Struct, frozen=True):
    """Send nothing, drop nothing, say so, and look again in `seconds`."""

    reason: SinkReason
    seconds: float


class BackOff(msgspec.Struct, frozen=True):
    """Send the same again in `seconds`."""

    reason: SinkReason
    seconds: float


Decision = Advance | Bisect | SetAside | Halve | Hold | BackOff

_DROPPED = re.compile(r"\bdropped=(\d+)$")

HOLD_REASON = {
    401: SinkReason.REFUSED_CREDENTIALS,
    403: SinkReason.FORBIDDEN,
    404: SinkReason.NOT_FOUND,
}


def decide(answer: Answer, *, rows: int, attempt: int, rng: Random) -> Decision:
    """Judge `answer` to a batch of `rows` readings after `attempt` failures in a row."""
    match answer.status:
        case status if status is not None and 200 <= status < 300:
            return Advance()
        case 400 | 422:
            return SetAside() if rows == 1 or dropped(answer.text) == rows else Bisect()
        case 413:
            return Halve() if rows > 1 else hold(SinkReason.REFUSES_ALL, rng)
        case 401 | 403 | 404 as status:
            return hold(HOLD_REASON[status], rng)
        case None:
            return BackOff(SinkReason.UNREACHABLE, back_off(attempt, answer.retry_after, rng))
        case _:
            return BackOff(SinkReason.SERVER_ERROR, back_off(attempt, answer.retry_after, rng))


def dropped(text: str) -> int | None:
    """How many points InfluxDB says that it has not taken of a request; the others it has (tsdb.PartialWriteError)."""
    found = _DROPPED.search(text)
    return None if found is None else int(found[1])


def hold(reason: SinkReason, rng: Random) -> Hold:
    """A hold of a random length, so that many kitchens do not ask one server at the same moment."""
    return Hold(reason, rng.uniform(*HOLD))


def back_off(attempt: int, retry_after: float | None, rng: Random) -> float:
    """Seconds to wait: full jitter below a ceiling that doubles, and never less than the server asked for."""
    ceiling = min(BACK_OFF_LIMIT, BACK_OFF_FIRST * 2 ** min(attempt, 16))
    asked = min(retry_after or 0.0, RETRY_AFTER_LIMIT)
    return max(rng.uniform(0.0, ceiling), asked)
