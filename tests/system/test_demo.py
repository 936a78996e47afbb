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
from pathlib import Path
from typing import Any

import pytest
import urllib3
from brokers import free_port, need_program

pytestmark = pytest.mark.system

FIRST_WORD = 60.0  # s, promised
STORY = 90.0  # s real for all of it; the test's clock runs thirty times as fast


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


@pytest.fixture
def demo(broker: str, tmp_path: Path) -> Iterator[Demo]:
    if broker == "mosquitto":
        need_program("mosquitto")
    port = free_port()
    with subprocess.Popen(
        [Path(sys.executable).with_name("mbg-gateway"), "demo", "--port", str(port), "--speed", "30"],
        env=os.environ | {"MBG_DEMO_BROKER": broker, "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        demo = Demo(process, port)
        yield demo
        demo.stop()


def usable(demo: Demo) -> set[str]:
    """The points that have a usable reading."""
    readings = demo.get("/api/readings").get("points", [])
    return {point["id"] for point in readings if point["reading"] and point["reading"]["quality"] == "good"}


@pytest.mark.parametrize("broker", ["mosquitto", "amqtt"])
def test_the_demonstration_shows_live_tiles_an_alarm_and_stock_that_moves(demo: Demo, tmp_path: Path) -> None:
    assert demo.lines.get(timeout=FIRST_WORD) == f"The page: {demo.page}/\n"
    demo.wait_for(
        "serial and MQTT devices", lambda: {"chiller-1-air", "rice-scale-weight", "chiller-2-air"} <= usable(demo)
    )
    assert b"<html" in demo.http.request("GET", f"{demo.page}/").data
    demo.wait_for(
        "a delivery of 25 kg of rice",
        lambda: any(
            (movement["kind"], float(movement["quantity"])) == ("receipt", 25.0)
            for movement in demo.get("/api/stock/movements").get("movements", [])
        ),
    )
    demo.wait_for(
        "an alarm of the chiller whose door is open",
        lambda: any(alarm["point"] == "chiller-1-air" for alarm in demo.get("/api/alarms").get("alarms", [])),
    )
    assert demo.stop() == 0
    assert not list(tmp_path.glob("mbg-demo-*"))
