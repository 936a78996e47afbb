"""Acknowledging through the API: what reaches the gateway and what comes back."""

import threading
from http import HTTPStatus
from typing import Any

import httpx
import pytest
from fake_gateway import FakeGateway, alarm
from served import PATIENCE

from api.live.gateway_client import GatewayClient
from api.schemas import kitchen as schemas

PATH = "/api/commands/acknowledge"
ALARM = {"alarm": "alarm-1"}


def test_who_and_note_reach_the_gateway_and_its_new_state_returns(client: httpx.Client, gateway: FakeGateway) -> None:
    gateway.answer = lambda args: alarm(
        args["alarm"], state="ACKNOWLEDGED", acknowledged_by=args["who"], note=args["note"]
    )
    answer = client.post(PATH, json=ALARM | {"who": "siti", "note": "pintu ditutup", "key": "k-1"})
    told = schemas.Alarm.model_validate_json(answer.content)
    assert (told.state, told.acknowledged_by, told.note) == ("ACKNOWLEDGED", "siti", "pintu ditutup")
    args = {"alarm": "alarm-1", "who": "siti", "note": "pintu ditutup"}
    assert gateway.commands == [{"op": "command", "key": "k-1", "name": "acknowledge", "args": args}]


@pytest.mark.parametrize(
    ("error", "status"),
    [("unknown_alarm", 404), ("unknown_person", 422), ("not_allowed", 409), ("bad_request", 422)],
)
def test_a_refusal_is_told_with_its_reason(client: httpx.Client, gateway: FakeGateway, error: str, status: int) -> None:
    gateway.answer = lambda _: (error, "Say who it is.")
    answer = client.post(PATH, json=ALARM | {"who": "nobody"})
    assert (answer.status_code, answer.json()) == (status, {"error": error, "message": "Say who it is."})


@pytest.mark.parametrize("body", [{}, {"who": ""}, {"who": "siti", "note": "n" * 501}, {"who": 3}])
def test_what_is_no_acknowledgement_never_reaches_the_gateway(
    client: httpx.Client, gateway: FakeGateway, body: dict[str, Any]
) -> None:
    answer = client.post(PATH, json=ALARM | body)
    assert (answer.status_code, answer.json()["error"]) == (HTTPStatus.UNPROCESSABLE_ENTITY, "bad_request")
    assert gateway.commands == []


def test_with_the_gateway_away_nothing_is_said_to_be_stored(client: httpx.Client, gateway: FakeGateway) -> None:
    gateway.stop()
    answer = client.post(PATH, json=ALARM | {"who": "siti"})
    assert (answer.status_code, answer.json()["error"]) == (503, "gateway_away")


def test_a_gateway_that_is_just_restarting_is_waited_for(
    client: httpx.Client, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = threading.Event()
    attempt = GatewayClient._attempt

    async def told(self: GatewayClient, line: bytes) -> Any:
        reply = await attempt(self, line)
        tried.set()
        return reply

    monkeypatch.setattr(GatewayClient, "_attempt", told)
    gateway.stop()
    answers: list[httpx.Response] = []
    post = threading.Thread(
        target=lambda: answers.append(client.post(PATH, json=ALARM | {"who": "siti", "key": "k-2"}))
    )
    post.start()
    assert tried.wait(PATIENCE)
    gateway.answer = lambda args: alarm(args["alarm"], state="ACKNOWLEDGED")
    gateway.start()
    post.join(PATIENCE)
    assert answers[0].json()["state"] == "ACKNOWLEDGED"
    assert [command["key"] for command in gateway.commands] == ["k-2"]
