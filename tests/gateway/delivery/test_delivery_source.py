"""The journal read behind a cursor."""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Protocol

import pytest
from hypothesis import given
from hypothesis import strategies as st
from influx_fakes import START, SmallJournal

from drivers.reading import exact
from gateway.delivery.influxdb.source import JournalReplacedError, JournalSource, SourceUnreadableError, open_read_only
from gateway.records.corrections import of_offset


@pytest.fixture
def journal(tmp_path: Path) -> SmallJournal:
    return SmallJournal(tmp_path / "journal.db")


class Open(Protocol):
    def __call__(self, path: Path, **offsets: float) -> JournalSource: ...


@pytest.fixture
def source_of() -> Iterator[Open]:
    with ExitStack() as stack:

        def opened(path: Path, **offsets: float) -> JournalSource:
            source = JournalSource(path, sink="influxdb", offsets=offsets)
            stack.callback(source.close)
            return source

        yield opened


def test_pages_follow_the_order_of_arrival_even_for_a_late_reading(journal: SmallJournal, source_of: Open) -> None:
    journal.add("air", [(START, 3.4, 2), (START + 9, 3.5, 2)])
    journal.add("core", [(START - 3600, None, 0)])
    source = source_of(journal.path)
    first = source.read(0, 2)
    assert [(row.seq, row.point, row.value) for row in first] == [(1, "air", 3.4), (2, "air", 3.5)]
    (late,) = source.read(2, 2)
    assert (late.point, late.measured_at, late.value, late.quality) == ("core", START - 3600, None, 0)
    assert source.read(3, 2) == []


def test_a_calibrated_point_is_sent_with_its_offset(journal: SmallJournal, source_of: Open) -> None:
    journal.add("air", [(START, 3.4, 2)])
    journal.add("core", [(START, 3.4, 2), (START + 1, None, 0)])
    rows = source_of(journal.path, core=0.1).read(0, 9)
    assert [row.value for row in rows] == [3.4, 3.5, None]


@given(st.decimals(-999, 999, places=3), st.decimals(-9, 9, places=3))
def test_an_offset_is_added_as_a_decimal(value: object, offset: object) -> None:
    result = of_offset(float(str(offset))).value(float(str(value)), START)
    assert result == float(exact(float(str(value))) + exact(float(str(offset))))
    assert len(repr(abs(result or 0.0)).partition(".")[2]) <= 3 or abs(result or 0.0) < 1e-3


def test_reading_holds_no_transaction_so_the_wal_can_be_emptied(journal: SmallJournal, source_of: Open) -> None:
    journal.add_walk("air", 1000)
    source = source_of(journal.path)
    source.read(0, 10)
    assert journal.emptied_wal()


def test_the_journal_cannot_be_written_through_it(journal: SmallJournal) -> None:
    with closing(open_read_only(journal.path)) as connection, pytest.raises(sqlite3.OperationalError):
        connection.execute("DELETE FROM reading")


@pytest.mark.parametrize("content", [None, b"", b"no database at all, but long enough to have a header" * 99])
def test_a_journal_not_there_yet_or_damaged_is_waited_for(
    tmp_path: Path, source_of: Open, content: bytes | None
) -> None:
    path = tmp_path / "journal.db"
    if content is not None:
        path.write_bytes(content)
    source = source_of(path)
    with pytest.raises(SourceUnreadableError):
        source.read(0, 10)
    path.unlink(missing_ok=True)
    SmallJournal(path).add_walk("air", 3)
    assert len(source.read(0, 10)) == 3


def test_another_file_in_its_place_says_how_far_this_sink_had_come_in_it(
    journal: SmallJournal, source_of: Open, tmp_path: Path
) -> None:
    journal.add_walk("air", 5)
    source = source_of(journal.path)
    assert len(source.read(0, 10)) == 5
    journal.path.rename(tmp_path / "set-aside.db")
    restored = SmallJournal(journal.path)
    restored.add_walk("air", 8)
    restored.store_cursor(2)
    with pytest.raises(JournalReplacedError) as replaced:
        source.read(5, 10)
    assert replaced.value.cursor == 2
    assert [row.seq for row in source.read(2, 10)] == [3, 4, 5, 6, 7, 8]


def test_a_cursor_beyond_the_newest_reading_is_of_another_journal(journal: SmallJournal, source_of: Open) -> None:
    journal.add_walk("air", 3)
    source = source_of(journal.path)
    with pytest.raises(JournalReplacedError) as replaced:
        source.read(1000, 10)
    assert replaced.value.cursor == 0
    assert len(source.read(0, 10)) == 3
