"""The ledger over HTTP: lots, receipts, traces from an excursion to the schools and back, lists in and out."""

import csv
import io
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import httpx
import pytest
from fake_gateway import FakeGateway, kitchen
from shapes import read
from stock_rig import DAY, SECOND, START, Rig

from api.schemas.stock import LotsAnswer, MovementsAnswer, PlacesAnswer, ShrinkageAnswer, TraceAnswer
from gateway.stock.ledger.movements import Place
from gateway.stock.records import SessionRecord

HOUR = 3_600 * SECOND


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    """Two lots of chicken in the chiller, of which one went into a batch and on to two schools; a warm hour."""
    rig = Rig(tmp_path)
    rig.loads["bin"] = Decimal("40.00")  # rice that stood there before anybody weighed it
    rig.wait(2)
    for kg, day, number in (("30", "2026-11-28", "A-1"), ("20", "2026-12-01", "B-1")):
        rig.do(
            "stock_entry", purpose="receive", item="chicken", quantity=kg, supplier="tani", temperature=3.0,
            number=number, expires_on=day, delivery_note=number,
        )  # fmt: skip
        rig.now += SECOND
    rig.do("stock_plan", batch="b-1", recipe="chicken-rice", portions=400)
    rig.now += HOUR
    rig.do("stock_entry", purpose="issue", item="chicken", quantity="24", batch="b-1")
    rig.now += HOUR
    rig.do("stock_deliver", batch="b-1", school="sdn-2", portions=300)
    rig.do("stock_deliver", batch="b-1", school="tk-1", portions=100)
    rig.do("stock_entry", purpose="waste", item="chicken", quantity="1", reason="fell down")
    rig.commit()
    with closing(sqlite3.connect(rig.path)) as db, db:
        db.execute(
            "INSERT INTO alarm (id, control, point, kind, level, priority, state, started_at, raised_at, known_at, "
            "returned_at, late) VALUES ('a-1', 'ccp-chiller', 'chiller-air', 'limit', 'critical', 'high', 'NORMAL', "
            "?1, ?1, ?1, ?2, 0)",
            (START + HOUR // 2, START + HOUR + HOUR // 2),
        )
    return rig


@pytest.fixture
def gateway(tmp_path: Path, rig: Rig) -> Iterator[FakeGateway]:
    fake = FakeGateway(tmp_path / "control.sock", kitchen(rig.now) | rig.snapshot())
    fake.start()
    yield fake
    fake.stop()


def test_from_an_excursion_to_lots_kilograms_batches_portions_and_schools(client: httpx.Client) -> None:
    told = read(client.get("/api/stock/trace", params={"alarm": "a-1"}).content, TraceAnswer)
    assert (told.place, str(told.exposed), told.portions) == ("stores:chiller-1", "50.000", 400)
    first, second = told.lots
    assert first.stood is not None
    weights = [str(kg) for kg in (first.stood.at_start, first.stood.left, first.wasted)]
    assert (first.number, weights) == ("A-1", ["30.000", "24.000", "1.000"])
    assert [(b.batch, str(b.quantity)) for b in first.batches] == [("b-1", "24.000")]
    assert [(h.place, str(h.quantity)) for h in first.held] == [("stores:chiller-1", "5.000")]
    assert (second.number, second.batches) == ("B-1", [])
    assert [(s.school, s.portions) for s in told.schools] == [("sdn-2", 300), ("tk-1", 100)]
    assert (told.batches[0].recipe, told.batches[0].portions) == ("chicken-rice", 400)


@pytest.mark.parametrize("asked", [{"school": "tk-1"}, {"batch": "b-1"}, {"lot": "A-1"}, {"lot": "chicken-20261124"}])
def test_back_from_a_school_a_batch_or_a_lot_to_the_delivery_it_came_by(
    client: httpx.Client, asked: dict[str, str]
) -> None:
    told = read(client.get("/api/stock/trace", params=asked).content, TraceAnswer)
    [lot] = told.lots
    assert (lot.number, lot.supplier, str(lot.received)) == ("A-1", "tani", "30.000")
    receipt = read(client.get(f"/api/stock/sessions/{lot.receipt}").content, SessionRecord)
    assert (receipt.delivery_note, receipt.temperature and receipt.temperature.verdict) == ("A-1", "pass")
    moved = read(client.get("/api/stock/movements", params={"session": lot.receipt}).content, MovementsAnswer)
    assert [movement.kind for movement in moved.movements] == ["receipt"]


def test_a_question_by_two_things_or_by_nothing_is_answered_with_how_to_ask(client: httpx.Client) -> None:
    assert client.get("/api/stock/trace").status_code == 422
    assert client.get("/api/stock/trace", params={"lot": "x", "batch": "y"}).status_code == 422
    assert client.get("/api/stock/trace", params={"lot": "x"}).json()["error"] == "unknown_lot"
    assert client.get("/api/stock/trace", params={"alarm": "x"}).json()["error"] == "unknown_alarm"


def test_lots_come_in_the_order_of_fefo_with_their_days_left(client: httpx.Client) -> None:
    told = read(client.get("/api/stock/lots", params={"item": "chicken"}).content, LotsAnswer)
    assert [(lot.number, str(lot.quantity), lot.days_left, lot.freshness) for lot in told.lots] == [
        ("A-1", "5.000", 4, "fresh"),
        ("B-1", "20.000", 7, "fresh"),
    ]
    every = read(client.get("/api/stock/lots", params={"all": True}).content, LotsAnswer)
    assert {lot.place for lot in every.lots} >= {"school:sdn-2", "school:tk-1", "waste", "stores:chiller-1"}


def test_the_sum_of_all_places_is_zero(client: httpx.Client) -> None:
    told = read(client.get("/api/stock/places").content, PlacesAnswer)
    assert sum(float(one.quantity) for place in told.places for one in place.holds) == 0


def test_receipts_are_paged_from_the_newest_on(client: httpx.Client) -> None:
    first = client.get("/api/stock/sessions", params={"purpose": "receive", "limit": 1}).json()
    second = client.get(
        "/api/stock/sessions", params={"purpose": "receive", "limit": 1, "before": first["next"]}
    ).json()
    assert [one["delivery_note"] for one in (*first["sessions"], *second["sessions"])] == ["B-1", "A-1"]


def test_movements_come_newest_first_whatever_they_are_called(client: httpx.Client) -> None:
    told, before = [], None
    while before is not None or not told:
        asked = {"limit": 2} | ({} if before is None else {"before": before})
        page = client.get("/api/stock/movements", params=asked).json()
        told += [one["recorded_at"] for one in page["movements"]]
        before = page["next"]
    assert len(told) == 7
    assert told == sorted(told, reverse=True)


def test_shrinkage_says_what_was_weighed_against_what_the_recipe_asks(client: httpx.Client) -> None:
    told = read(client.get("/api/stock/shrinkage").content, ShrinkageAnswer)
    [chicken] = [row for row in told.rows if row.item == "chicken"]
    assert all(str(row.adjusted) == "0" for row in told.rows), "what a scale found at first was never lost"
    weights = (chicken.expected, chicken.weighed, chicken.wasted, chicken.unexplained)
    assert (chicken.week, [str(kg) for kg in weights]) == ("2026-W48", ["24", "24.000", "1.000", "1.000"])
    assert chicken.share == 0.0417


def test_lists_go_out_as_csv_that_a_spreadsheet_opens(client: httpx.Client) -> None:
    for name, column in (("items", "name_id"), ("lots", "days_left"), ("movements", "quantity")):
        answer = client.get(f"/api/stock/export/{name}.csv")
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
        assert rows[0][column]


YEAR = 100_000
LOTS = 5_000


def _year(db: sqlite3.Connection) -> None:
    """A year: every lot is received into the chiller, issued to many batches, and each batch goes to a school."""
    step = 365 * DAY // LOTS
    movement = (
        "INSERT INTO movement (key, item, lot, kind, source, destination, quantity, at, recorded_at, while_offline, "
        "entry) VALUES (?1, 'chicken', ?2, ?3, ?4, ?5, ?6, ?7, ?7, 0, 'scale')"
    )
    rows, held, lots = [], [], []
    for number in range(LOTS):
        lot, at = f"lot-{number}", START - 365 * DAY + number * step
        lots.append((lot, at))
        rows.append((f"r-{number}", lot, "receipt", Place.SUPPLIER, "stores:chiller-1", "19.000", at))
        for part in range(YEAR // LOTS - 1):
            batch = f"batch:y-{(number * 7 + part) // 20}"
            rows.append((f"i-{number}-{part}", lot, "issue", "stores:chiller-1", batch, "1.000", at + part * HOUR))
        held.append((lot, at, at + 20 * HOUR))
    db.executemany("INSERT INTO lot (id, item, received_at) VALUES (?1, 'chicken', ?2)", lots)
    db.executemany(movement, rows)
    db.executemany("INSERT INTO holding VALUES ('chicken', ?1, 'stores:chiller-1', '0', ?2, ?3)", held)
    batches = {row[4].removeprefix("batch:") for row in rows if row[4].startswith("batch:")}
    db.executemany(
        "INSERT INTO school_delivery VALUES (?1, ?1, 'sdn-2', 100, ?2, 'siti')", [(one, START) for one in batches]
    )


def test_an_excursion_is_traced_through_a_years_ledger_within_a_tenth_of_a_second(
    client: httpx.Client, rig: Rig
) -> None:
    with closing(sqlite3.connect(rig.path)) as db, db:
        _year(db)
        assert db.execute("SELECT count(*) FROM movement").fetchone()[0] > YEAR
    span = {"store": "chiller-1", "from": "2026-06-10T00:00:00Z", "to": "2026-06-10T04:00:00Z"}
    took = []
    for _ in range(5):
        began = time.monotonic()
        told = client.get("/api/stock/trace", params=span).json()
        took.append(time.monotonic() - began)
    assert 10 <= len(told["lots"]) <= 20
    assert told["batches"]
    assert told["schools"][0]["school"] == "sdn-2"
    assert min(took) <= 0.1, took
