"""What the commands say and return when a file, a disk or a right is missing: 1 for damage, 2 for wrong input."""

import os
import sqlite3
from pathlib import Path

import pytest
from gateway_rig import PLAN, GatewayRig

from gateway.cli import broker, coverage, export
from gateway.cli.main import main
from gateway.cli.mosquitto.files import BrokerFiles


@pytest.fixture
def kitchen(tmp_path: Path) -> Path:
    file = tmp_path / "kitchen.yaml"
    file.write_text(PLAN)
    return file


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    rig = GatewayRig(tmp_path)
    rig.measure(3.5)
    rig.run(60, step=10)
    rig.gateway.journal.close()
    return rig.path


COMMANDS = [
    (["coverage", "--config"], coverage),
    (["export", "--format", "line", "--config"], export),
]


@pytest.mark.parametrize(("command", "module"), COMMANDS, ids=["coverage", "export"])
@pytest.mark.parametrize("error", [sqlite3.DatabaseError("malformed"), OSError(5, "Input/output error")], ids=repr)
def test_a_damaged_journal_ends_with_status_1_and_names_the_file(
    journal: Path,
    kitchen: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    command: list[str],
    module: object,
    error: Exception,
) -> None:
    def fail(*_args: object, **_kwargs: object) -> None:
        raise error

    monkeypatch.setattr(module, "coverage_of" if module is coverage else "rows_of", fail)
    assert main([*command, str(kitchen), str(journal)]) == 1
    assert capsys.readouterr().err.startswith(f"mbg-gateway {command[0]}: {journal}: ")


def test_a_point_that_is_not_in_kitchen_yaml_or_the_journal_ends_with_status_2(
    journal: Path, kitchen: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["coverage", str(journal), "--config", str(kitchen), "--point", "c9-air"]) == 2
    assert "kitchen.yaml has no point c9-air" in capsys.readouterr().err
    assert main(["export", str(journal), "--point", "c9-air"]) == 2
    assert "the journal knows no point c9-air; it has c1-air, s1-weight" in capsys.readouterr().err


def test_line_protocol_needs_kitchen_yaml(journal: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", str(journal), "--format", "line"]) == 2
    assert "give --config kitchen.yaml" in capsys.readouterr().err


def test_a_reader_that_has_enough_is_no_error(
    journal: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def closed(*_args: object, **_kwargs: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr(export, "rows_of", closed)
    before = os.dup(1)
    try:
        assert main(["export", str(journal)]) == 0
    finally:
        os.dup2(before, 1)
        os.close(before)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (PermissionError(13, "Permission denied", "/etc/mosquitto/mbg"), "Permission denied; run it with sudo"),
        (OSError(28, "No space left on device"), "No space left on device"),
    ],
)
def test_a_broker_folder_that_cannot_be_written_ends_with_status_1(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: OSError,
    words: str,
) -> None:
    def fail(*_args: object, **_kwargs: object) -> list[str]:
        raise error

    monkeypatch.setattr(BrokerFiles, "write", fail)
    assert broker.main(["init", "--host", "dapur.local", "--folder", str(tmp_path / "mbg")]) == 1
    assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [["--ports", "0", "8883", "8884"], ["--ports", "1883", "8883", "65536"], ["--days", "0"], ["--ip", "dapur"]],
)
def test_numbers_and_addresses_that_cannot_be_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    with pytest.raises(SystemExit) as exit_:
        broker.main(["init", "--host", "dapur.local", "--folder", str(tmp_path / "mbg"), *arguments])
    assert exit_.value.code == 2
    assert "usage: mbg-gateway broker init" in capsys.readouterr().err
    assert not (tmp_path / "mbg").exists()
