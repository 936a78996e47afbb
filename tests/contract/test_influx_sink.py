"""The sink against real servers: InfluxDB 1.6.7 with authentication, and VictoriaMetrics for the v2 write path."""

import itertools
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from random import Random
from statistics import fmean
from urllib.parse import unquote

import influx_servers
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from influx_fakes import START, Queue, Settings, SmallJournal
from influx_servers import DATABASE, PASSWORD, USER, Influxd
from influx_sinks import deliver, sink_to

from gateway.delivery.influxdb.decision import ServerAnswer
from gateway.delivery.influxdb.line_protocol import line
from gateway.delivery.influxdb.progress import SinkCondition, SinkReason
from gateway.delivery.influxdb.read_back import ReadBack
from gateway.delivery.influxdb.server import InfluxServer
from gateway.runtime.clock.clock import RealClock

MINUTE = 60_000_000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Influxd]:
    with influx_servers.influxd(tmp_path_factory.mktemp("influxd")) as running:
        yield running


@pytest.fixture
def influxd(server: Influxd) -> Influxd:
    """InfluxDB with an empty database."""
    server.query(f"DROP DATABASE {DATABASE}")
    server.query(f"CREATE DATABASE {DATABASE}")
    server.query(f"GRANT WRITE ON {DATABASE} TO {USER}")
    return server


@pytest.fixture
def password(tmp_path: Path) -> Path:
    """A file with the right password."""
    path = tmp_path / "password"
    path.write_text(PASSWORD + "\n")
    return path


@pytest.fixture
def journal(tmp_path: Path) -> SmallJournal:
    return SmallJournal(tmp_path / "journal.db")


def v1(influxd: Influxd, password: Path, *, database: str = DATABASE) -> Settings:
    return Settings("v1", influxd.url, database, username=USER, password_file=password)


