"""GET /api/points/{id}/readings and /chart: what a point measured, its calibration added."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import AwareDatetime

from api.errors import BadRequestError, GatewayAwayError, NotFoundError
from api.history.journal import FIRST, LAST, PAGE, JournalReader
from api.history.past import Past, Source
from api.live.board import Live
from api.routes.answers import json, shape
from api.schemas.kitchen import ChartAnswer, SeriesAnswer
from api.times import microseconds
from gateway.records.corrections import Corrections, of_offset

From = Query(alias="from", description="first moment, ISO 8601 with its offset")
To = Query(description="first moment after it, ISO 8601 with its offset")
Limit = Annotated[int, Query(ge=1, le=PAGE)]
After = Annotated[int | None, Query(description="`next` of the page before")]
Spans = Annotated[int, Query(ge=1, le=2_000)]
FromWhere = Annotated[Source, Query(description="journal: InfluxDB is not asked for what is older")]


def router(live: Live, journal: JournalReader, past: Past) -> APIRouter:
    """Routes over the past; `live` knows the calibration, and points that have no reading yet."""
    routes = APIRouter()

    @routes.get("/api/points/{point}/readings", responses=shape(SeriesAnswer))
    async def readings(
        point: str,
        *,
        start: Annotated[AwareDatetime | None, From] = None,
        to: Annotated[AwareDatetime | None, To] = None,
        limit: Limit = 1_000,
        after: After = None,
        source: FromWhere = "all",
    ) -> Response:
        first = FIRST if start is None else microseconds(start)
        since = first if after is None else max(first, min(after, LAST) + 1)
        until = LAST if to is None else microseconds(to)
        corrections = await _corrections(live, journal, point)
        found = await past.readings(point, corrections, since=since, until=until, limit=limit, source=source)
        return json(found)

    @routes.get("/api/points/{point}/chart", responses=shape(ChartAnswer))
    async def chart(
        point: str,
        start: Annotated[AwareDatetime, From],
        to: Annotated[AwareDatetime, To],
        spans: Spans = 360,
        source: FromWhere = "all",
    ) -> Response:
        since, until = microseconds(start), microseconds(to)
        if until <= since:
            raise BadRequestError("`to` must be after `from`.")
        corrections = await _corrections(live, journal, point)
        found = await past.chart(point, corrections, since=since, until=until, spans=spans, source=source)
        return json(found)

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
