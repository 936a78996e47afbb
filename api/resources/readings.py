"""GET /api/readings: the latest reading of every point."""

from fastapi import APIRouter, Response

from api.live import Live
from api.resources.answers import ready, shape
from api.schemas import ReadingsAnswer


def router(live: Live) -> APIRouter:
    """Routes over the live state."""
    routes = APIRouter()

    @routes.get("/api/readings", responses=shape(ReadingsAnswer))
    async def readings() -> Response:
        return ready(live.view("readings"))

    return routes
