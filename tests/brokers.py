"""Brokers as subprocesses on 127.0.0.1, for the tests that want a real one.

with mosquitto(tmp_path) as broker:
    broker.port; broker.kill(); broker.start()
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import pytest

SHIPPED = Path(__file__).parent.parent / "deploy" / "mosquitto" / "limits.conf"


class Broker:
    """A broker's process; it keeps its port and folder when it is started again."""

    def __init__(self, command: list[str], port: int, log: Path) -> None:
        self.command = command
        self.port = port
        self.log = log
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and return when it accepts connections."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log)
        deadline = time.monotonic() + 20
        while not accepts(self.port):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{self.command[0]} did not start:\n{self.log.read_text()}")
            time.sleep(0.02)

    def stop(self) -> None:
        """End it in good order: mosquitto saves its sessions."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        self._end(signal.SIGKILL)

    def save(self) -> None:
        """Let mosquitto save its sessions and queues now, as it does every `autosave_interval`; return when it has."""
        file = self.log.with_name("mosquitto.db")
        before = file.stat().st_mtime_ns if file.exists() else 0
        assert self.process is not None
        self.process.send_signal(signal.SIGUSR1)
        deadline = time.monotonic() + 20
        while not file.exists() or file.stat().st_mtime_ns == before:
            if time.monotonic() > deadline:
                raise RuntimeError(f"mosquitto did not save:\n{self.log.read_text()}")
            time.sleep(0.01)

    def _end(self, signal_: signal.Signals) -> None:
        if self.process is not None:
            self.process.send_signal(signal_)
            self.process.wait(10)
            self.process = None


@contextmanager
def mosquitto(folder: Path, *, extra: str = "allow_anonymous true", limits: str | None = None) -> Iterator[Broker]:
    """A real mosquitto with the limits that we ship (`limits`: others), its files in `folder`, on a free port."""
    program = need_program("mosquitto")
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    settings = folder / "mosquitto.conf"
    settings.write_text(
        f"{SHIPPED.read_text() if limits is None else limits}\n"
        f"listener {port} 127.0.0.1\n{extra}\npersistence true\npersistence_location {folder}/\n"
        # mosquitto started by root would drop to a user who may not write here.
        f"user {'root' if os.geteuid() == 0 else 'mosquitto'}\nlog_dest stderr\n"
    )
    with running(Broker([program, "-c", str(settings)], port, folder / "mosquitto.log")) as broker:
        yield broker


@contextmanager
def amqtt(folder: Path) -> Iterator[Broker]:
    """A broker that knows only MQTT 3.1.1 and drops a CONNECT of version 5."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    command = [sys.executable, "-W", "ignore", "-c", _AMQTT, str(port)]
    with running(Broker(command, port, folder / "amqtt.log")) as broker:
        yield broker


_AMQTT = """
import asyncio, sys
from amqtt.broker import Broker

async def main():
    listener = {"type": "tcp", "bind": f"127.0.0.1:{sys.argv[1]}"}
    anonymous = {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}}
    await Broker({"listeners": {"default": listener}, "plugins": anonymous}).start()
    await asyncio.Event().wait()

asyncio.run(main())
"""


Kind = TypeVar("Kind", bound=Broker)


@contextmanager
def running(broker: Kind) -> Iterator[Kind]:
    """Started, and killed in the end."""
    broker.start()
    try:
        yield broker
    finally:
        broker.kill()


def need_program(name: str) -> str:
    """Path of a program; without it the test is skipped, but under CI=true it fails."""
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin:/sbin")
    if path is None:
        missing = f"{name} is not installed: apt-get install {name}"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    return path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def accepts(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
