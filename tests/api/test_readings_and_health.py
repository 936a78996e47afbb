"""What programs get from the API: the kitchen as the gateway tells it, held to the shapes of the OpenAPI document."""

from pathlib import Path

import httpx
import pytest
from fake_gateway import NIGHT, SECOND, FakeGateway, alarm, reading
from pydantic import BaseModel
from served import serving, until
from shapes import read

from api.live import gateway_client
from api.schemas import kitchen as schemas
from api.schemas.stock import CatalogueAnswer, StockAnswer
from gateway.records.shape import Shape

LIVE: dict[str, type[BaseModel] | type[Shape]] = {
    "/api/kitchen": schemas.KitchenAnswer,
    "/api/readings": schemas.ReadingsAnswer,
    "/api/alarms": schemas.AlarmsAnswer,
    "/api/stock": StockAnswer,
    "/api/catalogue": CatalogueAnswer,
    "/api/health": schemas.HealthAnswer,
}


def test_a_snapshot_becomes_the_latest_reading_of_every_point(client: httpx.Client) -> None:
    points = client.get("/api/readings").json()["points"]
    assert [(p["id"], p["reading"]["value"]) for p in points] == [
        ("chiller-1-air", 3.5),
        ("chiller-2-air", 4.2),
        ("bainmarie-1-core", 67.8),
        ("chiller-1-humidity", 81.0),
    ]
    assert points[0]["reading"]["measured_at"] == "2026-03-02T20:17:58.000Z"
    assert points[0]["stale_after_s"] == 30.0


def test_a_change_replaces_only_what_changed(client: httpx.Client, gateway: FakeGateway) -> None:
    gateway.send("change", points=[{"id": "chiller-2-air", "state": "critical", "reading": reading(8.7, NIGHT)}])

    def second() -> dict:
        return client.get("/api/readings").json()["points"][1]

    until(lambda: second()["state"] == "critical", "the change is there")
    assert second()["reading"]["value"] == 8.7
    assert second()["name"] == {"id": "Chiller 2", "en": "Chiller 2"}


def test_an_alarm_stays_listed_until_it_is_normal(client: httpx.Client, gateway: FakeGateway) -> None:
    def states() -> list[str]:
        return [told["state"] for told in client.get("/api/alarms").json()["alarms"]]

    for state in ("UNACKNOWLEDGED", "ACKNOWLEDGED"):
        gateway.send("change", alarms=[alarm("a-1", state=state)])
        until(lambda state=state: states() == [state], f"it is {state}")
    gateway.send("change", alarms=[alarm("a-1", state="NORMAL")])
    until(lambda: states() == [], "it has left")


@pytest.mark.parametrize("path", LIVE)
def test_answers_have_the_shape_that_openapi_promises(client: httpx.Client, path: str) -> None:
    shape = LIVE[path]
    if issubclass(shape, Shape):
        read(client.get(path).content, shape)
    else:
        shape.model_validate_json(client.get(path).content)
    assert path in client.get("/api/openapi.json").json()["paths"]


def test_a_device_that_is_called_like_a_time_is_not_taken_for_one(client: httpx.Client) -> None:
    assert client.get("/api/health").json()["health"]["counters"] == {"at": {"now": 3}}


def test_without_its_gateway_no_point_is_called_normal(client: httpx.Client, gateway: FakeGateway) -> None:
    assert client.get("/api/health").json()["gateway"]["connected"]
    gateway.stop()
    until(lambda: client.get("/api/health").json()["status"] == "gateway_away", "health tells it")
    answer = client.get("/api/readings").json()
    assert answer["gateway"]["connected"] is False
    assert {point["state"] for point in answer["points"]} == {"unknown"}
    assert answer["points"][0]["reading"]["value"] == 3.5


def test_a_gateway_that_falls_silent_is_away(
    client: httpx.Client, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It holds its connection but says nothing, not even its heartbeat."""
    monkeypatch.setattr(gateway_client, "SILENCE", 0.05)
    gateway.silent = True
    gateway.send("heartbeat", now=NIGHT)  # the wait that follows it is the short one
    until(lambda: not client.get("/api/readings").json()["gateway"]["connected"], "its silence is noticed")


def test_a_gateway_that_returns_is_followed_again(client: httpx.Client, gateway: FakeGateway) -> None:
    gateway.stop()
    until(lambda: not client.get("/api/readings").json()["gateway"]["connected"], "it is missed")
    gateway.snapshot["points"][0]["reading"] = reading(2.5, NIGHT + 60 * SECOND)
    gateway.start()
    until(lambda: client.get("/api/readings").json()["gateway"]["connected"], "it is back")
    assert client.get("/api/readings").json()["points"][0]["reading"]["value"] == 2.5


def test_an_api_that_never_heard_a_gateway_says_what_to_do(tmp_path: Path) -> None:
    with serving(tmp_path) as url:
        answer = httpx.get(f"{url}/api/readings")
        assert (answer.status_code, answer.json()["error"]) == (503, "gateway_away")
        assert "mbg-gateway run" in answer.json()["message"]
        assert httpx.get(f"{url}/api/health").json()["status"] == "gateway_away"


def test_what_is_not_there_is_answered_in_the_shape_of_every_error(client: httpx.Client) -> None:
    for path in ("/api/nothing", "/nothing.js", "/api/messages/fr.json", "/../kitchen.yaml"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert set(answer.json()) == {"error", "message"}


def test_a_page_of_another_site_reaches_nothing(client: httpx.Client) -> None:
    """DNS rebinding gives a foreign page our address, but not our name; a plain post needs no answer to do harm."""
    assert client.get("/api/readings", headers={"host": "evil.example"}).status_code == 403
    posted = client.post(
        "/api/commands/acknowledge", json={"who": "siti", "alarm": "a"}, headers={"origin": "http://evil.example"}
    )
    assert posted.status_code == 403
