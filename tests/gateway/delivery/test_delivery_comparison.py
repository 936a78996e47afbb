"""The daily comparison: what InfluxDB has lost is found, told and sent again. tests/contract has the real server."""

import logging
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from influx_fakes import START, FakeServer, Queue, Settings, SmallJournal, StillClock

from gateway.delivery.influxdb import comparison
from gateway.delivery.influxdb.comparison import (
    AGAIN,
    EVERY,
    SPAN,
    Difference,
    differences,
    event_of,
    hours_before,
    is_due,
)
from gateway.delivery.influxdb.decision import ServerAnswer
from gateway.delivery.influxdb.influxql import series_of, tag_is
from gateway.delivery.influxdb.line_protocol import line
from gateway.delivery.influxdb.progress import SinkCompared
from gateway.delivery.influxdb.sink import POLL, SavedProgress, build_sink
from gateway.delivery.influxdb.source import JournalSource
from gateway.records.time_units import HOUR

MIDNIGHT = START // HOUR * HOUR
KITCHEN = "sppg-cimahi-03"


class Setup:
    """A sink that has something to compare."""

    def __init__(self, folder: Path, *, compared_at: int | None = None) -> None:
        self.journal = SmallJournal(folder / "journal.db")
        self.server = FakeServer(gives_back=True)
        self.queue = Queue()
        self.clock = StillClock(MIDNIGHT + 5 * HOUR + 1)
        self.source = JournalSource(self.journal.path, sink="influxdb", offsets={})
        self.sink = build_sink(
            self.server,
            self.source,
            Settings(),
            kitchen_id=KITCHEN,
            saved=SavedProgress(compared_at=compared_at),
            reports=self.queue,
            clock=self.clock,
            rng=Random(1),
        )

    def turn(self) -> None:
        """Step until the sink has nothing to do."""
        assert any(self.sink.step() == POLL for _ in range(1_000))

    @property
    def compared(self) -> list[SinkCompared]:
        return [each for each in self.queue.reports if isinstance(each, SinkCompared)]


@pytest.fixture
def setup(tmp_path: Path) -> Iterator[Setup]:
    made = Setup(tmp_path)
    for point in ("air", "core"):
        for hour in range(6):
            made.journal.add_walk(point, 10, start=MIDNIGHT + hour * HOUR)
    yield made
    made.source.close()


