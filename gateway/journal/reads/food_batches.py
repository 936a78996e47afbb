"""Questions about batches of food."""

from collections.abc import Sequence
from typing import Any

from gateway.journal.reads.question import Questions, otherwise
from gateway.journal.sql import statements

_SQL = statements("food_batches")

TypedRow = tuple[str, str | None, str | None, str, int, float, str, str]
"""key, batch, point, step, at, value, instrument and person of a reading that somebody typed."""


class FoodBatchReads(Questions):
    """Batches are told as the JSON bodies that they were kept as."""

    @otherwise(())
    def running_or_ended_since(self, since: int) -> Sequence[str]:
        """Return the batches that run or ended since then (UTC microseconds), oldest first."""
        return [body for (body,) in self._rows(_SQL["running_or_ended_since"], since)]

    @otherwise(None)
    def batch(self, name: str) -> Sequence[str] | None:
        """Return one batch; empty when there is no such batch, None while the journal cannot be read."""
        return [body for (body,) in self._rows(_SQL["body"], name)]

    @otherwise(None)
    def ended(self, *, since: int, before: int) -> Sequence[str] | None:
        """Return the batches that ended since <= closed_at < before and whose readings are all kept, newest first.

        None while the journal cannot be read.
        """
        ((gone_until,),) = self._rows(_SQL["readings_gone_until"])
        return [body for (body,) in self._rows(_SQL["ended"], since, before, gone_until or 0)]

    @otherwise(())
    def verdicts(self, batch: str) -> Sequence[tuple[Any, ...]]:
        """Return the verdicts of a batch, oldest first, in the order of the table's columns."""
        return self._rows(_SQL["verdicts"], batch)

    @otherwise(())
    def typed_of_batch(self, batch: str) -> Sequence[TypedRow]:
        """Return what was typed for a batch, in order of time."""
        return self._rows(_SQL["typed_of_batch"], batch)

    @otherwise(())
    def typed_since(self, since: int) -> Sequence[TypedRow]:
        """Return what was typed since then (UTC microseconds), in order of time."""
        return self._rows(_SQL["typed_since"], since)
