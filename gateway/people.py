"""People at the control socket: the snapshot, what changes, and the commands that they give."""

import json
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from gateway.alarms import Alarm, AlarmState, ForbiddenTransitionError
from gateway.arrivals import Command
from gateway.journal.journal import Journal
from gateway.journal.records import Batch
from gateway.kitchen import Kitchen
from gateway.snapshot import alarm_now, movement_now, movement_then, plan_of, point_now, stock_now
from gateway.system_watch import SystemWatch

TELL_EVERY = 0.1
"""Real seconds between two changes of readings; what an alarm or a movement changed is told at once."""
HEARTBEAT_EVERY = 1.0
MOVEMENTS_SHOWN = 20
LONGEST_NOTE = 500
ANSWERED_KEPT = 1_000

Json = dict[str, Any]


class Clients(Protocol):
    """The control socket."""

    def send(self, client: int, line: bytes, *, watches: bool = False) -> None: ...

    def tell(self, line: bytes) -> None: ...


class RefusedError(Exception):
    """A command that cannot be obeyed: a word for the program, a sentence for the person."""

    def __init__(self, error: str, message: str) -> None:
        super().__init__(message)
        self.error = error


class People:
    """Answers commands after the commit, tells what changed."""

    def __init__(
        self,
        kitchen: Kitchen,
        journal: Journal,
        watch: SystemWatch,
        clients: Clients,
        *,
        facts: Json,
    ) -> None:
        """`facts`: what the snapshot says of this run besides the plan, such as `clock` and `broker`."""
        self._kitchen = kitchen
        self._watch = watch
        self._clients = clients
        self._facts = facts
        self._told_at = self._heartbeat_at = 0.0
        rows: list[tuple[Any, ...]] = journal.ask(lambda disk: disk.movements(MOVEMENTS_SHOWN), [])
        self._movements = [movement_then(row) for row in rows]
        self._answers: list[tuple[int, Json]] = []
        self._answered: dict[str, str] = {}
        self._journal = journal
        self._commands: dict[str, Callable[[Batch, Command, int], Json]] = {"acknowledge": self._acknowledge}

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
            "alarms": [alarm_now(alarm, kitchen.config, now) for alarm in kitchen.board.active],
            "stock": [stock_now(scale, kitchen.stores, kitchen.config) for scale in kitchen.stores.scales.values()],
            "movements": self._movements,
            "links": self._watch.links(),
            "health": self._watch.health(),
        }
        self._clients.send(client, _line(told), watches=True)

    def tell(self, alarms: Iterable[Alarm], now: int, moment: float) -> None:
        """What changed with this commit, and the replies that waited for it. `moment`: real seconds that only grow."""
        change: Json = {}
        kitchen = self._kitchen
        if told := [alarm_now(alarm, kitchen.config, now) for alarm in alarms]:
            change["alarms"] = told
        if kitchen.stores.moved:
            change["movements"] = self._new_movements(now)
        if change or moment - self._told_at >= TELL_EVERY:
            self._told_at = moment
            self._add_points(change, now)
        if change:
            self._clients.tell(_line({"type": "change", "now": now} | change))
        for client, reply in self._answers:
            self._clients.send(client, _line(reply))
        self._answers.clear()

    def _new_movements(self, now: int) -> list[Json]:
        stores = self._kitchen.stores
        fresh = [movement_now(movement, now) for movement in reversed(stores.moved)]
        stores.moved.clear()
        self._movements = (fresh + self._movements)[:MOVEMENTS_SHOWN]
        return fresh

    def _add_points(self, change: Json, now: int) -> None:
        kitchen = self._kitchen
        if kitchen.changed:
            change["points"] = [point_now(point, now) for point in kitchen.changed.values()]
            kitchen.changed.clear()
        if kitchen.stores.changed:
            scales = kitchen.stores.changed.values()
            change["stock"] = [stock_now(scale, kitchen.stores, kitchen.config) for scale in scales]
            kitchen.stores.changed.clear()
        if self._watch.take_changed():
            change |= {"links": self._watch.links(), "health": self._watch.health()}

    def heartbeat(self, now: int, moment: float) -> None:
        """A sign of life each second, with what is left to tell."""
        if moment - self._told_at >= TELL_EVERY:
            self.tell((), now, moment)
        if moment - self._heartbeat_at >= HEARTBEAT_EVERY:
            self._heartbeat_at = moment
            self._clients.tell(_line({"type": "heartbeat", "now": now, "health": self._watch.health()}))

    # Obeying

    def obey(self, batch: Batch, command: Command, now: int) -> None:
        """Check a command against the live state; its reply goes out when the journal has it."""
        reply: Json = {"type": "reply", "key": command.key}
        try:
            result = self._result(batch, command, now)
        except RefusedError as refused:
            reply |= {"ok": False, "error": refused.error, "message": str(refused)}
            self._clients.send(command.client, _line(reply))
        else:
            self._answers.append((command.client, reply | {"ok": True, "result": result}))

    def _result(self, batch: Batch, command: Command, now: int) -> Json:
        try:
            obey = self._commands[command.name]
        except KeyError:
            names = ", ".join(self._commands)
            raise RefusedError("bad_request", f"no command is called {command.name!r}; there are: {names}") from None
        return obey(batch, command, now)

    def _acknowledge(self, batch: Batch, command: Command, now: int) -> Json:
        kitchen = self._kitchen
        match command.args:
            case {"alarm": str(alarm_id), "who": str(who), **rest}:
                note = rest.get("note")
            case _:
                raise RefusedError("bad_request", "an acknowledgement names the alarm and who acknowledges")
        if note is not None and not isinstance(note, str):
            raise RefusedError("bad_request", "a note is text")
        if who not in {person.id for person in kitchen.config.kitchen.people}:
            raise RefusedError("unknown_person", f"{who!r} is nobody of kitchen.people in kitchen.yaml")
        alarm = kitchen.board.get(alarm_id)
        if self._was_answered(command.key):
            return self._now_of(alarm_id, now)
        if alarm is None:
            raise RefusedError("unknown_alarm", f"no alarm {alarm_id!r} is waiting for anybody")
        try:
            note = note.strip()[:LONGEST_NOTE] if note else None
            moved = kitchen.board.acknowledge(batch, alarm, who=who, note=note, at=now, key=command.key)
        except ForbiddenTransitionError:
            raise RefusedError("not_allowed", f"{alarm.acknowledged_by} has acknowledged it already") from None
        self._answered[command.key] = alarm_id
        if len(self._answered) > ANSWERED_KEPT:
            del self._answered[next(iter(self._answered))]
        return alarm_now(moved, kitchen.config, now)

    def _was_answered(self, key: str) -> bool:
        return key in self._answered or self._journal.ask(lambda disk: disk.has_event(f"command:{key}"), False)

    def _now_of(self, alarm_id: str, now: int) -> Json:
        alarm = self._kitchen.board.get(alarm_id)
        if alarm is not None:
            return alarm_now(alarm, self._kitchen.config, now)
        return {"id": alarm_id, "state": AlarmState.NORMAL.value}


def _line(told: Json) -> bytes:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
