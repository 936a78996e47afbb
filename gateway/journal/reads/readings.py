"""Questions about readings: a point's newest, those since a time, and whether a time is taken."""

from collections.abc import Mapping, Sequence

from gateway.journal.history.corrections import first_seq
from gateway.journal.history.readings import FOR_EVER, Measured, folded_rows, newest, of_point, oldest_at
from gateway.journal.reads.question import Questions, otherwise
from gateway.journal.sql import statements
from gateway.journal.writing.database import ValueAndQuality

_SQL = statements("readings")


class ReadingReads(Questions):
    """Of points by their names. Times are UTC microseconds."""

    @otherwise(None)
    def value_at(self, point: str, measured_at: int) -> ValueAndQuality | None:
        """Return value and quality of the reading of exactly this time; None where there is none."""
        database = self._database
        number = database.numbers[point]
        row: ValueAndQuality | None = database.connection.execute(_SQL["row_at"], (number, measured_at)).fetchone()
        return row or database.sealed.at(number, measured_at)

    @otherwise(None)
    def newest(
        self, point: str, usable_quality: int = 0, *, until: int = FOR_EVER
    ) -> tuple[int, float | None, int, str | None] | None:
        """Return measured_at, value, quality and reason of the newest reading of at least that quality until then."""
        database = self._database
        row = newest(database.connection, database.numbers[point], usable_quality, until=until)
        return None if row is None else (row.measured_at, row.value, row.quality, row.reason)

    @otherwise(None)
    def oldest_at(self, point: str) -> int | None:
        """Return when the oldest reading that is kept was measured; None without any."""
        return oldest_at(self._database.connection, self._database.numbers[point])

    @otherwise(())
    def since(self, point: str, since: int) -> Sequence[Measured]:
        """Return the readings measured at `since` or later, in order of time."""
        return list(of_point(self._database.connection, self._database.numbers[point], since=since, until=FOR_EVER))

    @otherwise(())
    def weighings(self, point: str, after: int) -> Sequence[Measured]:
        """Return the readings of a scale measured after `after`, in the order in which they came."""
        database = self._database
        rows = sorted(folded_rows(database.connection, database.numbers[point], since=after + 1, until=FOR_EVER))
        return [(row.measured_at, row.value, row.quality, row.reason, row.stable, row.tare) for row in rows]

    @otherwise(None)
    def first_numbers(self, since: Mapping[str, int]) -> Sequence[int] | None:
        """Return for each point the number of its first reading since its time, or one before; not for one without.

        None while the journal cannot be read.
        """
        numbers = [first_seq(self._database.connection, point, at) for point, at in since.items()]
        return [number for number in numbers if number is not None]

    @otherwise(None)
    def last_number(self) -> int | None:
        """Return the highest number of a reading, 0 without any; None while the journal cannot be read."""
        ((last,),) = self._rows(_SQL["last_seq"])
        return int(last)
