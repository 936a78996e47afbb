"""The event stream: what a page is told, in which order, and that it holds nobody up."""

import asyncio
import threading
from pathlib import Path

import httpx
from event_stream import events, wanted
from fake_gateway import NIGHT, FakeGateway, kitchen, reading
from served import PATIENCE, serving

from api.live.board import Live
from api.live.hub import QUEUE, Hub


def test_a_stream_begins_with_everything_and_goes_on_with_what_changes(
    client: httpx.Client, gateway: FakeGateway
) -> None:
    with client.stream("GET", "/api/stream") as answer:
        told = events(answer.iter_lines())
        name, snapshot = next(told)
        assert name == "snapshot"
        assert snapshot["points"][0]["reading"]["value"] == 3.5
        assert answer.headers["content-type"].startswith("text/event-stream")
        gateway.send("change", points=[{"id": "chiller-2-air", "state": "critical", "reading": reading(8.7, NIGHT)}])
        change = wanted(told, "change")
        assert (change["points"][0]["id"], change["points"][0]["state"]) == ("chiller-2-air", "critical")
        assert wanted(told, "heartbeat")["gateway"]["connected"] is True


def test_a_stream_tells_that_the_gateway_is_away_and_begins_anew_when_it_is_back(
    client: httpx.Client, gateway: FakeGateway
) -> None:
    with client.stream("GET", "/api/stream") as answer:
        told = events(answer.iter_lines())
        next(told)
        gateway.stop()
        assert wanted(told, "gateway")["connected"] is False
        assert wanted(told, "heartbeat")["gateway"]["connected"] is False
        gateway.start()
        assert wanted(told, "snapshot")["gateway"]["connected"] is True


def test_a_shutdown_ends_open_streams_in_good_order(tmp_path: Path) -> None:
    """Cut off by the server's grace instead, the client would see a broken answer."""
    ended: list[bool] = []
    opened = threading.Event()

    def read(url: str) -> None:
        with httpx.stream("GET", f"{url}/api/stream", timeout=PATIENCE) as answer:
            for _ in answer.iter_lines():
                opened.set()
            ended.append(True)

    with serving(tmp_path) as url:
        reader = threading.Thread(target=read, args=(url,))
        reader.start()
        assert opened.wait(PATIENCE)
    reader.join(PATIENCE)
    assert ended == [True]


def test_a_client_that_does_not_read_gets_the_newest_kitchen_instead_of_the_old_changes() -> None:
    asyncio.run(_read_slowly())


async def _read_slowly() -> None:
    live = Live(lambda: 0.0)
    live.take_snapshot(kitchen())
    hub = Hub(live)
    stream = hub.stream()
    await anext(stream)
    for value in range(QUEUE + 1):
        points = [{"id": "chiller-1-air", "reading": reading(float(value), NIGHT)}]
        hub.publish("change", live.take_change({"points": points}))
    name, data = next(events(iter((await anext(stream)).decode().splitlines())))
    assert name == "snapshot"
    assert data["points"][0]["reading"]["value"] == float(QUEUE)
    hub.close()
    assert [chunk async for chunk in stream] == []
