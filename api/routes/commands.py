"""POST /api/commands/{name}: every command of the gateway, by a path of its own.

The body is the command's arguments and a `key`. The gateway checks them (gateway/server/command_desk.py), and answers
when the journal has it; sent again with the same key a command is executed once.
"""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import msgspec
from fastapi import APIRouter, Request, Response

from api.errors import BadRequestError
from api.live import render
from api.live.gateway_client import GatewayClient
from api.live.render import Json
from api.openapi import Described, Responses
from api.routes.answers import QUESTION, REFUSED, json, shape
from api.schemas.kitchen import Alarm, EndedAlarm
from gateway.records.commands import KEY_LENGTH, Procedure
from gateway.runtime.commands import COMMANDS

RENDERED = {
    "acknowledge": "alarms",
    "confirm_clock": "clock",
    "calibration_start": "listening",
}
"""Commands whose answer has times of the gateway, and the kind of record that it is to api.live.render."""


MODELS = {"acknowledge": (Alarm | EndedAlarm,)}
"""Answers that the gateway gives no shape yet."""


def router(gateway: GatewayClient) -> APIRouter:
    """A route a command."""
    routes = APIRouter()
    for name, procedure in COMMANDS.items():
        routes.add_api_route(
            f"/api/commands/{name}",
            _endpoint(gateway, name),
            methods=["POST"],
            name=name,
            description=procedure.asked.__doc__,
            responses=_answers(procedure),
            openapi_extra={"requestBody": Described(procedure.asked, required=True)},
        )
    return routes


def _answers(procedure: Procedure[Any]) -> Responses:
    shapes = procedure.answers or MODELS.get(procedure.asked.command, ())
    return (shape(*shapes) if shapes else REFUSED) | QUESTION


def _endpoint(gateway: GatewayClient, name: str) -> Callable[[Request], Awaitable[Response]]:
    async def command(request: Request) -> Response:
        args = _arguments(request.headers.get("content-type", ""), await request.body())
        key = _key(args.pop("key", None))
        answer = await gateway.command(name, args, key=key)
        return json(render.record(RENDERED[name], answer) if name in RENDERED else answer)

    return command


def _arguments(media_type: str, body: bytes) -> Json:
    try:
        if media_type.partition(";")[0].strip().lower() == "application/json":
            return msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    raise BadRequestError("Send the arguments as a JSON object, with the header content-type: application/json.")


def _key(key: Any) -> str:
    if key is None:
        return str(uuid4())
    if isinstance(key, str) and 0 < len(key) <= KEY_LENGTH:
        return key
    raise BadRequestError(f"'key' is a text of your choice, of at most {KEY_LENGTH} characters.")
