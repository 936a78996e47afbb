"""A machine whose clock is wrong, late or set anew: nothing is lost, doubled, late or silent for it, and alarms go on.

Each fault has readings under load before, in and behind it; a chiller that gets too warm then has to be told in time.
"""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import paho.mqtt.client as paho
import pytest
from brokers import Broker, mosquitto
from chaos_report import CLOCK, SHARE, Finding
from load import Fate, Publisher, fates, plan, settle, topic
from rig import Rig, Watcher

pytestmark = pytest.mark.system

SECOND = 1_000_000
RATE = 200 if SHARE < 1 else 1_000
FOR = 0.5 if SHARE < 1 else 10.0
"""Seconds of load before and behind each fault."""
KINDS = ["timed", "clockless", "steady"]
ON_DELAY = 1.0
PLAN = """
  - {{id: chiller, driver: senml-json}}
points:
  - {{id: chiller, name: Chiller, device: chiller, channel: temperature, quantity: temperature, interval: 1s}}
"""
CONTROL = """
control_points:
  - {{id: ccp, kind: cold_holding, point: chiller, critical_limit: 5, on_delay: {on_delay:g}s}}
"""
STORED = "SELECT count(*) FROM reading"
LAST = "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'reading'"
EVENT = "SELECT count(*) FROM event WHERE kind = ?"
OFFSET = "SELECT json_extract(body, '$.offset') FROM event WHERE kind = ?"
BOUNDS = "SELECT min(measured_at), max(measured_at) FROM reading"
UNDATED = "SELECT count(*) FROM reading WHERE flags & 16 OR reason = 'clock_unsynced'"
HOLES = "SELECT count(*) FROM event WHERE kind = 'gap' AND json_extract(body, '$.reason') = 'clock_unknown'"
LONGEST = """
SELECT max(measured_at - before) FROM
(SELECT measured_at, lag(measured_at) OVER (ORDER BY measured_at) AS before FROM reading
WHERE point = (SELECT id FROM point WHERE name = 'chiller') AND seq > ?)
"""


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with mosquitto(tmp_path / "broker") as broker:
        yield broker


def kitchen(port: int, clock: str = "") -> str:
    """The load's probes, and a chiller with a limit."""
    loaded = plan(port).replace("points:\n", PLAN.format())
    return loaded + CONTROL.format(on_delay=ON_DELAY) + clock


class Chiller:
    """Sends its temperature twice a second and keeps no time."""

    def __init__(self, port: int) -> None:
        self.value = 3.0
        self._client = paho.Client(paho.CallbackAPIVersion.VERSION2, "chiller")
        self._client.connect("127.0.0.1", port)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._client.loop_start()
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()
        self._client.disconnect()
        self._client.loop_stop()

    def _run(self) -> None:
        while not self._over.wait(0.5):
            payload = b'[{"bn":"chiller/","n":"temperature","u":"Cel","v":%.1f}]' % self.value
            self._client.publish(topic("chiller"), payload, 1)


def standing(watcher: Watcher, kind: str) -> list[dict[str, Any]]:
    alarms: list[dict[str, Any]] = list(watcher.state["alarms"].values())
    return [alarm for alarm in alarms if alarm["kind"] == kind and alarm["state"] == "UNACKNOWLEDGED"]


def under_load(rig: Rig, port: int, fault: Callable[[Watcher], None]) -> tuple[list[Fate], Watcher]:
    """Run the load across the fault, break the limit behind it, and count."""
    rig.start_gateway()
    watcher = rig.watch_connected()
    with Publisher(port, KINDS, rate=RATE) as load, Chiller(port) as chiller:
        wait_for_more(rig, watcher)
        fault(watcher)
        wait_for_more(rig, watcher)
        assert not standing(watcher, "limit")
        chiller.value, began = 9.0, time.monotonic()
        rig.until("the limit is told", lambda: standing(watcher, "limit"), watcher)
        assert ON_DELAY - 0.6 < time.monotonic() - began < ON_DELAY + 4
        # Whoever was silent for three of its intervals by either clock would have been told by now.
        assert not [alarm for alarm in watcher.state["alarms"].values() if alarm["kind"] == "stale"]
    settle(rig, port)
    found = fates(rig, [load])
    rig.stop("gateway")
    assert [(fate.lost, fate.doubled) for fate in found] == [(0, 0)] * len(KINDS)
    verify(rig)
    return found, watcher


