"""Sealed hours: whatever is sealed, goes, comes late or is done twice, every reader sees each reading once."""

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from journals import reads_of

from gateway.ingest.queue import BoundedQueue
from gateway.journal.chunks.chunk import Row
from gateway.journal.chunks.rollup import spans, usable
from gateway.journal.files.read_only import open_read_only
from gateway.journal.history.by_arrival import Arrivals
from gateway.journal.history.charts import chart
from gateway.journal.history.readings import FOR_EVER, rows_of
from gateway.journal.journal import Journal
from gateway.journal.sealing.retire import Keeping, retire, used_bytes
from gateway.journal.sealing.seal import ROWS_KEPT, SEAL_AFTER, DoubtfulChunkError, due, rows_to_go, seal
from gateway.journal.verify.chain import verify_chain
from gateway.journal.verify.chunks import Sealed, verify_chunks
from gateway.journal.verify.rollups import verify_rollups
from gateway.journal.writing.writer import Writer
from gateway.records.corrections import Corrections
from gateway.records.time_units import DAY, HOUR, MINUTE
from gateway.records.transaction import SinkRow, Transaction, Upkeep
from gateway.runtime.arrivals import JournalDamaged
from gateway.runtime.sealer import DRAW_AGAIN, Sealer

POINTS = {"c1-air": ("temperature", "Cel"), "c2-air": ("temperature", "Cel")}
START = 1_795_500_000_000_000 // HOUR * HOUR
SECOND = 1_000_000


