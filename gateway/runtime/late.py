"""Late data: what late readings and corrections touch is folded anew on a thread, and its results come back here."""

from gateway.alarms.rows import from_row
from gateway.monitoring.batches.refold import BatchRefolded
from gateway.monitoring.changes import Changes, Committed
from gateway.monitoring.control_points.refold import Refolded, request_of
from gateway.monitoring.kitchen import Kitchen
from gateway.monitoring.recall import Recall
from gateway.records.transaction import Transaction
from gateway.runtime.refolder import Due, Refolder


class LateData:
    """Asks the refolder after each commit, and takes what it has folded."""

    def __init__(self, kitchen: Kitchen, recall: Recall, refolder: Refolder) -> None:
        self._kitchen = kitchen
        self._recall = recall
        self._refolder = refolder

    def take(self, transaction: Transaction, result: Refolded | BatchRefolded, now: int) -> None:
        """Take a control or a batch that was folded anew."""
        match result:
            case Refolded():
                alarms = [from_row(row) for row in result.known]
                self._kitchen.control_points.take_refolded(transaction, result, alarms, now)
            case BatchRefolded():
                self._kitchen.batches.refolds.take(transaction, result, now)

    def tick(self, transaction: Transaction, now: int) -> None:
        """Have time pass in the kitchen, and take up old batches that wait to be folded."""
        self._kitchen.tick(transaction, now)
        self._recall.take_up(transaction)

    def complete(self, transaction: Transaction, changes: Changes, now: int) -> None:
        """Find the old batches that a correction in this transaction touches."""
        self._recall.find(transaction, changes.corrected, now)

    def ask(self, committed: Committed) -> None:
        """Ask for what is due to be folded anew: the journal has the readings by now."""
        for subject in committed.transaction.refold_due:
            due = self._due(subject)
            if due is not None:
                self._refolder.ask(due)

    def _due(self, subject: str) -> Due | None:
        control_points = self._kitchen.control_points
        control = control_points.by_id.get(subject)
        if control is None:
            return self._kitchen.batches.refolds.request_of(subject)
        return request_of(control, control_points.point_of(control).corrections)
