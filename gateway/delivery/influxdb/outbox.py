"""Queue the readings that still have to be sent: pages of the journal behind a cursor.

    journal ── page behind the cursor ──► pending pages ──delivered──► cursor moves
                     ▲                       │    │
       send_again ───┘         split in half ┘    └ discard: they are read again

`send_again` may be called from any thread; everything else belongs to the sink's thread.
"""

import logging
from collections import deque

from gateway.delivery.influxdb.source import JournalSource, OutgoingReading, SourceUnreadableError

LIMIT = 5_000
"""Readings a request: what InfluxDB's documentation advises ("Optimize writes")."""

_log = logging.getLogger(__name__)


class Outbox:
    """Hand out pages of readings in order of arrival; what is not delivered is handed out again.

    Attributes:
        cursor: every reading up to and with this number (`seq`) is delivered or set aside.
        round: how often the sink was sent back to an earlier cursor.
        is_readable: False while the journal cannot be read.
    """

    def __init__(self, sink: str, source: JournalSource, cursor: int) -> None:
        self.cursor = cursor
        self.round = 0
        self.is_readable = True
        self._sink = sink
        self._source = source
        self._limit = LIMIT
        self._pending: deque[list[OutgoingReading]] = deque()
        self._requested: tuple[int, int] | None = None

    def send_again(self, cursor: int, number: int) -> None:
        """Go back to `cursor` before the next page, for the `number`th time. Safe from any thread."""
        requested = self._requested
        if requested is not None and requested[1] != self.round:
            cursor = min(cursor, requested[0])
        self._requested = (cursor, number)

    def page(self) -> list[OutgoingReading]:
        """Return the first readings that are not delivered yet; none when all are, or the journal cannot be read.

        Raises:
            JournalReplacedError: the journal is another file than before.
        """
        self._go_back()
        if not self._pending:
            self._read()
        return self._pending[0] if self._pending else []

    def delivered(self) -> int:
        """Move the cursor past the first page; return it."""
        self.cursor = self._pending.popleft()[-1].seq
        return self.cursor

    def split(self) -> None:
        """Hand the first page out as two."""
        rows = self._pending.popleft()
        middle = len(rows) // 2
        self._pending.extendleft((rows[middle:], rows[:middle]))

    def halve(self) -> None:
        """Hand out pages of half the first one's size from now on."""
        self._limit = len(self._pending[0]) // 2
        self.split()

    def discard(self) -> None:
        """Forget the pages in memory: the next one is read from the journal again."""
        self._pending.clear()

    def restart(self, cursor: int) -> None:
        """Continue behind `cursor`, in another journal."""
        self.cursor = cursor
        self.discard()

    def close(self) -> None:
        """Close the journal."""
        self._source.close()

    def _go_back(self) -> None:
        requested = self._requested
        if requested is not None and requested[1] != self.round:
            cursor, self.round = requested
            self.restart(min(self.cursor, cursor))

    def _read(self) -> None:
        try:
            rows = self._source.read(self.cursor, self._limit)
        except SourceUnreadableError as error:
            if self.is_readable:
                _log.warning("%s: waiting for the journal: %s", self._sink, error)
            self.is_readable = False
            return
        self.is_readable = True
        if rows:
            self._pending.append(rows)
