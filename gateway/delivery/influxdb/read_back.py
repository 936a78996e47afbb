"""Whether a server gives back what it was given: asked once at start, with the heartbeat that it has just taken.

One InfluxQL SELECT, which InfluxDB 1.x, 2.x and 3 answer alike. A status of 200 proves nothing: VictoriaMetrics answers
any query with a list of databases. So the series must be the heartbeat's, and its time the one that was written.
"""

from enum import StrEnum

from gateway.delivery.influxdb.decision import Answer
from gateway.delivery.influxdb.influxql import series_of


class ReadBack(StrEnum):
    """How the question ended; each is the end of a sentence about what we may do there."""

    WORKS = "may write and read, and gives back what it takes"
    FORBIDDEN = "may write, may not read: without that permission its counts are not compared with ours"
    OTHER = "may write, but a query is answered with something else: its counts cannot be compared with ours"
    FAILED = "may write, but a query is not answered: its counts are not compared with ours"


def question(at: int) -> str:
    """The SELECT for the heartbeat of `at`, UTC microseconds."""
    return f'SELECT "up" FROM "heartbeat" WHERE time = {at}000'  # noqa: S608  a number


def judge(answer: Answer, body: bytes, at: int) -> ReadBack:
    """What an answer to `question(at)` with times in nanoseconds shows."""
    if answer.status in {401, 403}:
        return ReadBack.FORBIDDEN
    if answer.status != 200:
        return ReadBack.FAILED
    found = any(one.name == "heartbeat" and [at * 1_000, 1] in one.values for one in series_of(body) or ())
    return ReadBack.WORKS if found else ReadBack.OTHER
