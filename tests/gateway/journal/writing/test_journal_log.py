"""The write-ahead log stays small, a reader that does not let it is told, and freed pages go back to the disk."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from kitchen_rig import MINUTE, NOW, KitchenRig, cold

from gateway.alarms.kinds import SystemKind
from gateway.alarms.subjects import SYSTEM
from gateway.journal.files.read_only import open_read_only
from gateway.journal.journal import REST_EVERY, Journal
from gateway.journal.writing import write_ahead_log as log
from gateway.journal.writing.writer import Writer
from gateway.records.transaction import Transaction
from gateway.runtime.health.storage import StorageHealth
from gateway.runtime.health.system_alarms import SystemAlarms

POINTS = {f"p{number}": ("temperature", "Cel") for number in range(200)}
FULL = os.environ.get("MBG_FULL") == "1"
COMMITS = 4_000 if FULL else 400
PAGE = 4_096


def commit(journal: Journal, number: int) -> None:
    rows = [(point, NOW + number, 3.4, 2, None, None, None, None, 0) for point in POINTS]
    journal.commit(Transaction(readings=rows), NOW + number)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    moments = iter(range(1 << 30))
    journal = Journal(tmp_path / "journal.db", POINTS, NOW, monotonic=lambda: next(moments) * REST_EVERY)
    yield journal
    journal.close()


def test_pauses_keep_the_log_small(journal: Journal) -> None:
    sizes = []
    for number in range(COMMITS):
        commit(journal, number)
        journal.rest()
        sizes.append(journal.file.log_size)
    assert max(sizes) < 12 << 20, "it is used again from its beginning"


def test_without_a_pause_a_commit_does_it(journal: Journal) -> None:
    for number in range(COMMITS):
        commit(journal, number)
    assert journal.file.log_size <= (log.AUTOMATIC_PAGES + 1_000) * (PAGE + 24)


def test_a_reader_that_does_not_end_makes_it_grow_and_once_it_does_the_log_is_cut(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not FULL:
        monkeypatch.setattr(log, "SIZE_LIMIT", 8 << 20)
        journal.close()
        journal = Journal(journal.path, POINTS, NOW, monotonic=journal._monotonic)
    with closing(open_read_only(journal.path)) as reader:
        commit(journal, -1)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM reading").fetchone()
        for number in range(COMMITS):
            commit(journal, number)
            journal.rest()
        held = journal.file.log_size
        assert held > (log.ALARM_AT if FULL else 16 << 20), "SQLite cannot go past a reader"
        assert reader.execute("SELECT count(*) FROM reading").fetchone() == (len(POINTS),)
    journal.rest()
    commit(journal, COMMITS)
    assert journal.file.log_size <= log.SIZE_LIMIT
    with closing(open_read_only(journal.path)) as reader:
        assert reader.execute("SELECT count(*) FROM reading").fetchone() == ((COMMITS + 2) * len(POINTS),)
    journal.close()


def test_a_large_log_is_an_alarm_with_its_remedy_until_it_is_small_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = KitchenRig(tmp_path)
    kitchen = gateway.kitchen
    storage = StorageHealth(gateway.journal, SystemAlarms(kitchen.board, kitchen.changes))
    gateway.take(cold(minute, 3.0) for minute in range(50))
    gateway.commit(NOW)
    monkeypatch.setattr("gateway.runtime.health.storage.ALARM_AT", 4_096)
    for _ in range(2):
        storage.tick(gateway.batch, NOW + MINUTE)
    gateway.commit(NOW + MINUTE)
    (alarm,) = gateway.kitchen.board.active
    assert (alarm.level, alarm.reason) == (
        SystemKind.LOG_LARGE,
        "journal.db-wal has 0 MB: a program reads the journal and does not end",
    )
    monkeypatch.undo()
    storage.tick(gateway.batch, NOW + 2 * MINUTE)
    assert not gateway.kitchen.board.is_standing(SYSTEM, SystemKind.LOG_LARGE)
    gateway.journal.close()


def test_what_retention_frees_goes_back_to_the_disk_a_megabyte_a_pause(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "FREE_PAGES", 200)
    path = tmp_path / "journal.db"
    writer = Writer(path, POINTS)
    for number in range(300):
        rows = [(point, NOW + number, 3.4, 2, None, None, None, None, 0) for point in POINTS]
        writer.write(Transaction(readings=rows), NOW)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("DELETE FROM reading")
        (before,) = other.execute("PRAGMA page_count").fetchone()
        writer.database.log.rest()
        (after,) = other.execute("PRAGMA page_count").fetchone()
        assert 0 <= before - after - log.PAGES_A_PAUSE <= 2, "a map of pages may go with them"
        for _ in range(before // log.PAGES_A_PAUSE):
            writer.database.log.rest()
        assert other.execute("PRAGMA freelist_count").fetchone() == (log.FREE_PAGES,)
    writer.close()
    assert path.stat().st_size < 2 * log.FREE_PAGES * PAGE
