"""GET /api/probes and /api/points/{id}/checks: how the calibration of each probe stands, and how it was checked."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Response
from fastapi.concurrency import run_in_threadpool

from api.errors import NotFoundError
from api.history.journal import LAST, PAGE, JournalReader
from api.live import render
from api.live.board import Live
from api.live.render import Json
from api.routes.answers import json, ready, shape
from api.schemas.probes import ChecksAnswer, ProbesAnswer

TOLD = (
    *("instrument", "ice", "ice_mean", "boiling", "boiling_mean", "expected", "typed", "sigma", "offset", "error"),
    *("outcome", "causes", "repeat", "offset_in_force", "uncertainty", "note"),
)
"""Of the event of a check; one of an earlier version lacks some."""
Limit = Annotated[int, Query(ge=1, le=PAGE)]
Before = Annotated[int, Query(description="`next` of the page before")]


def router(live: Live, journal: JournalReader) -> APIRouter:
    """Routes: how it stands from the live state, what was from the journal."""
    routes = APIRouter()

    @routes.get("/api/probes", responses=shape(ProbesAnswer))
    async def probes() -> Response:
        return ready(live.view("probes"))

    @routes.get("/api/points/{point}/checks", responses=shape(ChecksAnswer))
    async def checks(point: str, limit: Limit = 20, before: Before = LAST) -> Response:
        if live.point(point) is None and not await run_in_threadpool(journal.knows, point):
            raise NotFoundError(f"There is no point {point}; /api/readings lists them.", error="unknown_point")
        rows = await run_in_threadpool(journal.checks, point, before=before, limit=limit)
        following = rows[-1]["number"] if len(rows) == limit else None
        return json({"point": point, "checks": [_check(row) for row in rows], "next": following})

    return routes


def _check(row: Json) -> Json:
    body = msgspec.json.decode(row["body"])
    told = {name: body.get(name) for name in TOLD}
    return render.record("checks", {key: row[key] for key in ("number", "at", "who")} | told)
