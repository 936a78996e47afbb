"""Whether a server gives back what it was given: asked once at start, with the heartbeat that it has just taken.

One InfluxQL SELECT, which InfluxDB 1.x, 2.x and 3 answer alike. A status of 200 proves nothing: VictoriaMetrics answers
any query with a list of databases. So the series must be the heartbeat's, and its time the one that was written.
"""

from enum import StrEnum

import msgspec

from gateway.delivery.decision import Answer


class ReadBack(StrEnum):
    """How the question ended; each is the end of a sentence."""

    WORKS = "and gives them back"
    FORBIDDEN = "but does not let us read (to check it, grant READ too)"
    OTHER = "but answers a query with something else, so what it keeps cannot be checked"
    FAILED = "but did not answer a query, so what it keeps cannot be checked"


class _Series(msgspec.Struct):
    name: str = ""
    values: list[list[object]] = []


class _Result(msgspec.Struct):
    series: list[_Series] = []
    error: str = ""


class _Results(msgspec.Struct):
    results: list[_Result] = []


def question(at: int) -> str:
    """The SELECT for the heartbeat of `at`, UTC microseconds."""
    return f'SELECT "up" FROM "heartbeat" WHERE time = {at}000'  # noqa: S608  a number


def judge(answer: Answer, body: bytes, at: int) -> ReadBack:
    """What an answer to `question(at)` with times in nanoseconds shows."""
    if answer.status in {401, 403}:
        return ReadBack.FORBIDDEN
    if answer.status != 200:
        return ReadBack.FAILED
    try:
        results = msgspec.json.decode(body, type=_Results).results
    except msgspec.DecodeError:
        return ReadBack.OTHER
    series = [one for result in results for one in result.series]
    found = any(one.name == "heartbeat" and [at * 1_000, 1] in one.values for one in series)
    return ReadBack.WORKS if found else ReadBack.OTHER
