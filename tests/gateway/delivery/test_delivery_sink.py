"""The sink, step by step, against a server in memory. No step waits; tests/contract has the real servers."""

import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from influx_fakes import OK, START, FakeServer, Queue, Settings, SmallJournal, StillClock

from gateway.delivery.influxdb.access import SecretMissingError
from gateway.delivery.influxdb.decision import ServerAnswer
from gateway.delivery.influxdb.outbox import LIMIT
from gateway.delivery.influxdb.progress import SinkCondition, SinkReason
from gateway.delivery.influxdb.sink import POLL, InfluxSink, SavedProgress, build_sink
from gateway.delivery.influxdb.source import JournalSource


class Setup:
    """A sink with everything around it."""

    opened: ClassVar[list[JournalSource]] = []

    def __init__(self, folder: Path, *, count: int = 0, cursor: int = 0, server: FakeServer | None = None) -> None:
        self.journal = SmallJournal(folder / "journal.db")
        if count:
            self.journal.add_walk("air", count)
        self.server = server or FakeServer()
        self.queue = Queue()
        self.sink = self.new_sink(cursor)

    def new_sink(self, cursor: int) -> InfluxSink:
        source = JournalSource(self.journal.path, sink="influxdb", offsets={})
        self.opened.append(source)
        return build_sink(
            self.server,
            source,
            Settings(token_file=Path("secrets/influxdb"), api="v2", bucket="mbg"),
            kitchen_id="sppg-cimahi-03",
            saved=SavedProgress(cursor),
            reports=self.queue,
            clock=StillClock(),
            rng=Random(1),
        )

    def deliver(self) -> None:
        """Step until the sink has nothing to do."""
        for _ in range(10_000):
            if self.sink.step() == POLL:
                return
        raise AssertionError("the sink never comes to rest")


@pytest.fixture(autouse=True)
def close_all() -> Iterator[None]:
    yield
    while Setup.opened:
        Setup.opened.pop().close()


def refused_at(line: str, times: set[str]) -> bool:
    """Whether the line is a reading of one of these times; a heartbeat is always taken."""
    return line.startswith("reading") and line.rpartition(" ")[2].removesuffix("000") in times


def test_every_reading_arrives_and_the_cursor_follows(tmp_path: Path) -> None:
    setup = Setup(tmp_path, count=LIMIT + 10)
    setup.deliver()
    assert len(setup.server.readings()) == LIMIT + 10
    assert setup.queue.cursor == LIMIT + 10
    assert max(setup.server.requests) == LIMIT


def test_a_sink_that_starts_from_an_old_cursor_doubles_nothing(tmp_path: Path) -> None:
    setup = Setup(tmp_path, count=100)
    setup.deliver()
    setup.sink = setup.new_sink(40)
    setup.deliver()
    assert len(setup.server.readings()) == 100


