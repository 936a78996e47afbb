"""Every command of the gateway, and the part of the kitchen that it acts on."""

from typing import Any

from gateway.ingest.scale_commands import SCALE_COMMANDS, Links
from gateway.monitoring.alarm_commands import ALARM_COMMANDS, AlarmScope
from gateway.monitoring.batches.commands import BATCH_COMMANDS
from gateway.monitoring.batches.scope import BatchScope
from gateway.monitoring.kitchen import Kitchen
from gateway.monitoring.probes.commands import CALIBRATION_COMMANDS, CalibrationScope
from gateway.monitoring.snapshot import alarm_now
from gateway.records.commands import BoundProcedure, Procedure, bind
from gateway.runtime.clock.commands import CLOCK_COMMANDS, ClockScope
from gateway.runtime.clock.watch import ClockWatch
from gateway.stock.commands.scope import StockScope
from gateway.stock.commands.table import STOCK_COMMANDS

COMMANDS: dict[str, Procedure[Any]] = {
    procedure.asked.command: procedure
    for table in (ALARM_COMMANDS, BATCH_COMMANDS, CALIBRATION_COMMANDS, STOCK_COMMANDS, SCALE_COMMANDS, CLOCK_COMMANDS)
    for procedure in table
}
"""The table of all commands, by name."""


def procedures(kitchen: Kitchen, clock_watch: ClockWatch, scales: Links) -> list[BoundProcedure]:
    """Every command, bound to its part of the kitchen. `scales`: those that can be told."""
    return [
        *bind(ALARM_COMMANDS, alarm_scope(kitchen)),
        *bind(BATCH_COMMANDS, batch_scope(kitchen)),
        *bind(CALIBRATION_COMMANDS, calibration_scope(kitchen)),
        *bind(STOCK_COMMANDS, stock_scope(kitchen)),
        *bind(SCALE_COMMANDS, scales),
        *bind(CLOCK_COMMANDS, ClockScope(clock_watch, kitchen.config.kitchen.timezone)),
    ]


def alarm_scope(kitchen: Kitchen) -> AlarmScope:
    """What the commands about alarms act on."""
    return AlarmScope(
        kitchen.board, lambda alarm, now: alarm_now(alarm, kitchen.config, now, kitchen.product_of(alarm))
    )


def batch_scope(kitchen: Kitchen) -> BatchScope:
    """What the commands about batches of food act on."""
    return BatchScope(
        batches=kitchen.batches,
        points=kitchen.by_id,
        stores=kitchen.stores,
        typed=kitchen.typed,
        approve=kitchen.approve,
    )


def calibration_scope(kitchen: Kitchen) -> CalibrationScope:
    """What the commands about probes act on."""
    return CalibrationScope(points=kitchen.by_id, probes=kitchen.probes, altitude=kitchen.config.kitchen.altitude)


def stock_scope(kitchen: Kitchen) -> StockScope:
    """What the commands about stock act on."""
    return StockScope(
        stores=kitchen.stores,
        profile=kitchen.plan.profile,
        temperature_of=kitchen.temperature_of,
        knows_batch=kitchen.batches.live.__contains__,
    )
