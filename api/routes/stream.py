"""GET /api/stream: server-sent events.

`snapshot` first (or `gateway` when it was never heard), then `change`s to merge into it by id, `heartbeat` each
second, `gateway` when it goes away; it returns with a new `snapshot`.
"""

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from api.live.hub import Hub


def router(hub: Hub) -> APIRouter:
    """The one route that stays open."""
    routes = APIRouter()

    @routes.get(
        "/api/stream", response_class=StreamingResponse, responses={200: {"content": {"text/event-stream": {}}}}
    )
    async def stream() -> StreamingResponse:
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        return StreamingResponse(hub.stream(), media_type="text/event-stream", headers=headers)

    return routes
