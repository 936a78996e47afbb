"""Raise and return the alarms about the gateway itself, one a kind."""

from gateway.alarms.board import Board
from gateway.alarms.kinds import SystemKind
from gateway.monitoring.changes import Changes
from gateway.records.transaction import Transaction


class SystemAlarms:
    """The alarms of the gateway's own health; `health` is shown anew with each of them."""

    def __init__(self, board: Board, changes: Changes) -> None:
        self._board = board
        self._changes = changes

    def raise_(self, transaction: Transaction, kind: SystemKind, *, since: int, now: int, reason: str | None) -> None:
        """Raise the alarm unless it stands."""
        if not self._board.is_standing("system", kind):
            self._changes.links = True
            self._board.raise_system(transaction, kind, since=since, known_at=now, reason=reason)

    def return_(self, transaction: Transaction, kind: SystemKind, at: int) -> None:
        """Return the alarm to normal if it stands."""
        if self._board.is_standing("system", kind):
            self._changes.links = True
            self._board.return_normal(transaction, "system", kind, at=at)
