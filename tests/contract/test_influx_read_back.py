"""What was delivered, read back from real servers: any name, any value, and the same spans as the journal's."""

import math
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random
from urllib.parse import unquote

import influx_servers
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from influx_fakes import START, Queue, Settings, SmallJournal
from influx_servers import DATABASE, PASSWORD, USER, Influxd, VictoriaMetrics
from influx_sinks import deliver, sink_to

from gateway.delivery.influxdb import comparison, history
from gateway.delivery.influxdb.influxql import EARLIEST, LATEST, Series, between, series_of
from gateway.delivery.influxdb.line_protocol import line
from gateway.delivery.influxdb.server import InfluxServer
from gateway.journal.history.charts import chart
from gateway.records.time_units import HOUR, MINUTE

KITCHEN = "sppg-cimahi-03"
ODD = [
    "chiller 1",
    "a,b",
    "a=b",
    "a\nb",
    "a\\",
    "\\",
    "\\,",
    "🍚 dapur",
    "%20",
    " ",
    "'\"'",
    "\r\n\t",
    "' OR '1'='1",
    '"',
    "$x",
]
NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
any_number = settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@pytest.fixture(scope="module")
def influxd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Influxd]:
    with influx_servers.influxd(tmp_path_factory.mktemp("influxd")) as running:
        yield running


@pytest.fixture(scope="module")
def victoria(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VictoriaMetrics]:
    with influx_servers.victoria_metrics(tmp_path_factory.mktemp("victoria")) as running:
        yield running


@pytest.fixture
def asked(influxd: Influxd, tmp_path: Path) -> Iterator[InfluxServer]:
    """InfluxDB with an empty database, asked as the gateway and the API ask it."""
    influxd.query(f"DROP DATABASE {DATABASE}")
    influxd.query(f"CREATE DATABASE {DATABASE}")
    influxd.query(f"GRANT ALL ON {DATABASE} TO {USER}")
    server = InfluxServer(settings_of(influxd, tmp_path))
    server.authenticate()
    yield server
    server.close()


def settings_of(influxd: Influxd, folder: Path) -> Settings:
    (folder / "password").write_text(PASSWORD)
    return Settings("v1", influxd.url, DATABASE, username=USER, password_file=folder / "password")


def found(server: InfluxServer, question: str) -> list[Series]:
    answer, body = server.select(question)
    series = series_of(body)
    assert (answer.status, series is None) == (200, False), body
    return series or []


