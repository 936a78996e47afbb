"""How the resources answer: bytes that are ready, with their shape only told to the schema."""

from types import UnionType
from typing import Any

import msgspec
from fastapi import Response
from pydantic import BaseModel

from api.schemas.kitchen import ErrorAnswer

REFUSED: dict[int | str, dict[str, Any]] = {
    404: {"model": ErrorAnswer},
    422: {"model": ErrorAnswer},
    503: {"model": ErrorAnswer},
}


def shape(model: type[BaseModel] | UnionType) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that answers `model`, or an error."""
    return {200: {"model": model}, **REFUSED}


def ready(body: bytes) -> Response:
    """JSON that is made already."""
    return Response(body, media_type="application/json")


def json(body: Any) -> Response:
    """Anything as JSON."""
    return ready(msgspec.json.encode(body))
