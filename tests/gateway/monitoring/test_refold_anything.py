"""Thousands of random operations on one kitchen: the tables are what the events give, and `verify --refold` sees."""

import os
import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from stock_rig import SECOND, Rig

from drivers.reading import Quantity, Reading
from gateway.cli.main import main
from gateway.journal.files.folder import reading
from gateway.journal.files.read_only import open_read_only
from gateway.records.commands import RefusedError

pytestmark = pytest.mark.timeout(900)

OPERATIONS = 10_000 if os.environ.get("MBG_FULL") == "1" else 1_000
MINUTE = 60 * SECOND
MARKS = ["off_heat", "packed", "departed", "eaten", "discarded"]
TABLES = ("alarm", "movement", "holding", "batch", "verdict")


class Person:
    """Does anything that people, probes and power cuts do, as the dice fall; what is refused changes nothing."""

    def __init__(self, rig: Rig, dice: random.Random) -> None:
        self.rig = rig
        self.dice = dice
        self.done: dict[str, int] = {}
        self.deeds: dict[Callable[[], None], int] = {
            self.chiller: 8,
            self.acknowledge: 3,
            self.entry: 5,
            self.take_back: 2,
            self.batch: 4,
            self.bin: 1,
            self.restart: 1,
        }

    def do(self) -> None:
        """One operation."""
        (deed,) = self.dice.choices(list(self.deeds), list(self.deeds.values()))
        self.rig.now += self.dice.randrange(1, 10 * MINUTE)
        name = deed.__name__
        try:
            deed()
        except RefusedError:
            name = "refused"
        self.done[name] = self.done.get(name, 0) + 1
        self.rig.kitchen.tick(self.rig.batch, self.rig.now)
        self.commit()

    def commit(self) -> None:
        """Commit, and judge the batches of food that are due."""
        due = list(self.rig.batch.refold_due)
        self.rig.commit()
        for request in filter(None, map(self.rig.kitchen.batches.refolds.request_of, due)):
            with closing(open_read_only(self.rig.path)) as journal:
                refolded = request.fold(journal, lambda: None)
            self.rig.kitchen.batches.refolds.take(self.rig.batch, refolded, self.rig.now)
        self.rig.commit()

    def chiller(self) -> None:
        late = self.dice.choice([0, 0, 0, 20 * MINUTE])
        measured = Reading(
            device="chiller",
            channel="T",
            quantity=Quantity.TEMPERATURE,
            value=self.dice.choice([2.0, 3.5, 7.0, 9.0, 12.5]),
            unit="Cel",
            measured_at=self.rig.now - late,
        )
        self.rig.kitchen.take(self.rig.batch, measured, self.rig.now)

    def acknowledge(self) -> None:
        known = [alarm.id for alarm in self.rig.kitchen.board.active] or ["none"]
        self.rig.do("acknowledge", alarm=self.dice.choice(known), note=self.dice.choice([None, "door closed"]))

    def entry(self) -> None:
        purpose = self.dice.choice(["receive", "receive", "issue", "waste", "count"])
        more: dict[str, Any] = {"reason": "spilt"} if purpose == "waste" else {}
        if purpose == "receive":
            more |= {"lot": f"L{self.dice.randrange(9)}", "supplier": "tani"}
        kg = str(Decimal(self.dice.randrange(1, 3_000)) / 100)
        item = self.dice.choice(["oil", "fish", "chicken"])
        self.rig.do("stock_entry", purpose=purpose, item=item, quantity=kg, unit="kg", **more)

    def take_back(self) -> None:
        keys = [key for (key,) in self.rig.rows("SELECT key FROM movement ORDER BY id DESC LIMIT 9")]
        self.rig.do("stock_reverse", movement=self.dice.choice(keys or ["none"]))

    def bin(self) -> None:
        kg = self.dice.choice(["5.00", "2.50", "-2.50"])
        if self.rig.loads["bin"] + Decimal(kg) >= 0:
            self.rig.put("bin", kg, settle=6)

    def batch(self) -> None:
        running = [live.batch.id for live in self.rig.kitchen.batches.live.values() if live.batch.runs]
        name = self.dice.choice(running or ["none"])
        core = {"value": self.dice.choice([58.0, 71.0, 76.5]), "instrument": "t-1", "step": "core"}
        command, args = self.dice.choice(
            [
                ("batch_open", {"product": "Soto", "portions": 100, "recipe": "chicken-rice"}),
                ("batch_open", {"product": "Opor", "food": "poultry"}),
                ("batch_mark", {"batch": name, "event": self.dice.choice(MARKS)}),
                ("batch_close", {"batch": name}),
                ("typed_reading", {"batch": name, **core}),
            ]
        )
        key = f"key-{self.rig.now}"
        self.rig.person.give(self.rig.batch, command, {"who": "siti", **args}, key=key, now=self.rig.now)

    def restart(self) -> None:
        self.rig.restart()


@pytest.fixture(scope="module")
def months(tmp_path_factory: pytest.TempPathFactory) -> Person:
    rig = Rig(tmp_path_factory.mktemp("months"))
    rig.wait(2)
    person = Person(rig, random.Random(7))
    for _ in range(OPERATIONS):
        person.do()
    rig.journal.close()
    return person


def test_after_thousands_of_operations_the_tables_are_what_the_events_say(
    months: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    assert set(months.done) >= {deed.__name__ for deed in months.deeds}, months.done
    assert main(["verify", str(months.rig.path), "--refold"]) == 0, capsys.readouterr().err
    with reading(months.rig.path) as connection:
        counts = {table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in TABLES}
    assert all(count > 1 for count in counts.values()), counts


CHANGES = [
    ("alarm", "acknowledged_by = 'nobody'"),
    ("alarm", "state = 'OUT_OF_SERVICE'"),
    ("alarm", "worst = coalesce(worst, 0) + 1"),
    ("movement", "quantity = quantity || '1'"),
    ("movement", "who = 'nobody'"),
    ("movement", "destination = destination || '-'"),
    ("movement", "quantity = 'much'"),
    ("holding", "quantity = '-1'"),
    ("holding", "quantity = 'much'"),
    ("batch", "product = 'Rendang'"),
    ("verdict", "verdict = 'INFEASIBLE'"),
    ("verdict", "body = '{'"),
]


@pytest.mark.parametrize(("table", "change"), CHANGES)
def test_any_row_that_was_changed_is_found(months: Person, tmp_path: Path, table: str, change: str) -> None:
    journal = tmp_path / "journal.db"
    journal.write_bytes(months.rig.path.read_bytes())
    key = {"movement": "key", "verdict": "key", "holding": "item || lot || place"}.get(table, "id")
    connection = sqlite3.connect(journal)
    keys = [found for (found,) in connection.execute(f"SELECT {key} FROM {table}")]
    with connection:
        connection.execute(f"UPDATE {table} SET {change} WHERE {key} = ?", (random.Random(change).choice(keys),))
    connection.close()
    assert main(["verify", str(journal), "--refold"]) == 1
