"""Decide what to do after a server's answer to a request. A table and a random jitter; it neither sends nor waits.

    2xx             the request is stored           Advance
    400, 422        a point of it is refused        Bisect; SetAsideAll for one reading, or when all were refused
    413             the request is too large        Halve, for one reading Hold
    401, 403, 404   every request is refused        Hold: a person must act, nothing is dropped
    all else        a temporary failure             BackOff, for ever

InfluxDB 2 answers 422 where 1.x answers 400: a field of another type, a time beyond the retention
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
"""Seconds: a server that asks for more is ignored."""
HOLD = (5.0, 10.0)
"""Seconds between tries while holding: a repaired token is noticed without a restart."""


class ServerAnswer(msgspec.Struct, frozen=True):
    """The outcome of one HTTP request.

    Attributes:
        status: HTTP status; None when no answer arrived.
        text: the server's message, or the network's error.
        retry_after: seconds that the server asked for.
    """

    status: int | None
    text: str = ""
    retry_after: float | None = None


class Advance(msgspec.Struct, frozen=True):
    """Move the cursor: all readings of the request are stored."""


class Bisect(msgspec.Struct, frozen=True):
    """Send the request in two halves, to isolate a refused reading."""


class SetAsideAll(msgspec.Struct, frozen=True):
    """Set all readings of the request aside: they are refused for ever."""


class Halve(msgspec.Struct, frozen=True):
    """Send half as many readings a request from now on."""


class Hold(msgspec.Struct, frozen=True):
    """Send nothing, drop nothing, report it, and try again in `seconds`."""

    reason: SinkReason
    seconds: float


class BackOff(msgspec.Struct, frozen=True):
    """Send the same again in `seconds`."""

    reason: SinkReason
    seconds: float


Decision = Advance | Bisect | SetAsideAll | Halve | Hold | BackOff

_DROPPED = re.compile(r"\bdropped=(\d+)$")

HOLD_REASON = {
    401: SinkReason.REFUSED_CREDENTIALS,
    403: SinkReason.FORBIDDEN,
    404: SinkReason.NOT_FOUND,
}


def decide(answer: ServerAnswer, *, rows: int, attempt: int, rng: Random) -> Decision:
    """Decide after `answer` to a request of `rows` readings and `attempt` failures in a row."""
    match answer.status:
        case status if status is not None and 200 <= status < 300:
            return Advance()
        case 400 | 422:
            return SetAsideAll() if rows == 1 or dropped(answer.text) == rows else Bisect()
        case 413:
            return Halve() if rows > 1 else hold(SinkReason.REFUSES_ALL, rng)
        case 401 | 403 | 404 as status:
            return hold(HOLD_REASON[status], rng)
        case None:
            return BackOff(SinkReason.UNREACHABLE, back_off(attempt, answer.retry_after, rng))
        case _:
            return BackOff(SinkReason.SERVER_ERROR, back_off(attempt, answer.retry_after, rng))


def dropped(text: str) -> int | None:
    """Return how many points of a request InfluxDB has dropped, by its message (tsdb.PartialWriteError)."""
    match = _DROPPED.search(text)
    return None if match is None else int(match[1])


def hold(reason: SinkReason, rng: Random) -> Hold:
    """Return a hold of a random length, so that many kitchens do not ask one server at the same moment."""
    return Hold(reason, rng.uniform(*HOLD))


def back_off(attempt: int, retry_after: float | None, rng: Random) -> float:
    """Return the seconds to wait: full jitter below a doubling ceiling, never less than the server asked for."""
    ceiling = min(BACK_OFF_LIMIT, BACK_OFF_FIRST * 2 ** min(attempt, 16))
    asked = min(retry_after or 0.0, RETRY_AFTER_LIMIT)
    return max(rng.uniform(0.0, ceiling), asked)
