"""Raise and return the alarms about the gateway itself, one a kind."""

from gateway.alarms.board import Board
from gateway.alarms.conditions import system_alarm
from gateway.alarms.kinds import SystemKind
from gateway.alarms.subjects import SYSTEM
from gateway.monitoring.changes import Changes
from gateway.records.transaction import Transaction


class SystemAlarms:
    """The alarms of the gateway's own health; `health` is shown anew with each of them."""

    def __init__(self, board: Board, changes: Changes) -> None:
        self._board = board
        self._changes = changes

    def raise_(self, transaction: Transaction, kind: SystemKind, *, since: int, now: int, reason: str | None) -> None:
        """Raise the alarm unless it stands."""
        if not self._board.is_standing(SYSTEM, kind):
            self._changes.links = True
            self._board.raise_(transaction, system_alarm(kind, since=since, known_at=now, reason=reason))

    def return_(self, transaction: Transaction, kind: SystemKind, at: int) -> None:
        """Return the alarm to normal if it stands."""
        if self._board.is_standing(SYSTEM, kind):
            self._changes.links = True
            self._board.return_to_normal(transaction, SYSTEM, kind, at=at)
