"""GET /api/readings: the latest reading of every point."""

from fastapi import APIRouter, Response

from api.live.board import Live
from api.routes.answers import ready, shape
from api.schemas.kitchen import ReadingsAnswer


def router(live: Live) -> APIRouter:
    """Routes over the live state."""
    routes = APIRouter()

    @routes.get("/api/readings", responses=shape(ReadingsAnswer))
    async def readings() -> Response:
        return ready(live.view("readings"))

    return routes
