"""Take batches of food across a change of the clock.

How long anything took across a jump of the clock is not known. A batch keeps the verdicts that were decided before the
jump; all others are INDETERMINATE and name it. If the clock was not known at first, a batch is judged again as soon as
its readings and marks have a date.
"""

from collections.abc import Callable

import msgspec

from gateway.monitoring.batches.batch import ClockJump, FoodBatch
from gateway.monitoring.batches.batches import FoodBatches
from gateway.monitoring.batches.live import LiveBatch
from gateway.monitoring.batches.records import BatchEvent
from gateway.records.time_shift import moved
from gateway.records.transaction import Transaction


def look_at_once(batches: FoodBatches) -> None:
    """Judge all batches at the next tick: the time of the last look is of another clock."""
    batches.looked_at = 0
    for live in batches.live.values():
        live.judged_at = 0


def across_jump(batches: FoodBatches, transaction: Transaction, jump: ClockJump) -> None:
    """Note the jump in the batches that run; a second one changes nothing."""
    for live in batches.live.values():
        if live.batch.runs and live.batch.clock_jump is None:
            _change(batches, transaction, live, msgspec.structs.replace(live.batch, clock_jump=jump), jump)


def redate(
    batches: FoodBatches, transaction: Transaction, jump: ClockJump, move: Callable[[int], int], *, since: int
) -> None:
    """Move what happened to batches since `since`: typed readings, marks, beginnings and ends."""
    for live in batches.live.values():
        batch = live.batch
        live.typed = [moved(reading, move) for reading in live.typed]
        if not batch.runs and (batch.closed_at or 0) < since:
            continue
        redated = moved(batch, move)
        if jump.new < jump.old and batch.opened_at < since:
            # Its readings of the time before would come after those without a date.
            redated = msgspec.structs.replace(redated, clock_jump=batch.clock_jump or jump)
        _change(batches, transaction, live, redated, jump)
        live.late = True
        batches.refolds.ask(transaction, live)


def _change(batches: FoodBatches, transaction: Transaction, live: LiveBatch, batch: FoodBatch, jump: ClockJump) -> None:
    key = f"batch_clock_set:{batch.id}:{jump.old}"
    batches.change(transaction, live, batch, BatchEvent(kind="batch_clock_set", key=key, at=jump.new, person=None))
    if live.fold is None or live.tail is not None:
        batches.refolds.ask(transaction, live)
