"""GET /api/health: always 200 while the API lives; `status` says how the kitchen's computer is."""

from fastapi import APIRouter, Response
from fastapi.concurrency import run_in_threadpool

from api.history.journal import JournalReader
from api.live.board import Live
from api.live.hub import Hub
from api.routes.answers import json
from api.schemas.kitchen import HealthAnswer


def router(live: Live, journal: JournalReader, hub: Hub) -> APIRouter:
    """Routes over everything that can be ill."""
    routes = APIRouter()

    @routes.get("/api/health", responses={200: {"model": HealthAnswer}})
    async def health() -> Response:
        readable = await run_in_threadpool(journal.readable)
        body = {
            "status": _status(live, readable=readable),
            **live.pulse(),
            "journal_readable": readable,
            "streams": hub.clients,
            "links": live.get("links"),
            "health": live.get("health"),
        }
        return json(body)

    return routes


def _status(live: Live, *, readable: bool) -> str:
    if not live.connected:
        return "gateway_away"
    health = live.get("health") or {}
    recording, clock = health.get("recording", True), health.get("clock") or {}
    well = readable and recording and clock.get("known", True) and all(link["up"] for link in live.get("links"))
    return "ok" if well else "attention"