def wait_until(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_readings_stand_in_influxdb_as_they_were_measured(
    influxd: Influxd, password: Path, journal: SmallJournal
) -> None:
    journal.add("air", [(START, 3.4, 2), (START + 1, None, 0), (START + 2, -18.25, 1)])
    journal.add("core", [(START, 3.4, 2)])
    deliver(sink_to(v1(influxd, password), journal, Queue()))
    assert influxd.readings() == {
        "air": [(START * 1000, 3.4, 2), (START * 1000 + 1000, None, 0), (START * 1000 + 2000, -18.25, 1)],
        "core": [(START * 1000, 3.5, 2)],
    }


def test_a_wrong_password_holds_without_showing_it_and_a_repaired_one_delivers(
    influxd: Influxd, password: Path, journal: SmallJournal
) -> None:
    journal.add_walk("air", 10)
    password.write_text("wrong-secret")
    queue = Queue()
    sink = sink_to(v1(influxd, password), journal, queue)
    assert sink.step() >= 5
    (held,) = queue.states
    assert held.reason is SinkReason.REFUSED_CREDENTIALS
    assert held.last_error == (
        f"InfluxDB at {influxd.url} refused the password (401): check delivery.influxdb.password_file ({password})"
    )
    password.write_text(PASSWORD)
    deliver(sink)
    assert queue.states[-1].state is SinkCondition.OK
    assert len(influxd.readings()["air"]) == 10


def test_a_database_that_the_user_may_not_write_holds_with_the_remedy(
    influxd: Influxd, password: Path, journal: SmallJournal
) -> None:
    journal.add_walk("air", 10)
    queue = Queue()
    influxd.query(f"REVOKE ALL ON {DATABASE} FROM {USER}")
    assert sink_to(v1(influxd, password), journal, queue).step() >= 5
    assert queue.states[-1].reason is SinkReason.FORBIDDEN
    assert queue.states[-1].last_error == (
        f"InfluxDB at {influxd.url} does not let us write to database mbg (403): grant it to user gateway"
    )


def test_a_missing_database_holds_until_it_is_created(influxd: Influxd, password: Path, journal: SmallJournal) -> None:
    journal.add_walk("air", 10)
    queue = Queue()
    sink = sink_to(v1(influxd, password), journal, queue)
    influxd.query(f"GRANT ALL PRIVILEGES TO {USER}")
    influxd.query(f"DROP DATABASE {DATABASE}")
    assert sink.step() >= 5
    assert queue.states[-1].reason is SinkReason.NOT_FOUND
    assert f'create it (CREATE DATABASE "{DATABASE}")' in (queue.states[-1].last_error or "")
    influxd.query(f"CREATE DATABASE {DATABASE}")
    influxd.query(f"REVOKE ALL PRIVILEGES FROM {USER}")
    influxd.query(f"GRANT WRITE ON {DATABASE} TO {USER}")
    deliver(sink)
    assert len(influxd.readings()["air"]) == 10


def test_v2_asked_of_a_server_that_has_only_v1_says_so(influxd: Influxd, password: Path, journal: SmallJournal) -> None:
    queue = Queue()
    where = Settings("v2", influxd.url, None, bucket=DATABASE, org="sppg", token_file=password)
    assert sink_to(where, journal, queue).step() >= 5
    assert "InfluxDB before 1.8 needs delivery.influxdb.api: v1" in (queue.states[-1].last_error or "")


def test_points_of_another_type_are_set_aside_and_all_beside_them_are_stored(
    influxd: Influxd, password: Path, journal: SmallJournal
) -> None:
    """A shard in which `value` is text refuses our floats, the weeks beside it take them; no time ends after 2262."""
    week = 7 * 24 * 3600 * 1_000_000
    poisoned = line("sppg-cimahi-03", "air", measured_at=START, value=1.0, quality=2).replace("1.0", '"text"')
    assert influxd.write(poisoned) == 204
    journal.add_walk("air", 300, start=START - week)
    journal.add("air", [(START + 1_000, 3.4, 2)])
    journal.add_walk("core", 300, start=START + week)
    journal.add("core", [(START + 2_000, 3.4, 2), (2**62 // 1000 * 1_000, 3.4, 2)])
    queue = Queue()
    deliver(sink_to(v1(influxd, password), journal, queue))
    assert [(letter.seq, letter.code) for letter in queue.dead_letters] == [
        (301, 400),
        (602, 400),
        (603, 400),
    ]
    assert "value out of range" in queue.dead_letters[2].error
    assert "field type conflict" in queue.dead_letters[0].error
    assert PASSWORD not in str(queue.reports)
    (count,) = influxd.query('SELECT count("quality") FROM "reading"')
    assert count["values"][0][1] == 300 + 300 + 1  # type: ignore[index]
    assert queue.cursor == 603


def test_a_batch_that_is_refused_whole_is_set_aside_at_once(
    influxd: Influxd, password: Path, journal: SmallJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What an outage leaves that was longer than the server's retention: 3,000 readings cost no 6,000 requests."""
    influxd.query(f"CREATE RETENTION POLICY short ON {DATABASE} DURATION 1h REPLICATION 1 DEFAULT")
    journal.add_walk("air", 3_000)
    now = RealClock().now()
    journal.add("air", [(now, 3.4, 2)])
    journal.add_walk("core", 2_500)
    requests: list[int] = []
    write = InfluxServer.write

    def counted(server: InfluxServer, lines: str) -> ServerAnswer:
        requests.append(lines.count("\n") + 1)
        return write(server, lines)

    monkeypatch.setattr(InfluxServer, "write", counted)
    queue = Queue()
    deliver(sink_to(v1(influxd, password), journal, queue))
    assert {letter.seq for letter in queue.dead_letters} == {*range(1, 3_001), *range(3_002, 5_502)}
    assert influxd.readings() == {"air": [(now * 1_000, 3.4, 2)]}
    assert len(requests) < 60
    assert queue.cursor == 5_501


def test_influxdb_killed_and_restarted_has_every_reading_once(
    influxd: Influxd, password: Path, journal: SmallJournal
) -> None:
    """Killed three times while readings go on; then the sink is started anew from an old cursor, as after a crash."""
    points = [f"p{n}" for n in range(20)]
    queue = Queue()
    sink = sink_to(v1(influxd, password), journal, queue)
    thread = threading.Thread(target=sink.run)
    thread.start()
    for round_, point in itertools.product(range(5), points):
        if point == points[5] and round_ in {1, 2, 3}:
            influxd.kill()
        journal.add_walk(point, 200, start=START + round_ * 1_000_000)
        sink.wake()
        if point == points[15] and round_ in {1, 2, 3}:
            wait_until(lambda: queue.condition is SinkCondition.BACKING_OFF)
            influxd.start()
            wait_until(lambda: queue.condition is SinkCondition.OK)
    wait_until(lambda: queue.cursor == 20_000)
    sink.stop()
    thread.join(60)
    deliver(sink_to(v1(influxd, password), journal, queue, cursor=7_000))
    expected = {(START + r * 1_000_000 + n * 1_000) * 1_000: n / 10 for r, n in itertools.product(range(5), range(200))}
    stored = influxd.readings()
    assert sorted(stored) == sorted(points)
    assert all({at: value for at, value, _ in rows} == expected for rows in stored.values())
    assert all(len(rows) == len(expected) for rows in stored.values())
    assert queue.dead_letters == []


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20), min_size=1, unique=True))
@example(["chiller 1", "a,b", "a=b", "a\nb", "a\\", "\\", "\\,", "🍚 dapur", "%20", " ", "'\"'", "\r\n\t"])
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_name_of_a_point_is_read_back_from_influxdb(server: Influxd, names: list[str]) -> None:
    server.query(f"DROP DATABASE {DATABASE}")
    server.query(f"CREATE DATABASE {DATABASE}")
    lines = [line("k", name, measured_at=START, value=float(n), quality=2) for n, name in enumerate(names)]
    assert server.write("\n".join(lines)) == 204
    found = {unquote(point): rows for point, rows in server.readings().items()}
    assert found == {name: [(START * 1000, n, 2)] for n, name in enumerate(names)}


def minutes(rows: Iterable[tuple[int, float]]) -> list[list[float]]:
    """Start of a minute in `rows`' microseconds, min, mean and max of it."""
    grouped = itertools.groupby(rows, key=lambda row: row[0] // MINUTE * MINUTE)
    return [[at, min(v), fmean(v), max(v)] for at, v in ((at, [value for _, value in group]) for at, group in grouped)]


def test_min_mean_and_max_of_each_minute_are_those_of_the_journal(
    influxd: Influxd, password: Path, journal: SmallJournal, tmp_path: Path
) -> None:
    dice = Random(5)
    walk = [(START + n * 1_700_000, round(dice.uniform(-25, 95), 2)) for n in range(6_000)]
    journal.add("air", [(at, value, 2) for at, value in walk])
    deliver(sink_to(v1(influxd, password), journal, Queue()))
    (found,) = influxd.query(
        'SELECT min("value"), mean("value"), max("value") FROM "reading" '
        f"WHERE time >= {START}000 AND time <= {walk[-1][0]}000 GROUP BY time(1m)"
    )
    wanted = minutes(walk)
    assert len(wanted) > 100
    for (at, *values), (journal_at, *journal_values) in zip(found["values"], wanted, strict=True):  # type: ignore[call-overload]
        assert at == journal_at * 1_000
        assert values == pytest.approx(journal_values, rel=1e-12)
    with influx_servers.victoria_metrics(tmp_path) as victoria:
        where = Settings("v2", victoria.url, None, bucket="mbg", org="sppg", token_file=password)
        deliver(sink_to(where, journal, Queue()))
        samples = victoria.samples("reading_value")["air"]
    assert minutes((at * 1_000, value) for at, value in samples) == wanted


def test_the_start_says_in_one_line_who_takes_our_readings_and_whether_it_gives_them_back(
    influxd: Influxd, password: Path, journal: SmallJournal, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "gateway.delivery")
    deliver(sink_to(v1(influxd, password), journal, Queue()))
    influxd.query(f"GRANT ALL ON {DATABASE} TO {USER}")
    deliver(sink_to(v1(influxd, password), journal, Queue()))
    with influx_servers.victoria_metrics(tmp_path) as victoria:
        where = Settings("v2", victoria.url, None, bucket="mbg", org="sppg", token_file=password)
        deliver(sink_to(where, journal, Queue()))
    assert [text for text in caplog.messages if "may write" in text] == [
        f"influxdb: InfluxDB 1.6.7~rc0 at {influxd.url}, api v1: {ReadBack.FORBIDDEN}",
        f"influxdb: InfluxDB 1.6.7~rc0 at {influxd.url}, api v1: {ReadBack.WORKS}",
        f"influxdb: a server that tells no version at {victoria.url}, api v2: {ReadBack.OTHER}",
    ]
    assert PASSWORD not in caplog.text


def test_victoria_metrics_takes_the_v2_path_and_has_every_reading_once(
    tmp_path: Path, password: Path, journal: SmallJournal
) -> None:
    journal.add_walk("air", 12_000)
    journal.add("core", [(START, 3.4, 2), (START + 1_000, None, 0)])
    with influx_servers.victoria_metrics(tmp_path) as victoria:
        where = Settings("v2", victoria.url, None, bucket="mbg", org="sppg", token_file=password)
        for cursor in (0, 6_000):  # the second time as after a crash
            deliver(sink_to(where, journal, Queue(), cursor=cursor))
        values, qualities = victoria.samples("reading_value"), victoria.samples("reading_quality")
    assert values["air"] == [(START // 1_000 + n, n / 10) for n in range(12_000)]
    assert values["core"] == [(START // 1_000, 3.5)]
    assert qualities["core"] == [(START // 1_000, 2), (START // 1_000 + 1, 0)]
