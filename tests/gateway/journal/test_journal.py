"""The journal: one transaction a batch, a chain of events, and what happens to old, foreign and broken files."""

import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from journals import reads_of

from gateway.journal.chain import GENESIS, chained
from gateway.journal.errors import JournalTooNewError
from gateway.journal.journal import RETRY_EVERY, Journal
from gateway.journal.writing.writer import DEAD_LETTERS_KEPT, INBOX_KEPT, Writer
from gateway.records.transaction import DeadLetter, Event, Fold, Transaction

POINTS = {"c1-air": ("temperature", "Cel"), "c2-air": ("temperature", "Cel")}
NOW = 1_795_500_000_000_000


def reading(at: int, value: float | None = 3.4, point: str = "c1-air") -> tuple[object, ...]:
    return (point, at, value, 2, None, None, None, None, 0)


def event(key: str) -> Event:
    return Event(key=key, kind="mark", subject="kitchen", at=NOW, body={"text": "nasi matang", "b": 1}, person="siti")


def rows(path: Path, sql: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(path) as connection:
        found = connection.execute(sql).fetchall()
    connection.close()
    return found


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


def test_a_batch_is_there_as_a_whole_and_the_next_start_finds_it(path: Path) -> None:
    journal = Journal(path, POINTS, NOW)
    transaction = Transaction(
        readings=[reading(1), reading(2, None)], events=[event("a")], folds={"x": Fold("x", "v1", 2, "{}")}
    )
    journal.commit(transaction, NOW)
    journal.close()
    again = Writer(path, POINTS)
    reads = reads_of(again)
    assert reads.readings.value_at("c1-air", 1) == (3.4, 2)
    assert reads.readings.newest("c1-air") == (2, None, 2, None)
    assert reads.state.folds() == [Fold("x", "v1", 2, "{}")]
    assert reads.state.has_event("a")
    again.close()


def test_a_batch_that_cannot_be_written_leaves_nothing_of_it(path: Path) -> None:
    writer = Writer(path, POINTS)
    with pytest.raises(sqlite3.Error):
        writer.write(
            Transaction(
                readings=[reading(1)],
                events=[event("a")],
                tables={("holding", "rice"): ("rice", "rice", "stores", None, 0, None)},
            ),
            NOW,
        )  # type: ignore[dict-item]
    writer.write(Transaction(events=[event("b")]), NOW)
    writer.close()
    assert rows(path, "SELECT count(*) FROM reading") == [(0,)]
    assert rows(path, "SELECT key, previous FROM event") == [("b", GENESIS)]


def test_the_same_event_is_stored_once_and_each_is_chained_to_the_one_before(path: Path) -> None:
    writer = Writer(path, POINTS)
    writer.write(Transaction(events=[event("a"), event("b")]), NOW)
    writer.write(Transaction(events=[event("a"), event("c")]), NOW + 5)
    writer.close()
    head = GENESIS
    stored = rows(
        path, "SELECT key, kind, subject, at, recorded_at, person, body, previous, hash FROM event ORDER BY id"
    )
    assert [row[0] for row in stored] == ["a", "b", "c"]
    for key, kind, subject, at, recorded_at, person, body, previous, digest in stored:
        assert previous == head
        head = chained(
            head,
            key=key,
            kind=kind,
            subject=subject,
            at=at,
            recorded_at=recorded_at,
            person=person,
            body=body,  # type: ignore[arg-type]
        )
        assert digest == head


def test_seq_numbers_are_never_given_out_twice(path: Path) -> None:
    writer = Writer(path, POINTS)
    writer.write(Transaction(readings=[reading(1), reading(2)]), NOW)
    writer.close()
    with sqlite3.connect(path) as connection:
        connection.execute("DELETE FROM reading")
    connection.close()
    writer = Writer(path, POINTS)
    writer.write(Transaction(readings=[reading(3)]), NOW)
    writer.close()
    assert rows(path, "SELECT seq FROM reading") == [(3,)]


def test_inbox_and_dead_letters_keep_the_newest(path: Path) -> None:
    writer = Writer(path, POINTS)
    letters = [DeadLetter("c1", "t", b"x", "malformed", "no JSON", NOW)] * (DEAD_LETTERS_KEPT + 5)
    writer.write(Transaction(inbox=[("s", b"%d" % n) for n in range(INBOX_KEPT + 5)], dead_letters=letters), NOW)
    assert len(reads_of(writer).state.inbox()) == INBOX_KEPT
    assert reads_of(writer).state.inbox()[-1] == b"%d" % (INBOX_KEPT + 4)
    writer.write(Transaction(inbox_emptied=True), NOW)
    assert reads_of(writer).state.inbox() == []
    writer.close()
    assert rows(path, "SELECT count(*) FROM dead_letter") == [(DEAD_LETTERS_KEPT,)]


def test_a_file_of_a_newer_gateway_is_refused_with_the_remedy(path: Path) -> None:
    Writer(path, POINTS).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(JournalTooNewError, match="install the newer one"):
        Journal(path, POINTS, NOW)


def test_a_corrupt_file_is_set_aside_and_never_overwritten(path: Path) -> None:
    path.write_bytes(b"this is no database, but it may be somebody's record" * 100)
    journal = Journal(path, POINTS, NOW)
    assert journal.file.set_aside is not None
    assert journal.file.set_aside.read_bytes().startswith(b"this is no database")
    journal.commit(Transaction(readings=[reading(1)]), NOW)
    assert journal.lost_since is None
    journal.close()
    assert rows(path, "SELECT count(*) FROM reading") == [(1,)]


@pytest.mark.parametrize("name", [b"st\xe1ble", b"stabte", b"s(able"])
def test_a_file_whose_tables_are_no_longer_ours_is_set_aside_as_damaged(path: Path, name: bytes) -> None:
    """SQLite calls one of these damage, one a question that is wrong, and has no words for the third."""
    Writer(path, POINTS).close()
    content = path.read_bytes()
    assert content.count(b"    stable ") == 1
    path.write_bytes(content.replace(b"    stable ", b"    " + name + b" "))
    journal = Journal(path, POINTS, NOW)
    assert journal.file.set_aside is not None
    journal.commit(Transaction(readings=[reading(1)]), NOW)
    assert journal.lost_since is None
    journal.close()


def test_without_a_disk_batches_wait_in_memory_and_are_written_with_a_gap_when_it_is_back(tmp_path: Path) -> None:
    folder = tmp_path / "not-mounted"
    moment = 0.0
    journal = Journal(folder / "journal.db", POINTS, NOW, monotonic=lambda: moment)
    assert journal.lost_since == NOW
    journal.commit(Transaction(readings=[reading(1)], events=[event("a")]), NOW + 1)
    assert journal.waiting.value_at("c1-air", 1) == (3.4, 2)
    assert journal.waiting.value_at("c2-air", 1) is None
    folder.mkdir()
    moment += RETRY_EVERY
    journal.commit(Transaction(readings=[reading(2)]), NOW + 2)
    assert journal.lost_since is None
    journal.close()
    assert rows(folder / "journal.db", "SELECT measured_at FROM reading") == [(1,), (2,)]
    gap = "SELECT at, json_extract(body, '$.to'), json_extract(body, '$.kept') FROM event WHERE kind = 'gap'"
    assert rows(folder / "journal.db", gap) == [(NOW, NOW + 2, 2)]


def test_a_file_that_turns_out_corrupt_while_running_is_set_aside_and_recording_goes_on(path: Path) -> None:
    moment = 0.0
    journal = Journal(path, POINTS, NOW, monotonic=lambda: moment)
    journal.commit(Transaction(readings=[reading(at) for at in range(5_000)]), NOW)
    journal.close()
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\x5a" * (size - 4096))
    journal = Journal(path, POINTS, NOW, monotonic=lambda: moment)
    for at in range(5_000, 5_003):
        moment += RETRY_EVERY
        journal.commit(Transaction(readings=[reading(at)]), NOW + 1)
    assert journal.file.set_aside is not None
    assert journal.lost_since is None
    journal.close()
    assert rows(path, "SELECT measured_at FROM reading") == [(5_000,), (5_001,), (5_002,)]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of two megabytes, where this machine lets us mount one."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("no file system may be mounted here; the preloaded library of tests/faults stands in")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_real_disk_that_is_full_and_has_room_again_costs_no_reading(small_disk: Path) -> None:
    moment = 0.0
    path = small_disk / "journal.db"
    journal = Journal(path, POINTS, NOW, monotonic=lambda: moment)
    journal.commit(Transaction(readings=[reading(0)]), NOW)
    with suppress(OSError), (small_disk / "filler").open("wb", buffering=0) as filler:
        while True:
            filler.write(bytes(4_096))
    for at in range(1, 200):
        journal.commit(Transaction(readings=[reading(at * 100 + n) for n in range(100)]), NOW + at)
    assert journal.lost_since is not None
    assert "free or replace the disk" in journal.lost_text
    since = journal.lost_since
    (small_disk / "filler").unlink()
    moment += RETRY_EVERY
    journal.commit(Transaction(readings=[reading(50_000)]), NOW + 300)
    assert journal.lost_since is None
    journal.close()
    assert rows(path, "SELECT count(*), count(DISTINCT measured_at) FROM reading") == [(19_902, 19_902)]
    assert rows(path, "SELECT at FROM event WHERE kind = 'gap'") == [(since,)]


GAP = (
    "SELECT json_extract(body, '$.from'), json_extract(body, '$.to'), json_extract(body, '$.readings'), "
    "json_extract(body, '$.events'), json_extract(body, '$.file') FROM event WHERE json_extract(body, '$.reason') = "
    "'damaged'"
)


def test_a_gap_names_what_stands_in_the_file_that_was_set_aside(path: Path) -> None:
    journal = Journal(path, POINTS, NOW)
    journal.commit(Transaction(readings=[reading(at) for at in range(7, 5_007)], events=[event("a")]), NOW)
    journal.close()
    # The rows of the newest readings; the schema and the first ones can be read.
    damage(path)
    journal = Journal(path, POINTS, NOW + 5)
    journal.set_damaged_aside("found by the check", NOW + 5)
    journal.commit(Transaction(readings=[reading(6_000)]), NOW + 6)
    journal.close()
    (aside,) = path.parent.glob("journal.db.corrupt-*[0-9]")
    assert rows(path, GAP) == [(7, NOW + 5, 5_000, 1, aside.name)]
    assert rows(path, "SELECT measured_at FROM reading") == [(6_000,)]


def test_damage_that_a_question_meets_sets_the_file_aside_at_the_next_commit(path: Path) -> None:
    journal = Journal(path, POINTS, NOW)
    journal.commit(Transaction(readings=[reading(at) for at in range(20_000)]), NOW)
    journal.close()
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size // 2)
        file.write(b"\x5a" * (size // 2))
    journal = Journal(path, POINTS, NOW)
    assert journal.reads.readings.since("c1-air", 0) == ()
    assert journal.file.set_aside is None
    journal.commit(Transaction(readings=[reading(30_000)]), NOW + 1)
    assert journal.file.set_aside is not None
    assert journal.lost_since is None
    journal.close()
    assert rows(path, "SELECT measured_at FROM reading") == [(30_000,)]
    assert len(rows(path, GAP)) == 1


def test_of_a_file_that_tells_nothing_any_more_the_gap_has_no_beginning(path: Path) -> None:
    path.write_bytes(b"this is no database" * 100)
    journal = Journal(path, POINTS, NOW)
    journal.commit(Transaction(), NOW)
    journal.close()
    assert [row[:4] for row in rows(path, GAP)] == [(0, NOW, None, None)]


def damage(path: Path) -> None:
    """One page near the end of a file."""
    content = path.read_bytes()
    start = len(content) // 4_096 * 4_096 - 40_960
    path.write_bytes(content[:start] + b"\x5a" * 4_096 + content[start + 4_096 :])


def test_memory_keeps_the_newest_readings_when_the_disk_stays_away_for_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.journal.writing.backlog.MEMORY_READINGS", 10)
    journal = Journal(tmp_path / "not-mounted" / "journal.db", POINTS, NOW)
    for at in range(0, 30, 5):
        journal.commit(Transaction(readings=[reading(at + n) for n in range(5)]), NOW)
    assert journal.waiting.dropped == 20
    assert journal.waiting.value_at("c1-air", 19) is None
    assert journal.waiting.value_at("c1-air", 20) == (3.4, 2)
