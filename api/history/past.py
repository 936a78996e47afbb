"""What a point measured: from the journal what that holds, from InfluxDB what is older.

InfluxDB is asked only if there is one, the caller names a first moment, and the journal begins after it. If it does
not answer, the caller gets what the journal has and is told why it is not more; for a span of which the journal has
nothing, the error.
"""

from typing import Literal, NamedTuple

from fastapi.concurrency import run_in_threadpool

from api.errors import HistoryAwayError
from api.history.journal import FIRST, LAST, Grid, JournalReader, Measured
from api.history.old_history import History
from api.live.render import Json
from api.times import iso
from gateway.delivery.influxdb.history import OldReading
from gateway.journal.history.readings import FOR_EVER
from gateway.records.corrections import Corrections

QUALITIES = ("bad", "uncertain", "good")

Source = Literal["all", "journal"]


class Part(NamedTuple):
    """Where the answer for since <= time < until comes from; `error`: why there is none."""

    source: Literal["journal", "influxdb"]
    since: int
    until: int
    error: str | None = None

    def told(self) -> Json:
        """As the API says it; null is an end that the caller left open."""
        return {
            "source": self.source,
            "from": iso(self.since) if self.since > FIRST else None,
            "to": iso(self.until) if self.until < LAST else None,
            "error": self.error,
        }


class Past:
    """Answers for one kitchen."""

    def __init__(self, journal: JournalReader, history: History) -> None:
        self._journal = journal
        self._history = history

    async def chart(
        self, point: str, corrections: Corrections, *, since: int, until: int, spans: int, source: Source
    ) -> Json:
        """Lowest, highest and mean value of each of `spans` spans that has one.

        Raises:
            HistoryAwayError: all of it is older than the journal, and InfluxDB does not answer.
        """
        grid = Grid.of(since, until, spans)
        begins = (await run_in_threadpool(self._journal.begins)).of(grid) if self._history.known else FIRST
        is_older = since < begins
        split = grid.split(begins) if is_older else grid.since
        told: list[tuple[str, float, float, float]] = []
        parts: list[Part] = []
        rest = grid
        if is_older and source == "all":
            older = Part("influxdb", since, min(split, until))
            try:
                old = await self._history.spans(point, since=grid.since, until=split, width=grid.width)
                told += [(iso(each.at + grid.width // 2), *each[1:]) for each in old]
                rest = grid._replace(since=split)
            except HistoryAwayError as error:
                if split >= grid.until:
                    raise
                older = older._replace(error=error.message)
            parts.append(older)
        if rest.since < rest.until:
            found = await run_in_threadpool(self._journal.chart, point, rest, corrections)
            told += [(iso(each.at), *each[1:]) for each in found]
            parts.append(Part("journal", max(since, rest.since), until))
        return {"point": point, "spans": told, "older": is_older, "parts": [part.told() for part in parts]}

    async def readings(
        self, point: str, corrections: Corrections, *, since: int, until: int, limit: int, source: Source
    ) -> Json:
        """The first `limit` readings with since <= measured_at < until; `next` is where the next page begins.

        A page comes from one of the two. Raises: as `chart`.
        """
        begins = (await run_in_threadpool(self._journal.begins)).readings if self._history.known else FIRST
        parts: list[Part] = []
        if FIRST < since < begins and source == "all":
            older = Part("influxdb", since, min(begins, until))
            try:
                old = await self._history.readings(point, since=since, until=older.until, limit=limit)
            except HistoryAwayError as error:
                if until <= begins:
                    raise
                parts.append(older._replace(error=error.message))
            else:
                parts.append(older)
                if old:
                    following = old[-1].measured_at + 1 if len(old) == limit else begins
                    return _page(point, [_old_reading(each) for each in old], parts, following, until)
        asked = {"after": since - 1, "until": until, "limit": limit}
        rows = await run_in_threadpool(self._journal.series, point, **asked)
        parts.append(Part("journal", max(since, begins) if parts else since, until))
        following = rows[-1].measured_at + 1 if len(rows) == limit else FOR_EVER
        return _page(point, [_reading(row, corrections) for row in rows], parts, following, until)


def _page(point: str, readings: list[Json], parts: list[Part], following: int, until: int) -> Json:
    more = str(following - 1) if following < until else None
    return {"point": point, "readings": readings, "next": more, "parts": [part.told() for part in parts]}


def _reading(row: Measured, corrections: Corrections) -> Json:
    quality, reason = corrections.quality(row.quality, row.reason, row.measured_at)
    return row._asdict() | {
        "measured_at": iso(row.measured_at),
        "recorded_at": iso(row.recorded_at),
        "value": None if row.value is None else corrections.value(row.value, row.measured_at),
        "quality": QUALITIES[quality],
        "reason": reason,
        "stable": None if row.stable is None else bool(row.stable),
        "net": None if row.net is None else bool(row.net),
    }


def _old_reading(row: OldReading) -> Json:
    """What InfluxDB does not keep is null; its values are corrected already."""
    unknown = dict.fromkeys(("reason", "stable", "net", "tare", "recorded_at"))
    return {"measured_at": iso(row.measured_at), "value": row.value, "quality": QUALITIES[row.quality], **unknown}
