"""The kitchen's devices with their troubles, and those that nobody has configured."""

from typing import Any

import httpx
import pytest
from event_stream import events, wanted
from fake_gateway import NIGHT, SECOND, FakeGateway, stranger
from served import until

from api.schemas import kitchen as schemas

BROKEN = {"device": "chiller-1-air", "kind": "checksum", "count": 7, "text": "chiller-1-air: wrong CRC", "at": NIGHT}
CUT = {"device": "mqtt", "kind": "lost", "count": 1, "text": None, "at": None}


@pytest.fixture
def told(gateway: FakeGateway) -> dict[str, Any]:
    """What the gateway knows at the start: told before the API connects."""
    asked = {"asked": 9, "answered": 2, "late": 0, "checksum": 7, "framing": 0, "exceptions": 0, "no_reply": 0}
    gateway.snapshot["health"]["devices"] = {"chiller-1-air": asked}
    gateway.snapshot["troubles"] = [CUT, BROKEN]
    gateway.snapshot["discovered"] = [stranger("sonoff-4")]
    return gateway.snapshot


@pytest.mark.usefixtures("told")
def test_a_device_shows_each_kind_of_its_troubles_in_words_with_its_count(client: httpx.Client) -> None:
    answer = schemas.DevicesAnswer.model_validate_json(client.get("/api/devices").content)
    first, second = answer.devices
    assert (first.id, first.slave, first.points) == ("chiller-1-air", 1, ["chiller-1-air"])
    assert first.questions is not None
    assert first.questions["answered"] == 2
    (trouble,) = first.troubles
    assert (trouble.count, trouble.words.en, trouble.text) == (7, "data damaged on the way", "chiller-1-air: wrong CRC")
    assert second.troubles == []
    assert [(other.name, other.troubles[0].words.en) for other in answer.others] == [("mqtt", "connection lost")]


def test_a_device_that_nobody_has_configured_is_listed_with_the_lines_to_paste(
    client: httpx.Client, gateway: FakeGateway
) -> None:
    assert client.get("/api/discovered").json()["discovered"] == []
    with client.stream("GET", "/api/stream") as answer:
        told = events(answer.iter_lines())
        assert wanted(told, "snapshot")["strangers"] == 0
        gateway.send("change", discovered=[stranger("sonoff-4", now=NIGHT + 5 * SECOND)])
        change = wanted(told, "change")
        assert change["strangers"] == 1
        assert "discovered" not in change, "a board would read it for nothing"
    (found,) = schemas.DiscoveredAnswer.model_validate_json(client.get("/api/discovered").content).discovered
    assert (found.format, found.sensor, found.points[0].value) == ("tasmota", "sonoff-4", 21.5)
    assert found.paste.startswith("devices:\n")


def test_troubles_that_come_later_replace_the_list(client: httpx.Client, gateway: FakeGateway) -> None:
    gateway.send("change", troubles=[BROKEN | {"count": 8}])
    until(lambda: bool(client.get("/api/devices").json()["devices"][0]["troubles"]), "they are told")
    assert client.get("/api/devices").json()["devices"][0]["troubles"][0]["count"] == 8
