"""What people may have the gateway do: one function a command, in one table.

A command is checked against the live state, drawn up in the batch, and answered when the journal has it. It carries a
key: given twice, by a finger or by a network, it is done once, and the second time answered with how things stand.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.alarms import AlarmState, ForbiddenTransitionError
from gateway.journal.records import Batch, Event
from gateway.kitchen import Kitchen
from gateway.snapshot import alarm_now

LONGEST_NOTE = 500

Json = dict[str, Any]


class RefusedError(Exception):
    """A command that cannot be obeyed: a word for the program, a sentence for the person."""

    def __init__(self, error: str, message: str) -> None:
        super().__init__(message)
        self.error = error


@dataclass(frozen=True, slots=True)
class Order:
    """One command as a function gets it. `key` is what its event is called, so that it cannot be stored twice."""

    args: Mapping[str, object]
    key: str
    now: int

    @property
    def event_key(self) -> str:
        return f"command:{self.key}"

    def text(self, name: str, otherwise: str | None = None) -> str:
        """An argument that must be text.

        Raises:
            RefusedError: it is missing or something else.
        """
        value = self.args.get(name, otherwise)
        if isinstance(value, str) and value.strip():
            return value.strip()
        raise RefusedError("bad_request", f"{name!r} must be given, as text")

    def note(self, name: str = "note") -> str | None:
        """A free text that may be left out; None when it is empty.

        Raises:
            RefusedError: it is no text.
        """
        value = self.args.get(name)
        if value is None or isinstance(value, str):
            return (value or "").strip()[:LONGEST_NOTE] or None
        raise RefusedError("bad_request", f"{name!r} is text")

    def event(self, kind: str, subject: str, facts: Json) -> Event:
        """The command as an event, by whoever gave it, if it says."""
        who = self.args.get("who")
        person = who if isinstance(who, str) else None
        return Event(key=self.event_key, kind=kind, subject=subject, at=self.now, person=person, body=facts)

    def person(self, kitchen: Kitchen, name: str = "who") -> str:
        """Id of a person of the kitchen.

        Raises:
            RefusedError: nobody of that id.
        """
        who = self.text(name)
        if who not in {person.id for person in kitchen.config.kitchen.people}:
            raise RefusedError("unknown_person", f"{who!r} is nobody of kitchen.people in kitchen.yaml")
        return who


@dataclass(frozen=True, slots=True)
class Procedure:
    """A command: `obey` does it and returns its result, `again` tells how things stand when it was done before."""

    obey: Callable[[Kitchen, Batch, Order], Json]
    again: Callable[[Kitchen, Order], Json]


def acknowledge(kitchen: Kitchen, batch: Batch, order: Order) -> Json:
    """`alarm`, `who`, `note`: somebody has seen an alarm."""
    alarm_id, who, note = order.text("alarm"), order.person(kitchen), order.note()
    alarm = kitchen.board.get(alarm_id)
    if alarm is None:
        raise RefusedError("unknown_alarm", f"no alarm {alarm_id!r} is waiting for anybody")
    try:
        moved = kitchen.board.acknowledge(batch, alarm, who=who, note=note, at=order.now, key=order.key)
    except ForbiddenTransitionError:
        raise RefusedError("not_allowed", f"{alarm.acknowledged_by} has acknowledged it already") from None
    return alarm_now(moved, kitchen.config, order.now, kitchen.product_of(moved))


def acknowledged(kitchen: Kitchen, order: Order) -> Json:
    """The alarm as it is by now."""
    alarm = kitchen.board.get(order.text("alarm"))
    if alarm is None:
        return {"id": order.text("alarm"), "state": AlarmState.NORMAL.value}
    return alarm_now(alarm, kitchen.config, order.now, kitchen.product_of(alarm))


COMMANDS: Mapping[str, Procedure] = {"acknowledge": Procedure(acknowledge, acknowledged)}
