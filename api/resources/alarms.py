"""GET /api/alarms and POST /api/alarms/{id}/acknowledge."""

from typing import Annotated, Literal
from uuid import uuid4

from fastapi import APIRouter, Query, Response
from fastapi.concurrency import run_in_threadpool

from api import render
from api.gateway_client import GatewayClient
from api.journal import PAGE, JournalReader
from api.live import Live
from api.render import Json
from api.resources.answers import json, ready, shape
from api.schemas import Acknowledgement, Alarm, AlarmsAnswer, EndedAlarm, ErrorAnswer

Limit = Annotated[int, Query(ge=1, le=PAGE)]


def router(live: Live, journal: JournalReader, gateway: GatewayClient) -> APIRouter:
    """Routes: active alarms from the live state, all of them from the journal, acknowledging by the gateway."""
    routes = APIRouter()

    @routes.get("/api/alarms", responses=shape(AlarmsAnswer))
    async def alarms(state: Literal["active", "all"] = "active", limit: Limit = 200) -> Response:
        if state == "active":
            return ready(live.view("alarms"))
        rows = await run_in_threadpool(journal.alarms, limit=limit)
        return json({"alarms": [_shown(row) for row in rows]})

    @routes.post("/api/alarms/{alarm}/acknowledge", responses=shape(Alarm | EndedAlarm) | {409: {"model": ErrorAnswer}})
    async def acknowledge(alarm: str, said: Acknowledgement) -> Response:
        args = {"alarm": alarm, "who": said.who, "note": said.note}
        done = await gateway.command("acknowledge", args, key=said.key or str(uuid4()))
        return json(render.record("alarms", done))

    return routes


def _shown(row: Json) -> Json:
    return render.record("alarms", row) | {"late": bool(row["late"])}