def test_what_is_whole_is_said_once_a_day_and_changes_nothing(setup: Setup, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    setup.turn()
    assert [(each.at, each.until, each.differences) for each in setup.compared] == [
        (setup.clock.at, MIDNIGHT + 5 * HOUR, ())
    ]
    assert "compared 48 hours with 100 readings: none of them missing there" in caplog.text
    setup.clock.at += EVERY - 1
    setup.turn()
    assert len(setup.compared) == 1
    setup.clock.at += 1
    setup.turn()
    assert len(setup.compared) == 2


def test_an_hour_that_influxdb_has_lost_is_told_with_its_counts(setup: Setup) -> None:
    setup.turn()
    setup.server.forget(MIDNIGHT + 2 * HOUR, MIDNIGHT + 2 * HOUR + 4_000)
    setup.clock.at += EVERY
    setup.turn()
    found = setup.compared[-1].differences
    assert found == (
        Difference(MIDNIGHT + 2 * HOUR, "air", 10, 6),
        Difference(MIDNIGHT + 2 * HOUR, "core", 10, 6),
    )
    assert event_of("influxdb", setup.compared[-1].until, found).body == {
        "hours": [{"from": MIDNIGHT + 2 * HOUR, "journal": 20, "influxdb": 12, "missing": 8, "points": 2}],
        "points": ["air", "core"],
    }


def test_readings_that_were_refused_for_ever_are_not_missing(setup: Setup) -> None:
    setup.server.refused = lambda text: text.startswith("reading") and "value=0.3" in text
    setup.turn()
    for letter in (*setup.queue.dead_letters, *setup.queue.dead_letters):  # as after it was sent twice
        setup.journal.refuse(letter.line.decode(), setup.clock.at)
    setup.clock.at += EVERY
    setup.turn()
    assert setup.compared[-1].differences == ()
    setup.server.forget(MIDNIGHT + 5 * HOUR, MIDNIGHT + 5 * HOUR + 1_000)
    setup.clock.at += EVERY
    setup.turn()
    assert [each.missing for each in setup.compared[-1].differences] == [1, 1]


def test_hours_that_are_older_than_influxdb_keeps_are_not_sent_to_be_refused(
    setup: Setup, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    setup.turn()
    kept_since = MIDNIGHT + 3 * HOUR
    setup.server.forget(0, kept_since)
    setup.server.forget(MIDNIGHT + 4 * HOUR, MIDNIGHT + 4 * HOUR + 2_000)
    setup.server.refused = lambda text: int(text.rpartition(" ")[2]) < kept_since * 1_000
    setup.clock.at += EVERY
    setup.turn()
    assert [(each.hour, each.missing) for each in setup.compared[-1].differences] == [(MIDNIGHT + 4 * HOUR, 2)] * 2
    assert "4 of them missing there, they are sent again (3 hours are older than it takes)" in caplog.text


def test_a_server_that_is_lost_in_the_middle_is_compared_later(setup: Setup) -> None:
    setup.turn()
    setup.server.forget(MIDNIGHT, MIDNIGHT + 2_000)
    setup.clock.at += EVERY
    while not setup.sink.step():
        setup.server.answers = [ServerAnswer(503)]
    assert len(setup.compared) == 1
    setup.server.answers = []
    setup.clock.at += AGAIN
    setup.turn()
    assert [each.missing for each in setup.compared[-1].differences] == [2, 2]


def test_readings_that_the_journal_never_had_are_told_but_cost_nothing(setup: Setup) -> None:
    setup.turn()
    setup.server.write(line(KITCHEN, "air", measured_at=MIDNIGHT + 700_000, value=1.0, quality=2))
    setup.clock.at += EVERY
    setup.turn()
    (found,) = setup.compared[-1].differences
    assert (found.missing, found.too_many) == (0, 1)


def test_new_readings_go_before_the_next_hour_of_a_comparison(setup: Setup) -> None:
    while not setup.queue.cursor or setup.sink.step() != 0.0:
        setup.sink.step()
    for _ in range(3):
        assert setup.sink.step() == 0.0
    setup.journal.add("air", [(setup.clock.at, 1.0, 2)])
    setup.sink.step()
    assert setup.queue.cursor == 121
    assert setup.compared == []
    setup.turn()
    assert setup.compared[0].differences == ()


def test_a_server_that_does_not_answer_is_asked_again_after_an_hour(
    setup: Setup, caplog: pytest.LogCaptureFixture
) -> None:
    setup.turn()
    setup.server.gives_back = False
    setup.clock.at += EVERY
    for _ in range(3):
        setup.turn()
    assert len([text for text in caplog.messages if "waits for an hour" in text]) == 1
    setup.server.gives_back = True
    setup.clock.at += AGAIN
    setup.turn()
    assert len(setup.compared) == 2


def test_a_server_that_gives_nothing_back_is_not_compared(tmp_path: Path) -> None:
    setup = Setup(tmp_path)
    setup.server.gives_back = False
    setup.journal.add_walk("air", 10, start=MIDNIGHT)
    setup.turn()
    assert setup.compared == []
    setup.source.close()


@given(st.integers(-(2**50), 2**52))
def test_the_hours_are_whole_and_end_before_the_one_that_goes_on(now: int) -> None:
    hours = hours_before(now)
    assert len(hours) == SPAN
    assert all(hour % HOUR == 0 for hour in hours)
    assert hours[-1] + HOUR <= now < hours[-1] + 2 * HOUR


def test_a_clock_that_was_set_back_does_not_keep_the_day_from_passing() -> None:
    assert not is_due(START, START)
    assert is_due(START - 1, START)
    assert is_due(START + EVERY, START)


@given(st.dictionaries(st.sampled_from("abc"), st.tuples(*[st.integers(0, 5)] * 3)))
def test_what_is_found_accounts_for_either_side(counts: dict[str, tuple[int, int, int]]) -> None:
    journal, server, refused = ({name: each[n] for name, each in counts.items()} for n in range(3))
    for each in differences(0, journal=journal, server=server, refused=refused):
        assert each.missing == 0 or each.too_many == 0
        assert each.journal + each.too_many - each.missing <= each.server + each.refused


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"error":"unable to parse authentication credentials"}',
        b'{"results":[{"error":"timeout"}]}',
        b'{"results":[{"series":[{"name":"reading","values":[[1,2]],"partial":true}]}]}',
    ],
)
def test_an_answer_that_is_none_is_not_taken_for_an_empty_one(body: bytes) -> None:
    assert series_of(body) is None


def test_no_name_ends_the_question_early() -> None:
    assert tag_is("kitchen", 'd\'apur\\ "1"') == '"kitchen" = \'d\\\'apur%5C "1"\''
    assert comparison.question("a' OR 'b", 0).count("\\'") == 2