@given(st.lists(NAMES, min_size=1, unique=True), NAMES)
@example(ODD, "dapur, 'raya' = 1\\")
@any_number
def test_a_point_of_any_name_is_found_by_its_name_and_counted_under_it(
    influxd: Influxd, asked: InfluxServer, names: list[str], kitchen: str
) -> None:
    influxd.query('DROP MEASUREMENT "reading"')
    at = [START + n for n in range(len(names))]
    lines = [line(kitchen, name, measured_at=at[n], value=float(n), quality=2) for n, name in enumerate(names)]
    lines.append(line(kitchen + "x", names[0], measured_at=START, value=99.0, quality=2))
    assert asked.write("\n".join(lines)).status == 204
    for n, name in enumerate(names):
        question = history.readings_question(kitchen, name, since=START, until=START + HOUR, limit=9)
        assert history.readings_of(found(asked, question)) == [(at[n], float(n), 2)]
    counts = comparison.counts(found(asked, comparison.question(kitchen, START // HOUR * HOUR)))
    assert counts == dict.fromkeys(names, 1)


@given(st.lists(NAMES, min_size=1, unique=True))
@example(ODD)
@any_number
def test_victoria_metrics_keeps_a_point_under_its_name(victoria: VictoriaMetrics, names: list[str]) -> None:
    server = InfluxServer(Settings("v2", victoria.url, None, bucket="mbg", org="sppg"))
    lines = [line("k", name, measured_at=START, value=2.0, quality=2) for name in names]
    assert server.write("\n".join(lines)).status == 204
    server.close()
    kept = {unquote(point) for point in victoria.samples("reading_value")}
    assert set(names) <= kept


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=50))
@example([0.1 + 0.2, 5e-324, 1.7976931348623157e308, -0.0, 3.4, 1e22, 123456789.123456789])
@any_number
def test_a_value_is_read_back_to_the_last_bit(influxd: Influxd, asked: InfluxServer, values: list[float]) -> None:
    influxd.query('DROP MEASUREMENT "reading"')
    lines = [line(KITCHEN, "air", measured_at=START + n, value=value, quality=1) for n, value in enumerate(values)]
    assert asked.write("\n".join(lines)).status == 204
    question = history.readings_question(KITCHEN, "air", since=START, until=START + HOUR, limit=50)
    assert history.readings_of(found(asked, question)) == [(START + n, value, 1) for n, value in enumerate(values)]


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
def test_a_value_that_no_float_of_influxdb_is_refused_alone(
    influxd: Influxd, asked: InfluxServer, tmp_path: Path, value: float
) -> None:
    """The journal stores no NaN: SQLite makes NULL of it, which is a reading without a value."""
    journal, queue = SmallJournal(tmp_path / "journal.db"), Queue()
    journal.add_walk("air", 20)
    journal.add("core", [(START, value, 2), (START + 1, 3.4, 2)])
    deliver(sink_to(settings_of(influxd, tmp_path), journal, queue))
    assert [letter.seq for letter in queue.dead_letters] == ([] if math.isnan(value) else [21])
    assert len(influxd.readings()["air"]) == 20
    assert influxd.readings()["core"][-1][1] == pytest.approx(3.5)


@pytest.mark.parametrize(
    ("measured_at", "is_taken"),
    [
        (0, True),
        (-1, True),
        (EARLIEST // 1_000 + 1, True),
        (EARLIEST // 1_000 - 1, False),
        (LATEST // 1_000, True),
        (LATEST // 1_000 + 1, False),
        (2**62, False),
    ],
)
def test_a_time_that_influxdb_does_not_know_is_refused_alone(
    influxd: Influxd, asked: InfluxServer, tmp_path: Path, measured_at: int, is_taken: bool
) -> None:
    journal, queue = SmallJournal(tmp_path / "journal.db"), Queue()
    journal.add("air", [(START, 1.0, 2), (measured_at, 2.0, 2), (START + 1, 3.0, 2)])
    deliver(sink_to(settings_of(influxd, tmp_path), journal, queue))
    assert [letter.seq for letter in queue.dead_letters] == ([] if is_taken else [2])
    question = f'SELECT count("quality") FROM "reading" WHERE {between(-(2**62), 2**62)}'
    assert found(asked, question)[0].values[0][1] == (3 if is_taken else 2)


@pytest.mark.parametrize("width", [MINUTE // 6, MINUTE, 7 * MINUTE, HOUR])
def test_spans_of_influxdb_are_those_of_the_journal(
    influxd: Influxd, asked: InfluxServer, tmp_path: Path, width: int
) -> None:
    """Readings of every quality, and a point whose offset is added on the way."""
    dice, journal = Random(7), SmallJournal(tmp_path / "journal.db")
    for point in ("air", "core"):
        rows = []
        for n in range(3_000):
            quality = dice.choice([0, 1, 2, 2, 2])
            value = None if quality == 0 else round(dice.uniform(-25, 95), 2)
            rows.append((START + n * 1_700_000 + dice.randrange(1_000_000), value, quality))
        journal.add(point, rows)
    deliver(sink_to(settings_of(influxd, tmp_path), journal, Queue()))
    since, until = START // HOUR * HOUR, START + 2 * HOUR
    with closing(sqlite3.connect(journal.path)) as connection:
        wanted = [chart(connection, point, since=since, until=until, width=width).spans() for point in (1, 2)]
    for point, offset, spans in (("air", 0.0, wanted[0]), ("core", 0.1, wanted[1])):
        question = history.spans_question(KITCHEN, point, since=since, until=until, width=width)
        got = history.spans_of(found(asked, question))
        assert [each.at for each in got] == [each.at for each in spans]
        for there, here in zip(got, spans, strict=True):
            mine = (here.lowest + offset, here.highest + offset, here.total / here.readings + offset)
            assert (there.lowest, there.highest, there.mean) == pytest.approx(mine, rel=1e-12, abs=1e-9)
    with influx_servers.victoria_metrics(tmp_path) as victoria:
        deliver(sink_to(Settings("v2", victoria.url, None, bucket="mbg", org="sppg"), journal, Queue()))
        samples = victoria.samples("reading_value")["air"]
    assert len(samples) == sum(each.readings for each in wanted[0])
    assert min(value for _, value in samples) == min(each.lowest for each in wanted[0])
