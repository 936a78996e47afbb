"""What keeps the gateway running: who dies is started again, who is told to stop stops, nobody is left behind."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.cli.supervise import restart_delay, spell_status

DELAYS = [
    # previous delay, seconds lived, next delay
    (0.0, 0.1, 0.2),
    (0.2, 0.1, 0.4),
    (0.4, 3.0, 0.8),
    (3.2, 0.1, 5.0),
    (5.0, 9.9, 5.0),
    (5.0, 10.0, 0.2),
]

PROGRAM = """
import sys
from pathlib import Path
from gateway.cli.supervise import Child, Supervisor
folder = Path(sys.argv[1])
write = "import os, sys, time; open(sys.argv[1], 'a').write(f'{os.getpid()}\\\\n'); "
Supervisor(
    [
        Child("steady", [sys.executable, "-c", write + "time.sleep(60)", str(folder / "steady")]),
        Child(
            "frail",
            [sys.executable, "-c", write + "print('no such port', flush=True); sys.exit(3)", str(folder / "frail")],
            log=folder / "frail.log",
        ),
    ],
    on_ready=lambda: print("ready", flush=True),
).run()
"""


@pytest.mark.parametrize(("previous", "lived", "delay"), DELAYS)
def test_restarts_slow_down_and_a_child_that_settled_starts_anew(previous: float, lived: float, delay: float) -> None:
    assert restart_delay(previous, lived) == delay


def test_a_status_is_spelt_as_people_say_it() -> None:
    assert spell_status(3) == "exit status 3"
    assert spell_status(-signal.SIGKILL) == "signal SIGKILL"


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A supervisor of its own process, with one child that lives and one that dies at once."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(tmp_path)],
        env=os.environ | {"NOTIFY_SOCKET": str(tmp_path / "systemd")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    yield process
    process.kill()
    process.communicate()


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(str(tmp_path / "systemd"))
        sock.settimeout(10)
        yield sock


def starts(file: Path) -> list[int]:
    """The process ids that a child wrote."""
    return [int(line) for line in file.read_text().split()] if file.exists() else []


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def alive(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    # A dead child of a dead parent stays in the table until somebody reaps it.
    return stat.rpartition(")")[2].split()[0] != "Z"


def test_a_child_that_dies_is_started_again_and_its_last_words_are_shown(
    tmp_path: Path, supervisor: subprocess.Popen[str]
) -> None:
    wait_until(lambda: len(starts(tmp_path / "frail")) >= 3)
    supervisor.send_signal(signal.SIGTERM)
    _, said = supervisor.communicate(timeout=15)
    assert "frail ended with exit status 3; started again in 0.2 s\n    no such port" in said
    assert "frail ended with exit status 3; started again in 0.4 s" in said
    assert len(starts(tmp_path / "steady")) == 1


def test_a_stop_ends_every_child_and_the_service_manager_hears_of_each_step(
    tmp_path: Path, systemd: socket.socket, supervisor: subprocess.Popen[str]
) -> None:
    wait_until(lambda: bool(starts(tmp_path / "steady")))
    heard = {systemd.recv(64) for _ in range(2)}
    supervisor.send_signal(signal.SIGINT)
    assert supervisor.wait(15) == 0
    while b"STOPPING=1" not in heard:
        heard.add(systemd.recv(64))
    assert heard == {b"READY=1", b"WATCHDOG=1", b"STOPPING=1"}
    assert not alive(starts(tmp_path / "steady")[0])


def test_no_child_outlives_a_killed_supervisor(tmp_path: Path, supervisor: subprocess.Popen[str]) -> None:
    wait_until(lambda: bool(starts(tmp_path / "steady")))
    supervisor.kill()
    wait_until(lambda: not alive(starts(tmp_path / "steady")[0]))
