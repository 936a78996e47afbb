"""How the resources answer: bytes that are ready, with their shape only told to the schema."""

from typing import Any

import msgspec
from fastapi import Response
from pydantic import BaseModel

from api.openapi import Described, Responses
from api.schemas.answers import ErrorAnswer

REFUSED: Responses = {status: Described(ErrorAnswer) for status in (404, 422, 503)}
QUESTION: Responses = {409: Described(ErrorAnswer, description="a question: ask the person, then say it again")}


def shape(*shapes: Any) -> Responses:
    """The `responses` of a route that answers with one of the shapes, or an error."""
    if not isinstance(shapes[0], type) or issubclass(shapes[0], BaseModel):
        return {200: {"model": shapes[0]}, **REFUSED}
    return {200: Described(*shapes), **REFUSED}


def ready(body: bytes) -> Response:
    """JSON that is made already."""
    return Response(body, media_type="application/json")


def json(body: Any) -> Response:
    """Anything as JSON."""
    return ready(msgspec.json.encode(body))
