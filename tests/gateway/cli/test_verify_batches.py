"""`verify --refold` compares food batches and their verdicts with the events, too."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from gateway_rig import GatewayRig

from gateway.cli.main import main

HOURS = 5


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A journal with a batch that stood in a warm kitchen, and its verdicts."""
    rig = GatewayRig(tmp_path_factory.mktemp("kitchen"))
    rig.link(up=True)
    rig.turn()
    rig.command("batch_open", product="Soto", point="c1-air", controls=["exposure"])
    rig.turn()
    for _ in range(HOURS * 60):
        rig.measure(30.0)
        rig.run(60, step=20)
    ((batch,),) = rig.rows("SELECT id FROM batch")
    rig.command("batch_mark", batch=batch, event="eaten")
    rig.command("batch_close", batch=batch)
    rig.run(120, step=20)
    assert rig.rows("SELECT key FROM verdict WHERE verdict = 'FAIL'"), "the batch failed"
    rig.gateway.journal.close()
    return rig.path.read_bytes()


@pytest.fixture
def file(tmp_path: Path, journal: bytes) -> Path:
    path = tmp_path / "journal.db"
    path.write_bytes(journal)
    return path


def faults(file: Path, sql: str, capsys: pytest.CaptureFixture[str]) -> str:
    """What verify prints after somebody changed a table."""
    with closing(sqlite3.connect(file)) as connection, connection:
        assert connection.execute(sql).rowcount
    assert main(["verify", str(file), "--refold"]) == 1
    return capsys.readouterr().err


def test_batches_and_verdicts_that_nobody_touched_follow_from_the_events(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", str(file), "--refold"]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("UPDATE batch SET product = 'Bakso'", "the table says another thing than the events"),
        ("UPDATE batch SET state = 'open'", "the table says another thing than the events"),
        ("DELETE FROM batch", "the events have it, the table has not"),
        (
            "INSERT INTO batch SELECT 'b-9', product, state, opened_at, closed_at, body FROM batch",
            "the events have not",
        ),
    ],
)
def test_a_batch_that_was_changed_is_named(
    file: Path, sql: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    printed = faults(file, sql, capsys)
    assert printed.startswith("batch ")
    assert words in printed


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("UPDATE verdict SET verdict = 'PASS' WHERE verdict = 'FAIL'", "the table says another thing than the events"),
        ("DELETE FROM verdict WHERE verdict = 'FAIL'", "the events have it, the table has not"),
        ("UPDATE verdict SET body = 'nonsense' WHERE verdict = 'FAIL'", "a row cannot be read"),
    ],
)
def test_a_failure_that_was_made_a_pass_is_named(
    file: Path, sql: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    printed = faults(file, sql, capsys)
    assert "verdict" in printed
    assert words in printed
