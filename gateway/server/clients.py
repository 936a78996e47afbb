"""People at the control socket: the snapshot, and what changes."""

from typing import Any, NamedTuple, Protocol

import msgspec

from gateway.alarms.alarm import Alarm
from gateway.ingest.discovery import Discovery
from gateway.journal.journal import Journal
from gateway.monitoring.batches.snapshot import batch_now, plan_now
from gateway.monitoring.changes import Changes, Committed
from gateway.monitoring.kitchen import Kitchen
from gateway.monitoring.probes.snapshot import probes_now
from gateway.monitoring.snapshot import alarm_now, plan_of, point_now
from gateway.server.command_desk import CommandDesk
from gateway.stock.changes_feed import StockFeed

TELL_EVERY = 0.1
"""Real seconds between two changes of readings; what an alarm or a movement changed is told at once."""
HEARTBEAT_EVERY = 1.0
LISTS_EVERY = 5.0
"""Real seconds: strangers on the broker may talk a lot, and a broken device fails often."""

Json = dict[str, Any]


class Clients(Protocol):
    """The control socket."""

    def send(self, client: int, line: bytes, *, watches: bool = False) -> None: ...

    def tell(self, line: bytes) -> None: ...


class Links(Protocol):
    """The links' half of health."""

    def shown(self) -> list[Json]: ...


class Shown(Protocol):
    """The gateway's own health."""

    @property
    def links(self) -> Links: ...

    def shown(self) -> Json: ...


class People:
    """Tells all clients what changed."""

    def __init__(
        self,
        kitchen: Kitchen,
        journal: Journal,
        health: Shown,
        clients: Clients,
        *,
        discovery: Discovery,
        facts: Json,
    ) -> None:
        """Begin with what the journal knows.

        Args:
            kitchen: as it stands.
            journal: for what was.
            health: links and health.
            clients: who is told.
            discovery: strangers on the broker.
            facts: what the snapshot says of this run besides the plan, such as `clock` and `broker`.
        """
        self._kitchen = kitchen
        self._health = health
        self._clients = clients
        self._discovery = discovery
        self._facts = facts
        self._told_at = self._heartbeat_at = self._listed_at = 0.0
        self._listed = (0, 0)
        self._pending = Changes()
        """Committed, and not told yet: readings are told ten times a second at most."""
        self._stock = StockFeed(kitchen.stores, journal)

    # Telling

    def greet(self, client: int, now: int) -> None:
        """The snapshot for a new client, and from then on the changes."""
        kitchen = self._kitchen
        told = plan_of(kitchen.config, kitchen.by_id)
        for planned, live in zip(told["points"], kitchen.by_id.values(), strict=True):
            planned.update(point_now(live, now))
        told |= {
            "type": "snapshot",
            "now": now,
            **self._facts,
            "alarms": [self._alarm(alarm, now) for alarm in kitchen.board.active],
            "probes": probes_now(kitchen.by_id.values(), kitchen.probes, now),
            **self._stock.snapshot(now),
            "batches": [batch_now(live, kitchen.plan) for live in kitchen.batches.live.values()],
            "haccp": plan_now(kitchen.plan),
            "links": self._health.links.shown(),
            "health": self._health.shown(),
            "troubles": kitchen.counters.told(),
            "discovered": self._discovery.told(),
        }
        self._clients.send(client, _line(told), watches=True)

    def tell(self, committed: Committed) -> None:
        """Tell what changed with this commit."""
        self._pending.merge(committed.changes)
        self._tell_pending(committed.now, committed.moment)

    def _tell_pending(self, now: int, moment: float) -> None:
        """Tell alarms and movements at once, and everything else with them or when it is time."""
        pending = self._pending
        is_urgent = bool(pending.alarms) or pending.stock.is_urgent
        if not is_urgent and moment - self._told_at < TELL_EVERY:
            return
        self._told_at = moment
        if change := self._change(pending.take(), now):
            self._clients.tell(_line({"type": "change", "now": now} | change))

    def _change(self, changes: Changes, now: int) -> Json:
        kitchen, change = self._kitchen, Json()
        if changes.alarms:
            change["alarms"] = [self._alarm(alarm, now) for alarm in changes.alarms.values()]
        change |= self._stock.change(changes.stock, now)
        if changes.points:
            change["points"] = [point_now(point, now) for point in changes.points.values()]
        if changes.probes:
            change["probes"] = probes_now(changes.probes.values(), kitchen.probes, now)
        if changes.batches:
            change["batches"] = [batch_now(live, kitchen.plan) for live in changes.batches.values()]
        if changes.plan:
            change["haccp"] = plan_now(kitchen.plan)
        if changes.links:
            change |= {"links": self._health.links.shown(), "health": self._health.shown()}
        return change

    def _alarm(self, alarm: Alarm, now: int) -> Json:
        return alarm_now(alarm, self._kitchen.config, now, self._kitchen.product_of(alarm))

    def tick(self, now: int, moment: float) -> None:
        """Give a sign of life each second, and tell what is left."""
        self._tell_pending(now, moment)
        if moment - self._listed_at >= LISTS_EVERY:
            self._listed_at = moment
            self._tell_lists(now)
        if moment - self._heartbeat_at >= HEARTBEAT_EVERY:
            self._heartbeat_at = moment
            self._clients.tell(_line({"type": "heartbeat", "now": now, "health": self._health.shown()}))

    def _tell_lists(self, now: int) -> None:
        listed, change = (self._kitchen.counters.version, self._discovery.version), Json()
        if listed[0] != self._listed[0]:
            change["troubles"] = self._kitchen.counters.told()
        if listed[1] != self._listed[1]:
            change["discovered"] = self._discovery.told()
        self._listed = listed
        if change:
            self._clients.tell(_line({"type": "change", "now": now} | change))


class Server(NamedTuple):
    """What is behind the control socket: the feed that tells how things stand, and the desk that takes commands."""

    feed: People
    desk: CommandDesk


def _line(told: Json) -> bytes:
    return msgspec.json.encode(told) + b"\n"
