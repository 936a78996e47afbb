"""GET /api/alarms."""

from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Response
from fastapi.concurrency import run_in_threadpool
from msgspec import convert, to_builtins

from api.history.journal import PAGE, JournalReader
from api.live import render
from api.live.board import Live
from api.live.render import Json
from api.routes.answers import json, ready, shape
from api.schemas.kitchen import AlarmsAnswer
from gateway.alarms.alarm import Alarm
from gateway.alarms.rows import AlarmRecord, alarm_of
from gateway.messages import Text
from gateway.messages.alarm_words import Names, words_of

Limit = Annotated[int, Query(ge=1, le=PAGE)]


def router(live: Live, journal: JournalReader) -> APIRouter:
    """Routes: active alarms from the live state, all of them from the journal."""
    routes = APIRouter()

    @routes.get("/api/alarms", responses=shape(AlarmsAnswer))
    async def alarms(state: Literal["active", "all"] = "active", limit: Limit = 200) -> Response:
        if state == "active":
            return ready(live.view("alarms"))
        rows = await run_in_threadpool(journal.alarms, limit=limit)
        return json({"alarms": [_shown(row, live) for row in rows]})

    return routes


def _shown(row: Json, live: Live) -> Json:
    record = convert({key: value for key, value in row.items() if key != "product"}, AlarmRecord, strict=False)
    told: Json = to_builtins(record)
    del told["started_at"], told["reason"]
    return render.record("alarms", told) | {"message": _words(alarm_of(record), live, row["product"])}


def _words(alarm: Alarm, live: Live, product: str | None) -> Text | None:
    """None while no gateway has told the names of the kitchen's points."""
    kitchen = live.get("kitchen")
    if kitchen is None:
        return None
    names = Names(
        points={point["id"]: point["name"] for point in live.get("points")},
        control_kinds={control["id"]: control["kind"] for control in live.get("controls")},
        items={level["item"]: level["name"] for level in live.get("stock")},
        zone=ZoneInfo(kitchen["zone"]),
    )
    return words_of(alarm, names, now=live.now() or alarm.known_at, product=product)
