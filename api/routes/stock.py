"""GET /api/stock, /api/stock/movements and /api/catalogue."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.concurrency import run_in_threadpool

from api.history.journal import LAST, PAGE, JournalReader
from api.live import render
from api.live.board import Live
from api.live.render import Json
from api.routes.answers import json, ready, shape
from api.schemas.stock import CatalogueAnswer, MovementsAnswer, StockAnswer

Limit = Annotated[int, Query(ge=1, le=PAGE)]
Before = Annotated[int, Query(description="`next` of the page before")]


def router(live: Live, journal: JournalReader) -> APIRouter:
    """Routes: on hand from the live state, movements from the journal."""
    routes = APIRouter()

    @routes.get("/api/stock", responses=shape(StockAnswer))
    async def stock() -> Response:
        return ready(live.view("stock"))

    @routes.get("/api/catalogue", responses=shape(CatalogueAnswer))
    async def catalogue() -> Response:
        return ready(live.view("catalogue"))

    @routes.get("/api/stock/movements", responses=shape(MovementsAnswer))
    async def movements(
        item: str | None = None,
        lot: str | None = None,
        session: str | None = None,
        limit: Limit = 100,
        before: Before = LAST,
    ) -> Response:
        asked = {"item": item, "lot": lot, "session": session}
        rows = await run_in_threadpool(lambda: journal.movements(**asked, before=before, limit=limit))
        following = rows[-1]["number"] if len(rows) == limit else None
        return json({"movements": [_shown(row) for row in rows], "next": following})

    return routes


def _shown(row: Json) -> Json:
    told = {key: value for key, value in row.items() if key != "number"}
    return render.record("movements", told) | {"while_offline": bool(row["while_offline"])}
