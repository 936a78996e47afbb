"""Watch the deliveries: how far each sink has come, what it could not deliver, and what has to be sent again."""

from typing import Any, Protocol

from gateway.alarms.kinds import SystemKind
from gateway.delivery.influxdb.comparison import event_of
from gateway.delivery.influxdb.progress import (
    SinkCompared,
    SinkCondition,
    SinkDeadLetter,
    SinkProgress,
    SinkReport,
    SinkState,
)
from gateway.journal.journal import Journal
from gateway.monitoring.changes import Changes, Committed
from gateway.monitoring.kitchen import Kitchen
from gateway.records.transaction import DeadLetter, SinkRow, Transaction
from gateway.runtime.health.system_alarms import SystemAlarms

COMPARED_AT = "compared_at:{}"
"""When a delivery's counts were last compared with the journal's."""

Json = dict[str, Any]


class Sink(Protocol):
    """A delivery's own thread."""

    def wake(self) -> None:
        """There is something new in the journal."""

    def send_again(self, cursor: int, number: int) -> None:
        """Go back to `cursor`, for the `number`th time."""


class DeliveryHealth:
    """Every sink and the row by which it goes on after a restart."""

    def __init__(self, kitchen: Kitchen, journal: Journal, alarms: SystemAlarms) -> None:
        self._kitchen = kitchen
        self._journal = journal
        self._alarms = alarms
        self._rows: dict[str, SinkRow] = {}
        self._sinks: list[Sink] = []
        self._rounds = 0
        self._corrected: dict[str, int] = {}
        """Points whose readings since then have to be sent again, while the journal cannot say which they are."""
        self._go_back: tuple[int, int] | None = None

    def begin(self, row: SinkRow, sink: Sink) -> None:
        """Watch a sink that goes on from `row`."""
        self._rows[row.name] = row
        self._sinks.append(sink)

    def shown(self) -> Json | None:
        """Return how the delivery to InfluxDB stands; None without one."""
        return next((self._row(row) for row in self._rows.values()), None)

    def _row(self, row: SinkRow) -> Json:
        behind = (self._journal.reads.readings.last_number() or 0) - row.cursor
        return {"state": row.state, "last_error": row.last_error, "behind": max(0, behind)}

    def reported(self, transaction: Transaction, report: SinkReport, now: int) -> None:
        """Take a report of a sink: it has come further, or cannot."""
        row = self._rows.get(report.name) or SinkRow(report.name, 0, SinkCondition.OK, None, now)
        match report:
            case SinkProgress(round=number) if number != self._rounds:
                return  # of before it was sent back
            case SinkProgress(cursor=cursor):
                row = SinkRow(row.name, cursor, row.state, row.last_error, now)
            case SinkState(state=state, last_error=error):
                row = SinkRow(row.name, row.cursor, state.value, error, now)
                self._judge(transaction, report)
            case SinkDeadLetter(line=line, code=code, error=error):
                transaction.dead_letters.append(DeadLetter(row.name, "", line, str(code), error, now))
                self._kitchen.counters.trouble(row.name, "dead_letter", f"refused a reading ({code}): {error}", now)
            case SinkCompared():
                self._compared(transaction, report, now)
        self._rows[row.name] = transaction.sinks[row.name] = row

    def _judge(self, transaction: Transaction, report: SinkState) -> None:
        """Raise the alarm of a server that refuses everything, and return it."""
        self._kitchen.changes.links = True
        if report.reason is not None:
            self._kitchen.counters.count(report.name, report.reason)
        if report.state is SinkCondition.HOLDING:
            kind, since = SystemKind.INFLUXDB_REFUSED, report.since
            self._alarms.raise_(transaction, kind, since=since, now=since, reason=report.last_error)
        elif report.state is SinkCondition.OK:
            self._alarms.return_(transaction, SystemKind.INFLUXDB_REFUSED, report.since)

    def _compared(self, transaction: Transaction, report: SinkCompared, now: int) -> None:
        """Send again what a server has lost; where it and the journal differ, an event says so for ever."""
        transaction.meta[COMPARED_AT.format(report.name)] = str(report.at)
        if report.differences:
            transaction.events.append(event_of(report.name, report.until, report.differences))
        lost = [difference for difference in report.differences if difference.missing]
        for difference in lost:
            self._send_again(difference.point, difference.hour)
        if lost:
            count, hours = sum(each.missing for each in lost), len({each.hour for each in lost})
            text = f"{count} readings of {hours} hours were missing there and are sent again"
            self._kitchen.counters.trouble(report.name, "missing_readings", text, now)

    def _send_again(self, point: str, since: int) -> None:
        self._corrected[point] = min(since, self._corrected.get(point, since))

    def complete(self, transaction: Transaction, changes: Changes, now: int) -> None:
        """Set the cursors back to before the readings that were corrected; later, while the journal cannot say."""
        for point, since in changes.corrected.items():
            self._send_again(point, since)
        if not self._corrected:
            return
        sequences = self._journal.reads.readings.first_numbers(self._corrected)
        if sequences is None or self._journal.lost_since is not None:
            return
        self._corrected.clear()
        first = min(sequences, default=None)
        if first is not None and self._rows:
            self._set_back(transaction, first - 1, now)

    def _set_back(self, transaction: Transaction, cursor: int, now: int) -> None:
        self._rounds += 1
        for row in self._rows.values():
            back = SinkRow(row.name, min(row.cursor, cursor), row.state, row.last_error, now)
            self._rows[row.name] = transaction.sinks[row.name] = back
        self._go_back = (cursor, self._rounds)

    def wake(self, _committed: Committed) -> None:
        """Wake the sinks: the journal has something new, and some of the old may have to be sent again."""
        for sink in self._sinks:
            sink.wake()
        if self._go_back is not None:
            for sink in self._sinks:
                sink.send_again(*self._go_back)
            self._go_back = None
