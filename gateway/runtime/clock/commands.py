"""`confirm_clock`, as people tell what time it is: `who`, and `time` (ISO 8601, of the kitchen's zone where it
says none) when it is not the suggested one.

Where `clock.source` is `person`, once after each start of the machine, and again when that was a mistake.
"""

from datetime import UTC, datetime, timedelta
from functools import partial

from gateway.monitoring.kitchen import Kitchen
from gateway.records.commands import CommandCall, Json, Procedure, RefusedError
from gateway.records.quality import EARLIEST
from gateway.records.transaction import Event, Transaction
from gateway.runtime.clock.watch import ClockWatch

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = 4_102_444_800_000_000
"""2100-01-01: a year that was mistyped."""


def clock_commands(watch: ClockWatch) -> dict[str, Procedure]:
    """Build the command. `watch`: who follows what is told."""
    return {"confirm_clock": Procedure(partial(_confirm, watch), partial(_confirmed, watch))}


def _confirm(watch: ClockWatch, kitchen: Kitchen, transaction: Transaction, order: CommandCall) -> Json:
    who, suggested = order.person(kitchen), watch.suggested
    if not watch.asks_people:
        raise RefusedError("not_allowed", "the machine's clock says what time it is: see clock.source in kitchen.yaml")
    true = suggested if order.args.get("time") is None else _moment(order.text("time"), kitchen)
    body: dict[str, object] = {"said": true, "suggested": suggested}
    event = Event(key=order.event_key, kind="clock_confirmed", subject="clock", at=order.now, person=who, body=body)
    transaction.events.append(event)
    watch.confirm(transaction, true)
    return {"at": true}


def _moment(text: str, kitchen: Kitchen) -> int:
    try:
        said = datetime.fromisoformat(text)
        local = said if said.tzinfo else said.replace(tzinfo=kitchen.config.kitchen.timezone)
        at = (local - EPOCH) // timedelta(microseconds=1)
    except (ValueError, OverflowError):
        at = 0
    if not EARLIEST <= at < LATEST:
        raise RefusedError("bad_request", f"{text!r} is no time: write it as 2026-11-24T03:12, in the kitchen's zone")
    return at


def _confirmed(watch: ClockWatch, _kitchen: Kitchen, _order: CommandCall) -> Json:
    return {"at": watch.suggested}