class Kept:
    """A journal, and what was put into it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "journal.db"
        self.writer = Writer(self.path, POINTS)
        self.put: dict[str, dict[int, tuple[float | None, int]]] = {point: {} for point in POINTS}
        self.order: list[tuple[str, int]] = []
        self.undone: list[Upkeep] = []

    def close(self) -> None:
        self.writer.close()

    def restart(self) -> None:
        """As after SIGKILL."""
        self.writer.close()
        self.writer = Writer(self.path, POINTS)

    def add(self, point: str, readings: list[tuple[int, float | None, int]]) -> None:
        """As the pipeline would: a reading whose time is taken is not put in."""
        rows = [
            (point, at, value, quality, None if quality else "stale", None, None, None, 0)
            for at, value, quality in readings
        ]
        self.writer.write(Transaction(readings=rows), START)
        for at, value, quality in readings:
            if at not in self.put[point]:
                self.put[point][at] = (value, quality)
                self.order.append((point, at))

    def seal(self, now: int, *, write: bool = True) -> None:
        with closing(open_read_only(self.path)) as reader:
            wanted = due(reader, now)
            for hour in wanted.hours:
                upkeep = seal(reader, hour, rest=lambda: None)
                if upkeep is not None:
                    self.write(upkeep, write=write)
            if write:
                self.write(Upkeep(journal=journal_id(reader), sealed_seq=wanted.sealed_seq))

    def let_go(self, now: int, *, write: bool = True) -> None:
        with closing(open_read_only(self.path)) as reader:
            upkeep = rows_to_go(reader, now)
        if upkeep is not None:
            self.write(upkeep, write=write)

    def write(self, upkeep: Upkeep, *, write: bool = True) -> None:
        self.undone.append(upkeep)
        if write:
            self.writer.write(Transaction(upkeep=[upkeep]), START)

    def again(self) -> None:
        """All that was ever drawn up arrives once more."""
        for upkeep in self.undone:
            if upkeep.events:
                self.writer.write(Transaction(upkeep=[upkeep]), START)

    def count(self, table: str) -> int:
        with closing(sqlite3.connect(self.path)) as connection:
            (found,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
        return int(found)


def journal_id(connection: sqlite3.Connection) -> str:
    return str(connection.execute("SELECT value FROM meta WHERE key = 'journal'").fetchone()[0])


def by_point(kept: Kept, point: str) -> list[Row]:
    with closing(open_read_only(kept.path)) as reader:
        (number,) = reader.execute("SELECT id FROM point WHERE name = ?", (point,)).fetchone()
        return list(rows_of(reader, number, since=-FOR_EVER, until=FOR_EVER))


def by_arrival(kept: Kept, limit: int) -> list[tuple[str, int]]:
    arrivals, cursor, found = Arrivals(), 0, []
    with closing(open_read_only(kept.path)) as reader:
        names = dict(reader.execute("SELECT id, name FROM point").fetchall())
        while page := arrivals.page(reader, cursor, limit):
            assert len(page) <= limit
            found += [(names[point], at) for _, point, at, _, _ in page]
            cursor = page[-1][0]
    assert reads_of(kept.writer).readings.last_number() == cursor
    return found


def check(kept: Kept) -> None:
    """Every reader sees what was put in, once."""
    for point, put in kept.put.items():
        rows = by_point(kept, point)
        assert [row.measured_at for row in rows] == sorted(put)
        assert {row.measured_at: (row.value, row.quality) for row in rows} == put
        assert all(reads_of(kept.writer).readings.value_at(point, at) == told for at, told in put.items())
        newest = max(put, default=None)
        told = reads_of(kept.writer).readings.newest(point)
        assert (None if told is None else told[0]) == newest
        good = max((at for at, (_, quality) in put.items() if quality == 2), default=None)
        told = reads_of(kept.writer).readings.newest(point, 2)
        assert (None if told is None else told[0]) == good
    assert by_arrival(kept, 7) == kept.order


READINGS = st.lists(
    st.tuples(
        st.integers(START, START + 4 * HOUR).map(lambda at: at // (20 * MINUTE) * 20 * MINUTE),
        st.sampled_from([None, 3.4, -0.5, 1e9]),
        st.sampled_from([0, 1, 2]),
    ),
    max_size=8,
)
NOW = st.integers(0, 8).map(lambda hours: START + hours * HOUR + MINUTE)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.sampled_from(sorted(POINTS)), READINGS),
        st.tuples(st.just("seal"), NOW, st.booleans()),
        st.tuples(st.just("go"), NOW, st.booleans()),
        st.tuples(st.just("restart"), st.none(), st.none()),
        st.tuples(st.just("again"), st.none(), st.none()),
    ),
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_sealing_killed_anywhere_and_repeated_at_will_loses_and_doubles_nothing(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, object, object]]
) -> None:
    kept = Kept(tmp_path_factory.mktemp("any"))
    for what, first, second in steps:
        match what:
            case "add":
                kept.add(first, second)  # type: ignore[arg-type]
            case "seal":
                kept.seal(first, write=second)  # type: ignore[arg-type]
            case "go":
                kept.let_go(first, write=second)  # type: ignore[arg-type]
            case "restart":
                kept.restart()
            case _:
                kept.again()
        check(kept)
    kept.close()
    with closing(open_read_only(kept.path)) as reader:
        assert verify_chain(reader).broken is None


@pytest.fixture
def night(tmp_path: Path) -> Iterator[Kept]:
    """Six hours of two probes at 10 s."""
    kept, dice = Kept(tmp_path), random.Random(5)
    for point in POINTS:
        kept.add(point, [(START + n * 10 * SECOND, round(3 + dice.gauss(0, 0.2), 1), 2) for n in range(6 * 360)])
    yield kept
    kept.close()


def test_an_hour_is_sealed_two_hours_after_its_end(night: Kept) -> None:
    night.seal(START + HOUR + SEAL_AFTER - 1)
    assert night.count("chunk") == 0
    night.seal(START + HOUR + SEAL_AFTER)
    assert night.count("chunk") == 2
    night.close()


def test_without_a_sink_the_rows_of_a_sealed_hour_go_and_with_one_that_is_behind_they_stay_for_seven_days(
    night: Kept,
) -> None:
    night.seal(START + 3 * HOUR)
    night.writer.write(Transaction(sinks={"influxdb": SinkRow("influxdb", 100, "ok", None, START)}), START)
    night.let_go(START + 3 * HOUR)
    assert night.count("reading") == 2 * 6 * 360
    night.let_go(START + HOUR + ROWS_KEPT)
    assert night.count("reading") == 2 * 6 * 360
    night.let_go(START + HOUR + ROWS_KEPT + 1)
    assert night.count("reading") == 2 * 5 * 360
    check(night)
    night.close()


def test_what_comes_late_makes_a_second_part_and_a_repetition_of_what_is_sealed_is_known(night: Kept) -> None:
    night.seal(START + 3 * HOUR)
    night.let_go(START + 3 * HOUR)
    night.add("c1-air", [(START, 99.0, 2), (START + 5 * SECOND, 7.5, 2)])
    assert reads_of(night.writer).readings.value_at("c1-air", START) != (99.0, 2)
    night.seal(START + 3 * HOUR)
    night.let_go(START + 3 * HOUR)
    check(night)
    assert reads_of(night.writer).state.has_event(f"sealed:{START}:2")
    night.close()


def test_what_was_drawn_up_for_one_journal_is_not_written_into_another(night: Kept, tmp_path: Path) -> None:
    night.seal(START + 9 * HOUR, write=False)
    (tmp_path / "other").mkdir()
    other = Kept(tmp_path / "other")
    for upkeep in night.undone:
        other.writer.write(Transaction(upkeep=[upkeep]), START)
    assert other.count("chunk") == other.count("event") == 0
    other.close()
    night.close()


def test_rows_stay_when_their_chunk_does_not_give_them_back(night: Kept) -> None:
    night.seal(START + 3 * HOUR)
    with closing(sqlite3.connect(night.path)) as connection, connection:
        connection.execute("UPDATE reading SET value = 4.0 WHERE measured_at = ?", (START,))
    with pytest.raises(DoubtfulChunkError, match="not what its rows say"):
        night.let_go(START + 3 * HOUR)
    night.close()


@pytest.mark.parametrize("width", [10 * SECOND, 25 * SECOND, MINUTE, 7 * MINUTE, HOUR, 2 * HOUR])
def test_a_chart_is_the_same_before_and_after_the_hours_are_sealed(night: Kept, width: int) -> None:
    def drawn() -> list[object]:
        with closing(open_read_only(night.path)) as reader:
            return chart(reader, 1, since=START, until=START + 6 * HOUR, width=width).spans()

    readings = [(at, value) for at, (value, _) in sorted(night.put["c1-air"].items()) if value is not None]
    expected = spans(readings, since=START, width=width)
    assert drawn() == expected
    night.seal(START + 5 * HOUR)
    assert drawn() == expected
    for _ in range(5):
        night.let_go(START + 5 * HOUR)
    assert night.count("reading") == 2 * 3 * 360
    assert drawn() == expected


@pytest.mark.parametrize("width", [10 * SECOND, MINUTE, 7 * MINUTE, HOUR, 2 * HOUR])
def test_a_chart_has_each_reading_with_its_own_offset_sealed_or_not(night: Kept, width: int) -> None:
    """Also in the minute and the hour in which the offset changed."""
    steps = ((START + 10 * MINUTE, 0.5), (START + 137 * MINUTE + 31 * SECOND, -0.4), (START + 4 * HOUR, 1.0))
    corrections = Corrections(steps=steps)

    def drawn() -> list[tuple[int, int, float, float, float]]:
        with closing(open_read_only(night.path)) as reader:
            found = chart(reader, 1, since=START, until=START + 6 * HOUR, width=width, corrections=corrections).spans()
        return [(*span[:4], round(span.total, 6)) for span in found]

    kept = sorted(night.put["c1-air"].items())
    readings = [(at, corrections.value(value, at)) for at, (value, _) in kept if value is not None]
    expected = [(*span[:4], round(span.total, 6)) for span in spans(readings, since=START, width=width)]
    assert drawn() == expected
    night.seal(START + 5 * HOUR)
    for _ in range(5):
        night.let_go(START + 5 * HOUR)
    assert drawn() == expected
    night.add("c1-air", [(START + 5 * SECOND, -7.5, 2)])
    late = spans(sorted([*readings, (START + 5 * SECOND, -7.5)]), since=START, width=width)
    assert drawn() == late
    night.seal(START + 5 * HOUR)
    assert drawn() == late
    night.close()


def test_roll_ups_count_what_is_usable(night: Kept) -> None:
    night.add("c2-air", [(START + SECOND, None, 0), (START + 2 * SECOND, 50.0, 1), (START + 3 * SECOND, 60.0, 0)])
    night.seal(START + 3 * HOUR)
    with closing(open_read_only(night.path)) as reader:
        told = reader.execute("SELECT count, highest FROM rollup WHERE point = 2").fetchone()
        expected = usable(rows_of(reader, 2, since=START, until=START + HOUR))
    assert told == (len(expected), 50.0) == (361, 50.0)
    night.close()


CHANGED = [
    "UPDATE rollup SET lowest = lowest - 0.1 WHERE point = 2",
    "UPDATE rollup SET total = total + 1 WHERE point = 2",
    "UPDATE rollup SET count = count - 1 WHERE point = 2",
    "UPDATE rollup SET minutes = (SELECT minutes FROM rollup WHERE point = 1) WHERE point = 2",
    "UPDATE rollup SET minutes = x'00' WHERE point = 2",
    "UPDATE rollup SET minutes = CAST('text' AS TEXT) WHERE point = 2",
    f"DELETE FROM rollup WHERE point = 2 AND hour = {START + HOUR}",
]


@pytest.mark.parametrize("sql", CHANGED)
def test_a_roll_up_that_was_changed_is_named_with_its_hour(night: Kept, sql: str) -> None:
    night.add("c2-air", [(START + SECOND, None, 0), (START + 2 * SECOND, 50.0, 1), (START + 3 * SECOND, 60.0, 0)])
    night.seal(START + 4 * HOUR)
    night.let_go(START + 4 * HOUR)
    night.add("c2-air", [(START + 4 * SECOND, -50.0, 2)])
    night.seal(START + 4 * HOUR)
    with closing(sqlite3.connect(night.path)) as connection:
        assert list(verify_rollups(connection)) == []
        with connection:
            assert connection.execute(sql).rowcount > 0
        first = next(verify_rollups(connection))
    assert "the roll-up of c2-air, hour " in first
    assert "was changed" in first or "cannot be read" in first or "is missing" in first
    night.close()


def test_a_late_reading_is_added_to_the_roll_up_of_an_hour_whose_readings_went(night: Kept) -> None:
    readings = [(at, value) for at, (value, _) in sorted(night.put["c1-air"].items()) if value is not None]
    night.seal(START + 9 * HOUR)
    for _ in range(9):
        night.let_go(START + 9 * HOUR)
    with closing(open_read_only(night.path)) as reader:
        upkeep = retire(reader, START + DAY, Keeping(most_bytes=1))
        assert upkeep is not None
        night.write(upkeep)
        for late in (5 * SECOND, 6 * SECOND):
            night.add("c1-air", [(START + late, -7.5, 2)])
            night.seal(START + 9 * HOUR)
            night.let_go(START + 9 * HOUR)
            readings.append((START + late, -7.5))
            drawn = chart(reader, 1, since=START, until=START + HOUR, width=MINUTE).spans()
            expected = [(at, value) for at, value in sorted(readings) if at < START + HOUR]
            assert drawn == spans(expected, since=START, width=MINUTE)
        assert list(verify_rollups(reader)) == []
    night.close()


class Still:
    """A clock that stands where it was put."""

    def __init__(self, now: int) -> None:
        self.at = now

    def now(self) -> int:
        return self.at

    def monotonic(self) -> float:
        return self.at / 1_000_000


def test_the_sealer_draws_up_one_thing_at_a_time_and_draws_it_again_when_it_was_lost(night: Kept) -> None:
    intake: BoundedQueue[object] = BoundedQueue()
    sealer = Sealer(night.path, intake, Still(0), is_recording=lambda: True)
    later, moment = START + 9 * HOUR, 1_000.0
    sealer.turn(later, moment)
    (first,) = intake.take(9, 0.0)
    assert isinstance(first, Upkeep)
    sealer.turn(later, moment + 1)
    assert intake.take(9, 0.0) == []
    sealer.turn(later, moment + DRAW_AGAIN)
    assert [each.events for each in intake.take(9, 0.0)] == [first.events]
    night.write(first)
    while True:
        moment += 2 * DRAW_AGAIN
        sealer.turn(later, moment)
        drawn = intake.take(9, 0.0)
        if not drawn:
            break
        night.write(*drawn)
    assert night.count("chunk") == 12
    assert night.count("reading") == 0
    check(night)
    night.close()


def test_a_chunk_in_doubt_keeps_its_rows_and_does_not_keep_others_from_going(night: Kept) -> None:
    intake: BoundedQueue[object] = BoundedQueue()
    night.seal(START + 9 * HOUR)
    with closing(sqlite3.connect(night.path)) as connection, connection:
        connection.execute("UPDATE chunk SET body = x'00' WHERE id = 2")
    sealer = Sealer(night.path, intake, Still(0), is_recording=lambda: True)
    for _ in range(12):
        sealer.turn(START + 9 * HOUR, 0.0)
        for drawn in intake.take(9, 0.0):
            night.write(drawn)
    assert night.count("reading") == 360
    check(night)
    night.close()


def test_readings_go_by_age_a_day_at_a_time_their_charts_later_and_verify_knows_why(night: Kept) -> None:
    night.seal(START + 9 * HOUR)
    for _ in range(9):
        night.let_go(START + 9 * HOUR)
    keeping = Keeping(readings=8 * DAY, rollups=20 * DAY)
    drawn = []
    with closing(open_read_only(night.path)) as reader:
        for now in (START + 8 * DAY, START + 10 * DAY, START + 10 * DAY, START + 30 * DAY):
            drawn.append(retire(reader, now, keeping))
            if drawn[-1] is not None:
                night.write(drawn[-1])
        assert drawn[0] is None
        assert drawn[2] is None
        assert (night.count("chunk"), night.count("rollup")) == (0, 0)
        (kind,) = reader.execute("SELECT kind FROM event ORDER BY id DESC LIMIT 1").fetchone()
        assert kind == "readings_retired"
        seen = Sealed()
        assert list(verify_chunks(reader, seen)) == []
    assert seen.gone == 12
    night.close()


def test_for_want_of_room_the_oldest_hours_go_first_and_a_gap_says_which(night: Kept) -> None:
    night.seal(START + 9 * HOUR)
    for _ in range(9):
        night.let_go(START + 9 * HOUR)
    with closing(open_read_only(night.path)) as reader:
        assert retire(reader, START + DAY, Keeping(most_bytes=used_bytes(reader))) is None
        upkeep = retire(reader, START + DAY, Keeping(most_bytes=used_bytes(reader) - 100))
        assert upkeep is not None
        night.write(upkeep)
        (gap,) = upkeep.events
        assert gap.body == {"from": START, "to": START + HOUR, "reason": "cap"}
        assert list(verify_chunks(reader, Sealed())) == []
    assert next(iter(by_point(night, "c1-air"))).measured_at == START + HOUR
    night.close()


def test_what_comes_late_of_an_hour_that_went_goes_too_and_an_event_says_so_each_time(night: Kept) -> None:
    """By age and for want of room: nothing is drawn up for ever, nothing goes without a word."""
    later = START + 400 * DAY
    with closing(open_read_only(night.path)) as reader:
        for late in (None, START - 30 * DAY, START - 300 * DAY, START):
            if late is not None:
                night.add("c1-air", [(late + SECOND * night.count("event"), 9.0, 2)])
            night.seal(later)
            for _ in range(9):
                night.let_go(later)
            for keeping in (Keeping(), Keeping(readings=900 * DAY, most_bytes=1)):
                drawn = retire(reader, later, keeping)
                while drawn is not None and drawn.chunks_go:
                    night.write(drawn)
                    again = retire(reader, later, keeping)
                    assert again != drawn, "it was written"
                    drawn = again
                night.add("c2-air", [(START + SECOND * night.count("event"), 9.0, 2)])
                night.seal(later)
                night.let_go(later)
        while (drawn := retire(reader, later, Keeping())) is not None and drawn.chunks_go:
            night.write(drawn)
        assert (night.count("chunk"), night.count("reading")) == (0, 0)
        assert list(verify_chunks(reader, Sealed())) == []
    night.close()


def test_a_chunk_in_doubt_goes_by_age_with_the_rows_that_it_kept(night: Kept) -> None:
    night.seal(START + 9 * HOUR)
    with closing(open_read_only(night.path)) as reader:
        drawn = retire(reader, START + 200 * DAY, Keeping())
    assert drawn is not None
    night.write(drawn)
    assert (night.count("chunk"), night.count("reading")) == (0, 0)
    night.close()


def test_a_sink_that_is_behind_goes_on_after_what_went_for_want_of_room(night: Kept) -> None:
    night.writer.write(Transaction(sinks={"influxdb": SinkRow("influxdb", 100, "ok", None, START)}), START)
    later = START + 10 * HOUR + ROWS_KEPT
    night.seal(later)
    for _ in range(9):
        night.let_go(later)
    with closing(open_read_only(night.path)) as reader:
        upkeep = retire(reader, later, Keeping(most_bytes=used_bytes(reader) - 100))
        assert upkeep is not None
        night.write(upkeep)
        arrivals, cursor, found = Arrivals(), 100, []
        while page := arrivals.page(reader, cursor, 50):
            found += [(point, at) for _, point, at, _, _ in page]
            cursor = page[-1][0]
    assert found == [(point, START + n * 10 * SECOND) for point in (1, 2) for n in range(360, 6 * 360)], (
        "the capped hour is missing, everything else comes once"
    )
    night.close()


def test_hours_that_a_sink_still_needs_as_rows_do_not_go_for_want_of_room(night: Kept) -> None:
    night.seal(START + 9 * HOUR)
    with closing(open_read_only(night.path)) as reader:
        assert retire(reader, START + DAY, Keeping(most_bytes=1)) is None
    night.close()


@pytest.mark.parametrize("new_one", [False, True])
def test_a_damaged_file_that_is_set_aside_while_it_is_looked_at_costs_neither_the_new_one_nor_the_sealer(
    new_one: bool, night: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    night.close()
    content = night.path.read_bytes()
    middle = len(content) // 8192 * 4096
    night.path.write_bytes(content[:middle] + b"\x5a" * 4096 + content[middle + 4096 :])
    damaged = night.path.stat().st_ino

    def then_set_aside(path: Path) -> sqlite3.Connection:
        connection = open_read_only(path)
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        path.rename(path.with_name("aside"))
        if new_one:
            path.write_bytes(content)
        return connection

    monkeypatch.setattr("gateway.runtime.sealer.open_read_only", then_set_aside)
    intake: BoundedQueue[object] = BoundedQueue()
    Sealer(night.path, intake, Still(0), is_recording=lambda: True).check()
    (told,) = intake.take(9, 0.0)
    assert isinstance(told, JournalDamaged)
    assert told.file == damaged


def test_a_file_that_is_damaged_in_the_middle_is_found_at_the_start_set_aside_and_recording_goes_on(
    night: Kept,
) -> None:
    night.close()
    intake: BoundedQueue[object] = BoundedQueue()
    sealer = Sealer(night.path, intake, Still(0), is_recording=lambda: True)
    sealer.check()
    assert intake.take(9, 0.0) == []
    content = night.path.read_bytes()
    middle = len(content) // 8192 * 4096
    night.path.write_bytes(content[:middle] + b"\x5a" * 4096 + content[middle + 4096 :])
    sealer.check()
    (damaged,) = intake.take(9, 0.0)
    assert isinstance(damaged, JournalDamaged)
    sealer.check()
    assert intake.take(9, 0.0) == [], "it is told once"
    journal = Journal(night.path, POINTS, START)
    journal.set_damaged_aside(damaged.text, START, inode=damaged.file)
    assert journal.file.set_aside is not None
    journal.set_damaged_aside(damaged.text, START, inode=damaged.file)
    assert journal.path.exists(), "the new one is not the damaged one"
    assert journal.file.set_aside.stat().st_size >= len(content)
    journal.commit(Transaction(readings=[("c1-air", START, 3.0, 2, None, None, None, None, 0)]), START)
    assert journal.lost_since is None
    journal.close()
    assert night.count("reading") == 1
