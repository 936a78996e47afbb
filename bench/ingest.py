"""MQTT QoS 1 in, stored and acknowledged, beside a stock paho client that only acknowledges.

    python -m bench.ingest [--rounds 3] [--messages 60000] [--commit-every 20ms]

The real gateway process with 200 points and a holding control each; the broker, the publisher and this program on one
core, the program under test on another. Figures of one machine say little, so both take turns in the same run: look at
the ratios. Every round has a fresh broker and a fresh journal. CPU is user and system time of the program under test.
"""

import argparse
import json
import os
import platform
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from itertools import pairwise
from pathlib import Path
from statistics import median, quantiles
from typing import NamedTuple

from bench.publisher import SENSORS
from tests.brokers import mosquitto

ROOT = Path(__file__).parent.parent
READY_WITHIN = 30.0
DONE_WITHIN = 120.0
LOOK_EVERY = 0.001
RATE = 1_000
SECONDS_AT_RATE = 15


class Round(NamedTuple):
    """What one program did with one load."""

    rate: float  # messages a second, from the first published to the last stored or acknowledged
    cpu: float  # microseconds a message
    memory: float  # MB, resident


def kitchen(port: int, commit_every: str) -> str:
    """kitchen.yaml (JSON is YAML): all sensors, each with a cold-holding control and within its limits."""
    names = [f"probe-{number:03d}" for number in range(SENSORS)]
    return json.dumps(
        {
            "kitchen": {"id": "bench", "name": "Bench", "zone": "WIB", "language": "en"},
            "mqtt": {"host": "127.0.0.1", "port": port},
            "journal": {"commit_every": commit_every},
            "devices": [{"id": name, "driver": "senml-json"} for name in names],
            "points": [
                {
                    "id": f"{name}-air",
                    "name": name,
                    "device": name,
                    "channel": "temperature",
                    "quantity": "temperature",
                    "interval": "1m",
                    "range": [-40, 80],
                }
                for name in names
            ],
            "control_points": [
                {
                    "id": f"ccp-{name}",
                    "kind": "cold_holding",
                    "point": f"{name}-air",
                    "critical_limit": 5,
                    "on_delay": "30m",
                    "off_delay": "1m",
                    "deadband": 0.5,
                }
                for name in names
            ],
        },
        indent=1,
    )


class Process:
    """A program under test, on its own core."""

    def __init__(self, command: list[str], log: Path) -> None:
        with log.open("wb") as out:
            self.process = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=out)
        use_core(1, self.process.pid)
        self.log = log

    def wait_for(self, word: str, within: float) -> str:
        """The line of its output with this word."""
        deadline = time.monotonic() + within
        while time.monotonic() < deadline and self.process.poll() is None:
            for line in self.log.read_text().splitlines():
                if word in line:
                    return line
            time.sleep(0.01)
        raise SystemExit(f"it did not say “{word}”:\n{self.log.read_text()}")

    @property
    def cpu(self) -> float:
        """Seconds of user and system time so far (proc(5): fields 14 and 15 of stat)."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def memory(self) -> float:
        """Resident MB."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    @property
    def peak(self) -> float:
        """Resident MB at most so far (proc(5): VmHWM of status, in kB)."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) * 1_024 / 1e6

    def end(self) -> None:
        self.process.terminate()
        self.process.wait(30)


def use_core(core: int, pid: int = 0) -> None:
    """Keep a process (0: this one, and those that it starts) on one core, if there is more than one."""
    if (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(pid, {core})


@contextmanager
def publishing(port: int, count: int, rate: float | None = None) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "bench.publisher", str(port), str(count), *([str(rate)] if rate else [])]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as publisher:
        yield publisher


def began(publisher: subprocess.Popen[str]) -> float:
    """When the publisher's first message went out."""
    out, _ = publisher.communicate(timeout=DONE_WITHIN)
    return float(out.split()[0])


def paho_round(folder: Path, count: int) -> Round:
    with mosquitto(folder / "broker") as broker:
        sink = Process([sys.executable, "-m", "bench.paho_sink", str(broker.port), str(count)], folder / "log")
        sink.wait_for("ready", READY_WITHIN)
        before = sink.cpu
        with publishing(broker.port, count) as publisher:
            first = began(publisher)
        last = float(sink.wait_for(".", DONE_WITHIN).split()[1])
        result = Round(count / (last - first), (sink.cpu - before) / count * 1e6, sink.memory)
        sink.end()
        return result


