"""History from the journal file: paging, calibration, charts, and a file that is not there."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from fake_gateway import NIGHT, SECOND, FakeGateway

from api.history.journal import Grid, JournalReader
from api.schemas import kitchen as schemas
from api.schemas.coverage import CoverageAnswer
from api.schemas.stock import MovementsAnswer
from gateway.journal.history import charts
from gateway.journal.sealing.seal import due, rows_to_go, seal
from gateway.journal.sql.schema import migrate
from gateway.journal.writing.writer import Writer
from gateway.records.transaction import Transaction

HOUR = 360  # readings
SERIES = "/api/points/chiller-1-air/readings"


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """An hour of chiller 1, one reading each 10 s, the last of them bad; an alarm and two movements."""
    with closing(sqlite3.connect(tmp_path / "journal.db", isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        migrate(db)
        db.execute("INSERT INTO point VALUES (1, 'chiller-1-air', 'temperature', 'Cel')")
        rows = [(NIGHT + n * 10 * SECOND, 3.0 + n % 10 / 10, 2) for n in range(HOUR - 1)]
        rows.append((NIGHT + (HOUR - 1) * 10 * SECOND, None, 0))
        into = "INSERT INTO reading (point, measured_at, recorded_at, value, quality) VALUES (1, ?1, ?1, ?2, ?3)"
        db.executemany(into, rows)
        columns = "id, control, point, kind, level, priority, state, started_at, raised_at, known_at, returned_at, "
        row = "'a-1', 'ccp-chiller-2', 'chiller-2-air', 'limit', 'critical', 'high', 'NORMAL', ?1, ?1, ?1, ?2, 7, 5, 0"
        times = (NIGHT, NIGHT + 720 * SECOND)
        db.execute(f"INSERT INTO alarm ({columns}value, limit_value, late) VALUES ({row})", times)
        for n, kind in enumerate(("receipt", "issue"), 1):
            db.execute(
                "INSERT INTO movement (id, key, item, lot, kind, source, destination, quantity, before_weight, "
                "after_weight, scale, at, recorded_at, while_offline, entry) VALUES (?1, 'm-' || ?1, 'rice', 'rice', "
                "?2, 'supplier', 'stores', '25.00', '0.00', '25.00', 'rice-scale-weight', ?3, ?3, 0, 'scale')",
                (n, kind, NIGHT + n),
            )
        yield db


def pages(client: httpx.Client, path: str, cursor: str, **asked: Any) -> list[dict[str, Any]]:
    out = [client.get(path, params=asked).json()]
    while out[-1]["next"] is not None:
        out.append(client.get(path, params=asked | {cursor: out[-1]["next"]}).json())
    return out


@pytest.mark.usefixtures("journal")
def test_pages_of_a_series_hold_every_reading_once_in_order(client: httpx.Client) -> None:
    told = pages(client, SERIES, "after", limit=100)
    assert [len(page["readings"]) for page in told] == [100, 100, 100, 60]
    times = [reading["measured_at"] for page in told for reading in page["readings"]]
    assert times == sorted(set(times))
    last = schemas.SeriesAnswer.model_validate(told[-1]).readings[-1]
    assert (last.value, last.quality) == (None, "bad")


@pytest.mark.usefixtures("journal")
def test_a_span_begins_with_its_first_moment_and_ends_before_its_last(client: httpx.Client) -> None:
    asked = {"from": "2026-03-03T03:18:10+07:00", "to": "2026-03-02T20:18:30Z"}
    told = client.get(SERIES, params=asked).json()["readings"]
    assert [reading["measured_at"] for reading in told] == ["2026-03-02T20:18:10.000Z", "2026-03-02T20:18:20.000Z"]


@pytest.mark.usefixtures("journal")
def test_calibration_is_added_as_decimals(client: httpx.Client, gateway: FakeGateway) -> None:
    gateway.stop()
    gateway.snapshot["points"][0]["offset"] = 0.1
    gateway.start()
    while client.get(SERIES, params={"limit": 1}).json()["readings"][0]["value"] != 3.1:
        pass  # the test's time-out ends it
    values = [reading["value"] for reading in client.get(SERIES, params={"limit": 10}).json()["readings"]]
    assert values == [3.1, 3.2, 3.3, 3.4, 3.5, 3.6, 3.7, 3.8, 3.9, 4.0]


@pytest.mark.usefixtures("journal")
def test_a_chart_tells_the_extremes_of_each_span_and_leaves_out_what_is_unknown(client: httpx.Client) -> None:
    asked = {"from": "2026-03-02T20:18:00Z", "to": "2026-03-02T22:18:00Z", "spans": 12}
    answer = client.get("/api/points/chiller-1-air/chart", params=asked)
    told = schemas.ChartAnswer.model_validate_json(answer.content).spans
    assert len(told) == 6, "the second hour has no data, so no spans"
    assert told[0][1:3] == (3.0, 3.9)


@pytest.mark.usefixtures("journal")
def test_a_chart_may_begin_within_a_minute(client: httpx.Client) -> None:
    """As the page asks: the spans stand on whole minutes, the moment does not."""
    asked = {"from": "2026-03-02T20:18:17.250Z", "to": "2026-03-02T22:18:17.250Z", "spans": 12}
    answer = client.get("/api/points/chiller-1-air/chart", params=asked).raise_for_status().json()
    assert answer["spans"][0][1:3] == [3.0, 3.9]
    assert [part["source"] for part in answer["parts"]] == ["journal"]


def test_sealed_hours_are_told_as_if_they_had_not_been_sealed(
    client: httpx.Client, journal: sqlite3.Connection, tmp_path: Path
) -> None:
    asked = {"from": "2026-03-02T20:18:00Z", "to": "2026-03-02T22:18:00Z", "spans": 12}

    def told() -> list[Any]:
        chart = client.get("/api/points/chiller-1-air/chart", params=asked).json()
        return [chart, *pages(client, SERIES, "after", limit=100)]

    before = told()
    writer, later = Writer(tmp_path / "journal.db", {}), NIGHT + 9 * 3600 * SECOND
    for hour in due(journal, later).hours:
        writer.write(Transaction(upkeep=[seal(journal, hour, rest=lambda: None)]), later)
        writer.write(Transaction(upkeep=[rows_to_go(journal, later)]), later)
    writer.close()
    assert journal.execute("SELECT count(*) FROM reading").fetchone() == (0,)
    assert told() == before


def test_a_chart_counts_an_hour_once_that_is_sealed_while_it_is_read(
    journal: sqlite3.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = JournalReader(tmp_path / "journal.db")
    hour = 3600 * SECOND
    since = NIGHT // hour * hour
    journal.execute("UPDATE reading SET value = value + 5 WHERE measured_at < ?", (since + hour,))
    grid = Grid(since, since + 3 * hour, 3 * hour)
    before, of_rollups = reader.chart("chiller-1-air", grid), charts._of_rollups

    def sealed_first(*asked: Any) -> Any:
        writer, later = Writer(tmp_path / "journal.db", {}), NIGHT + 9 * hour
        writer.write(Transaction(upkeep=[seal(journal, due(journal, later).hours[0], rest=lambda: None)]), later)
        writer.close()
        return of_rollups(*asked)

    monkeypatch.setattr(charts, "_of_rollups", sealed_first)
    assert before
    assert reader.chart("chiller-1-air", grid) == before


@pytest.mark.usefixtures("journal")
def test_coverage_adds_up_hour_by_hour(client: httpx.Client) -> None:
    """The kitchen's time is a moment after 20:18: what comes after it is not asked for."""
    asked = {"from": "2026-03-02T18:30:00Z", "to": "2026-03-02T21:30:00Z"}
    path = "/api/points/chiller-1-air/coverage"
    told = CoverageAnswer.model_validate_json(client.get(path, params=asked).content)
    gap, *_ = told.stretches
    assert (gap.cover, gap.reason) == ("gap", "device_silent")
    assert (gap.end - gap.begin).total_seconds() == 108 * 60
    assert [sum(part.length_s for part in hour.parts) for hour in told.hours[:2]] == [1_800, 3_600]
    whole = (told.stretches[-1].end - gap.begin).total_seconds()
    assert sum(part.length_s for part in told.parts) == pytest.approx(whole, abs=0.002)
    backwards = client.get(path, params={"from": asked["to"], "to": asked["from"]})
    assert (backwards.status_code, backwards.json()["error"]) == (422, "bad_request")
    assert client.get("/api/points/nowhere/coverage", params=asked).status_code == 404


