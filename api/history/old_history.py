"""Readings older than the journal, from InfluxDB. It is asked for nothing else: the live page never waits for it.

Two threads of their own ask, so that a server that hangs takes none from the journal's questions; whoever asked is
answered within LONGEST all the same. The gateway says where InfluxDB is; the secrets are read here, at each question.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from api.errors import HistoryAwayError
from api.live.board import Live
from gateway.delivery.influxdb import history
from gateway.delivery.influxdb.access import Access, SecretMissingError, without_secret
from gateway.delivery.influxdb.history import OldReading, OldSpan
from gateway.delivery.influxdb.influxql import Series, series_of
from gateway.delivery.influxdb.server import InfluxServer

LONGEST = 4.0  # s
AT_ONCE = 2


class History:
    """Questions to the InfluxDB of the kitchen that `live` tells of."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._threads = ThreadPoolExecutor(AT_ONCE, "history")

    @property
    def known(self) -> bool:
        """Whether there is an InfluxDB to ask."""
        return self._live.get("history") is not None

    async def spans(self, point: str, *, since: int, until: int, width: int) -> list[OldSpan]:
        """Spans of `width` microseconds counted from `since` that have a usable value.

        Raises:
            HistoryAwayError: InfluxDB does not answer, or not this.
        """
        question = history.spans_question(self._kitchen, point, since=since, until=until, width=width)
        return history.spans_of(await self._ask(question))

    async def readings(self, point: str, *, since: int, until: int, limit: int) -> list[OldReading]:
        """The first `limit` readings with since <= measured_at < until.

        Raises:
            HistoryAwayError: as `spans`.
        """
        question = history.readings_question(self._kitchen, point, since=since, until=until, limit=limit)
        return history.readings_of(await self._ask(question))

    @property
    def _kitchen(self) -> str:
        return str(self._live.get("kitchen")["id"])

    async def _ask(self, question: str) -> list[Series]:
        access = Access.unpack(self._live.get("history"))
        asked = asyncio.get_running_loop().run_in_executor(self._threads, _select, access, question)
        try:
            return await asyncio.wait_for(asked, LONGEST)
        except TimeoutError:
            raise _away(access, f"has not answered within {LONGEST:g} s") from None


def _select(access: Access, question: str) -> list[Series]:
    server = InfluxServer(access)
    try:
        server.authenticate()
        answer, body = server.select(question)
    except SecretMissingError as error:
        raise _away(access, f"is not asked: {error}") from None
    finally:
        server.close()
    if answer.status is None:
        raise _away(access, f"cannot be reached ({answer.text})")
    if answer.status in {401, 403}:
        raise _away(access, f"does not let us read ({answer.status}): grant READ to the user or token of the gateway")
    found = series_of(body) if answer.status == 200 else None
    if found is None or not history.is_ours(found):
        raise _away(access, f"does not answer InfluxQL ({answer.status}) {answer.text}".strip())
    return found


def _away(access: Access, what: str) -> HistoryAwayError:
    text = f"InfluxDB at {without_secret(access.url)} {what}; what is older than the journal is only there."
    return HistoryAwayError(text)
