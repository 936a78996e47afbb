"""GET /api/kitchen: who and where, the people, the limits; what a page needs once."""

from fastapi import APIRouter, Response

from api.live.board import Live
from api.routes.answers import ready, shape
from api.schemas.kitchen import KitchenAnswer


def router(live: Live) -> APIRouter:
    """Routes over the live state."""
    routes = APIRouter()

    @routes.get("/api/kitchen", responses=shape(KitchenAnswer))
    async def kitchen() -> Response:
        return ready(live.view("kitchen"))

    return routes
