"""`mbg-gateway judge`: what a person or a program types, and what comes back."""

import io
import json
import time
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.main import main
from gateway.haccp.limits.kinds import KINDS

CASE: dict[str, Any] = {"control": {"kind": "cooking", "temperature": 74}, "trace": [[0, 20], [10, 75]]}


def run(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str, str]:
    status = main(["judge", *argv])
    told = capsys.readouterr()
    return status, told.out, told.err


def test_a_file_is_answered_with_the_contracts_keys(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "case.json"
    file.write_text(json.dumps(CASE))
    status, out, _ = run(capsys, str(file))
    answer = json.loads(out)
    assert status == 0
    assert answer.keys() == {"verdicts", "alarms", "conflicts"}
    (verdict,) = answer["verdicts"]
    assert {"profile", "profile_hash", "control", "verdict", "action", "measures", "decided_at", "reasons"} <= set(
        verdict
    )
    assert verdict["supersedes"] is None
    assert verdict["control"]["temperature"] == 74
    assert verdict["overrides"] == ["temperature"]


def test_a_csv_beside_the_case_is_its_trace(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "probe.csv").write_text("time,value,quality\n0,20,good\n5,,fault\n10,75,good\n")
    file = tmp_path / "case.json"
    file.write_text(json.dumps({**CASE, "trace": {"csv": "probe.csv"}}))
    status, out, _ = run(capsys, str(file))
    assert (status, json.loads(out)["verdicts"][0]["verdict"]) == (0, "PASS")


def test_standard_input_and_local_times(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    trace = [["2026-01-05T23:50:00+07:00", 20], ["2026-01-06T00:10:00+07:00", 94]]
    text = json.dumps({**CASE, "trace": trace, "zone": "Asia/Jayapura"}).encode()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text)))
    _, out, _ = run(capsys, "-")
    assert json.loads(out)["verdicts"][0]["decided_at"].startswith("2026-01-06T02:04:35")
    assert json.loads(out)["verdicts"][0]["decided_at"].endswith("+09:00")


def test_unusable_input_ends_with_2_and_its_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "case.json"
    file.write_text(json.dumps({**CASE, "trace": [[0, 20], [1, "hot"]]}))
    status, out, err = run(capsys, str(file))
    assert (status, out) == (2, "")
    assert "trace[1][1]" in err


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_reading_every_measure_is_null_and_nothing_passes(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = {"control": {"kind": kind}, "trace": [], "humidity": []}
    with_reading = {**case, "trace": [[0, 20], [1, 20]], "humidity": 50, "marks": [{"at": 0, "event": "cooking_ended"}]}
    file = tmp_path / "cases.jsonl"
    file.write_text(json.dumps(case) + "\n" + json.dumps(with_reading))
    _, out, _ = run(capsys, "--jsonl", str(file))
    empty, seen = (json.loads(line)["verdicts"][0] for line in out.splitlines())
    assert empty["verdict"] == "INDETERMINATE"
    assert set(empty["measures"]) == set(seen["measures"])
    assert all(measure is None for measure in empty["measures"].values())


def test_a_limit_that_stands_twice_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "case.json"
    file.write_text('{"control": {"kind": "cold_holding", "critical_max": 5, "critical_max": 50}, "trace": [[0, 40]]}')
    status, out, err = run(capsys, str(file))
    assert (status, out) == (2, "")
    assert '"critical_max" stands twice' in err


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"control": {"kind": "boiling"}}, "control.kind"),
        ({"control": {"kind": "cooling", "stages": [{"from": 5, "to": 60, "within_min": 3}]}}, "control.stages[0].to"),
        ({"control": {"kind": "cold_holding", "critcal_max": 5}}, "control.critcal_max"),
        ({"control": {"kind": "ambient", "critical_max": 5, "critical_min": 9}}, "control.critical_min"),
        ({"control": {"kind": "cooking", "lethality": {"t_ref": 70, "z": 0, "d_ref": 1}}}, "control.lethality.z"),
        ({"control": {"kind": "cooking", "temperature": 74, "table": "roast"}}, "control.table"),
        ({"control": {"kind": "time_control", "hours": 5}}, "control.hours"),
        ({"profile": ["fda2022", "fda2021"]}, "profile[1]"),
        ({"traces": []}, "traces"),
        ({"marks": [{"event": "eaten"}]}, "marks[0].at"),
        ({"uncertainty": -1}, "uncertainty"),
        ({"now": "2026-01-05T23:50:00+07:00"}, "now"),
        ({"correction": {"since": 0}}, "correction.offset"),
        ({"zone": "Java"}, "zone"),
    ],
)
def test_each_mistake_is_named(
    change: dict[str, Any], place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "case.json"
    file.write_text(json.dumps({**CASE, **change}))
    status, _, err = run(capsys, str(file))
    assert status == 2
    assert f"judge: {place}: " in err


def test_lines_are_answered_in_place_and_200_in_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    trace = [[minute, 80 - minute / 5] for minute in range(300)]
    good = json.dumps({"control": {"kind": "cooling"}, "trace": trace})
    file = tmp_path / "cases.jsonl"
    file.write_text("\n".join([good, "{", *[good] * 198]))
    before = time.process_time()
    status, out, _ = run(capsys, "--jsonl", str(file))
    lines = [json.loads(line) for line in out.splitlines()]
    assert status == 0
    assert len(lines) == 200
    assert "error" in lines[1]
    assert lines[1]["message"]
    assert lines[0] == lines[2]
    assert time.process_time() - before < 10


def test_a_table_for_people_says_more_than_twelve_as_all(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "case.json"
    control = {"kind": "cooking", "lethality": {"target_min": 2, "floor": None}}
    file.write_text(json.dumps({"control": control, "trace": [[0, 50], [10, 75], [10.5, 75]]}))
    status, out, _ = run(capsys, "--table", str(file))
    assert status == 0
    assert "cooking: PASS" in out
    assert ">12 log10" in out
    assert "not approved" in out


def test_a_fault_and_a_doubted_value_at_one_time_are_two_readings_as_in_the_journal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trace = [[0, 20], [10, None, "fault"], [10, 75, "suspect"], [10, 75], [10, 75, "history"], [10, 9, "fault"]]
    file = tmp_path / "case.json"
    file.write_text(json.dumps({**CASE, "trace": trace}))
    _, out, _ = run(capsys, str(file))
    reasons = json.loads(out)["verdicts"][0]["reasons"]
    assert "trace: 2 repeated readings were left out" in reasons
    assert "trace: 2 readings at the time of another were moved to the next free microsecond" in reasons


def test_what_was_done_to_the_trace_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "case.json"
    file.write_text(json.dumps({**CASE, "trace": [[10, 75], [0, 20], [0, 20], [10, 74]], "colour": "blue"}))
    _, out, _ = run(capsys, str(file))
    reasons = " ".join(json.loads(out)["verdicts"][0]["reasons"])
    assert "order of time" in reasons
    assert "left out" in reasons
    assert "next free microsecond" in reasons
    assert "colour" in reasons
