"""Run the kitchen and the programs under test, for all measurements.

The program under test has core 1; the broker, the publisher and the program that measures have core 0.
"""

import json
import os
import platform
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import urllib3

from bench.publisher import SENSORS
from tests.brokers import free_port

ROOT = Path(__file__).parent.parent
READY_WITHIN = 60.0
DONE_WITHIN = 120.0
PATIENCE = 30.0
"""Seconds within which a program must end."""
POLL = 0.001
COMMIT_EVERY = "2ms"
READINGS = "/api/readings"


def use_core(core: int, pid: int = 0) -> None:
    """Pin a process (0: this one and its children) to one core, if there is more than one."""
    if (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(pid, {core})


def begin(setting: str) -> None:
    """Print machine and setting, and leave the second core to the program under test."""
    if shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin") is None:
        raise SystemExit("mosquitto is not installed: sudo apt-get install mosquitto")
    use_core(0)
    cores = os.cpu_count()
    print(f"{platform.machine()}, {cores} cores, Python {platform.python_version()}; {setting}")
    if cores == 1:
        print("one core only: broker and publisher share it with the program under test")


def kitchen(
    port: int, commit_every: str = COMMIT_EVERY, *, delays: tuple[str, str] = ("30m", "1m"), **more: object
) -> str:
    """Return a kitchen.yaml (JSON is YAML): all sensors, each with a cold-holding control.

    `delays`: on_delay and off_delay; `more`: further sections.
    """
    names = [f"probe-{number:03d}" for number in range(SENSORS)]
    control = {"kind": "cold_holding", "critical_limit": 5, "deadband": 0.5}
    control |= {"on_delay": delays[0], "off_delay": delays[1]}
    point = {"channel": "temperature", "quantity": "temperature", "interval": "1m", "range": [-40, 80]}
    settings: dict[str, object] = {
        "kitchen": {"id": "bench", "name": "Bench", "zone": "WIB", "language": "en"},
        "mqtt": {"host": "127.0.0.1", "port": port},
        "journal": {"commit_every": commit_every},
        "devices": [{"id": name, "driver": "senml-json"} for name in names],
        "points": [{"id": f"{name}-air", "name": name, "device": name} | point for name in names],
        "control_points": [{"id": f"ccp-{name}", "point": f"{name}-air"} | control for name in names],
    }
    return json.dumps(settings | more, indent=1)


class Process:
    """Run a program under test on its own core."""

    def __init__(
        self, command: list[str], log: Path, *, cwd: Path = ROOT, env: Mapping[str, str] | None = None
    ) -> None:
        self.began = time.time()
        with log.open("wb") as out:
            self.process = subprocess.Popen(command, cwd=cwd, env=env, stdout=out, stderr=out)
        use_core(1, self.process.pid)
        self.log = log

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def wait_for(self, word: str, within: float = READY_WITHIN) -> str:
        """Wait for a word in its output; return the line."""
        deadline = time.monotonic() + within
        while time.monotonic() < deadline and self.process.poll() is None:
            for line in self.log.read_text().splitlines():
                if word in line:
                    return line
            time.sleep(0.01)
        raise SystemExit(f"it did not say “{word}”:\n{self.log.read_text()}")

    @property
    def cpu(self) -> float:
        """User and system time so far, seconds (proc(5): fields 14 and 15 of stat)."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def memory(self) -> float:
        """Resident MB."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    @property
    def peak(self) -> float:
        """Highest resident MB so far (proc(5): VmHWM of status, in kB)."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) * 1_024 / 1e6


def module(name: str, *arguments: object) -> list[str]:
    """Return the command line of one of our modules."""
    return [sys.executable, "-m", name, *map(str, arguments)]


class Gateway:
    """Run the gateway under test, and read its journal from outside."""

    def __init__(self, folder: Path, config: str) -> None:
        """Use the journal in `folder`, or a new one."""
        file, self.data = folder / "kitchen.yaml", folder / "data"
        file.write_text(config)
        self.process = Process(module("gateway", "--config", file, "--data", self.data), folder / "log")

    def __enter__(self) -> Self:
        """Wait until it is connected to the broker."""
        try:
            self.process.wait_for("connected as")
        except SystemExit:
            self.process.__exit__()
            raise
        self.journal = sqlite3.connect(f"file:{self.data}/journal.db?mode=ro", uri=True)
        return self

    def __exit__(self, *_: object) -> None:
        self.journal.close()
        self.process.__exit__()

    def stored(self) -> int:
        """Return the number of committed readings."""
        return int(self.journal.execute("SELECT coalesce(max(seq), 0) FROM reading").fetchone()[0])

    def watch(self, count: int) -> list[tuple[int, float]]:
        """Return (readings stored, moment) for each increase, until there are `count`."""
        increases = [(0, time.time())]
        deadline = time.monotonic() + DONE_WITHIN
        while increases[-1][0] < count:
            if time.monotonic() > deadline:
                raise SystemExit(f"only {increases[-1][0]} of {count} were stored:\n{self.process.log.read_text()}")
            stored = self.stored()
            if stored > increases[-1][0]:
                increases.append((stored, time.time()))
            time.sleep(POLL)
        return increases


@contextmanager
def publishing(port: int, count: int, *options: object) -> Iterator[subprocess.Popen[str]]:
    """Run bench.publisher."""
    command = module("bench.publisher", port, count, *options)
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as publisher:
        yield publisher


def began(publisher: subprocess.Popen[str]) -> float:
    """Wait until the publisher's last message is acknowledged; return the time of its first."""
    out, _ = publisher.communicate(timeout=DONE_WITHIN)
    return float(out.split()[0])


@contextmanager
def serving(data: Path, log: Path, path: str = READINGS) -> Iterator[tuple[Process, int]]:
    """Run the API on a free port; yield it once it answers `path`."""
    port = free_port()
    with Process(module("api", "--data", data, "--port", port), log) as api:
        answered(port, path)
        yield api, port


def answered(port: int, path: str = READINGS) -> float:
    """Wait for the first answer with status 200; return its time."""
    http, deadline = urllib3.PoolManager(retries=False), time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline:
        try:
            if http.request("GET", f"http://127.0.0.1:{port}{path}").status == 200:
                return time.time()
        except urllib3.exceptions.HTTPError:
            pass
        time.sleep(0.005)
    raise SystemExit("the API does not answer")
