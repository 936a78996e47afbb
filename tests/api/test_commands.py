"""The one door of commands: what reaches the gateway, how a question comes back, and what is told of each command."""

import re
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import fake_food
import httpx
import msgspec
import pytest
from fake_gateway import FakeGateway
from shapes import read

from api.app import Board
from gateway.monitoring.batches.snapshot import BatchNow
from gateway.records.commands import KEY_LENGTH
from gateway.runtime.commands import COMMANDS
from gateway.server.socket import LONGEST_LINE

REPOSITORY = Path(__file__).parents[2]
WEIGHED = {"who": "siti", "purpose": "receive", "item": "rice"}


def test_a_command_reaches_the_gateway_with_its_arguments_and_key(client: httpx.Client, gateway: FakeGateway) -> None:
    args = {**WEIGHED, "scale": "bench", "lot": None}
    answer = client.post("/api/commands/weigh_open", json={**args, "key": "k-1"})
    assert (answer.status_code, answer.json()) == (HTTPStatus.OK, args)
    assert gateway.commands == [{"op": "command", "key": "k-1", "name": "weigh_open", "args": args}]


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("batch_open", {"product": "Soto"}),
        ("batch_mark", {"batch": "b1", "event": "moved", "point": "chiller", "at": "2026-03-02T20:18:00Z"}),
        ("batch_close", {"batch": "b1"}),
        ("batch_accept", {"batch": "b1", "kind": "cook", "product": "Nasi"}),
        ("batch_decline", {"batch": "b1", "kind": "cooling"}),
    ],
)
def test_what_people_say_of_a_batch_is_answered_with_the_batch(
    client: httpx.Client, gateway: FakeGateway, *, name: str, args: dict[str, Any]
) -> None:
    gateway.answer = lambda _: fake_food.batch("20260303-02", "Soto", "RUNNING")
    answer = client.post(f"/api/commands/{name}", json={**args, "who": "siti", "key": "k-1"})
    assert answer.status_code == HTTPStatus.OK, answer.text
    read(answer.content, BatchNow)
    [command] = gateway.commands
    assert (command["name"], command["key"], command["args"]) == (name, "k-1", {**args, "who": "siti"})


def test_a_command_without_a_key_gets_one(client: httpx.Client, gateway: FakeGateway) -> None:
    for _ in range(2):
        assert (
            client.post("/api/commands/batch_close", json={"who": "siti", "batch": "b1"}).status_code == HTTPStatus.OK
        )
    keys = {command["key"] for command in gateway.commands}
    assert len(keys) == 2


@pytest.mark.parametrize(
    ("error", "status"),
    [("too_warm", 409), ("lot_short", 409), ("unknown_item", 404), ("unknown_person", 422), ("bad_quantity", 422)],
)
def test_a_question_is_told_from_a_mistake(client: httpx.Client, gateway: FakeGateway, error: str, status: int) -> None:
    gateway.answer = lambda _: (error, "Is it really so?")
    answer = client.post("/api/commands/stock_entry", json={**WEIGHED, "quantity": "5.20"})
    assert (answer.status_code, answer.json()["error"]) == (status, error)


@pytest.mark.parametrize(
    ("name", "body", "sentence"),
    [
        ("stock_entry", {"item": "rice"}, "'who' must be given"),
        ("batch_mark", {"who": "siti", "batch": "b1", "event": "dropped"}, "'event' is one of cooking_started"),
        ("typed_reading", {"who": "siti", "batch": "b1", "value": True, "instrument": "T-1"}, "'value' is a number"),
        ("typed_reading", {"who": "siti", "batch": "b1", "value": "74", "instrument": "T-1"}, "'value' is a number"),
        ("batch_open", {"who": "siti", "product": "Soto", "portions": True}, "'portions' is a whole number from 1"),
        ("batch_mark", {"who": "siti", "batch": "b1", "event": "departed", "portions": "80"}, "'portions' is a whole"),
        ("batch_close", {"who": "siti", "batch": "b1", "key": 3}, "'key' is a text"),
        ("batch_close", {"who": "siti", "batch": "b1", "key": "k" * (KEY_LENGTH + 1)}, "'key' is a text"),
        ("stock_items", {"who": "siti", "csv": "x" * LONGEST_LINE}, f"at most {LONGEST_LINE} bytes"),
    ],
)
def test_what_cannot_be_understood_is_refused_in_a_sentence_that_names_it(
    client: httpx.Client, gateway: FakeGateway, *, name: str, body: dict[str, Any], sentence: str
) -> None:
    answer = client.post(f"/api/commands/{name}", json=body)
    assert (answer.status_code, answer.json()["error"]) == (422, "bad_request")
    assert sentence in answer.json()["message"]
    assert gateway.commands == []


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"3", b'{"who":', b'{"who": NaN}', b'{"who": "\\ud800"}', b'"\xff"', b"[" * 30_000, b'{"a":' * 30_000],
)
def test_what_is_no_json_object_is_refused(client: httpx.Client, gateway: FakeGateway, body: bytes) -> None:
    answer = client.post("/api/commands/zero", content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["error"]) == (422, "bad_request")
    assert gateway.commands == []


