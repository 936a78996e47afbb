"""The one command: its table, its exit statuses, and what a wrong configuration says."""

import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from gateway.cli.main import COMMANDS, main

FIVE_MISTAKES = """\
kitchen:
  id: Dapur 03
  zone: Asia/Jakata
devices:
  - {id: chiller-1, driver: modbus-rtu, map: xy-md02, port: /dev/null, slave: 1, every: ten}
points:
  - {id: air, name: Chiller 1, device: chiler-1, channel: T, quantity: temperature, interval: 10s}
control_points:
  - {id: ccp-1, kind: cold_holding, point: air, critical_limit: cold}
"""


def test_help_names_every_command_and_imports_none_of_them() -> None:
    shown = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", "from gateway.cli.main import main; main(['--help'])"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert all(f"\n    {name} " in shown.stdout for name in COMMANDS)
    assert "pydantic" not in shown.stderr


def test_a_journal_is_made_and_read_whatever_the_machines_language_is(tmp_path: Path) -> None:
    """A locale without UTF-8, as a bare installation has."""
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    program = (
        "import sys, pathlib; from gateway.journal.writing.writer import Writer; "
        "Writer(pathlib.Path(sys.argv[1]), {}).close()"
    )
    command = [sys.executable, "-c", program, tmp_path / "journal.db"]
    assert subprocess.run(command, env=os.environ | ascii_only, check=False).returncode == 0


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_there(name: str) -> None:
    module, _, function = COMMANDS[name].main.partition(":")
    assert callable(getattr(import_module(module), function))


def test_without_a_command_the_help_is_shown_and_it_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "COMMAND" in capsys.readouterr().out


def test_check_names_five_mistakes_with_their_lines_and_remedies(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "kitchen.yaml"
    file.write_text(FIVE_MISTAKES)
    assert main(["check", str(file)]) == 2
    said = capsys.readouterr().err.splitlines()
    for line, path in [
        (2, "kitchen.id"),
        (3, "kitchen.zone"),
        (5, "devices[0].every"),
        (7, "points[0].device"),
        (9, "control_points[0].critical_limit"),
    ]:
        assert any(text.startswith(f"{file}:{line}: {path}: ") and "; " in text for text in said), (line, said)


def test_check_says_that_a_good_file_is_good(capsys: pytest.CaptureFixture[str]) -> None:
    example = Path(__file__).parents[3] / "examples" / "kitchen.yaml"
    assert main(["check", str(example)]) == 0
    assert "good" in capsys.readouterr().out


def test_run_starts_nothing_with_a_wrong_configuration(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "kitchen.yaml"
    file.write_text("kitchen: {id: x}\npoints: [{}]\n")
    assert main(["run", "--config", str(file), "--data", str(tmp_path / "data")]) == 2
    assert f"{file}:2: points[0]" in capsys.readouterr().err
    assert not (tmp_path / "data").exists()


def test_run_refuses_a_turned_clock(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["run", "--config", "kitchen.yaml", "--data", "data", "--clock-speed", "10"])
    assert ended.value.code == 2
    assert "only the demo and tests turn the clock" in capsys.readouterr().err


def test_the_configuration_in_the_readme_works(tmp_path: Path) -> None:
    readme = (Path(__file__).parents[3] / "README.md").read_text()
    file = tmp_path / "kitchen.yaml"
    file.write_text(readme.partition("```yaml\n")[2].partition("```")[0])
    assert main(["check", str(file)]) == 0
