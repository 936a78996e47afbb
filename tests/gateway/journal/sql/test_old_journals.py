"""A journal of any older version becomes one of today's and keeps what was in it; old/ has them as SQL."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from journals import reads_of

from gateway.cli.main import main
from gateway.journal.sql.schema import newest
from gateway.journal.verify.chain import verify_chain
from gateway.journal.writing.writer import Writer
from gateway.records.transaction import Event, Transaction

OLD = sorted(Path(__file__).with_name("old").glob("*.sql"))
POINTS = {"chiller-air": ("temperature", "Cel"), "bin-weight": ("weight", "kg")}
START = 1_795_478_400_000_000
MINUTE = 60_000_000
HEAD = "4af9f8f372503472eb6bb11598cc8b7273edbafd2c23c199980e14f05c5a6484"
READINGS = "SELECT seq, point, measured_at, recorded_at, value, quality, reason, flags FROM reading ORDER BY seq"
EVENTS = "SELECT * FROM event ORDER BY id"
ALARMS = "SELECT id, state, acknowledged_by, worst, returned_at FROM alarm"
SEALING = 4
"""The schema with the tables `chunk` and `rollup`."""
Rows = list[tuple[object, ...]]


def rows(path: Path, sql: str) -> Rows:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()


def shape(path: Path) -> dict[str, Rows]:
    """Every table with its columns, every index with what it is on."""
    named = rows(path, "SELECT name, type, tbl_name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'")
    return {
        f"{kind} {name} of {table}": sorted(
            row[1:] for row in rows(path, f"PRAGMA {'table' if kind == 'table' else 'index'}_info({name})")
        )
        for name, kind, table in named
    }


@pytest.fixture(params=OLD, ids=lambda path: path.stem)
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "journal.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(request.param.read_text())
    return path


def test_every_schema_before_todays_has_a_journal_here() -> None:
    assert [int(path.stem) for path in OLD][: newest() - 1] == list(range(1, newest()))


def test_an_old_journal_has_todays_schema_and_keeps_readings_events_and_chain(
    old: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = [rows(old, sql) for sql in (READINGS, EVENTS, ALARMS)]
    assert [len(found) for found in kept] == [12, 2, 1]
    writer = Writer(old, POINTS)
    reading = ("chiller-air", START + 60 * MINUTE, 4.5, 2, None, None, None, None, 0)
    event = Event(key="new", kind="mark", subject="kitchen", at=START, body={})
    assert reads_of(writer).readings.newest("chiller-air") == (START + 11 * MINUTE, 4.5, 2, None)
    sink = reads_of(writer).state.sink("influxdb")
    assert sink is not None
    assert sink.cursor == 5
    assert reads_of(writer).stock.moved_since(0) == [("rice", "supplier", "stores", "25.00", START)]
    writer.write(Transaction(readings=[reading], events=[event]), START + 60 * MINUTE)
    writer.close()
    Writer(tmp_path / "fresh.db", POINTS).close()
    assert shape(old) == shape(tmp_path / "fresh.db")
    assert rows(old, "PRAGMA user_version") == [(newest(),)]
    assert rows(old, READINGS)[:-1] == kept[0]
    assert rows(old, EVENTS)[:-1] == kept[1]
    assert rows(old, ALARMS) == kept[2]
    assert rows(old, "SELECT quantity FROM holding WHERE place = 'stores'") == [("25.00",)]
    assert main(["verify", str(old), "--head", HEAD]) == 0, capsys.readouterr().err
    with closing(sqlite3.connect(old)) as connection:
        assert verify_chain(connection).events == 3


def test_a_migration_that_is_cut_off_is_done_again_from_where_it_stood(old: Path, tmp_path: Path) -> None:
    """Each is a transaction of its own: a power cut leaves a schema that has a number."""
    kept = rows(old, READINGS)
    if rows(old, "PRAGMA user_version") >= [(SEALING,)]:
        pytest.skip("it has that table")
    with closing(sqlite3.connect(old)) as blocker:
        # The last table that a migration makes is in its way.
        blocker.execute("CREATE TABLE rollup (x)")
        blocker.commit()
        with pytest.raises(sqlite3.OperationalError, match="already exists"):
            Writer(old, POINTS)
        assert rows(old, "SELECT count(*) FROM sqlite_master WHERE name = 'chunk'") == [(0,)]
        blocker.execute("DROP TABLE rollup")
        blocker.commit()
    Writer(old, POINTS).close()
    assert rows(old, "PRAGMA user_version") == [(newest(),)]
    assert rows(old, READINGS) == kept
