"""Run the daily comparison with InfluxDB: one hour at a time, whenever no new reading waits."""

import logging
from collections import deque

from gateway.delivery.influxdb import comparison
from gateway.delivery.influxdb.comparison import SPAN, Difference
from gateway.delivery.influxdb.decision import ServerAnswer
from gateway.delivery.influxdb.influxql import series_of
from gateway.delivery.influxdb.line_protocol import heartbeat
from gateway.delivery.influxdb.progress import Reports, SinkCompared
from gateway.delivery.influxdb.server import SinkServer
from gateway.delivery.influxdb.source import JournalSource
from gateway.records.time_units import HOUR

REFUSED = (400, 422)
"""InfluxDB's answers to a time beyond its retention."""
REDIRECTED = 300
"""The first status that does not mean "stored"."""

_log = logging.getLogger(__name__)


class Comparer:
    """Compare counts in the sink's thread: while it compares, nobody else writes to the server."""

    def __init__(
        self,
        sink: str,
        *,
        kitchen_id: str,
        server: SinkServer,
        source: JournalSource,
        reports: Reports,
        last: int | None,
    ) -> None:
        """`last`: when the previous comparison ended, UTC microseconds; None without one."""
        self._sink = sink
        self._kitchen = kitchen_id
        self._server = server
        self._source = source
        self._reports = reports
        self._last = last
        self._hours: deque[int] = deque()
        self._until = 0
        self._counted = self._too_old = 0
        self._differences: list[Difference] = []

    def step(self, cursor: int, now: int) -> bool:
        """Compare the next hour, if one is due; return False when there is nothing to do.

        Every reading up to `cursor` has been delivered or refused; later ones are not counted.

        Raises:
            SourceUnreadableError: the journal cannot be read now.
            JournalReplacedError: the journal is another file.
        """
        if not self._hours:
            if not comparison.is_due(now, self._last):
                return False
            self._begin(now)
        if (failure := self._compare(self._hours[0], cursor)) is not None:
            self._postpone(now, f"{failure.status or 'no answer'} {failure.text}".strip())
            return False
        self._hours.popleft()
        if not self._hours:
            self._end(now)
        return True

    def _begin(self, now: int) -> None:
        self._hours = deque(comparison.hours_before(now))
        self._until = self._hours[-1] + HOUR
        self._counted = self._too_old = 0
        self._differences = []

    def _compare(self, hour: int, cursor: int) -> ServerAnswer | None:
        """Compare one hour; return the answer that prevented it, None when it is done."""
        journal = self._source.counts(hour, cursor)
        answer, body = self._server.select(comparison.question(self._kitchen, hour))
        groups = series_of(body) if answer.status == 200 else None
        if groups is None:
            return answer
        refused = comparison.refused(self._kitchen, hour, journal, self._source.refused(hour))
        differing = comparison.differences(hour, journal=journal, server=comparison.counts(groups), refused=refused)
        if any(each.missing for each in differing):
            answer = self._server.write(heartbeat(self._kitchen, hour))
            if answer.status in REFUSED:
                self._too_old += 1
                differing = []
            elif answer.status is None or answer.status >= REDIRECTED:
                return answer
        self._differences += differing
        self._counted += sum(journal.values())
        return None

    def _postpone(self, now: int, why: str) -> None:
        _log.warning("%s: the daily comparison waits for an hour: %s", self._sink, why)
        self._hours.clear()
        self._last = now - comparison.EVERY + comparison.AGAIN

    def _end(self, now: int) -> None:
        self._last = now
        missing = sum(each.missing for each in self._differences)
        result = f"{missing:,} of them missing there, they are sent again" if missing else "none of them missing there"
        result += f" ({self._too_old} hours are older than it takes)" if self._too_old else ""
        _log.info("%s: compared %d hours with %s readings: %s", self._sink, SPAN, f"{self._counted:,}", result)
        self._reports.put(SinkCompared(self._sink, now, self._until, tuple(self._differences)))