@given(st.sets(st.integers(0, 299), max_size=12), st.integers(1, 300))
@settings(max_examples=25)
def test_refused_readings_are_set_aside_and_all_others_arrive(
    tmp_path_factory: pytest.TempPathFactory, poison: set[int], largest: int
) -> None:
    times = {str(START // 1000 + n) + "000" for n in poison}
    server = FakeServer(refused=lambda line: refused_at(line, times), largest=largest)
    setup = Setup(tmp_path_factory.mktemp("sink"), count=300, server=server)
    setup.deliver()
    assert {letter.seq - 1 for letter in setup.queue.dead_letters} == poison
    assert len(server.readings()) == 300 - len(poison)
    cursors = setup.queue.cursors
    assert cursors == sorted(cursors), "a cursor that runs ahead loses what is behind it in a crash"
    assert cursors[-1] == 300


def test_a_dead_letter_tells_what_was_sent_and_what_the_server_said(tmp_path: Path) -> None:
    server = FakeServer(refused=lambda line: line.startswith("reading"))
    setup = Setup(tmp_path, count=1, server=server)
    setup.deliver()
    (letter,) = setup.queue.dead_letters
    assert (letter.seq, letter.code, letter.error) == (1, 400, "partial write: 1 dropped")
    assert letter.line.startswith(b"reading,kitchen=sppg-cimahi-03,point=air value=0.0")


def test_a_server_that_refuses_even_a_heartbeat_costs_no_reading(tmp_path: Path) -> None:
    setup = Setup(tmp_path, count=10)
    setup.deliver()
    setup.server.refused = lambda _: True
    setup.journal.add_walk("core", 10)
    for _ in range(10):
        setup.sink.step()
    assert setup.queue.dead_letters == []
    assert setup.queue.states[-1].reason is SinkReason.REFUSES_ALL
    setup.server.refused = lambda _: False
    setup.deliver()
    assert len(setup.server.readings()) == 20


def test_a_batch_found_too_large_is_halved_once_and_for_all(tmp_path: Path) -> None:
    setup = Setup(tmp_path, count=LIMIT * 2, server=FakeServer(largest=LIMIT // 2))
    setup.deliver()
    assert len(setup.server.readings()) == LIMIT * 2
    assert setup.server.requests.count(LIMIT) == 1


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, ["refused the token (401)", "check delivery.influxdb.token_file (secrets/influxdb)"]),
        (403, ["does not let us write to bucket mbg (403)", "grant it"]),
        (404, ["has no bucket mbg (404)", "api: v1"]),
    ],
)
def test_a_refusal_holds_drops_nothing_says_the_remedy_and_ends_when_repaired(
    tmp_path: Path, status: int, words: list[str]
) -> None:
    setup = Setup(tmp_path, count=10, server=FakeServer(answers=[ServerAnswer(status)] * 3))
    pauses = [setup.sink.step() for _ in range(3)]
    assert all(5 <= pause <= 10 for pause in pauses)
    (held,) = setup.queue.states
    assert held.state is SinkCondition.HOLDING
    assert all(word in (held.last_error or "") for word in words)
    assert setup.queue.cursor == 0
    setup.deliver()
    assert setup.queue.states[-1].state is SinkCondition.OK
    assert len(setup.server.readings()) == 10


def test_a_token_that_is_refused_one_day_is_read_anew_at_every_try(tmp_path: Path) -> None:
    setup = Setup(tmp_path, count=1)
    setup.deliver()
    setup.journal.add_walk("core", 1)
    setup.server.answers = [ServerAnswer(401)] * 3
    for _ in range(3):
        assert setup.sink.step() >= 5
    setup.deliver()
    assert setup.server.greetings == 1 + 3
    assert len(setup.server.readings()) == 2


def test_a_missing_token_file_holds_until_it_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_token(_: FakeServer) -> str:
        raise SecretMissingError("delivery.influxdb.token_file (secrets/influxdb): there is no such file")

    setup = Setup(tmp_path, count=1)
    with monkeypatch.context() as patch:
        patch.setattr(FakeServer, "greet", no_token)
        assert setup.sink.step() >= 5
    assert setup.queue.states[-1].reason is SinkReason.SECRET_MISSING
    assert "token_file" in (setup.queue.states[-1].last_error or "")
    setup.deliver()
    assert len(setup.server.readings()) == 1


def test_a_lost_server_is_one_line_down_and_one_line_up(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    setup = Setup(tmp_path, count=3)
    setup.deliver()
    caplog.clear()
    setup.server.answers = [ServerAnswer(None, "Connection refused")] * 20
    setup.journal.add_walk("core", 3)
    for _ in range(20):
        assert setup.sink.step() <= 60
    setup.deliver()
    down, up = caplog.messages
    assert "cannot be reached: Connection refused; readings wait in the journal" in down
    assert "delivering again" in up
    assert [state.state for state in setup.queue.states] == [SinkCondition.BACKING_OFF, SinkCondition.OK]
    assert len(setup.server.readings()) == 6


@given(st.lists(st.sampled_from([None, 400, 401, 413, 429, 500]), max_size=30), st.integers(0, 60))
@settings(max_examples=40)
def test_after_any_run_of_answers_every_reading_is_there_or_set_aside(
    tmp_path_factory: pytest.TempPathFactory, statuses: list[int | None], count: int
) -> None:
    answers = [ServerAnswer(status) for status in statuses]
    setup = Setup(tmp_path_factory.mktemp("sink"), count=count, server=FakeServer(answers=answers))
    for _ in range(len(answers) + 1):
        setup.sink.step()
    setup.deliver()
    aside = {letter.seq for letter in setup.queue.dead_letters}
    assert len(setup.server.readings()) + len(aside) == count


def test_a_journal_that_appears_late_or_is_replaced_is_gone_on_with(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    setup = Setup(tmp_path, count=5)
    hidden = setup.journal.path.rename(tmp_path / "elsewhere.db")
    for _ in range(5):
        setup.sink.step()
    assert len([message for message in caplog.messages if "waiting for the journal" in message]) == 1
    hidden.rename(setup.journal.path)
    setup.deliver()
    assert len(setup.server.readings()) == 5
    setup.journal.path.rename(hidden)
    SmallJournal(setup.journal.path).add_walk("core", 2)
    setup.deliver()
    assert len(setup.server.readings()) == 7


def test_a_journal_replaced_during_an_outage_is_delivered_whole(tmp_path: Path) -> None:
    setup = Setup(tmp_path, count=50, server=FakeServer(answers=[OK, ServerAnswer(503)]))
    for _ in range(2):
        setup.sink.step()
    assert setup.queue.condition is SinkCondition.BACKING_OFF
    setup.journal.path.rename(tmp_path / "set-aside.db")
    SmallJournal(setup.journal.path).add_walk("core", 60)
    setup.deliver()
    assert len(setup.server.readings()) == 60


def test_it_runs_in_a_thread_until_it_is_stopped(tmp_path: Path) -> None:
    setup = Setup(tmp_path, count=10)
    delivered = threading.Event()
    put = setup.queue.put

    def watch(report: object) -> None:
        put(report)  # type: ignore[arg-type]
        if setup.queue.cursor == 20:
            delivered.set()

    setup.queue.put = watch  # type: ignore[method-assign]
    thread = threading.Thread(target=setup.sink.run)
    thread.start()
    setup.journal.add_walk("core", 10)
    setup.sink.wake()
    assert delivered.wait(10)
    setup.sink.stop()
    thread.join(10)
    assert not thread.is_alive()
