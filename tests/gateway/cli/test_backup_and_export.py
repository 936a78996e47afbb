"""`mbg-gateway backup`, `restore` and `export`: what comes out of a journal, rows and sealed hours alike."""

import csv
import errno
import io
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from gateway.cli.main import main
from gateway.journal.files.folder import single_writer
from gateway.journal.sealing.seal import due, rows_to_go, seal
from gateway.journal.writing.writer import Writer
from gateway.records.corrections import Correction, Kind
from gateway.records.time_units import HOUR
from gateway.records.transaction import Event, Transaction

START = 1_795_500_000_000_000 // HOUR * HOUR
SECOND = 1_000_000
POINTS = {"c1-air": ("temperature", "Cel"), "rice-weight": ("weight", "kg")}
PLAN = """
kitchen: {id: k1, name: Dapur}
mqtt: {}
devices: [{id: c1, driver: senml-json}]
points: [{id: c1-air, name: C, device: c1, channel: temperature, quantity: temperature, interval: 1m, offset: 0.1}]
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Two hours of a probe, the first of them sealed and its rows gone; one weighing."""
    folder = tmp_path / "data"
    folder.mkdir()
    writer = Writer(folder / "journal.db", POINTS)
    readings = [("c1-air", START + n * 60 * SECOND, n / 10, 2, None, None, None, None, 0) for n in range(120)]
    weighing = ("rice-weight", START + HOUR + 1, None, 0, "scale_fault", True, False, 0.25, 4)
    event = Event(key="a", kind="mark", subject="kitchen", at=START, body={"text": "nasi"})
    writer.write(Transaction(readings=[*readings, weighing], events=[event]), START + 5)
    with closing(sqlite3.connect(folder / "journal.db")) as reader:
        writer.write(Transaction(upkeep=[seal(reader, due(reader, START + 3 * HOUR).hours[0], rest=int)]), START)  # type: ignore[list-item]
        writer.write(Transaction(upkeep=[rows_to_go(reader, START)]), START)  # type: ignore[list-item]
    writer.close()
    return folder


def run(capsys: pytest.CaptureFixture[str], *argv: str | Path) -> tuple[int, str, str]:
    status = main([*map(str, argv)])
    told = capsys.readouterr()
    return status, told.out, told.err


def exported(capsys: pytest.CaptureFixture[str], *argv: str | Path) -> list[dict[str, str]]:
    status, out, err = run(capsys, "export", *argv)
    assert (status, err) == (0, "")
    return list(csv.DictReader(io.StringIO(out)))


