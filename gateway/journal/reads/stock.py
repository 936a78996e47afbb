"""Questions about the stock."""

from collections.abc import Sequence
from typing import Any

from gateway.journal.reads.question import Questions, otherwise
from gateway.journal.sql import statements

_SQL = statements("stock")

Row = tuple[Any, ...]


class StockReads(Questions):
    """Rows of the stock's tables, in the order in which sql/stock.sql names their columns."""

    @otherwise(())
    def lots(self) -> Sequence[Row]:
        """Return every lot."""
        return self._rows(_SQL["lots"])

    @otherwise(())
    def holdings(self) -> Sequence[Row]:
        """Return what lies where."""
        return self._rows(_SQL["holdings"])

    @otherwise(())
    def open_sessions(self) -> Sequence[str]:
        """Return the weighing sessions that are open, as JSON."""
        return [body for (body,) in self._rows(_SQL["open_sessions"])]

    @otherwise(())
    def receipts(self) -> Sequence[str]:
        """Return the newest sessions in which goods were received, newest first, as JSON."""
        return [body for (body,) in self._rows(_SQL["receipts"])]

    @otherwise(())
    def open_plans(self) -> Sequence[Row]:
        """Return what batches of food still need."""
        return self._rows(_SQL["open_plans"])

    @otherwise(())
    def portions_delivered(self) -> Sequence[tuple[str, int]]:
        """Return how many portions of each batch of food went to schools."""
        return [(batch, portions) for batch, portions in self._rows(_SQL["portions_delivered"])]

    @otherwise(())
    def items(self) -> Sequence[str]:
        """Return the items that people added, as JSON."""
        return [body for (body,) in self._rows(_SQL["items"])]

    @otherwise(())
    def containers(self) -> Sequence[str]:
        """Return the containers that people added, as JSON."""
        return [body for (body,) in self._rows(_SQL["containers"])]

    @otherwise(())
    def newest_movements(self, most: int) -> Sequence[Row]:
        """Return the newest movements, newest first; the time at which each was recorded comes last."""
        return self._rows(_SQL["newest_movements"], most)

    @otherwise(None)
    def movement(self, key: str) -> Row | None:
        """Return one movement; whether it was taken back comes last."""
        return self._row(_SQL["movement"], key)

    @otherwise(())
    def moved_since(self, since: int) -> Sequence[tuple[str, str, str, str, int]]:
        """Return item, source, destination, quantity and time of every movement since then (UTC microseconds)."""
        return [(item, source, to, kg, at) for item, source, to, kg, at in self._rows(_SQL["moved_since"], since)]
