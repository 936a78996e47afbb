"""A journal from before lots: its goods are one lot an item, and every movement is still there."""

import sqlite3
from contextlib import closing
from decimal import Decimal
from importlib import resources
from pathlib import Path

from stock_rig import START, Rig

MOVEMENT = (
    "INSERT INTO movement (key, item, kind, source, destination, quantity, before_weight, after_weight, tare, scale, "
    "at, recorded_at, while_offline) VALUES (?, 'rice', ?, ?, ?, ?, ?, ?, NULL, 'bin-weight', ?, ?, 0)"
)
HOUR = 3_600_000_000


def old_journal(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        db.executescript((resources.files("gateway.journal.sql.migrations") / "0001_journal.sql").read_text())
        db.execute("PRAGMA user_version = 1")
        rows = [
            ("bin-weight:rice:1", "opening", "adjustment", "stores", "40.00", "0", "40.00", START - 3 * HOUR),
            ("bin-weight:rice:2", "receipt", "supplier", "stores", "25.00", "40.00", "65.00", START - 2 * HOUR),
            ("bin-weight:rice:3", "issue", "stores", "kitchen", "7.50", "65.00", "57.50", START - HOUR),
        ]
        db.executemany(MOVEMENT, [(*row, row[-1]) for row in rows])
        balances = {"adjustment": "-40.00", "supplier": "-25.00", "stores": "57.50", "kitchen": "7.50"}
        db.executemany("INSERT INTO balance VALUES ('rice', ?, ?)", balances.items())


def test_what_an_older_gateway_booked_goes_on_as_one_lot(tmp_path: Path) -> None:
    old_journal(tmp_path / "journal.db")
    rig = Rig(tmp_path)

    # kitchen.yaml says by now where the rice lies.
    assert rig.at("stores:dry") == {"rice": Decimal("57.50")}
    kept = rig.rows("SELECT key, lot, kind, before_weight, after_weight, entry FROM movement ORDER BY id LIMIT 3")
    assert kept == [
        ("bin-weight:rice:1", "rice", "opening", "0", "40.00", "scale"),
        ("bin-weight:rice:2", "rice", "receipt", "40.00", "65.00", "scale"),
        ("bin-weight:rice:3", "rice", "issue", "65.00", "57.50", "scale"),
    ]
    assert rig.rows("SELECT kind, reason, entry FROM movement ORDER BY id")[3:] == [
        ("transfer", "store_named", "books")
    ]
    [rice] = [one for one in rig.snapshot()["stock"] if one["item"] == "rice"]
    assert (rice["on_hand"], rice["used_today"]) == ("57.50", "7.50")
    rig.do("stock_reverse", movement="bin-weight:rice:3", note="it was put back")
    assert rig.at("stores") == {"rice": Decimal("7.50")}
    rig.now += HOUR
    rig.restart()
    assert rig.at("stores:dry") == {"rice": Decimal("65.00")}
    rig.check()
