"""Questions about alarms."""

from collections.abc import Sequence

from gateway.alarms.alarm import Alarm
from gateway.alarms.rows import from_row
from gateway.journal.reads.question import Questions, otherwise
from gateway.journal.sql import statements

_SQL = statements("alarms")


class AlarmReads(Questions):
    """Alarms in the order in which they were raised."""

    @otherwise(())
    def active(self) -> Sequence[Alarm]:
        """Return the alarms that are not back to normal."""
        return [from_row(row) for row in self._rows(_SQL["active"])]

    @otherwise(())
    def of_batch(self, batch: str) -> Sequence[Alarm]:
        """Return the alarms about a batch of food, by itself or among others whose probe was wrong."""
        return [from_row(row) for row in self._rows(_SQL["of_batch"], batch, batch)]

    @otherwise(())
    def since(self, since: int) -> Sequence[Alarm]:
        """Return the alarms of which something happened at `since` (UTC microseconds) or later."""
        return [from_row(row) for row in self._rows(_SQL["since"], since)]
