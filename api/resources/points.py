"""GET /api/points/{id}/readings and /chart: what a point measured, from the journal, its calibration added."""

from typing import Annotated, TypedDict

from fastapi import APIRouter, Query, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import AwareDatetime

from api.errors import BadRequestError, GatewayAwayError, NotFoundError
from api.journal import FIRST, LAST, PAGE, JournalReader, Measured, Span
from api.live import Live
from api.render import Json
from api.resources.answers import json, shape
from api.schemas import ChartAnswer, SeriesAnswer
from api.times import iso, microseconds
from gateway.corrections import Corrections, of_offset

QUALITIES = ("bad", "uncertain", "good")
From = Query(alias="from", description="first moment, ISO 8601 with its offset")
To = Query(description="first moment after it, ISO 8601 with its offset")
Limit = Annotated[int, Query(ge=1, le=PAGE)]
After = Annotated[int | None, Query(description="`next` of the page before")]
Spans = Annotated[int, Query(ge=1, le=2_000)]


class Asked(TypedDict):
    """One page of a series."""

    after: int
    until: int
    limit: int


def router(live: Live, journal: JournalReader) -> APIRouter:
    """Routes over the journal; `live` knows the calibration, and points that have no reading yet."""
    routes = APIRouter()

    @routes.get("/api/points/{point}/readings", responses=shape(SeriesAnswer))
    async def readings(
        point: str,
        start: Annotated[AwareDatetime | None, From] = None,
        to: Annotated[AwareDatetime | None, To] = None,
        limit: Limit = 1_000,
        after: After = None,
    ) -> Response:
        first = FIRST if start is None else microseconds(start) - 1
        until = LAST if to is None else microseconds(to)
        asked = Asked(after=max(first, FIRST if after is None else after), until=until, limit=limit)
        corrections = await _corrections(live, journal, point)
        rows = await run_in_threadpool(journal.series, point, **asked)
        following = str(rows[-1].measured_at) if len(rows) == limit else None
        return json({"point": point, "readings": [_reading(row, corrections) for row in rows], "next": following})

    @routes.get("/api/points/{point}/chart", responses=shape(ChartAnswer))
    async def chart(
        point: str,
        start: Annotated[AwareDatetime, From],
        to: Annotated[AwareDatetime, To],
        spans: Spans = 360,
    ) -> Response:
        since, until = microseconds(start), microseconds(to)
        if until <= since:
            raise BadRequestError("`to` must be after `from`.")
        corrections = await _corrections(live, journal, point)
        found = await run_in_threadpool(journal.chart, point, since=since, until=until, spans=spans)
        return json({"point": point, "spans": [_span(span, corrections) for span in found]})

    return routes


async def _corrections(live: Live, journal: JournalReader, point: str) -> Corrections:
    """The calibration, as the journal's events have it; before the first event, that of kitchen.yaml."""
    if not live.known:
        raise GatewayAwayError("The calibration is not known before the gateway is heard; start `mbg-gateway run`.")
    planned = live.point(point)
    if planned is None and not await run_in_threadpool(journal.knows, point):
        raise NotFoundError(f"There is no point {point}; /api/readings lists them.", error="unknown_point")
    found = await run_in_threadpool(journal.corrections, point)
    return of_offset(float((planned or {}).get("offset", 0.0))) if found is None else found


def _span(span: Span, corrections: Corrections) -> tuple[str, float, float, float]:
    """A span in which the offset changed has that of its middle."""
    low, high, mean = (corrections.value(value, span.at) for value in span[1:])
    return iso(span.at), low, high, mean


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
