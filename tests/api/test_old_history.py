"""History older than the journal: from a real InfluxDB, marked as such, within a bound time, and without its secret."""

import socket
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean
from typing import Any

import httpx
import influx_servers
import pytest
from fake_gateway import NIGHT, SECOND, FakeGateway, kitchen
from influx_fakes import Settings
from influx_servers import DATABASE, PASSWORD, USER, Influxd
from served import PATIENCE, serving, until

import api.history.old_history
from api.schemas import kitchen as schemas
from gateway.delivery.influxdb.access import Access
from gateway.delivery.influxdb.line_protocol import line
from gateway.delivery.influxdb.server import QUERY_TIMEOUT
from gateway.journal.sql.schema import migrate

KITCHEN, POINT = "sppg-cimahi-03", "chiller-1-air"
SERIES, CHART = f"/api/points/{POINT}/readings", f"/api/points/{POINT}/chart"
STEP = 10 * SECOND
COUNT = 360
HOUR = COUNT * STEP
OLD = [(NIGHT - HOUR + n * STEP, round(2.0 + n % 7 / 7, 3)) for n in range(COUNT)]
"""In InfluxDB alone."""
NEW = [(NIGHT + n * STEP, 3.0 + n % 10 / 10) for n in range(COUNT)]
"""In both."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Influxd]:
    with influx_servers.influxd(tmp_path_factory.mktemp("influxd")) as running:
        running.query(f"GRANT ALL ON {DATABASE} TO {USER}")
        lines = [line(KITCHEN, POINT, measured_at=at, value=value, quality=2) for at, value in OLD + NEW]
        lines.append(line(KITCHEN, POINT, measured_at=NIGHT - HOUR + 1, value=None, quality=0))
        lines.append(line("another-kitchen", POINT, measured_at=NIGHT - HOUR + 2, value=99.0, quality=2))
        lines.append(line(KITCHEN, "chiller-2-air", measured_at=NIGHT - HOUR + 3, value=99.0, quality=2))
        assert running.write("\n".join(lines)) == 204
        yield running


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret"
    path.write_text(PASSWORD)
    return path


@pytest.fixture
def client(tmp_path: Path, server: Influxd, secret: Path) -> Iterator[httpx.Client]:
    """The API over a journal that begins at NIGHT."""
    with closing(sqlite3.connect(tmp_path / "journal.db")) as db, db:
        db.execute("PRAGMA journal_mode = WAL")
        migrate(db)
        db.execute("INSERT INTO point VALUES (1, ?, 'temperature', 'Cel')", (POINT,))
        into = "INSERT INTO reading (point, measured_at, recorded_at, value, quality) VALUES (1, ?1, ?1, ?2, 2)"
        db.executemany(into, NEW)
    settings = Settings("v1", server.url, DATABASE, username=USER, password_file=secret)
    yield from asking(tmp_path, settings)


def asking(folder: Path, settings: Settings) -> Iterator[httpx.Client]:
    """A client of the API whose gateway names this InfluxDB."""
    gateway = FakeGateway(folder / "control.sock", kitchen() | {"history": Access.pack(settings)})
    gateway.start()
    with serving(folder) as url, httpx.Client(base_url=url, timeout=PATIENCE) as http:
        until(lambda: http.get("/api/health").json()["gateway"]["connected"], "the gateway is heard")
        yield http
    gateway.stop()


def iso(at: int) -> str:
    return datetime.fromtimestamp(at / SECOND, UTC).isoformat()


def span(since: int, until: int, **more: Any) -> dict[str, Any]:
    return {"from": iso(since), "to": iso(until), **more}


def expected(rows: list[tuple[int, float]], since: int, width: int) -> list[list[float]]:
    groups: dict[int, list[float]] = {}
    for at, value in rows:
        groups.setdefault((at - since) // width, []).append(value)
    return [[min(each), max(each), fmean(each)] for _, each in sorted(groups.items())]


def test_a_chart_is_of_influxdb_before_the_journal_begins_and_of_the_journal_from_there(client: httpx.Client) -> None:
    answer = client.get(CHART, params=span(NIGHT - HOUR, NIGHT + HOUR, spans=24))
    told = schemas.ChartAnswer.model_validate_json(answer.content)
    assert [(part.source, part.begin, part.error) for part in told.parts] == [
        ("influxdb", datetime.fromtimestamp((NIGHT - HOUR) / SECOND, UTC), None),
        ("journal", datetime.fromtimestamp(NIGHT / SECOND, UTC), None),
    ]
    wanted = expected(OLD + NEW, NIGHT - HOUR, HOUR // 12)
    assert len(told.spans) == len(wanted) == 24
    for (_, *values), journal_values in zip(told.spans, wanted, strict=True):
        assert values == pytest.approx(journal_values, rel=1e-12)
    assert [at for at, *_ in told.spans] == sorted(at for at, *_ in told.spans)


@pytest.mark.parametrize("spans", [1, 7, 360, 2_000])
def test_old_spans_are_those_that_the_journal_would_have_told(client: httpx.Client, spans: int) -> None:
    old = client.get(CHART, params=span(NIGHT, NIGHT + HOUR, spans=spans)).json()["spans"]
    assert len(old) >= min(spans, 360)
    told = client.get(CHART, params=span(NIGHT - HOUR, NIGHT, spans=spans)).json()
    assert [part["source"] for part in told["parts"]] == ["influxdb"]
    values = [each[1:] for each in told["spans"]]
    assert len(values) == len(old)
    if spans == 360:
        assert [row[0] for row in values] == [value for _, value in OLD]


def test_the_page_asks_the_journal_alone_and_is_told_that_there_is_more(client: httpx.Client, server: Influxd) -> None:
    server.kill()
    try:
        told = client.get(CHART, params=span(NIGHT - HOUR, NIGHT + HOUR, spans=24, source="journal")).json()
        assert (len(told["spans"]), told["older"]) == (12, True)
        late = NIGHT + 61 * SECOND  # of a span that begins before the journal does
        for since, until_, spans in ((NIGHT, NIGHT + HOUR, 20), (late, late + HOUR, 1)):
            told = client.get(CHART, params=span(since, until_, spans=spans)).json()
            assert (len(told["spans"]), told["older"]) == (max(spans, 2), False)
    finally:
        server.start()


def test_pages_of_old_readings_go_on_in_the_journal(client: httpx.Client) -> None:
    pages = [client.get(SERIES, params=span(NIGHT - HOUR, NIGHT + HOUR, limit=100)).json()]
    while pages[-1]["next"] is not None:
        asked = span(NIGHT - HOUR, NIGHT + HOUR, limit=100, after=pages[-1]["next"])
        pages.append(client.get(SERIES, params=asked).json())
    told = [schemas.SeriesAnswer.model_validate(page) for page in pages]
    readings = [reading for page in told for reading in page.readings]
    bad = readings.pop(1)
    assert (bad.value, bad.quality) == (None, "bad")
    assert [(round(r.measured_at.timestamp() * SECOND), r.value) for r in readings] == OLD + NEW
    sources = [part.source for page in told for part in page.parts]
    assert sources == ["influxdb"] * 4 + ["journal"] * 4


def test_without_a_first_moment_only_the_journal_is_asked(client: httpx.Client) -> None:
    told = client.get(SERIES, params={"limit": 1}).json()
    assert told["readings"][0]["value"] == 3.0
    assert told["parts"] == [{"source": "journal", "from": None, "to": None, "error": None}]


@pytest.mark.parametrize("path", [CHART, SERIES])
def test_influxdb_away_is_told_and_what_the_journal_has_is_there(
    client: httpx.Client, server: Influxd, path: str
) -> None:
    server.kill()
    try:
        answer = client.get(path, params=span(NIGHT - HOUR, NIGHT))
        assert (answer.status_code, answer.json()["error"]) == (503, "history_away")
        assert f"InfluxDB at {server.url} cannot be reached" in answer.json()["message"]
        told = client.get(path, params=span(NIGHT - HOUR, NIGHT + HOUR)).json()
    finally:
        server.start()
    assert len(told.get("spans") or told["readings"]) >= 180
    assert "cannot be reached" in told["parts"][0]["error"]


@pytest.mark.parametrize(
    ("password", "words"),
    [("wrong-secret", "does not let us read (401)"), ("", "holds no password"), (None, "there is no such file")],
)
def test_a_secret_that_does_not_fit_is_told_without_it(
    client: httpx.Client, secret: Path, password: str | None, words: str
) -> None:
    secret.unlink() if password is None else secret.write_text(password)
    answer = client.get(CHART, params=span(NIGHT - HOUR, NIGHT))
    assert answer.status_code == 503
    assert words in answer.json()["message"]
    assert not password or password not in answer.text
    secret.write_text(PASSWORD)
    assert client.get(CHART, params=span(NIGHT - HOUR, NIGHT)).status_code == 200


def test_no_answer_of_the_api_tells_where_the_secret_is(client: httpx.Client, secret: Path, server: Influxd) -> None:
    for path in ("/api/kitchen", "/api/readings", "/api/health", "/api/devices", "/api/alarms?state=all"):
        text = client.get(path).text
        assert str(secret) not in text
        assert PASSWORD not in text
    with client.stream("GET", "/api/stream") as stream:
        first = next(stream.iter_text())
        assert "kitchen" in first
        assert str(secret) not in first
        assert server.url not in first


def test_a_server_that_hangs_is_given_up_and_keeps_nobody_else_waiting(
    tmp_path: Path, secret: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.history.old_history, "LONGEST", 1.0)
    with closing(sqlite3.connect(tmp_path / "journal.db")) as db, db:
        migrate(db)
        db.execute("INSERT INTO point VALUES (1, ?, 'temperature', 'Cel')", (POINT,))
        db.execute(
            "INSERT INTO reading (point, measured_at, recorded_at, value, quality) VALUES (1, ?1, ?1, 3, 2)", NEW[0][:1]
        )
    with socket.create_server(("127.0.0.1", 0), backlog=16) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        for http in asking(tmp_path, Settings("v2", url, None, bucket="mbg", org="sppg", token_file=secret)):
            took: list[float] = []

            def ask(http: httpx.Client = http, took: list[float] = took) -> None:
                began = time.monotonic()
                assert http.get(CHART, params=span(NIGHT - HOUR, NIGHT)).status_code == 503
                took.append(time.monotonic() - began)

            threads = [threading.Thread(target=ask) for _ in range(8)]
            for thread in threads:
                thread.start()
            began = time.monotonic()
            assert len(http.get(CHART, params=span(NIGHT, NIGHT + HOUR)).json()["spans"]) == 1
            assert time.monotonic() - began < QUERY_TIMEOUT, "it waits for none of them"
            for thread in threads:
                thread.join()
            assert max(took) < 8, "four queues of five seconds, if nobody gave up"


def test_a_server_that_answers_anything_is_not_believed(tmp_path: Path) -> None:
    with influx_servers.victoria_metrics(tmp_path) as victoria:
        settings = Settings("v2", victoria.url, None, bucket="mbg", org="sppg")
        with closing(sqlite3.connect(tmp_path / "journal.db")) as db, db:
            migrate(db)
        for http in asking(tmp_path, settings):
            answer = http.get(CHART, params=span(NIGHT - HOUR, NIGHT))
            assert answer.status_code == 503
            assert "does not answer InfluxQL (200)" in answer.json()["message"]


def test_a_kitchen_without_influxdb_answers_from_the_journal_alone(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "journal.db")) as db, db:
        migrate(db)
    gateway = FakeGateway(tmp_path / "control.sock", kitchen())
    gateway.start()
    with serving(tmp_path) as url, httpx.Client(base_url=url, timeout=PATIENCE) as http:
        until(lambda: http.get("/api/health").json()["gateway"]["connected"], "the gateway is heard")
        for since in (NIGHT - HOUR, NIGHT - HOUR + 1_234_567):
            told = http.get(CHART, params=span(since, NIGHT)).json()
            assert (told["spans"], told["older"], [part["source"] for part in told["parts"]]) == (
                [],
                False,
                ["journal"],
            )
    gateway.stop()