def test_all_readings_come_out_as_csv_whether_their_hour_is_sealed_or_not(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = exported(capsys, data)
    assert [float(row["value"]) for row in rows[:120]] == [n / 10 for n in range(120)]
    assert rows[-1] == {
        "point": "rice-weight",
        "unit": "kg",
        "measured_at": "2026-11-24T07:00:00.000001Z",
        "value": "",
        "quality": "bad",
        "reason": "scale_fault",
        "stable": "1",
        "net": "0",
        "tare": "0.25",
        "flags": "4",
        "recorded_at": "2026-11-24T06:00:00.000000Z",
        "seq": "121",
    }


def test_a_span_begins_with_its_first_moment_and_ends_before_its_last(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    span = ("--from", "2026-11-24T13:59+07:00", "--to", "2026-11-24T07:01:00Z")
    assert [row["value"] for row in exported(capsys, data, "--point", "c1-air", *span)] == ["5.9", "6.0"]


def test_line_protocol_is_what_influxdb_gets_with_kitchen_and_calibration(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "kitchen.yaml").write_text(PLAN)
    asked = ("export", data, "--point", "c1-air", "--format", "line", "--config", tmp_path / "kitchen.yaml")
    status, out, _ = run(capsys, *asked)
    lines = out.splitlines()
    assert (status, len(lines)) == (0, 120)
    assert lines[1] == f"reading,kitchen=k1,point=c1-air value=0.2,quality=2 {START + 60 * SECOND}000"


def test_a_span_over_the_border_of_what_is_sealed_has_each_correction_from_its_moment_on(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A late reading of the sealed hour among them, an offset that changed within it, a doubt from the border on."""
    half = START + HOUR // 2
    corrections = [
        (Correction(Kind.OFFSET, 0, 0.1, plan=True), half),
        (Correction(Kind.OFFSET, half, -1.0), half),
        (Correction(Kind.DOUBT, START + HOUR), half),
    ]
    events = [
        Event(key=f"c{n}", kind=one.kind, subject="calibration:c1-air", at=at, body=msgspec.to_builtins(one))
        for n, (one, at) in enumerate(corrections)
    ]
    writer = Writer(data / "journal.db", POINTS)
    late = ("c1-air", half + SECOND, 99.5, 2, None, None, None, None, 0)
    writer.write(Transaction(readings=[late], events=events), START + 3 * HOUR)
    writer.close()
    (tmp_path / "kitchen.yaml").write_text(PLAN)
    span = ("--from", "2026-11-24T06:29:00+00:00", "--to", "2026-11-24T07:01:00+00:00")
    asked = ("export", data, "--point", "c1-air", "--format", "line", "--config", tmp_path / "kitchen.yaml", *span)
    status, out, err = run(capsys, *asked)
    assert (status, err) == (0, "")
    times = [half - 60 * SECOND, half, half + SECOND, *[half + n * 60 * SECOND for n in range(1, 31)]]
    values = [2.9 + 0.1, 3.0 - 1.0, 98.5, *[round(n / 10 - 1.0, 1) for n in range(31, 61)]]
    qualities = [*[2] * (len(times) - 1), 1]
    expected = [
        f"reading,kitchen=k1,point=c1-air value={value},quality={quality} {at}000"
        for at, value, quality in zip(times, values, qualities, strict=True)
    ]
    assert out.splitlines() == expected
    rows = exported(capsys, data, "--point", "c1-air", *span)
    assert [float(row["value"]) for row in rows] == [2.9, 3.0, 99.5, *[n / 10 for n in range(31, 61)]]


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["--point", "nowhere"], "knows no point nowhere; it has c1-air, rice-weight"),
        (["--format", "line"], "give --config kitchen.yaml"),
    ],
)
def test_what_cannot_be_exported_is_said(
    data: Path, capsys: pytest.CaptureFixture[str], argv: list[str], said: str
) -> None:
    status, _, err = run(capsys, "export", data, *argv)
    assert status == 2
    assert said in err


@pytest.mark.parametrize("text", ["yesterday", "2026-11-24T03:12"])
def test_a_time_needs_its_offset(data: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["export", str(data), "--from", text])
    assert ended.value.code == 2
    assert "with its offset" in capsys.readouterr().err


def test_a_copy_of_a_journal_in_use_is_checked_and_gives_the_same_back(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, copy = exported(capsys, data), tmp_path / "monday.db"
    writer = Writer(data / "journal.db", POINTS)
    status, out, _ = run(capsys, "backup", data, copy)
    assert status == 0
    assert "2 events, checked; head " in out
    writer.write(Transaction(readings=[("c1-air", START + 9 * HOUR, 9.9, 2, None, None, None, None, 0)]), START)
    writer.close()
    assert run(capsys, "backup", data, copy)[0] == 1, "nothing is overwritten"
    status, out, _ = run(capsys, "restore", copy, data)
    assert status == 0
    assert "journal.db.replaced-1" in out
    assert exported(capsys, data) == before
    assert exported(capsys, data / "journal.db.replaced-1")[120]["value"] == "9.9"
    assert run(capsys, "verify", data)[0] == 0
    Writer(data / "journal.db", POINTS).close()


def test_a_copy_can_be_put_where_no_journal_was(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "backup", data, tmp_path / "copy.db")[0] == 0
    assert run(capsys, "restore", tmp_path / "copy.db", tmp_path / "new")[0] == 0
    assert len(exported(capsys, tmp_path / "new")) == 121


@pytest.mark.parametrize("damage", ["UPDATE event SET at = 1 WHERE id = 1", "DELETE FROM chunk", None])
def test_a_copy_that_is_not_what_it_should_be_is_refused_and_the_journal_stays(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], damage: str | None
) -> None:
    copy = tmp_path / "copy.db"
    assert run(capsys, "backup", data, copy)[0] == 0
    if damage is None:
        copy.write_bytes(copy.read_bytes()[:9_000] + b"\x55" * 4_096 + copy.read_bytes()[13_096:])
    else:
        with closing(sqlite3.connect(copy)) as connection, connection:
            connection.execute(damage)
    before = (data / "journal.db").read_bytes()
    assert run(capsys, "restore", copy, data)[0] == 1
    assert (data / "journal.db").read_bytes() == before


def test_a_journal_that_does_not_hold_is_not_called_a_backup(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(sqlite3.connect(data / "journal.db")) as connection, connection:
        connection.execute("UPDATE event SET at = 1 WHERE id = 1")
    status, _, err = run(capsys, "backup", data, tmp_path / "copy.db")
    assert status == 1
    assert "event 1 (mark, a) was changed" in err
    assert "--even-if-broken" in err
    assert list(tmp_path.glob("copy.db*")) == []


def test_a_broken_journal_is_copied_and_put_back_when_that_is_asked_for_and_what_is_broken_is_said(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(sqlite3.connect(data / "journal.db")) as connection, connection:
        connection.execute("DELETE FROM chunk WHERE id = 1")
    copy = tmp_path / "copy.db"
    for command, source, target in (("backup", data, copy), ("restore", copy, tmp_path / "new")):
        assert run(capsys, command, source, target)[0] == 1
        status, out, err = run(capsys, command, source, target, "--even-if-broken")
        assert status == 0
        assert "BROKEN as said" in out
        assert "is missing, and no event says that it went" in err
    assert run(capsys, "verify", tmp_path / "new")[0] == 1


def test_a_disk_that_is_full_while_restoring_leaves_the_journal_where_it_was(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(capsys, "backup", data, tmp_path / "copy.db")[0] == 0
    before = {path.name: path.read_bytes() for path in data.iterdir() if path.name != "gateway.lock"}

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("gateway.journal.files.backup.os.fsync", full)
    status, _, err = run(capsys, "restore", tmp_path / "copy.db", data)
    assert status == 2
    assert "No space left" in err
    assert {path.name: path.read_bytes() for path in data.iterdir() if path.name != "gateway.lock"} == before


@pytest.mark.parametrize("command", ["verify", "export", "coverage", "backup", "restore"])
@pytest.mark.parametrize("content", ["nothing", "another program's"])
def test_a_file_that_is_no_journal_is_called_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str, content: str
) -> None:
    file = tmp_path / "file.db"
    file.touch()
    if content != "nothing":
        with closing(sqlite3.connect(file)) as connection, connection:
            connection.execute("CREATE TABLE theirs (x)")
    (tmp_path / "kitchen.yaml").write_text(PLAN)
    more = {
        "coverage": ["--config", tmp_path / "kitchen.yaml"],
        "backup": [tmp_path / "b"],
        "restore": [tmp_path / "r"],
    }
    status, _, err = run(capsys, command, file, *more.get(command, []))
    assert (status, f"{file} is no journal of a gateway" in err) == (2, True), err


@pytest.mark.parametrize("command", ["verify", "export", "coverage", "backup", "restore"])
def test_a_journal_where_nothing_may_be_written_beside_it_is_read_unless_its_newest_part_is_out_of_reach(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    """A folder in the way of SQLite's own files is to root what a medium or folder that is read-only is to others."""
    (data / "journal.db-shm").mkdir()
    (tmp_path / "kitchen.yaml").write_text(PLAN)
    more = {
        "coverage": ["--config", tmp_path / "kitchen.yaml"],
        "backup": [tmp_path / "b"],
        "restore": [tmp_path / "r"],
    }
    asked = (command, data, *more.get(command, []))
    status, _, err = run(capsys, *asked)
    assert (status, err) == (0, "")
    (data / "journal.db-wal").unlink(missing_ok=True)
    (data / "journal.db-wal").mkdir()
    status, _, err = run(capsys, *asked)
    if command in ("backup", "restore"):
        assert status == 1  # the first copy stands there; a journal in use is no copy
    else:
        assert status == 2
        assert "cannot be read" in err
        assert "copy the whole folder" in err


@pytest.mark.parametrize("command", ["export", "coverage"])
def test_a_reader_that_has_enough_is_no_failure(data: Path, tmp_path: Path, command: str) -> None:
    (tmp_path / "kitchen.yaml").write_text(PLAN)
    program = "import sys, gateway.cli.main; sys.exit(gateway.cli.main())"
    argv = [sys.executable, "-c", program, command, data]
    more = ["--config", tmp_path / "kitchen.yaml"] if command == "coverage" else []
    process = subprocess.Popen([*argv, *more], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    with process.stderr:
        assert process.stderr.read() == b""
    assert process.wait() == 0


@pytest.mark.parametrize(
    ("command", "span", "said"),
    [
        ("export", ("--from", "2026-11-24T08:00Z", "--to", "2026-11-24T07:00Z"), "--to lies before --from"),
        ("coverage", ("--from", "2025-11-24T08:00Z", "--to", "2025-11-24T07:00Z"), "--to lies before --from"),
        ("coverage", ("--from", "9000-01-01T00:00Z"), "--from lies in the future"),
        ("coverage", ("--from", "0001-01-01T00:00+07:00"), "or before 1970"),
    ],
)
def test_a_span_that_cannot_be_is_refused(
    data: Path, capsys: pytest.CaptureFixture[str], command: str, span: tuple[str, ...], said: str
) -> None:
    (data / "kitchen.yaml").write_text(PLAN)
    more = ["--config", str(data / "kitchen.yaml")] if command == "coverage" else []
    with pytest.raises(SystemExit) as ended:
        main([command, str(data), *more, *span])
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_nothing_is_restored_under_a_running_gateway(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, "backup", data, tmp_path / "copy.db")[0] == 0
    with single_writer(data):
        status, _, err = run(capsys, "restore", tmp_path / "copy.db", data)
    assert status == 2
    assert "another gateway writes here" in err