def wait_for_more(rig: Rig, watcher: Watcher) -> None:
    stored, until = rig.count(LAST), time.monotonic() + FOR
    rig.until("more is stored", lambda: rig.count(LAST) > stored + 50 and time.monotonic() > until, watcher)


def verify(rig: Rig) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "gateway.cli.main", "verify", "--refold", str(rig.data)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(("name", "by"), [("back by 2 h", -7_200), ("forward by 1 day", 86_400)])
def test_a_clock_that_is_set_is_followed_at_once_and_nothing_is_late_or_silent_for_it(
    name: str, by: int, broker: Broker, tmp_path: Path, findings: list[Finding]
) -> None:
    with Rig(tmp_path, kitchen(broker.port)) as rig:
        rig.set_clock()

        def fault(watcher: Watcher) -> None:
            rig.set_clock(off=by)
            rig.until("it is followed", lambda: rig.count(EVENT, "clock_jumped"), watcher)

        found, watcher = under_load(rig, broker.port, fault)
        findings.append(Finding(f"the machine's clock set {name}", found, section=CLOCK))
        ((offset,),) = rig.rows(OFFSET, "clock_jumped")
        assert abs(offset - by * SECOND) < SECOND
        first, last = rig.rows(BOUNDS)[0]
        assert abs(last - first - abs(offset)) < 600 * SECOND
        assert watcher.state["health"]["late"] == 0
        assert rig.count(HOLES) == (by > 0)


@pytest.mark.parametrize(
    ("name", "off"), [("a boot in 1970, the clock set later", -1.79e9), ("the kernel's flag coming late", 0.0)]
)
def test_readings_without_a_date_are_moved_once_when_the_clock_is_set(
    name: str, off: float, broker: Broker, tmp_path: Path, findings: list[Finding]
) -> None:
    with Rig(tmp_path, kitchen(broker.port, "clock: {source: auto}\n")) as rig:
        rig.set_clock(off=off, synced=False)
        began = time.time_ns() // 1_000
        undated: list[int] = []

        def fault(watcher: Watcher) -> None:
            undated.append(rig.count(UNDATED))
            rig.set_clock()
            rig.until("it is known", lambda: watcher.state["health"]["clock"]["known"], watcher)

        found, _ = under_load(rig, broker.port, fault)
        findings.append(
            Finding(name, found, [f"at least {undated[0]:,} readings got their date afterwards, once"], section=CLOCK)
        )
        first, last = rig.rows(BOUNDS)[0]
        assert undated[0] > 0
        assert rig.count(UNDATED) == 0
        assert began < first < last < time.time_ns() // 1_000
        assert rig.rows(LONGEST, 0)[0][0] < 5 * SECOND
        assert rig.count(EVENT, "clock_set") == 1


def test_a_person_tells_the_time_once_a_boot_and_what_was_measured_has_it(broker: Broker, tmp_path: Path) -> None:
    with Rig(tmp_path, kitchen(broker.port, "clock: {source: person}\n")) as rig, Chiller(broker.port):
        rig.set_clock(off=-10_800)
        rig.start_gateway()
        watcher = rig.watch_connected()
        rig.until("some readings have no date", lambda: rig.count(UNDATED) > 2, watcher)
        assert watcher.state["health"]["clock"]["suggested"]
        told = watcher.command("confirm_clock", who="siti", time=datetime.now(UTC).isoformat())
        assert told["ok"]
        rig.until("it is known", lambda: watcher.state["health"]["clock"]["known"], watcher)
        assert rig.count(UNDATED) == 0
        assert abs(rig.rows(BOUNDS)[0][0] / SECOND - rig.origin) < 60
        assert rig.rows("SELECT person FROM event WHERE kind = 'clock_confirmed'") == [("siti",)]

        rig.kill("gateway")
        rig.start_gateway()
        assert rig.watch().state["health"]["clock"] == {"known": True, "suggested": None}
        stored = rig.count(STORED)
        rig.until("it goes on", lambda: rig.count(STORED) > stored)
        assert abs(rig.rows(BOUNDS)[0][1] / SECOND - time.time()) < 10

        rig.kill("gateway")
        rig.boot = "another"
        rig.start_gateway()
        clock = rig.watch().state["health"]["clock"]
        assert not clock["known"]
        assert clock["suggested"]
