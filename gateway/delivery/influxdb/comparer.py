"""The daily comparison as a sink does it: an hour at a time, between two looks for new readings."""

import logging
from collections import deque

from gateway.delivery.influxdb import comparison
from gateway.delivery.influxdb.comparison import SPAN, Difference
from gateway.delivery.influxdb.influxql import series_of
from gateway.delivery.influxdb.line_protocol import heartbeat
from gateway.delivery.influxdb.progress import Reports, SinkCompared
from gateway.delivery.influxdb.server import Server
from gateway.delivery.influxdb.source import JournalSource
from gateway.journal.chunk import HOUR

REFUSED = (400, 422)
"""What InfluxDB answers to a time beyond its retention."""
REDIRECTED = 300
"""From here on no answer means that something was stored."""

_log = logging.getLogger(__name__)


class Comparer:
    """Of use to the sink's thread alone: while it compares, nobody else writes to the server."""

    def __init__(
        self, sink: str, *, kitchen_id: str, server: Server, source: JournalSource, intake: Reports, last: int | None
    ) -> None:
        """`last`: when the comparison before was finished, UTC microseconds; None without one."""
        self._sink = sink
        self._kitchen = kitchen_id
        self._server = server
        self._source = source
        self._intake = intake
        self._last = last
        self._hours: deque[int] = deque()
        self._until = 0
        self._counted = self._too_old = 0
        self._found: list[Difference] = []

    def step(self, cursor: int, now: int) -> bool:
        """Compare the next hour, if it is time to; False when there is nothing to do.

        Every reading up to `cursor` has been delivered or refused; later ones are not counted.

        Raises:
            JournalUnreadableError: not now.
            JournalReplacedError: the file is another one.
        """
        if not self._hours:
            if not comparison.is_due(now, self._last):
                return False
            self._begin(now)
        hour = self._hours[0]
        counted = self._source.counts(hour, cursor)
        answer, body = self._server.select(comparison.question(self._kitchen, hour))
        found = series_of(body) if answer.status == 200 else None
        if found is None:
            self._give_up(now, f"{answer.status or 'no answer'} {answer.text}".strip())
            return False
        refused = comparison.refused(self._kitchen, hour, counted, self._source.refused(hour))
        server = comparison.counts(found)
        differing = comparison.differences(hour, journal=counted, server=server, refused=refused)
        if any(each.missing for each in differing):
            answer = self._server.write(heartbeat(self._kitchen, hour))
            if answer.status in REFUSED:
                self._too_old += 1
                differing = []
            elif answer.status is None or answer.status >= REDIRECTED:
                self._give_up(now, f"{answer.status or 'no answer'} {answer.text}".strip())
                return False
        self._found += differing
        self._counted += sum(counted.values())
        self._hours.popleft()
        if not self._hours:
            self._end(now)
        return True

    def _begin(self, now: int) -> None:
        self._hours = deque(comparison.hours_before(now))
        self._until = self._hours[-1] + HOUR
        self._counted = self._too_old = 0
        self._found = []

    def _give_up(self, now: int, why: str) -> None:
        _log.warning("%s: the daily comparison waits for an hour: %s", self._sink, why)
        self._hours.clear()
        self._last = now - comparison.EVERY + comparison.AGAIN

    def _end(self, now: int) -> None:
        self._last = now
        missing = sum(each.missing for each in self._found)
        said = f"{missing:,} of them missing there, they are sent again" if missing else "none of them missing there"
        said += f" ({self._too_old} hours are older than it takes)" if self._too_old else ""
        _log.info("%s: compared %d hours with %s readings: %s", self._sink, SPAN, f"{self._counted:,}", said)
        self._intake.put(SinkCompared(self._sink, now, self._until, tuple(self._found)))
