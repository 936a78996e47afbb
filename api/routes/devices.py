"""GET /api/devices and /api/discovered: what measures here, what went wrong with it, and who else is on the broker."""

from typing import Any

from fastapi import APIRouter, Response

from api.live.board import Live
from api.live.render import Json
from api.routes.answers import json, ready, shape
from api.schemas.kitchen import DevicesAnswer, DiscoveredAnswer
from gateway.messages.troubles import trouble_words


def router(live: Live) -> APIRouter:
    """Routes over the live state."""
    routes = APIRouter()

    @routes.get("/api/devices", responses=shape(DevicesAnswer))
    async def devices() -> Response:
        live.must_be_known()
        troubles = _by_device(live.get("troubles") or [])
        told = [_device(each, live, troubles.pop(each["id"], [])) for each in live.get("devices") or []]
        others = [{"name": name, "troubles": each} for name, each in troubles.items()]
        return json(live.pulse() | {"devices": told, "others": others})

    @routes.get("/api/discovered", responses=shape(DiscoveredAnswer))
    async def discovered() -> Response:
        return ready(live.view("discovered"))

    return routes


def _device(planned: Json, live: Live, troubles: list[Json]) -> Json:
    points = [point["id"] for point in live.get("points") if point["device"] == planned["id"]]
    questions: dict[str, Any] = (live.get("health") or {}).get("devices", {})
    commands = (live.get("can_be_told") or {}).get(planned["id"], [])
    return planned | {
        "points": points,
        "commands": commands,
        "questions": questions.get(planned["id"]),
        "troubles": troubles,
    }


def _by_device(troubles: list[Json]) -> dict[str, list[Json]]:
    """The most frequent first."""
    found: dict[str, list[Json]] = {}
    for each in sorted(troubles, key=lambda trouble: -trouble["count"]):
        told = {key: value for key, value in each.items() if key != "device"}
        found.setdefault(each["device"], []).append(told | {"words": trouble_words(each["kind"])})
    return found
