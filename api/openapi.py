"""/api/openapi.json: FastAPI knows the routes, the shapes of answers come from msgspec."""

from collections.abc import Iterable
from typing import Any

import msgspec
from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

REFERENCE = "#/components/schemas/{name}"
Responses = dict[int | str, dict[str, Any]]


class Described(dict[str, Any]):
    """A response of the document. It refers to `shapes`, which `document` adds to the components."""

    def __init__(self, *shapes: type, description: str | None = None) -> None:
        self.shapes = shapes
        references = [{"$ref": REFERENCE.format(name=shape.__name__)} for shape in shapes]
        schema = references[0] if len(references) == 1 else {"anyOf": references}
        super().__init__(content={"application/json": {"schema": schema}})
        if description is not None:
            self["description"] = description


def document(app: FastAPI, routers: Iterable[APIRouter]) -> dict[str, Any]:
    """The whole document, with every shape that an answer of a route of `routers` may have."""
    if app.openapi_schema is None:
        _, components = msgspec.json.schema_components(_shapes(routers), ref_template=REFERENCE)
        app.openapi_schema = get_openapi(title=app.title, version=app.version, routes=app.routes)
        app.openapi_schema["components"]["schemas"] |= components
    return app.openapi_schema


def _shapes(routers: Iterable[APIRouter]) -> list[type]:
    routes = [route for router in routers for route in router.routes if isinstance(route, APIRoute)]
    answers = [answer for route in routes for answer in route.responses.values() if isinstance(answer, Described)]
    return list(dict.fromkeys(shape for answer in answers for shape in answer.shapes))