class Gateway:
    """The gateway under test, and its journal watched from outside."""

    def __init__(self, folder: Path, port: int, commit_every: str) -> None:
        config, self.data = folder / "kitchen.yaml", folder / "data"
        config.write_text(kitchen(port, commit_every))
        command = [sys.executable, "-m", "gateway", "--config", str(config), "--data", str(self.data)]
        self.process = Process(command, folder / "log")
        self.process.wait_for("connected as", READY_WITHIN)
        self.journal = sqlite3.connect(f"file:{self.data}/journal.db?mode=ro", uri=True)

    def stored(self) -> int:
        """Readings that anybody can read, so committed."""
        return int(self.journal.execute("SELECT coalesce(max(seq), 0) FROM reading").fetchone()[0])

    def watch(self, count: int) -> list[tuple[int, float]]:
        """(readings stored, moment) each time that there are more, until there are `count`."""
        seen = [(0, time.time())]
        deadline = time.monotonic() + DONE_WITHIN
        while seen[-1][0] < count:
            if time.monotonic() > deadline:
                raise SystemExit(f"only {seen[-1][0]} of {count} were stored:\n{self.process.log.read_text()}")
            stored = self.stored()
            if stored > seen[-1][0]:
                seen.append((stored, time.time()))
            time.sleep(LOOK_EVERY)
        return seen

    def end(self) -> None:
        self.journal.close()
        self.process.end()


def gateway_round(folder: Path, count: int, commit_every: str) -> Round:
    with mosquitto(folder / "broker") as broker:
        gateway = Gateway(folder, broker.port, commit_every)
        before = gateway.process.cpu
        with publishing(broker.port, count) as publisher:
            first = began(publisher)
        last = gateway.watch(count)[-1][1]
        cpu = (gateway.process.cpu - before) / count * 1e6
        result = Round(count / (last - first), cpu, gateway.process.memory)
        gateway.end()
        return result


def delays(
    folder: Path, commit_every: str, beside: Callable[[Path], AbstractContextManager[object]] = nullcontext
) -> list[float]:
    """Milliseconds from published to stored, of every message at a steady rate.

    `beside`: what goes on meanwhile, given the folder of the journal.
    """
    count = RATE * SECONDS_AT_RATE
    with mosquitto(folder / "broker") as broker:
        gateway = Gateway(folder, broker.port, commit_every)
        with beside(gateway.data), publishing(broker.port, count, RATE) as publisher:
            seen = gateway.watch(count)
            began(publisher)
        published = [at for (at,) in gateway.journal.execute("SELECT measured_at FROM reading ORDER BY seq")]
        gateway.end()
    steps = pairwise(seen)
    return [moment * 1_000 - at / 1_000 for (before, _), (after, moment) in steps for at in published[before:after]]


def report(name: str, rounds: list[Round]) -> Round:
    middle = Round(*(median(column) for column in zip(*rounds, strict=True)))
    print(f"{name:42}{middle.rate:10,.0f}{middle.cpu:10.1f}{middle.memory:10.0f}")
    return middle


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--messages", type=int, default=60_000)
    parser.add_argument("--commit-every", default="20ms", help="journal.commit_every (%(default)s)")
    args = parser.parse_args()
    if shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin") is None:
        raise SystemExit("mosquitto is not installed: sudo apt-get install mosquitto")
    if os.cpu_count() == 1:
        print("one core only: the broker and the publisher take from what is measured")
    use_core(0)
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}; ", end="")
    print(f"{args.messages:,} messages a round, commit_every {args.commit_every}")
    paho: list[Round] = []
    gateway: list[Round] = []
    with tempfile.TemporaryDirectory() as temporary:
        for number in range(args.rounds):
            paho.append(paho_round(Path(temporary) / f"paho-{number}", args.messages))
            gateway.append(gateway_round(Path(temporary) / f"gateway-{number}", args.messages, args.commit_every))
            print(f"round {number + 1}: paho {paho[-1].rate:,.0f}/s, gateway {gateway[-1].rate:,.0f}/s", flush=True)
        late = delays(Path(temporary) / "delays", args.commit_every)
    print(f"\n{'median of the rounds':42}{'msg/s':>10}{'CPU µs':>10}{'RSS MB':>10}")
    reference = report("paho-mqtt, acknowledges only", paho)
    ours = report("gateway, stored, then acknowledged", gateway)
    print(f"{'ratio':42}{ours.rate / reference.rate:10.2f}{ours.cpu / reference.cpu:10.2f}")
    cuts = quantiles(late, n=100)
    print(f"published → stored at {RATE:,} msg/s: p50 {cuts[49]:.1f} ms, p99 {cuts[98]:.1f} ms")


if __name__ == "__main__":
    main()
