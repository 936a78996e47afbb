"""/api/openapi.json: whoever writes a program against the API finds every answer described."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from api.app import Board
from gateway.records.shape import Shape

UNTYPED = (
    {"/api/stream", "/api/stock/export/{name}.csv", "/api/messages/{name}"}
    | {
        f"/api/commands/{name}"
        for name in ("calibration_cancel", "calibration_check", "calibration_start", "confirm_clock", "probe_dropped")
    }
    | {"/api/commands/tare", "/api/commands/zero"}
)
"""Events, a spreadsheet, the catalogue of words, and commands whose answers have no shape yet."""


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return Board(tmp_path_factory.mktemp("data")).app.openapi()


def _references(part: Any) -> Iterator[str]:
    match part:
        case {"$ref": str(name)}:
            yield name.rpartition("/")[2]
        case dict():
            for value in part.values():
                yield from _references(value)
        case list():
            for value in part:
                yield from _references(value)


def test_every_route_says_what_its_answer_looks_like(document: dict[str, Any]) -> None:
    bare = {
        path
        for path, methods in document["paths"].items()
        for operation in methods.values()
        if not operation["responses"]["200"].get("content", {}).get("application/json", {}).get("schema")
    }
    assert bare == UNTYPED


def test_every_shape_that_is_referred_to_is_there(document: dict[str, Any]) -> None:
    assert {*_references(document)} <= document["components"]["schemas"].keys()


def test_no_two_shapes_have_one_name(document: dict[str, Any]) -> None:
    """msgspec calls them by their modules then, and a reference by the name alone leads nowhere."""
    assert not [name for name in document["components"]["schemas"] if re.search(r"[.]|__", name)]


def test_every_shape_says_in_words_what_it_is(document: dict[str, Any]) -> None:
    shapes = {each.__name__ for each in _all(Shape)}
    told = {name: schema.get("description") for name, schema in document["components"]["schemas"].items()}
    assert [name for name in told if name in shapes and not told[name]] == []


def _all(shape: type[Shape]) -> Iterator[type[Shape]]:
    for each in shape.__subclasses__():
        yield each
        yield from _all(each)