@pytest.mark.usefixtures("journal")
def test_a_point_without_readings_is_empty_and_an_unknown_one_is_told(client: httpx.Client) -> None:
    assert client.get("/api/points/chiller-2-air/readings").json()["readings"] == []
    answer = client.get("/api/points/nowhere/readings")
    assert (answer.status_code, answer.json()["error"]) == (404, "unknown_point")


@pytest.mark.usefixtures("journal")
def test_past_alarms_and_movements_come_from_the_journal(client: httpx.Client) -> None:
    alarms = client.get("/api/alarms", params={"state": "all"})
    (alarm,) = schemas.AlarmsAnswer.model_validate_json(alarms.content).alarms
    assert alarm.id == "a-1"
    assert alarm.message is not None
    assert alarm.message.en.startswith("Chiller 2: 7.0 °C, above the limit of 5 °C for 12 minutes")
    told = [msgspec.convert(page, MovementsAnswer) for page in pages(client, "/api/stock/movements", "before", limit=1)]
    assert [movement.id for page in told for movement in page.movements] == ["m-2", "m-1"]
    assert client.get("/api/stock/movements", params={"item": "eggs"}).json()["movements"] == []


def test_a_missing_journal_is_told_and_live_values_go_on(client: httpx.Client) -> None:
    answer = client.get(SERIES)
    assert (answer.status_code, answer.json()["error"]) == (503, "journal_unreadable")
    assert client.get("/api/health").json()["status"] == "attention"
    assert client.get("/api/readings").status_code == 200


@pytest.mark.usefixtures("journal")
def test_asking_for_history_holds_no_read_transaction(client: httpx.Client, journal: sqlite3.Connection) -> None:
    assert client.get(SERIES).status_code == 200
    busy, _, _ = journal.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    assert busy == 0
