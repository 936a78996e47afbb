"""The gateway looks after itself: its journal, its links and its deliveries, as alarms and as `health`."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict
from typing import Any, Protocol

import msgspec

from drivers.bus.bus import BusStatistics
from drivers.contract import LinkChange, Trouble
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
from gateway.ingest.queue import Intake
from gateway.journal.clock import ALIVE
from gateway.journal.journal import Journal
from gateway.journal.log import ALARM_AT
from gateway.monitoring.communication_loss import unheard
from gateway.monitoring.kitchen import Kitchen
from gateway.records.gaps import broker_gap, link_gap, overrun_gap
from gateway.records.time_shift import moved
from gateway.records.transaction import DeadLetter, SinkRow, Transaction

BROKER_LOST_AFTER = 15_000_000
"""Microseconds: a broker that is restarted is back within seconds, and that is no alarm."""
ALIVE_EVERY = 10.0
"""Real seconds: how exactly a start knows since when the gateway was off."""
COMPARED_AT = "compared_at:{}"
"""When a delivery's counts were last compared with the journal's."""

Json = dict[str, Any]


class Asks(Protocol):
    """A link that asks its devices."""

    @property
    def statistics(self) -> Mapping[str, BusStatistics]: ...


class Tells(Protocol):
    """Something that tells how it stands."""

    def told(self) -> Json: ...


class SystemWatch:
    """What is out of order with the gateway itself."""

    def __init__(self, kitchen: Kitchen, journal: Journal, intake: Intake[object]) -> None:
        self._kitchen = kitchen
        self._journal = journal
        self._intake = intake
        self._alive_at = 0.0
        self._links: dict[str, LinkChange] = {}
        self._sinks: dict[str, SinkRow] = {}
        self._rounds = 0
        self._buses: list[Asks] = []
        self._clock: Tells | None = None
        self._changed = False

    # What is told

    def links(self) -> list[Json]:
        """Every link and whether it is up."""
        return [{"name": c.link, "up": c.up, "text": c.text, "since": c.at} for c in self._links.values()]

    def health(self) -> Json:
        """Counters and conditions; whether anything is being recorded comes first."""
        counters = self._kitchen.counters
        return {
            "recording": self._journal.lost_since is None,
            "recording_since_lost": self._journal.lost_since,
            "clock": None if self._clock is None else self._clock.told(),
            "readings": counters.readings,
            "duplicates": counters.duplicates,
            "late": counters.late,
            "thinned": counters.thinned,
            "queue": len(self._intake),
            "counters": counters.troubles,
            "devices": {device: asdict(each) for bus in self._buses for device, each in bus.statistics.items()},
            "influxdb": next((self._sink(row) for row in self._sinks.values()), None),
        }

    def _sink(self, row: SinkRow) -> Json:
        behind = self._journal.ask(lambda disk: disk.last_seq(), row.cursor) - row.cursor
        return {"state": row.state, "last_error": row.last_error, "behind": max(0, behind)}

    def take_changed(self) -> bool:
        """Whether links or deliveries changed since this was last asked."""
        changed, self._changed = self._changed, False
        return changed

    # What happens

    def watch_clock(self, clock: Tells) -> None:
        """Who knows how the clock stands."""
        self._clock = clock

    def watch_bus(self, bus: Asks) -> None:
        """A line on which devices are asked: what becomes of the questions is told by device."""
        self._buses.append(bus)

    def watch_sink(self, row: SinkRow) -> None:
        """A delivery that goes on from this row."""
        self._sinks[row.name] = row

    def send_again(self, transaction: Transaction, cursor: int, now: int) -> tuple[int, int] | None:
        """Readings behind `cursor` have changed: a delivery that is beyond is sent back there, for the n-th time."""
        self._rounds += 1
        for row in self._sinks.values():
            back = SinkRow(row.name, min(row.cursor, cursor), row.state, row.last_error, now)
            self._sinks[row.name] = transaction.sinks[row.name] = back
        return (cursor, self._rounds) if self._sinks else None

    def link_changed(self, transaction: Transaction, change: LinkChange) -> None:
        """A link is lost or back; what a broker forgot meanwhile it does not say, so the span without it is named."""
        before = self._links.get(change.link)
        if before is not None and not before.up and not change.up:
            # It is still the same loss, for another reason.
            change = msgspec.structs.replace(change, at=before.at)
        self._links[change.link] = change
        self._changed = True
        if not change.up:
            self._kitchen.counters.count(change.link, "lost")
        elif change.link == "mqtt":
            self._return(transaction, SystemKind.BROKER_LOST, change.at)
        if change.up and before is not None and not before.up:
            of_broker = change.link == "mqtt"
            # A wire's link is called by its devices.
            points = self._points_of(change.link.split("+"))
            heard = [device.id for device in self._kitchen.config.devices if device.port is None]
            devices = heard if of_broker else change.link.split("+")
            unheard(self._kitchen, transaction, devices, since=before.at, until=change.at)
            transaction.events.append(broker_gap(before, change) if of_broker else link_gap(before, change, points))

    def trouble(self, transaction: Transaction, trouble: Trouble) -> None:
        """Something went wrong on a link; frames that nobody read are a gap."""
        if trouble.since is not None:
            transaction.events.append(overrun_gap(trouble, trouble.since, self._points_of([trouble.device])))

    def _points_of(self, devices: Collection[str]) -> list[str]:
        return [point.id for point in self._kitchen.config.points if point.device in devices]

    def rebase(self, turn: Callable[[int], int]) -> None:
        """The clock was set: since when a link is lost is told by the new time."""
        self._links = {name: moved(change, turn) for name, change in self._links.items()}

    def sink_reported(self, transaction: Transaction, report: SinkReport, now: int) -> None:
        """A delivery has come further, or cannot."""
        row = self._sinks.get(report.name) or SinkRow(report.name, 0, SinkCondition.OK, None, now)
        match report:
            case SinkProgress(round=number) if number != self._rounds:
                return  # of before it was sent back
            case SinkProgress(cursor=cursor):
                row = SinkRow(row.name, cursor, row.state, row.last_error, now)
            case SinkState(state=state, last_error=error):
                row = SinkRow(row.name, row.cursor, state.value, error, now)
                self._changed = True
                if report.reason is not None:
                    self._kitchen.counters.count(report.name, report.reason)
                self._judge_sink(transaction, report)
            case SinkDeadLetter(line=line, code=code, error=error):
                transaction.dead_letters.append(DeadLetter(row.name, "", line, str(code), error, now))
                self._kitchen.counters.trouble(row.name, "dead_letter", f"refused a reading ({code}): {error}", now)
            case SinkCompared():
                self._compared(transaction, report, now)
        self._sinks[row.name] = transaction.sinks[row.name] = row

    def _compared(self, transaction: Transaction, report: SinkCompared, now: int) -> None:
        """What a server has lost is sent again; where it and the journal differ, an event says so for ever."""
        transaction.meta[COMPARED_AT.format(report.name)] = str(report.at)
        if report.found:
            transaction.events.append(event_of(report.name, report.until, report.found))
        lost = [each for each in report.found if each.missing]
        for each in lost:
            again = self._kitchen.resend
            again[each.point] = min(again.get(each.point, each.hour), each.hour)
        if lost:
            count, hours = sum(each.missing for each in lost), len({each.hour for each in lost})
            text = f"{count} readings of {hours} hours were missing there and are sent again"
            self._kitchen.counters.trouble(report.name, "missing_readings", text, now)

    def _judge_sink(self, transaction: Transaction, report: SinkState) -> None:
        if report.state is SinkCondition.HOLDING:
            self._raise(transaction, SystemKind.INFLUXDB_REFUSED, report.since, report.since, report.last_error)
        elif report.state is SinkCondition.OK:
            self._return(transaction, SystemKind.INFLUXDB_REFUSED, report.since)

    def tick(self, transaction: Transaction, now: int, moment: float) -> None:
        """Look at the journal and the broker; leave a sign of life. `moment`: real seconds that only grow."""
        lost = self._journal.lost_since
        if lost is not None:
            self._raise(transaction, SystemKind.RECORDING_LOST, lost, now, self._journal.lost_text)
        else:
            self._return(transaction, SystemKind.RECORDING_LOST, now)
        broker = self._links.get("mqtt")
        if broker is not None and not broker.up and now - broker.at >= BROKER_LOST_AFTER:
            self._raise(transaction, SystemKind.BROKER_LOST, broker.at, now, broker.text)
        self._judge_log(transaction, now)
        if self._journal.set_aside is not None:
            text = f"the journal was corrupt and stands aside as {self._journal.set_aside.name}"
            self._raise(transaction, SystemKind.JOURNAL_CORRUPT, now, now, text)
            self._journal.set_aside = None
        if moment - self._alive_at >= ALIVE_EVERY:
            self.save(transaction, now, moment)

    def _judge_log(self, transaction: Transaction, now: int) -> None:
        size = self._journal.log_size
        if size > ALARM_AT:
            text = f"{self._journal.path.name}-wal has {size >> 20} MB: a program reads the journal and does not end"
            self._raise(transaction, SystemKind.LOG_LARGE, now, now, text)
        else:
            self._return(transaction, SystemKind.LOG_LARGE, now)

    def save(self, transaction: Transaction, now: int, moment: float) -> None:
        """The gateway was alive at `now`."""
        self._alive_at = moment
        transaction.meta[ALIVE] = str(now)

    def _raise(self, transaction: Transaction, kind: SystemKind, since: int, now: int, reason: str | None) -> None:
        if not self._kitchen.board.is_standing("system", kind):
            self._changed = True
            self._kitchen.board.raise_system(transaction, kind, since=since, known_at=now, reason=reason)

    def _return(self, transaction: Transaction, kind: SystemKind, at: int) -> None:
        if self._kitchen.board.is_standing("system", kind):
            self._changed = True
            self._kitchen.board.return_normal(transaction, "system", kind, at=at)
