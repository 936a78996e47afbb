"""Batches of food when the clock is set: what was measured across that is not judged by the time that it took.

A batch across a jump keeps the verdicts that were decided before it; all others are INDETERMINATE and name the jump.
A batch across a span without a date is folded anew when its readings and marks have one.
"""

from collections.abc import Callable

import msgspec

from gateway.monitoring.batches.batch import ClockJump, FoodBatch
from gateway.monitoring.batches.batches import FoodBatches
from gateway.monitoring.batches.live import LiveBatch
from gateway.monitoring.batches.records import Said
from gateway.records.time_shift import moved
from gateway.records.transaction import Transaction


def look_at_once(batches: FoodBatches) -> None:
    """The clock that said when to look again is another one."""
    batches.looked_at = 0
    for live in batches.live.values():
        live.judged_at = 0


def across_jump(batches: FoodBatches, transaction: Transaction, jump: ClockJump) -> None:
    """The batches that run have a jump in them from now on."""
    for live in batches.live.values():
        if live.batch.runs and live.batch.clock_jump is None:
            _keep(batches, transaction, live, msgspec.structs.replace(live.batch, clock_jump=jump), jump)


def redate(
    batches: FoodBatches, transaction: Transaction, jump: ClockJump, move: Callable[[int], int], *, since: int
) -> None:
    """What happened to batches from `since` until now has a date: readings, marks, beginnings and ends."""
    for live in batches.live.values():
        batch = live.batch
        live.typed = [moved(reading, move) for reading in live.typed]
        if not batch.runs and (batch.closed_at or 0) < since:
            continue
        redated = moved(batch, move)
        if jump.new < jump.old and batch.opened_at < since:
            # What it holds of the time before would come after it.
            redated = msgspec.structs.replace(redated, clock_jump=batch.clock_jump or jump)
        _keep(batches, transaction, live, redated, jump)
        live.late = True
        batches.ask_refold(transaction, live)


def _keep(batches: FoodBatches, transaction: Transaction, live: LiveBatch, batch: FoodBatch, jump: ClockJump) -> None:
    said = Said(kind="batch_clock_set", key=f"batch_clock_set:{batch.id}:{jump.old}", at=jump.new, person=None)
    batches.follow(transaction, live, batch, said)
    if live.fold is None or live.tail is not None:
        batches.ask_refold(transaction, live)
