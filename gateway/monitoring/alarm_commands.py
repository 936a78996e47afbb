"""The command about alarms: somebody has seen one."""

from collections.abc import Callable
from dataclasses import dataclass

from gateway.alarms.alarm import Alarm, AlarmState, ForbiddenTransitionError
from gateway.alarms.board import Board
from gateway.records.commands import Asked, Call, Json, Name, Note, Procedure, RefusedError
from gateway.records.transaction import Transaction


@dataclass(frozen=True, slots=True)
class AlarmScope:
    """What the command acts on. `shown`: an alarm as people are told it, at a time."""

    board: Board
    shown: Callable[[Alarm, int], Json]


class Acknowledge(Asked, frozen=True, kw_only=True):
    """Somebody has seen an alarm."""

    command = "acknowledge"
    alarm: Name
    note: Note | None = None


def acknowledge(scope: AlarmScope, transaction: Transaction, call: Call[Acknowledge]) -> Json:
    """Acknowledge an alarm once; answers how it stands."""
    asked = call.asked
    alarm = scope.board.get(asked.alarm)
    if alarm is None:
        raise RefusedError("unknown_alarm", f"no alarm {asked.alarm!r} is waiting for anybody")
    try:
        moved = scope.board.acknowledge(transaction, alarm, who=asked.who, note=asked.note, at=call.now, key=call.key)
    except ForbiddenTransitionError:
        before = "somebody" if alarm.acknowledgement is None else alarm.acknowledgement.by
        raise RefusedError("not_allowed", f"{before} has acknowledged it already") from None
    return scope.shown(moved, call.now)


def acknowledged(scope: AlarmScope, call: Call[Acknowledge]) -> Json:
    """The alarm as it is by now."""
    alarm = scope.board.get(call.asked.alarm)
    if alarm is None:
        return {"id": call.asked.alarm, "state": AlarmState.NORMAL.value}
    return scope.shown(alarm, call.now)


ALARM_COMMANDS = (Procedure(Acknowledge, acknowledge, acknowledged),)
