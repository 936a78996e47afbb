import json
import socket
import subprocess
import sys

import pytest

from simulators import clock


def _simulators(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "simulators", *map(str, arguments)]


def _say(control: socket.socket, request: dict[str, object]) -> dict[str, object]:
    control.sendall(json.dumps(request).encode() + b"\n")
    with control.makefile("rb") as replies:
        reply: dict[str, object] = json.loads(replies.readline())
    return reply


def test_a_kitchen_runs_until_it_is_told_to_stop_and_leaves_its_counts(tmp_path):
    command = _simulators(
        "kitchen", "--scenario", "quiet", "--folder", tmp_path, "--broker", "127.0.0.1:1",
        "--control", tmp_path / "sim.sock", "--truth", tmp_path / "truth.jsonl",
        "--clock-start", "2026-11-24T02:00:00+07:00", "--clock-speed", 60, "--clock-origin", 1_795_500_000,
    )  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        with socket.socket(socket.AF_UNIX) as control:
            control.connect(str(tmp_path / "sim.sock"))
            assert _say(control, {"do": {"deliver": 25.0}})["ok"]
            assert "exactly one verb" in str(_say(control, {"do": {"dance": 1}})["error"])
            state = _say(control, {"ask": "state"})["devices"]
        process.terminate()
        assert process.wait(20) == 0
    assert isinstance(state, dict)
    assert state["rice-scale"]["load"] == 65.0
    lines = [json.loads(line) for line in (tmp_path / "truth.jsonl").read_text().splitlines()]
    assert lines[0]["expected"] == {"event": "delivery", "kg": "25.00"}
    assert sorted(line["device"] for line in lines[1:-1]) == sorted(state)
    assert lines[-1]["expected"]["moved"] == {"receive": {"rice": {"kg": "25.00", "loads": 1}}}
    assert not (tmp_path / "rice-scale").is_symlink()


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--scenario", "feast"], "there are demo, kitchen, quiet, stock"),
        (["--clock-speed", "10"], "belong together"),
        (["--broker", "localhost"], "no HOST:PORT"),
    ],
)
def test_a_wrong_command_line_ends_with_one_line(tmp_path, arguments, why):
    command = _simulators("kitchen", "--folder", tmp_path, *arguments)
    ended = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 2
    assert why in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_the_turned_clock_shows_its_start_at_its_origin(monkeypatch):
    turned = clock.SimulatedClock(start=5_000_000, origin=70_000_000, speed=10.0)
    monkeypatch.setattr(clock.time, "time_ns", lambda: 72_000_000_000)
    assert turned.now() == 25_000_000
