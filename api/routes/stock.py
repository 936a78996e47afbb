"""GET /api/stock, /api/stock/movements and /api/catalogue."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.concurrency import run_in_threadpool

from api.history.journal import LAST, PAGE, JournalReader, following
from api.live.board import Live
from api.routes.answers import json, ready, shape
from api.schemas.stock import CatalogueAnswer, MovementsAnswer, StockAnswer
from gateway.stock.records import recorded_movement

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
        return json(await run_in_threadpool(page_of_movements, journal, before=before, limit=limit, **asked))

    return routes


def page_of_movements(
    journal: JournalReader,
    *,
    before: int,
    limit: int,
    item: str | None = None,
    lot: str | None = None,
    session: str | None = None,
) -> MovementsAnswer:
    """The newest movements with a number below `before`; of an item, a lot or a session alone, if one is named."""
    rows = journal.rows("movements", item=item, lot=lot, session=session, before=before, limit=limit)
    return MovementsAnswer(movements=[recorded_movement(row[1:]) for row in rows], next=following(rows, limit))
