"""The command about the clock: a person says what time it is.

Where `clock.source` is `person`, once after each start of the machine, and again when that was a mistake.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from msgspec import Meta

from gateway.records.commands import Asked, Call, Json, Procedure, RefusedError, microseconds
from gateway.records.quality import EARLIEST
from gateway.records.transaction import Transaction
from gateway.runtime.clock.watch import ClockWatch

LATEST = 4_102_444_800_000_000
"""2100-01-01: a year that was mistyped."""

LocalTime = Annotated[str, Meta(max_length=40, description="a time such as 2026-11-24T03:12, in the kitchen's zone")]


@dataclass(frozen=True, slots=True)
class ClockScope:
    """What the command acts on. `watch` follows what is said; `zone` is the kitchen's."""

    watch: ClockWatch
    zone: ZoneInfo


class ConfirmClock(Asked, frozen=True, kw_only=True):
    """Say what time it is: the suggested one, or `time`, of the kitchen's zone where it names none."""

    command = "confirm_clock"
    time: LocalTime | None = None


def confirm(scope: ClockScope, transaction: Transaction, call: Call[ConfirmClock]) -> Json:
    """Have the gateway follow what a person said; answers the time that was taken."""
    watch, suggested = scope.watch, scope.watch.suggested
    if not watch.asks_people:
        raise RefusedError("not_allowed", "the machine's clock says what time it is: see clock.source in kitchen.yaml")
    true = suggested if call.asked.time is None else _moment(call.asked.time, scope.zone)
    transaction.events.append(call.event("clock_confirmed", "clock", {"said": true, "suggested": suggested}))
    watch.confirm(transaction, true)
    return {"at": true}


def _moment(text: str, zone: ZoneInfo) -> int:
    try:
        said = datetime.fromisoformat(text)
        at = microseconds(said if said.tzinfo else said.replace(tzinfo=zone))
    except (ValueError, OverflowError):
        at = 0
    if not EARLIEST <= at < LATEST:
        raise RefusedError("bad_request", f"{text!r} is no time: write it as 2026-11-24T03:12, in the kitchen's zone")
    return at


def confirmed(scope: ClockScope, _: Call[ConfirmClock]) -> Json:
    """The time as it is suggested by now."""
    return {"at": scope.watch.suggested}


CLOCK_COMMANDS = (Procedure(ConfirmClock, confirm, confirmed),)
