"""Commit: the journal keeps a transaction, then everybody who waited for that is told, in one order.

A transaction is committed at once when it holds an event, else when it is large or `journal.commit_every` has passed.
Where nothing waits for the journal, what has merely changed is told with the next tick.
"""

from collections.abc import Callable, Sequence

from gateway.journal.journal import Journal
from gateway.monitoring.changes import Acknowledgement, Changes, Committed
from gateway.monitoring.kitchen import Kitchen
from gateway.records.transaction import Transaction

LARGE = 500
"""Readings that are committed without waiting: from a hundred on a commit costs them no more each."""

Complete = Callable[[Transaction, Changes, int], None]
Tell = Callable[[Committed], None]


class Commit:
    """The open transaction, and what happens when it is committed."""

    def __init__(
        self,
        kitchen: Kitchen,
        journal: Journal,
        *,
        complete: Sequence[Complete],
        tell: Sequence[Tell],
        every: int,
        begun: Transaction,
    ) -> None:
        """Begin with what the start has recorded.

        Args:
            kitchen: is told that its readings are in the journal.
            journal: keeps the transactions.
            complete: what belongs into a transaction at its end, in this order.
            tell: who is told of a commit, in this order.
            every: real microseconds between two commits of readings alone.
            begun: what the start has recorded.
        """
        self.transaction = begun
        self._kitchen = kitchen
        self._journal = journal
        self._complete = complete
        self._tell = tell
        self._every = every / 1_000_000
        self._acknowledgements: list[Acknowledgement] = []
        self._committed_at = 0.0

    def acknowledge(self, connection: int, mid: int) -> None:
        """Have an MQTT message acknowledged when the journal has what it brought."""
        self._acknowledgements.append((connection, mid))

    @property
    def waits(self) -> bool:
        """Whether anything waits for the journal."""
        return bool(self.transaction) or bool(self._acknowledgements) or self._journal.lost_since is not None

    @property
    def due_at(self) -> float | None:
        """The moment of the next commit; None while nothing waits for one."""
        has_work = bool(self.transaction) or bool(self._acknowledgements)
        return self._committed_at + self._every if has_work else None

    def is_due(self, moment: float) -> bool:
        """Whether the transaction is to be committed now."""
        if self.transaction.events or len(self.transaction.readings) >= LARGE:
            return True
        return self.waits and moment - self._committed_at >= self._every

    def commit(self, now: int, moment: float) -> None:
        """Commit the transaction and tell of it."""
        changes = self._kitchen.changes
        for complete in self._complete:
            complete(self.transaction, changes, now)
        transaction, self.transaction = self.transaction, Transaction()
        self._committed_at = moment
        if transaction or self._journal.lost_since is not None:
            self._journal.commit(transaction, now)
            self._kitchen.committed()
        acknowledgements, self._acknowledgements = self._acknowledgements, []
        committed = Committed(transaction, changes.take(), acknowledgements, now, moment)
        for tell in self._tell:
            tell(committed)
