"""`mbg-gateway model`: where the input comes from, and the exit status."""

import io
import json
import sys
from pathlib import Path

import pytest

from gateway.cli.main import main

GOOD = '{"model": "boiling-point", "altitude_m": 768}'
BAD = '{"model": "boiling-point", "altitude_m": "high"}'


def test_a_file_is_answered(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "in.json").write_text(GOOD)
    assert main(["model", str(tmp_path / "in.json")]) == 0
    assert json.loads(capsys.readouterr().out)["value"] == pytest.approx(97.45, abs=0.01)


@pytest.mark.parametrize("arguments", [["-"], ["--jsonl", "-"]])
def test_standard_input_is_answered(
    arguments: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(GOOD.encode())))
    assert main(["model", *arguments]) == 0
    assert json.loads(capsys.readouterr().out)["unit"] == "°C"


def test_unusable_input_is_status_2_with_its_place_and_nothing_on_standard_output(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in.json").write_text(BAD)
    assert main(["model", str(tmp_path / "in.json")]) == 2
    said = capsys.readouterr()
    assert said.err == 'mbg-gateway model: altitude_m: "high" is not a number\n'
    assert said.out == ""


def test_a_bad_line_does_not_stop_the_others(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "in.jsonl").write_text(f"{BAD}\n{GOOD}\n")
    assert main(["model", "--jsonl", str(tmp_path / "in.jsonl")]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert json.loads(first) == {"error": "unusable_input", "message": 'altitude_m: "high" is not a number'}
    assert "value" in json.loads(second)


def test_a_file_that_is_not_there_is_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["model", "/nowhere.json"]) == 2
    assert capsys.readouterr().err == "mbg-gateway model: /nowhere.json: No such file or directory\n"
