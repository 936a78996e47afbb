"""People at the control socket: the snapshot, what changes, and the commands that they give."""

from collections.abc import Mapping
from typing import Any, Protocol

import msgspec

from gateway.alarms.alarm import Alarm
from gateway.ingest.discovery import Discovery
from gateway.journal.journal import Journal
from gateway.monitoring.batches.snapshot import batch_now, plan_now
from gateway.monitoring.changes import Changes, Committed
from gateway.monitoring.kitchen import Kitchen
from gateway.monitoring.probes.snapshot import probes_now
from gateway.monitoring.snapshot import alarm_now, plan_of, point_now
from gateway.records.commands import CommandCall, Procedure, RefusedError, Result
from gateway.records.transaction import Transaction
from gateway.server.commands import COMMANDS
from gateway.server.requests import Command
from gateway.stock.changes_feed import StockFeed

TELL_EVERY = 0.1
"""Real seconds between two changes of readings; what an alarm or a movement changed is told at once."""
HEARTBEAT_EVERY = 1.0
LISTS_EVERY = 5.0
"""Real seconds: strangers on the broker may talk a lot, and a broken device fails often."""
OBEYED_KEPT = 1_000
"""Keys of commands that are known again although the journal may be away."""

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
    """Answers commands after the commit, tells what changed."""

    def __init__(
        self,
        kitchen: Kitchen,
        journal: Journal,
        health: Shown,
        clients: Clients,
        *,
        discovery: Discovery,
        facts: Json,
        commands: Mapping[str, Procedure] = COMMANDS,
    ) -> None:
        """Begin with what the journal knows.

        Args:
            kitchen: as it stands.
            journal: for what was, and which commands were obeyed.
            health: links and health.
            clients: who is told.
            discovery: strangers on the broker.
            facts: what the snapshot says of this run besides the plan, such as `clock` and `broker`.
            commands: what people may have the gateway do.
        """
        self._kitchen = kitchen
        self._health = health
        self._clients = clients
        self._discovery = discovery
        self._facts = facts
        self._commands = commands
        self._told_at = self._heartbeat_at = self._listed_at = 0.0
        self._listed = (0, 0)
        self._pending = Changes()
        """Committed, and not told yet: readings are told ten times a second at most."""
        self._stock = StockFeed(kitchen.stores, journal)
        self._answers: list[tuple[int, Json]] = []
        self._obeyed: dict[str, None] = {}
        self._journal = journal

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
        """Tell what changed with this commit, and send the replies that waited for it."""
        self._pending.merge(committed.changes)
        self._tell_pending(committed.now, committed.moment)
        for client, reply in self._answers:
            self._clients.send(client, _line(reply))
        self._answers.clear()

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

    # Obeying

    def obey(self, transaction: Transaction, command: Command, now: int) -> None:
        """Check a command against the live state; its reply goes out when the journal has it."""
        reply: Json = {"type": "reply", "key": command.key}
        try:
            result = self._result(transaction, command, now)
        except RefusedError as refused:
            reply |= {"ok": False, "error": refused.error, "message": str(refused)}
            self._clients.send(command.client, _line(reply))
        else:
            self._answers.append((command.client, reply | {"ok": True, "result": result}))

    def _result(self, transaction: Transaction, command: Command, now: int) -> Result:
        procedure = self._commands.get(command.name)
        if procedure is None:
            raise RefusedError(
                "bad_request", f"no command is called {command.name!r}; there are: {', '.join(self._commands)}"
            )
        order = CommandCall(command.args, command.key, now)
        if self._was_obeyed(order):
            return procedure.again(self._kitchen, order)
        result = procedure.obey(self._kitchen, transaction, order)
        self._obeyed[order.event_key] = None
        if len(self._obeyed) > OBEYED_KEPT:
            del self._obeyed[next(iter(self._obeyed))]
        return result

    def _was_obeyed(self, order: CommandCall) -> bool:
        return order.event_key in self._obeyed or self._journal.reads.state.has_event(order.event_key)


def _line(told: Json) -> bytes:
    return msgspec.json.encode(told) + b"\n"
