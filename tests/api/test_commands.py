"""Any command of the gateway through the API: what reaches it, and how a question comes back."""

from http import HTTPStatus

import httpx
import pytest
from fake_gateway import FakeGateway
from fake_stock import RICE, load, session


def test_a_command_reaches_the_gateway_with_its_arguments_and_key(client: httpx.Client, gateway: FakeGateway) -> None:
    opened = session("w-1", "receive", "rice", RICE, load("25.00"))
    gateway.answer = lambda _: opened
    said = {"who": "siti", "key": "k-1", "purpose": "receive", "item": "rice", "lot": None}
    answer = client.post("/api/commands/weigh_open", json=said)
    assert answer.status_code == HTTPStatus.OK
    assert answer.json() == opened
    assert answer.json()["taken"][0]["at"] == "2026-03-02T20:18:00.000Z"
    args = {"who": "siti", "purpose": "receive", "item": "rice"}
    assert gateway.commands == [{"op": "command", "key": "k-1", "name": "weigh_open", "args": args}]


@pytest.mark.parametrize(
    ("error", "status"),
    [("too_warm", 409), ("lot_short", 409), ("unknown_item", 404), ("unknown_person", 422), ("bad_quantity", 422)],
)
def test_a_question_is_told_from_a_mistake(client: httpx.Client, gateway: FakeGateway, error: str, status: int) -> None:
    gateway.answer = lambda _: (error, "Is it really so?")
    answer = client.post("/api/commands/stock_entry", json={"who": "siti"})
    assert (answer.status_code, answer.json()["error"]) == (status, error)


def test_nobody_commands_without_a_name(client: httpx.Client, gateway: FakeGateway) -> None:
    assert client.post("/api/commands/stock_entry", json={"item": "rice"}).status_code == 422
    assert gateway.commands == []
