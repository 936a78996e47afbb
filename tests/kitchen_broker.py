"""A real mosquitto with the very files that `mbg-gateway broker` makes, included as Debian's mosquitto.conf does.

with kitchen_broker(tmp_path) as broker:
    password = broker.add("chiller-1"); broker.ports.password; broker.reload(); broker.kill(); broker.start()
"""

import io
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path

from brokers import Broker, free_port, need_program, running

from gateway.cli.broker import main
from gateway.cli.mosquitto.folder import Ports


class KitchenBroker(Broker):
    """The broker's process, and its folder of certificates and passwords."""

    def __init__(self, command: list[str], folder: Path, ports: Ports, log: Path) -> None:
        super().__init__(command, ports.local, log)
        self.folder = folder
        self.ports = ports

    def start(self) -> None:
        """Start it, and return when it listens on all ports: it opens them one after the other."""
        before = self._times_running()
        super().start()
        deadline = time.monotonic() + 20
        while self._times_running() == before:
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.01)

    def _times_running(self) -> int:
        return self.log.read_text().count(" running\n") if self.log.exists() else 0

    @property
    def ca(self) -> str:
        return str(self.folder / "ca.crt")

    @property
    def gateway_password(self) -> str:
        return (self.folder / "gateway.password").read_text().strip()

    def add(self, name: str, *options: str) -> str:
        """Make a device's credentials and let them work; the password, or what was said of the certificate."""
        said = said_by("add-device", name, *options, folder=self.folder)
        self.reload()
        return next((line.split()[1] for line in said.splitlines() if line.startswith("  password ")), said)

    def reload(self) -> None:
        """What `systemctl reload mosquitto` does."""
        self._signal(signal.SIGHUP, lambda: self.log.read_text().count("Reloading config"))

    def save(self) -> None:
        """Let it save its queues now, as it does every autosave_interval."""
        self._signal(signal.SIGUSR1, lambda: self.log.read_text().count("Saving in-memory database"))

    def _signal(self, number: signal.Signals, done: Callable[[], int]) -> None:
        before = done()
        assert self.process is not None
        deadline, again = time.monotonic() + 20, 0.0
        # It accepts connections before it catches signals: one that comes too early ends it.
        while "running" not in self.log.read_text() and time.monotonic() < deadline:
            time.sleep(0.01)
        while done() == before:
            # mosquitto 2.0 forgets a signal that comes while it is still obeying the one before.
            if time.monotonic() >= again:
                self.process.send_signal(number)
                again = time.monotonic() + 0.5
            assert time.monotonic() < deadline, "the broker does not obey"
            time.sleep(0.01)


@contextmanager
def kitchen_broker(folder: Path, *init: str) -> Iterator[KitchenBroker]:
    """Files by `broker init` with these further arguments, all on free ports of 127.0.0.1."""
    program = need_program("mosquitto")
    ports = Ports(free_port(), free_port(), free_port())
    files = folder / "mbg"
    said_by("init", "--host", "localhost", *init, "--ports", *map(str, ports), folder=files)
    settings = debian_settings(folder, files / "mbg.conf")
    with running(KitchenBroker([program, "-c", str(settings)], files, ports, folder / "mosquitto.log")) as broker:
        yield broker


def debian_settings(folder: Path, *included: Path) -> Path:
    """A mosquitto.conf like Debian's, its paths in `folder`, with links to `included` in its conf.d."""
    parts = folder / "conf.d"
    parts.mkdir(parents=True, exist_ok=True)
    for file in included:
        (parts / file.name).symlink_to(file)
    settings = folder / "mosquitto.conf"
    settings.write_text(
        f"persistence true\npersistence_location {folder}/\nlog_dest stderr\nlog_type all\n"
        # mosquitto started by root would drop to a user who may not write here.
        f"user {'root' if os.geteuid() == 0 else 'mosquitto'}\n"
        f"include_dir {parts}\n"
    )
    return settings


def said_by(act: str, *arguments: str, folder: Path) -> str:
    """What the command prints when it succeeds."""
    out = io.StringIO()
    with redirect_stdout(out):
        assert main([act, *arguments, "--folder", str(folder)]) == 0
    return out.getvalue()