def test_a_form_of_a_foreign_page_is_no_command(client: httpx.Client, gateway: FakeGateway) -> None:
    """A browser sends text/plain anywhere without asking."""
    body = b'{"who": "siti", "device": "rice-scale"}'
    assert client.post("/api/commands/zero", content=body, headers={"content-type": "text/plain"}).status_code == 422
    assert gateway.commands == []


def test_a_command_that_there_is_not_is_not_found(client: httpx.Client, gateway: FakeGateway) -> None:
    answer = client.post("/api/commands/dance", json={"who": "siti"})
    assert (answer.status_code, answer.json()["error"]) == (HTTPStatus.NOT_FOUND, "not_found")
    assert gateway.commands == []


def test_the_only_way_to_change_anything_is_a_command(tmp_path: Path) -> None:
    paths = Board(tmp_path).app.openapi()["paths"]
    writes = {path for path, methods in paths.items() if methods.keys() - {"get", "head"}}
    assert writes == {f"/api/commands/{name}" for name in COMMANDS}


# What is told of the commands


@pytest.fixture(scope="module")
def schemas(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """The schema of each command's arguments, as /api/openapi.json has it."""
    document = Board(tmp_path_factory.mktemp("data")).app.openapi()
    found = {}
    for name in COMMANDS:
        body = document["paths"][f"/api/commands/{name}"]["post"]["requestBody"]
        assert body["required"]
        reference = body["content"]["application/json"]["schema"]["$ref"]
        found[name] = document["components"]["schemas"][reference.rpartition("/")[2]]
    return found


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_described_with_its_arguments(name: str, schemas: dict[str, dict[str, Any]]) -> None:
    schema = schemas[name]
    fields = {field.encode_name for field in msgspec.structs.fields(COMMANDS[name].asked)}
    assert schema["properties"].keys() == {*fields, "key"}
    assert schema["additionalProperties"] is False
    assert schema["description"]


DOCS = [path.read_text() for path in sorted((REPOSITORY / "docs").glob("*.md"))]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_documented_beside_its_arguments(name: str) -> None:
    pages = "\n".join(page for page in DOCS if f"`{name}`" in page)
    assert pages
    arguments = [field.encode_name for field in msgspec.structs.fields(COMMANDS[name].asked)]
    assert [each for each in arguments if f"`{each}`" not in pages and f'"{each}"' not in pages] == []


PAGE = {path.name: path.read_text() for path in sorted((REPOSITORY / "api/web").glob("*.js"))}


def arguments_of(call: str, file: str) -> set[str]:
    """The names that an order of the page gives itself, as in `{ item, scale: how, ...common }`."""
    flat = call
    while flat != (flat := re.sub(r"\([^()]*\)|\[[^\[\]]*\]|`[^`]*`", "", flat)):
        pass
    literals = [
        flat,
        *(_const(name, PAGE[file]) for name in re.findall(r"\.\.\.(\w+)|^(\w+)", flat) for name in name if name),
    ]
    return {key for text in literals for key in re.findall(r"[{,]\s*(\w+)\s*(?=[,:}])", text)}


def _const(name: str, text: str) -> str:
    found = re.search(rf"const {name} = (\{{[^{{}}]*\}});", text)
    return found[1] if found else ""


def orders(text: str) -> Iterator[tuple[str, str]]:
    """The name and the arguments, as text, of each order that a file of the page gives by its name."""
    for found in re.finditer(r'\border\(\s*"(\w+)",', text):
        depth, end = 1, found.end()
        while depth:
            depth += {"(": 1, ")": -1}.get(text[end], 0)
            end += 1
        yield found[1], text[found.end() : end - 1].rsplit(",", 2)[0].strip()


def test_the_page_gives_no_command_and_no_argument_that_there_is_not(schemas: dict[str, dict[str, Any]]) -> None:
    """What a form adds to an order is held to the same types by the fake gateway in the tests of the page."""
    given = [(file, name, args) for file, text in PAGE.items() for name, args in orders(text)]
    assert len(given) >= 20
    for file, name, args in given:
        assert name in schemas, (file, name)
        assert arguments_of(args, file) <= schemas[name]["properties"].keys(), (file, name, args)
    named = {name for text in PAGE.values() for name in re.findall(r'"((?:batch|stock|weigh)_[a-z_]+)"', text)}
    assert named <= schemas.keys()
    assert arguments_of("{ ...common, scale: how, expected: f(x, y) }", "stock_forms.js") >= {
        "supplier",
        "scale",
        "again",
    }
