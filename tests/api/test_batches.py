"""Batches of food over HTTP: what runs, what was, and what people say of them."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from fake_food import batch, plan
from fake_gateway import NIGHT, SECOND, FakeGateway
from shapes import read

from api.schemas.food import BatchesAnswer, PastBatch, PastBatchesAnswer, TypedReadingsAnswer, VerdictsAnswer
from gateway.haccp.limits.kinds import BATCH_KINDS, BatchKindName
from gateway.haccp.rules.trace import Happening
from gateway.haccp.rules.verdict import TIME, Measure, Outcome, Verdict, why
from gateway.journal.sql.schema import migrate
from gateway.monitoring.batches.batch import BatchMark, BatchState, FoodBatch
from gateway.monitoring.batches.commands import Controls
from gateway.monitoring.batches.fold import ReadingSource
from gateway.monitoring.batches.records import as_row, verdict_row
from gateway.monitoring.batches.verdicts import IssuedVerdict
from gateway.records.shape import moment

MEASURES = {"stage_1": Measure(value=95.5, limit=120.0), "started_at": Measure(value=NIGHT, unit=TIME), "total": None}
BATCH = FoodBatch(
    id="20260303-01",
    product="Nasi",
    state=BatchState.CLOSED,
    opened_at=NIGHT,
    closed_at=NIGHT + SECOND,
    controls=("cooling",),
    marks=(BatchMark(at=NIGHT, event=Happening.COOKING_ENDED, person="siti"),),
)


def given(number: int, outcome: Outcome) -> IssuedVerdict:
    return IssuedVerdict(
        key=f"20260303-01.cooling.sensor.{number}",
        batch="20260303-01",
        control="cooling",
        source=ReadingSource.SENSOR,
        verdict=Verdict(
            outcome=outcome, decided_at=NIGHT, measures=MEASURES, reasons=(why("never_reached", limit="74.0"),)
        ),
        final=True,
        late=number > 1,
        trace_hash="0" * 64,
        computed_at=NIGHT,
        supersedes=None if number == 1 else f"20260303-01.cooling.sensor.{number - 1}",
        profile="mbg-strict",
        profile_hash="1" * 64,
        approved_by=None,
        limits={},
        overrides=[],
    )


def test_the_description_of_the_api_names_every_control_of_a_batch() -> None:
    asked, told = msgspec.json.schema(Controls)["items"], msgspec.json.schema(BatchKindName)
    assert asked["enum"] == told["enum"] == list(BATCH_KINDS)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[None]:
    """A batch that is over, its verdict superseded once, and a typed reading."""
    with closing(sqlite3.connect(tmp_path / "journal.db", isolation_level=None)) as db:
        migrate(db)
        into = "INSERT INTO batch (id, product, state, opened_at, closed_at, body) VALUES (?,?,?,?,?,?)"
        db.execute(into, as_row(BATCH))
        columns = (
            "key, batch, control, source, verdict, action, decided_at, final, late, computed_at, supersedes, profile, "
            "profile_hash, approved_by, trace_hash, body"
        )
        rows = [verdict_row(given(number, outcome)) for number, outcome in ((1, Outcome.FAIL), (2, Outcome.PASS))]
        db.executemany(f"INSERT INTO verdict ({columns}) VALUES ({','.join('?' * 16)})", rows)
        db.execute(
            "INSERT INTO typed_reading (key, batch, step, at, value, instrument, person, recorded_at) "
            "VALUES ('k', '20260303-01', 'core', ?, 76.5, 'testo-1', 'siti', 0)",
            (NIGHT,),
        )
        yield


def running() -> dict[str, Any]:
    return batch("20260303-02", "Soto", "RUNNING", eat_by=moment(NIGHT + 60 * SECOND), opened_by="siti")


def test_what_runs_is_told_with_its_countdown_and_its_plan(client: httpx.Client, gateway: FakeGateway) -> None:
    gateway.send("change", batches=[running()], haccp=plan("2", batch_controls=("cooking",)))
    while not (answer := read(client.get("/api/batches").content, BatchesAnswer)).batches:
        pass
    assert answer.batches[0].eat_by == "2026-03-02T20:19:00.000Z"
    assert answer.haccp.notice == "default profile, not approved"


@pytest.mark.usefixtures("journal")
def test_a_batch_that_is_over_has_the_verdict_that_stands_and_the_history_has_both(client: httpx.Client) -> None:
    past = read(client.get("/api/batches/20260303-01").content, PastBatch)
    assert [verdict.verdict for verdict in past.verdicts] == ["PASS"]
    answer = client.get("/api/verdicts", params={"batch": "20260303-01"})
    history = read(answer.content, VerdictsAnswer).verdicts
    assert [(verdict.verdict, verdict.supersedes) for verdict in history] == [
        ("PASS", "20260303-01.cooling.sensor.1"),
        ("FAIL", None),
    ]
    assert history[0].measures["started_at"].value == "2026-03-02T20:18:00.000Z"
    assert history[0].notice == "default profile, not approved"
    listed = read(client.get("/api/batches?state=all").content, PastBatchesAnswer)
    assert [(one.id, one.marks[0].event) for one in listed.batches] == [("20260303-01", "cooking_ended")]
    typed = read(client.get("/api/typed-readings").content, TypedReadingsAnswer).typed
    assert [(reading.value, reading.source) for reading in typed] == [(76.5, "typed")]


@pytest.mark.usefixtures("journal")
def test_a_batch_that_never_was_is_not_found(client: httpx.Client) -> None:
    answer = client.get("/api/batches/20260303-09")
    assert (answer.status_code, answer.json()["error"]) == (404, "unknown_batch")
