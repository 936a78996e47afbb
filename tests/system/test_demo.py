"""`mbg-gateway demo`, as a newcomer starts it: the page's address at once, then a kitchen that lives."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import urllib3
from brokers import free_port, need_program

pytestmark = pytest.mark.system

FIRST_WORD = 60.0  # s, promised
STORY = 120.0  # s, promised: an alarm has come
BROKERS = ["mosquitto", "amqtt"]


class Demo:
    """The running demonstration and what it says."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self.process = process
        self.page = f"http://127.0.0.1:{port}"
        self.lines: queue.Queue[str] = queue.Queue()
        self.http = urllib3.PoolManager(retries=False, timeout=5.0)
        self._listener = threading.Thread(target=self._listen)
        self._listener.start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.put(line)

    def stop(self) -> int:
        """Ctrl-C, and the exit status."""
        self.process.send_signal(signal.SIGINT)
        status = self.process.wait(20)
        self._listener.join()
        self.http.clear()
        return status

    def folder(self) -> Path:
        """Where it says that everything is."""
        while "Everything is in " not in (line := self.lines.get(timeout=FIRST_WORD)):
            pass
        return Path(line.partition("Everything is in ")[2].strip())

    def get(self, path: str) -> Any:
        """An answer of the API, {} while there is none."""
        try:
            answer = self.http.request("GET", self.page + path)
        except urllib3.exceptions.HTTPError:
            return {}
        return json.loads(answer.data) if answer.status == 200 else {}

    def wait_for(self, what: str, true: Callable[[], bool]) -> None:
        deadline = time.monotonic() + STORY
        while not true():
            assert self.process.poll() is None, "the demonstration ended"
            assert time.monotonic() < deadline, f"{what}: not within {STORY:g} s"
            time.sleep(0.2)


@contextmanager
def running(broker: str, folder: Path) -> Iterator[Demo]:
    """A demonstration that has said its first word."""
    port = free_port()
    with subprocess.Popen(
        [Path(sys.executable).with_name("mbg-gateway"), "demo", "--port", str(port)],
        env=os.environ | {"MBG_DEMO_BROKER": broker, "TMPDIR": str(folder)},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        demo = Demo(process, port)
        try:
            assert demo.lines.get(timeout=FIRST_WORD) == f"The page: {demo.page}/\n"
            demo.wait_for("the page", lambda: bool(demo.get("/api/health")))
            yield demo
        finally:
            demo.stop()


@pytest.fixture(scope="module")
def demos(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Demo]]:
    """One with each broker, side by side: each takes its minute."""
    need_program("mosquitto")
    with ExitStack() as stack:
        yield {broker: stack.enter_context(running(broker, tmp_path_factory.mktemp(broker))) for broker in BROKERS}


def usable(demo: Demo) -> set[str]:
    """The points that have a usable reading."""
    points = demo.get("/api/readings").get("points", [])
    return {point["id"] for point in points if point["reading"] and point["reading"]["quality"] == "good"}


def received(demo: Demo) -> list[float]:
    """What was delivered, in kg."""
    movements = demo.get("/api/stock/movements").get("movements", [])
    return [float(movement["quantity"]) for movement in movements if movement["kind"] == "receipt"]


def alarmed(demo: Demo) -> set[str]:
    """The points with an active alarm."""
    return {alarm["point"] for alarm in demo.get("/api/alarms").get("alarms", [])}


@pytest.mark.parametrize("broker", BROKERS)
def test_the_demonstration_shows_live_tiles_an_alarm_and_stock_that_moves(broker: str, demos: dict[str, Demo]) -> None:
    demo = demos[broker]
    assert b"<html" in demo.http.request("GET", f"{demo.page}/").data
    kind = demo.get("/api/kitchen")["broker"]["kind"]
    assert kind == ("mosquitto" if broker == "mosquitto" else "demonstration")
    both = {"chiller-1-air", "rice-scale-weight", "chiller-2-air"}
    demo.wait_for("serial and MQTT devices", lambda: both <= usable(demo))
    demo.wait_for("a delivery of rice", lambda: 25.0 in received(demo))
    demo.wait_for("an alarm of the chiller whose door is open", lambda: "chiller-1-air" in alarmed(demo))


def test_the_demonstration_issues_rice_to_its_batch_alarms_low_stock_and_says_how_long_it_lasts(
    demos: dict[str, Demo],
) -> None:
    demo = demos["mosquitto"]

    def stock(item: str) -> dict[str, Any]:
        return next((one for one in demo.get("/api/stock").get("stock", []) if one["item"] == item), {})

    def issued() -> bool:
        movements = demo.get("/api/stock/movements").get("movements", [])
        return any(one["kind"] == "issue" and one["destination"].startswith("batch:") for one in movements)

    demo.wait_for("four weeks of use", lambda: (stock("rice").get("cover") or {}).get("history_days", 0) >= 27)
    assert stock("chicken")["low"]
    demo.wait_for("rice that is issued to the batch", issued)
    low = {alarm["item"] for alarm in demo.get("/api/alarms")["alarms"] if alarm["level"] == "low_stock"}
    assert {"rice", "chicken"} <= low
    trace = demo.get(f"/api/stock/trace?batch={stock('rice')['batch']}")
    assert {lot["item"] for lot in trace["lots"]} == {"rice"}


def test_ctrl_c_ends_the_demonstration_and_removes_its_folder(demos: dict[str, Demo]) -> None:
    for demo in demos.values():
        folder = demo.folder()
        assert (folder / "data" / "journal.db").exists()
        assert demo.stop() == 0
        assert not folder.exists()
