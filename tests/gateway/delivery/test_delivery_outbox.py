"""The readings that still have to be sent: nothing is skipped, and only what changed is sent again."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from influx_fakes import SmallJournal

from gateway.delivery.influxdb.outbox import LIMIT, Outbox
from gateway.delivery.influxdb.source import JournalReplacedError, JournalSource

HUNDRED = 100


@pytest.fixture
def journal(tmp_path: Path) -> SmallJournal:
    journal = SmallJournal(tmp_path / "journal.db")
    journal.add_walk("air", HUNDRED)
    return journal


@pytest.fixture
def outbox(journal: SmallJournal) -> Iterator[Outbox]:
    outbox = Outbox("influxdb", JournalSource(journal.path, sink="influxdb", offsets={}), 0)
    yield outbox
    outbox.close()


def numbers(outbox: Outbox) -> list[int]:
    return [row.seq for row in outbox.page()]


def deliver(outbox: Outbox) -> list[int]:
    """Deliver pages until there is none; the numbers of all readings, in the order in which they went."""
    sent: list[int] = []
    while page := numbers(outbox):
        sent += page
        outbox.delivered()
    return sent


def test_a_page_is_handed_out_again_until_it_is_delivered(outbox: Outbox) -> None:
    assert numbers(outbox) == numbers(outbox) == list(range(1, HUNDRED + 1))
    assert outbox.cursor == 0
    assert outbox.delivered() == HUNDRED
    assert outbox.cursor == HUNDRED
    assert numbers(outbox) == []


def test_a_page_split_in_two_is_delivered_half_by_half_in_order(outbox: Outbox) -> None:
    numbers(outbox)
    outbox.split()
    assert numbers(outbox) == list(range(1, 51))
    outbox.split()
    assert numbers(outbox) == list(range(1, 26))
    assert outbox.delivered() == 25
    assert deliver(outbox) == list(range(26, HUNDRED + 1))


def test_a_server_that_takes_less_gets_half_as_much_from_then_on(outbox: Outbox, journal: SmallJournal) -> None:
    numbers(outbox)
    outbox.halve()
    while outbox.cursor < HUNDRED:
        assert len(numbers(outbox)) == HUNDRED // 2
        outbox.delivered()
    journal.add_walk("core", HUNDRED)
    assert len(numbers(outbox)) == HUNDRED // 2


def test_pages_hold_no_more_than_influxdb_advises(outbox: Outbox, journal: SmallJournal) -> None:
    journal.add_walk("core", LIMIT)
    assert len(numbers(outbox)) == LIMIT


def test_what_was_discarded_after_a_failure_is_read_again(outbox: Outbox) -> None:
    numbers(outbox)
    outbox.split()
    outbox.delivered()
    outbox.discard()
    assert deliver(outbox) == list(range(51, HUNDRED + 1))


def test_readings_that_changed_are_sent_again_once(outbox: Outbox) -> None:
    deliver(outbox)
    outbox.send_again(60, 1)
    assert deliver(outbox) == list(range(61, HUNDRED + 1))
    assert outbox.round == 1
    assert numbers(outbox) == []


def test_a_correction_in_the_middle_of_a_page_begins_before_the_page(outbox: Outbox) -> None:
    numbers(outbox)
    outbox.split()
    outbox.delivered()
    outbox.send_again(10, 1)
    assert deliver(outbox) == list(range(11, HUNDRED + 1))


def test_of_two_corrections_before_the_next_page_the_earlier_reading_counts(outbox: Outbox) -> None:
    deliver(outbox)
    outbox.send_again(30, 1)
    outbox.send_again(80, 2)
    assert deliver(outbox) == list(range(31, HUNDRED + 1))
    assert outbox.round == 2


def test_a_correction_after_the_last_one_was_sent_does_not_repeat_it(outbox: Outbox) -> None:
    deliver(outbox)
    outbox.send_again(30, 1)
    deliver(outbox)
    outbox.send_again(80, 2)
    assert deliver(outbox) == list(range(81, HUNDRED + 1))


def test_a_correction_of_readings_that_were_not_sent_yet_skips_none(outbox: Outbox) -> None:
    outbox.send_again(60, 1)
    assert deliver(outbox) == list(range(1, HUNDRED + 1))


def test_a_journal_that_cannot_be_read_is_logged_once_until_it_can(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    path = tmp_path / "later.db"
    outbox = Outbox("influxdb", JournalSource(path, sink="influxdb", offsets={}), 0)
    assert outbox.page() == outbox.page() == []
    assert (outbox.is_readable, len(caplog.records)) == (False, 1)
    assert "influxdb: waiting for the journal" in caplog.text
    SmallJournal(path).add_walk("air", 3)
    assert numbers(outbox) == [1, 2, 3]
    assert outbox.is_readable
    outbox.close()


def test_a_journal_that_took_the_place_of_another_is_sent_from_its_own_cursor(
    tmp_path: Path, outbox: Outbox, journal: SmallJournal
) -> None:
    deliver(outbox)
    other = SmallJournal(tmp_path / "other.db")
    other.add_walk("air", 5)
    other.path.replace(journal.path)
    with pytest.raises(JournalReplacedError) as replaced:
        outbox.page()
    outbox.restart(replaced.value.cursor)
    assert deliver(outbox) == [1, 2, 3, 4, 5]
