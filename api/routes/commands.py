"""POST /api/commands/{name}: any command of the gateway, as the page gives it.

What a command takes and answers is said beside its function (gateway/server/commands.py and the tables that join it).
It is answered when the journal has it; given again with the same key it is done once.
"""

from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Path, Response

from api.live import render
from api.live.gateway_client import GatewayClient
from api.live.render import Json
from api.routes.answers import QUESTION, REFUSED, json
from api.schemas.kitchen import Order

Name = Annotated[str, Path(pattern=r"^[a-z_]{1,40}$")]
RESULTS = {
    "acknowledge": "alarms",
    "confirm_clock": "clock",
    "calibration_start": "listening",
}
"""What the commands whose names begin so answer, as api.live.render calls it."""


def router(gateway: GatewayClient) -> APIRouter:
    """The one route."""
    routes = APIRouter()

    @routes.post("/api/commands/{name}", responses=REFUSED | QUESTION)
    async def command(name: Name, order: Order) -> Response:
        args: dict[str, Any] = order.model_dump(exclude={"key"}, exclude_none=True)
        done = await gateway.command(name, args, key=order.key or str(uuid4()))
        return json(_shown(name, done))

    return routes


def _shown(name: str, done: Json) -> Json:
    kind = next((kind for start, kind in RESULTS.items() if name.startswith(start)), None)
    return done if kind is None else render.record(kind, done)
