"""Batches that ended long ago and are no longer in memory: a probe that proves wrong has them judged anew, too.

They are found in the transaction that writes the correction, and taken up a few at a time, so that nothing live waits.
What the journal keeps no readings of any more is left as it was judged.
"""

from collections.abc import Iterable, Mapping

from gateway.journal.journal import Journal
from gateway.monitoring.batches.batch import BatchState, FoodBatch
from gateway.monitoring.batches.batches import KEPT
from gateway.monitoring.batches.records import batch_of, typed_of
from gateway.monitoring.batches.refold import SUBJECT
from gateway.monitoring.kitchen import Kitchen
from gateway.monitoring.restore import restored
from gateway.records.transaction import Transaction

AT_ONCE = 8
"""That are being folded at a time; each is a tenth of a second of the thread of late readings."""


class Recall:
    """Looks for them, and takes them up."""

    def __init__(self, kitchen: Kitchen, journal: Journal) -> None:
        self._batches = kitchen.batches
        self._kitchen = kitchen
        self._journal = journal
        self._corrected: dict[str, int] = {}

    def find(self, transaction: Transaction, corrected: Mapping[str, int], now: int) -> None:
        """Find the batches that corrections touch: points, each since when. While the journal cannot say, later."""
        points = self._corrected
        for point, at in corrected.items():
            points[point] = min(at, points.get(point, at))
        if not points:
            return
        since = min(points.values())
        found = self._journal.reads.food_batches.ended(since=since, before=now - KEPT)
        if found is None or self._journal.lost_since is not None:
            return
        for one in map(batch_of, found):
            if one.id not in self._batches.live and _is_touched(one, points.items()):
                transaction.refold_due[f"{SUBJECT}{one.id}"] = one.opened_at
                self._batches.refolds.ended.append(one.id)
        points.clear()

    def take_up(self, transaction: Transaction) -> None:
        """Have some of them folded anew."""
        ended = self._batches.refolds.ended
        while ended and self._batches.refolds.count < AT_ONCE:
            found = self._journal.reads.food_batches.batch(ended[0])
            if found is None:
                return
            name = ended.popleft()
            typed = self._journal.reads.food_batches.typed_of_batch(name)
            for body in found:
                live = restored(self._kitchen, self._journal, batch_of(body), [typed_of(row) for row in typed])
                live.corrected = True
                self._batches.refolds.ask(transaction, live)
            if not found:
                transaction.refold_done.append(f"{SUBJECT}{name}")


def _is_touched(batch: FoodBatch, points: Iterable[tuple[str, int]]) -> bool:
    """Whether it was at one of these points since then."""
    if batch.state is BatchState.DECLINED:
        return False
    since = dict(points)
    return any(stay.point in since and (stay.until is None or stay.until > since[stay.point]) for stay in batch.stays())
