"""Test at the start whether a server returns what was written to it, with the heartbeat that it has just accepted.

One InfluxQL SELECT, which InfluxDB 1.x, 2.x and 3 answer alike. A status of 200 proves nothing: VictoriaMetrics answers
any query with a list of databases. So the series must be the heartbeat's, and its time the one that was written.
"""

from enum import StrEnum

from gateway.delivery.influxdb.decision import ServerAnswer
from gateway.delivery.influxdb.influxql import series_of


class ReadBack(StrEnum):
    """The result of the test; each text ends a log line about what the gateway may do there."""

    WORKS = "may write and read, and gives back what it takes"
    FORBIDDEN = "may write, may not read: without that permission its counts are not compared with ours"
    OTHER = "may write, but a query is answered with something else: its counts cannot be compared with ours"
    FAILED = "may write, but a query is not answered: its counts are not compared with ours"


def question(at: int) -> str:
    """Return the SELECT for the heartbeat of `at`, UTC microseconds."""
    return f'SELECT "up" FROM "heartbeat" WHERE time = {at}000'  # noqa: S608  a number


def judge(answer: ServerAnswer, body: bytes, at: int) -> ReadBack:
    """Judge the answer to `question(at)`, with times in nanoseconds."""
    if answer.status in {401, 403}:
        return ReadBack.FORBIDDEN
    if answer.status != 200:
        return ReadBack.FAILED
    groups = series_of(body) or ()
    is_there = any(group.name == "heartbeat" and [at * 1_000, 1] in group.values for group in groups)
    return ReadBack.WORKS if is_there else ReadBack.OTHER
