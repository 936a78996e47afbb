"""/api/openapi.json: FastAPI knows the routes, the shapes of commands and answers come from msgspec."""

from collections.abc import Iterable
from typing import Any

import msgspec
from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from gateway.records.commands import KEY_LENGTH, Asked

REFERENCE = "#/components/schemas/{name}"
KEY = {
    "type": "string",
    "maxLength": KEY_LENGTH,
    "description": "of your choice: a command sent twice with one key is executed once; made here when it is left out",
}
"""What a command takes besides its arguments."""
Responses = dict[int | str, dict[str, Any]]


class Described(dict[str, Any]):
    """A request or a response of the document. It refers to `shapes`, which `document` adds to the components."""

    def __init__(self, *shapes: type, description: str | None = None, required: bool | None = None) -> None:
        self.shapes = shapes
        references = [{"$ref": REFERENCE.format(name=shape.__name__)} for shape in shapes]
        schema = references[0] if len(references) == 1 else {"anyOf": references}
        super().__init__(content={"application/json": {"schema": schema}})
        if description is not None:
            self["description"] = description
        if required is not None:
            self["required"] = required


def document(app: FastAPI, routers: Iterable[APIRouter]) -> dict[str, Any]:
    """The whole document, with every shape that a command or an answer of `routers` may have."""
    if app.openapi_schema is None:
        shapes = _shapes(routers)
        _, components = msgspec.json.schema_components(shapes, ref_template=REFERENCE)
        for shape in shapes:
            if issubclass(shape, Asked):
                components[shape.__name__]["properties"]["key"] = KEY
        app.openapi_schema = get_openapi(title=app.title, version=app.version, routes=app.routes)
        app.openapi_schema["components"]["schemas"] |= components
    return app.openapi_schema


def _shapes(routers: Iterable[APIRouter]) -> list[type]:
    routes = [route for router in routers for route in router.routes if isinstance(route, APIRoute)]
    bodies = [body for route in routes for body in (*route.responses.values(), *(route.openapi_extra or {}).values())]
    return list(dict.fromkeys(shape for body in bodies if isinstance(body, Described) for shape in body.shapes))
