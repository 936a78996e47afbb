"""How `mbg-gateway run` starts and stops its children, and which calls of it are refused."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.cli import supervise
from gateway.cli.supervise import Child, answers, main, stop

PATIENCE = 20.0
ENVIRONMENT = {"PATH": os.environ.get("PATH", "")}
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"

PROGRAM = """
import os, sys
from pathlib import Path
from gateway.cli.supervise import Child, Supervisor
folder = Path(sys.argv[1])
script = "import os, sys, time; open(sys.argv[1], 'w').write(repr(sorted(os.environ))); time.sleep(60)"
class Noted(Child):
    def start(self, environment):
        print(self.name, [path.name for path in folder.glob("* answers")], flush=True)
        super().start(environment)
def child(name):
    answers = lambda: (folder / f"{name} answers").exists()
    return Noted(name, [sys.executable, "-c", script, str(folder / name)], answers=answers)
Supervisor([child("gateway"), child("api")], on_ready=lambda: print("ready", flush=True)).run()
"""


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A supervisor of a gateway and an API, each of which answers as soon as the test makes a file."""
    environment = os.environ | {"NOTIFY_SOCKET": "@nobody", "WATCHDOG_USEC": "30000000"}
    command = [sys.executable, "-c", PROGRAM, str(tmp_path)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    yield process
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=PATIENCE)


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def started(folder: Path, name: str) -> bool:
    return (folder / name).exists() and (folder / name).read_text().endswith("]")


def test_the_api_starts_only_after_the_gateway_answers_and_ready_is_printed_once_both_do(
    tmp_path: Path, supervisor: subprocess.Popen[str]
) -> None:
    assert supervisor.stdout is not None
    assert supervisor.stdout.readline() == "gateway []\n"
    wait_until(lambda: started(tmp_path, "gateway"))
    (tmp_path / "gateway answers").touch()
    assert supervisor.stdout.readline() == "api ['gateway answers']\n"
    (tmp_path / "api answers").touch()
    assert supervisor.stdout.readline() == "ready\n"


@pytest.mark.usefixtures("supervisor")
def test_no_child_can_speak_to_the_service_manager_for_the_whole_service(tmp_path: Path) -> None:
    wait_until(lambda: started(tmp_path, "gateway"))
    names = (tmp_path / "gateway").read_text()
    assert "'PATH'" in names
    assert "NOTIFY_SOCKET" not in names
    assert "WATCHDOG_USEC" not in names


def child_of(script: str, log: Path) -> Child:
    child = Child("child", [sys.executable, "-u", "-c", script], log=log)
    child.start(ENVIRONMENT)
    return child


def test_a_child_that_does_not_end_when_it_is_asked_to_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervise, "STOP_PATIENCE", 0.3)
    log = tmp_path / "log"
    child = child_of(STUBBORN, log)
    wait_until(lambda: "up" in log.read_text())
    process = child.process
    stop([child])
    assert process is not None
    assert process.poll() == -signal.SIGKILL


class StoppedProcess:
    """A process that ends as soon as it is asked to, and notes when that was."""

    def __init__(self, name: str, asked: list[str]) -> None:
        self.name, self.asked = name, asked

    def terminate(self) -> None:
        self.asked.append(self.name)

    def wait(self, _timeout: float | None = None) -> int:
        return 0


def test_children_are_stopped_in_the_reverse_order_of_their_start() -> None:
    asked: list[str] = []
    children = [Child(name, []) for name in ("broker", "gateway", "api")]
    for child in children:
        child.process = StoppedProcess(child.name, asked)  # type: ignore[assignment]
    stop(children)
    assert asked == ["api", "gateway", "broker"]


def test_the_words_of_an_earlier_life_are_not_shown_as_the_last_ones(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("from yesterday\n")
    child = child_of("print('no such port'); raise SystemExit(1)", log)
    wait_until(lambda: child.process is None or child.process.poll() is not None)
    message = child.obituary()
    assert message is not None
    assert "no such port" in message
    assert "from yesterday" not in message
    assert child.obituary() is None, "it is said once"
    assert child.due > time.monotonic() - 1


def test_of_long_output_only_the_end_is_shown(tmp_path: Path) -> None:
    child = child_of("[print(f'line {n}') for n in range(20)]", tmp_path / "log")
    wait_until(lambda: child.process is None or child.process.poll() is not None)
    message = child.obituary()
    assert message is not None
    assert message.splitlines()[1:] == [f"    line {number}" for number in range(15, 20)]


def test_a_port_answers_while_somebody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert answers("127.0.0.1", port)
    assert not answers("127.0.0.1", port)


def refused(arguments: list[object], capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as exit_:
        main(list(map(str, arguments)))
    assert exit_.value.code == 2
    return capsys.readouterr().err


EXAMPLE = Path(__file__).parents[3] / "examples" / "kitchen.yaml"


def test_a_kitchen_runs_on_the_machines_time_and_no_other(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    error = refused(["--config", EXAMPLE, "--data", tmp_path, "--clock-speed", "10"], capsys)
    assert "run takes the machine's time" in error


def test_a_data_folder_that_cannot_be_made_ends_the_start_with_the_remedy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    error = refused(["--config", EXAMPLE, "--data", tmp_path / "file" / "data"], capsys)
    assert "name a folder that this user may write to" in error


def test_a_mistake_in_the_configuration_ends_the_start_before_anything_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "kitchen.yaml").write_text("kitchen: {id: k, name: K, colour: red}\n")
    assert main(["--config", str(tmp_path / "kitchen.yaml"), "--data", str(tmp_path / "data")]) == 2
    assert "colour" in capsys.readouterr().err
    assert not (tmp_path / "data").exists()
