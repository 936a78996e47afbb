"""What people may have the gateway do: one function a command, in one table.

A command is checked against the live state, drawn up in the batch, and answered when the journal has it. It carries a
key: given twice, by a finger or by a network, it is done once, and the second time answered with how things stand.
"""

from collections.abc import Mapping

from gateway.alarms.alarm import AlarmState, ForbiddenTransitionError
from gateway.monitoring.kitchen import Kitchen
from gateway.monitoring.snapshot import alarm_now
from gateway.records.commands import CommandCall, Json, Procedure, RefusedError
from gateway.records.transaction import Transaction


def acknowledge(kitchen: Kitchen, transaction: Transaction, order: CommandCall) -> Json:
    """`alarm`, `who`, `note`: somebody has seen an alarm."""
    alarm_id, who, note = order.text("alarm"), order.person(kitchen), order.note()
    alarm = kitchen.board.get(alarm_id)
    if alarm is None:
        raise RefusedError("unknown_alarm", f"no alarm {alarm_id!r} is waiting for anybody")
    try:
        moved = kitchen.board.acknowledge(transaction, alarm, who=who, note=note, at=order.now, key=order.key)
    except ForbiddenTransitionError:
        before = "somebody" if alarm.acknowledgement is None else alarm.acknowledgement.by
        raise RefusedError("not_allowed", f"{before} has acknowledged it already") from None
    return alarm_now(moved, kitchen.config, order.now, kitchen.product_of(moved))


def acknowledged(kitchen: Kitchen, order: CommandCall) -> Json:
    """The alarm as it is by now."""
    alarm = kitchen.board.get(order.text("alarm"))
    if alarm is None:
        return {"id": order.text("alarm"), "state": AlarmState.NORMAL.value}
    return alarm_now(alarm, kitchen.config, order.now, kitchen.product_of(alarm))


COMMANDS: Mapping[str, Procedure] = {"acknowledge": Procedure(acknowledge, acknowledged)}
