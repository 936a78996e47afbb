"""The parts of the demonstration: a free port, a broker that is there, a clock that begins when the kitchen does."""

import socket
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.cli import demo
from gateway.cli.demo import DemoError, choose_broker, clock_flags, free_port, main


@pytest.fixture
def taken() -> socket.socket:
    return socket.create_server(("127.0.0.1", 0))


@pytest.fixture
def no_mosquitto(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(demo, "SBIN", ())


def test_the_usual_port_is_taken_when_it_is_free_else_another(taken: socket.socket) -> None:
    with taken:
        busy = taken.getsockname()[1]
        other = free_port(busy)
        assert other != busy
    assert free_port(other) == other


def test_a_port_that_was_asked_for_and_is_taken_is_refused(
    taken: socket.socket, capsys: pytest.CaptureFixture[str]
) -> None:
    with taken, pytest.raises(SystemExit) as exit_:
        main(["--port", str(taken.getsockname()[1])])
    assert exit_.value.code == 2
    assert "another program has it" in capsys.readouterr().err


def test_the_clock_begins_with_the_kitchens_day_whatever_the_hour_is() -> None:
    now = datetime(2026, 11, 24, 21, 45, 12, 7, tzinfo=UTC)
    flags = dict(zip(*[iter(clock_flags(now, 10.0))] * 2, strict=True))
    assert flags == {
        "--clock-start": "2026-11-24T02:00:00+00:00",
        "--clock-speed": "10.0",
        "--clock-origin": str(now.timestamp()),
    }


@pytest.mark.usefixtures("no_mosquitto")
def test_without_mosquitto_the_broker_of_the_demonstration_takes_its_place(tmp_path: Path) -> None:
    broker = choose_broker("auto", folder=tmp_path, port=18830)
    assert (broker.kind, broker.argv[0]) == ("demonstration", sys.executable)
    assert '"127.0.0.1:18830"' in (tmp_path / "broker.conf").read_text()


@pytest.mark.usefixtures("no_mosquitto")
def test_a_mosquitto_that_was_asked_for_and_is_missing_is_named_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(DemoError, match="apt-get install mosquitto"):
        choose_broker("mosquitto", folder=tmp_path, port=18830)


@pytest.mark.usefixtures("no_mosquitto")
def test_without_any_broker_the_demonstration_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "find_spec", lambda _: None)
    with pytest.raises(DemoError, match=r"mbg-gateway\[demo\]"):
        choose_broker("auto", folder=tmp_path, port=18830)


def test_mosquitto_runs_with_the_limits_that_kitchens_get_and_on_this_machine_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "mosquitto"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    broker = choose_broker("auto", folder=tmp_path, port=18830)
    assert (broker.kind, broker.argv) == ("mosquitto", [str(program), "-c", tmp_path / "broker.conf"])
    settings = (tmp_path / "broker.conf").read_text()
    assert "max_queued_messages 1000000000" in settings
    assert "listener 18830 127.0.0.1" in settings


def test_a_folder_that_was_named_stays_and_a_temporary_one_goes(tmp_path: Path) -> None:
    with demo._folder(tmp_path / "mine") as folder:
        (folder / "journal.db").touch()
    assert (tmp_path / "mine" / "journal.db").exists()
    with demo._folder(None) as temporary:
        assert temporary.is_dir()
    assert not temporary.exists()
