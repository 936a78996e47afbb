"""`mbg-gateway verify`: whatever was changed in a journal is found and named."""

import random
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kitchen_rig import NOW, KitchenRig, cold, weighing

from gateway.cli.main import main
from gateway.cli.verify_refold import differences
from gateway.journal.chain import chained
from gateway.journal.files.folder import reading
from gateway.journal.sealing.seal import due, journal_id, seal, sealed_upkeep
from gateway.journal.verify.chain import verify_chain
from gateway.journal.verify.chunks import Sealed, verify_chunks
from gateway.journal.writing.writer import Writer
from gateway.records.time_units import HOUR
from gateway.records.transaction import Transaction, Upkeep


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The journal of a night in which a door stood open and rice was taken."""
    folder = tmp_path_factory.mktemp("night")
    gateway = KitchenRig(folder)
    gateway.take(cold(minute, 7.5 if minute < 12 else 3.0) for minute in range(30))
    gateway.take(weighing(second, 25.0 if second < 60 else 20.0) for second in range(0, 120, 2))
    gateway.commit(NOW + 1)
    for alarm in gateway.kitchen.board.active:
        gateway.kitchen.board.acknowledge(gateway.batch, alarm, who="siti", note=None, at=NOW + 2, key="tap")
    gateway.commit(NOW + 2)
    gateway.journal.close()
    return folder / "journal.db"


@pytest.fixture
def journal(whole: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "journal.db"
    copy.write_bytes(whole.read_bytes())
    return copy


def change(journal: Path, sql: str) -> None:
    with closing(sqlite3.connect(journal)) as connection, connection:
        assert connection.execute(sql).rowcount > 0


def verify(capsys: pytest.CaptureFixture[str], *argv: str | Path) -> tuple[int, str, str]:
    status = main(["verify", *map(str, argv)])
    told = capsys.readouterr()
    return status, told.out, told.err


def test_a_journal_that_nobody_touched_holds_and_says_its_head(
    journal: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, err = verify(capsys, journal.parent, "--refold")
    assert (status, err) == (0, "")
    head = out.partition("head ")[2].split()[0]
    assert verify(capsys, journal, "--head", head)[0] == 0


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE event SET body = replace(body, 'high', 'low') WHERE id = 4",
        "UPDATE event SET person = 'budi' WHERE id = 4",
        "UPDATE event SET at = at + 1 WHERE id = 4",
        "UPDATE event SET recorded_at = recorded_at - 1 WHERE id = 4",
        "UPDATE event SET kind = kind || ' ' WHERE id = 4",
        "UPDATE event SET key = key || ' ' WHERE id = 4",
        "UPDATE event SET subject = 'other' WHERE id = 4",
        "UPDATE event SET body = x'ff' WHERE id = 4",
        "UPDATE event SET body = CAST(x'22ff22' AS TEXT) WHERE id = 4",
        "UPDATE event SET subject = x'ff' WHERE id = 4",
        "UPDATE event SET at = x'ff' WHERE id = 4",
        "UPDATE event SET person = x'ff' WHERE id = 4",
        "UPDATE event SET at = at + 0.5 WHERE id = 4",
        "UPDATE event SET hash = zeroblob(32) WHERE id = 4",
        "UPDATE event SET previous = zeroblob(32) WHERE id = 4",
        "DELETE FROM event WHERE id = 3",
        "UPDATE event SET id = -id WHERE id = 4",
    ],
)
def test_the_first_event_that_was_changed_is_named(journal: Path, capsys: pytest.CaptureFixture[str], sql: str) -> None:
    change(journal, sql)
    status, _, err = verify(capsys, journal)
    assert status == 1
    assert err.startswith(("event 4 (", "event -4 ("))


@given(st.randoms(use_true_random=False))
def test_one_byte_changed_anywhere_in_an_event_is_found(whole: Path, dice: random.Random) -> None:
    with closing(sqlite3.connect(":memory:")) as copy:
        with closing(sqlite3.connect(whole)) as source:
            source.backup(copy)
        number = dice.randrange(*copy.execute("SELECT 1, max(id) + 1 FROM event").fetchone())
        column = dice.choice(["key", "kind", "subject", "body", "previous", "hash"])
        (value,) = copy.execute(f"SELECT CAST({column} AS BLOB) FROM event WHERE id = ?", (number,)).fetchone()
        changed = bytearray(value)
        changed[dice.randrange(len(changed))] ^= dice.randrange(1, 128)
        kind = "BLOB" if column in ("previous", "hash") else "TEXT"
        copy.execute(f"UPDATE event SET {column} = CAST(? AS {kind}) WHERE id = ?", (bytes(changed), number))
        copy.text_factory = lambda text: text.decode(errors="replace")
        broken = verify_chain(copy).broken
    assert broken is not None
    assert broken.startswith(f"event {number} (")


@given(st.randoms(use_true_random=False), st.sampled_from(["at", "recorded_at", "person", "id"]), st.integers(0, 62))
def test_one_bit_changed_in_a_time_number_or_person_of_an_event_is_found(
    whole: Path, dice: random.Random, column: str, bit: int
) -> None:
    with closing(sqlite3.connect(":memory:")) as copy:
        with closing(sqlite3.connect(whole)) as source:
            source.backup(copy)
        number = dice.randrange(*copy.execute("SELECT 1, max(id) + 1 FROM event").fetchone())
        (value,) = copy.execute(f"SELECT {column} FROM event WHERE id = ?", (number,)).fetchone()
        changed = value ^ 1 << bit if isinstance(value, int) else f"{value or ''}x"
        copy.execute(f"UPDATE OR REPLACE event SET {column} = ? WHERE id = ?", (changed, number))
        broken = verify_chain(copy).broken
    assert broken is not None


def test_events_taken_from_the_end_are_missed(journal: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(journal, "DELETE FROM event WHERE id = (SELECT max(id) FROM event)")
    status, _, err = verify(capsys, journal)
    assert status == 1
    assert "missing at the end" in err


@pytest.mark.parametrize("sql", ["DELETE FROM sqlite_sequence", "UPDATE sqlite_sequence SET seq = 2"])
def test_whoever_hides_how_many_events_there_were_is_found(
    journal: Path, capsys: pytest.CaptureFixture[str], sql: str
) -> None:
    change(journal, sql)
    status, _, err = verify(capsys, journal)
    assert status == 1
    assert "the number of events was changed" in err


@pytest.mark.parametrize(
    "kind", ["hour_sealed", "gap", "readings_retired", "alarm_raised", "stock_moved", "verdict_given"]
)
@pytest.mark.parametrize("body", ["{}", "[]", "nothing"])
def test_an_event_that_was_put_in_with_a_right_hash_and_says_nothing_is_named(
    journal: Path, capsys: pytest.CaptureFixture[str], kind: str, body: str
) -> None:
    with closing(sqlite3.connect(journal)) as connection, connection:
        (head,) = connection.execute("SELECT hash FROM event ORDER BY id DESC LIMIT 1").fetchone()
        said: Any = {"key": "forged", "kind": kind, "subject": "batch:b1", "at": NOW, "recorded_at": NOW}
        said |= {"person": None, "body": body}
        row = (*said.values(), head, chained(head, **said))
        connection.execute(f"INSERT INTO event ({', '.join(said)}, previous, hash) VALUES (?,?,?,?,?,?,?,?,?)", row)
    status, _, err = verify(capsys, journal, "--refold")
    assert status == 1
    assert "forged" in err


def test_damaged_pages_are_said_first_since_what_follows_may_come_of_them(
    journal: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Pages that nothing recorded stands in: the header says that one of them is free."""
    content = bytearray(journal.read_bytes())
    content[39] ^= 1
    journal.write_bytes(content)
    status, out, err = verify(capsys, journal)
    assert status == 1
    assert err.startswith("the file is damaged: ")
    assert "the chain holds" in out


@pytest.mark.parametrize("name", [b"st\xe1ble", b"stabte"])
def test_a_damaged_schema_is_damage_and_no_crash(
    journal: Path, capsys: pytest.CaptureFixture[str], name: bytes
) -> None:
    content = journal.read_bytes()
    assert content.count(b"    stable ") == 1
    journal.write_bytes(content.replace(b"    stable ", b"    " + name + b" "))
    status, _, err = verify(capsys, journal)
    assert status == 1
    assert "damaged" in err


def test_a_head_that_was_handed_out_must_be_one_of_the_links(journal: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = verify(capsys, journal, "--head", "ab" * 32)
    assert status == 1
    assert "not the one from which that head was taken" in err
    with pytest.raises(SystemExit) as ended:
        verify(capsys, journal, "--head", "abc")
    assert ended.value.code == 2


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("UPDATE alarm SET worst = 5.0 WHERE level = 'critical'", "worst is 5.0 in the table, 7.0 by its events"),
        ("DELETE FROM alarm WHERE level = 'critical'", "is missing: its events are there"),
        (
            "UPDATE movement SET quantity = '4.0' WHERE kind = 'issue'",
            "quantity is 4.0 in the table, 5.00 by its events",
        ),
        ("UPDATE movement SET key = 'other' WHERE kind = 'issue'", "movement other has no event"),
        ("UPDATE holding SET quantity = '21.0' WHERE place = 'stores'", "holds 21.0 kg in the table, 20.00 kg"),
        ("DELETE FROM holding WHERE place = 'kitchen'", "holds 0 kg in the table, 5.00 kg by the movements"),
    ],
)
def test_a_table_that_says_another_thing_than_the_events_is_named(
    journal: Path, capsys: pytest.CaptureFixture[str], sql: str, said: str
) -> None:
    change(journal, sql)
    assert verify(capsys, journal)[0] == 0
    status, _, err = verify(capsys, journal, "--refold")
    assert status == 1
    assert said in err


@pytest.fixture(scope="module")
def sealed(whole: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with its hour sealed, the rows of one of its points gone."""
    journal = tmp_path_factory.mktemp("sealed") / "journal.db"
    journal.write_bytes(whole.read_bytes())
    writer = Writer(journal, {})
    with closing(sqlite3.connect(journal)) as reader:
        wanted = due(reader, NOW + 9 * HOUR)
        for hour in wanted.hours:
            writer.write(Transaction(upkeep=[seal(reader, hour, rest=lambda: None)]), NOW)  # type: ignore[list-item]
        writer.write(Transaction(upkeep=[sealed_upkeep(reader, wanted)]), NOW)  # type: ignore[list-item]
        writer.write(Transaction(upkeep=[Upkeep(journal=journal_id(reader), rows_go=(1,))]), NOW)
    writer.close()
    return journal


FORGED = """
INSERT INTO reading (seq, point, measured_at, recorded_at, value, quality)
SELECT {seq}, {point}, first_at + {later}, first_at, 3.0, 2 FROM chunk WHERE id = 1
"""
FOREIGN = """
INSERT INTO chunk SELECT 99, 77, hour, part, count, first_at, last_at, usable_at, first_seq, last_seq, 0, body
FROM chunk WHERE id = 1
"""


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("DELETE FROM chunk WHERE id = 1", "is missing, and no event says that it went"),
        ("UPDATE chunk SET hour = hour - 3600000000 WHERE id = 2", "is missing, and no event says that it went"),
        ("UPDATE chunk SET part = 2 WHERE id = 1", "was never sealed"),
        ("UPDATE chunk SET last_seq = last_seq - 1 WHERE id = 1", "is described wrongly in its table"),
        ("UPDATE chunk SET usable_at = NULL WHERE id = 1", "is described wrongly in its table"),
        ("UPDATE chunk SET in_rows = 0 WHERE id = 2", "rows of that hour were changed after it was sealed"),
        ("UPDATE chunk SET in_rows = 1 WHERE id = 1", "rows of that hour were changed after it was sealed"),
        ("UPDATE reading SET value = 4.0 WHERE seq = (SELECT max(seq) FROM reading)", "rows of that hour were changed"),
        ("DELETE FROM reading WHERE seq = (SELECT max(seq) FROM reading)", "rows of that hour were changed"),
        (FORGED.format(seq=1, point="point", later=1), "rows of that hour were changed"),
        (FORGED.format(seq=0, point="point", later=1), "reading 0 of c1-air was put in"),
        (FORGED.format(seq=2, point="point", later=-HOUR), "reading 2 of c1-air was put in"),
        (FORGED.format(seq=2, point=77, later=0), "reading 2 of point number 77 was put in"),
        (FOREIGN, "the chunk of point number 77, hour 1795500000000000, part 1, was never sealed"),
        ("UPDATE chunk SET in_rows = 7 WHERE id = 2", "is described wrongly in its table"),
    ],
)
def test_what_was_changed_around_a_sealed_hour_is_named(
    sealed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], sql: str, said: str
) -> None:
    journal = tmp_path / "journal.db"
    journal.write_bytes(sealed.read_bytes())
    assert verify(capsys, journal)[0] == 0
    change(journal, sql)
    status, _, err = verify(capsys, journal)
    assert status == 1
    assert said in err


@given(st.integers(0), st.integers(1, 255))
def test_one_byte_changed_anywhere_in_a_sealed_hour_is_found(sealed: Path, place: int, difference: int) -> None:
    with closing(sqlite3.connect(":memory:")) as copy:
        with closing(sqlite3.connect(sealed)) as source:
            source.backup(copy)
        chunks = copy.execute("SELECT id, body FROM chunk ORDER BY id").fetchall()
        number, body = chunks[place % len(chunks)]
        changed = bytearray(body)
        changed[place // len(chunks) % len(body)] ^= difference
        copy.execute("UPDATE chunk SET body = ? WHERE id = ?", (bytes(changed), number))
        copy.commit()
        (fault,) = verify_chunks(copy, Sealed())
    assert "was changed" in fault


@pytest.mark.parametrize("moment", ["WHERE name = 's1-weight'", "FROM reading WHERE point = 2", "SELECT coalesce(name"])
def test_an_hour_that_is_sealed_or_loses_its_rows_meanwhile_is_no_fault(
    sealed: Path, tmp_path: Path, moment: str
) -> None:
    """The gateway goes on while an inspector reads: `moment` is the statement before which it does."""
    path = tmp_path / "journal.db"
    path.write_bytes(sealed.read_bytes())
    writer = Writer(path, {})
    reading_of = ("c1-air", NOW + 2 * HOUR, 3.0, 2, None, None, None, None, 0)
    writer.write(Transaction(readings=[reading_of]), NOW)
    done: list[str] = []

    def go_on(statement: str) -> None:
        if moment not in " ".join(statement.split()) or done:
            return
        done.append(statement)
        with closing(sqlite3.connect(path)) as reader:
            (hour,) = due(reader, NOW + 9 * HOUR).hours
            writer.write(Transaction(upkeep=[seal(reader, hour, rest=int)]), NOW)  # type: ignore[list-item]
            writer.write(Transaction(upkeep=[Upkeep(journal=journal_id(reader), rows_go=(2, 3))]), NOW)

    with reading(path) as connection:
        connection.set_trace_callback(go_on)
        assert list(verify_chunks(connection, Sealed())) == []
    assert done
    writer.close()


def test_where_no_journal_is_the_remedy_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = verify(capsys, tmp_path)
    assert status == 2
    assert "no journal is here" in err


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("cold"), st.integers(-30, 5), st.sampled_from([None, 2.0, 4.5, 7.0, 9.0])),
        st.tuples(st.just("weigh"), st.integers(1, 40), st.sampled_from([0.0, 5.0, 20.0, 25.0])),
        st.tuples(st.just("acknowledge"), st.integers(0, 3), st.none()),
        st.tuples(st.just("tick"), st.integers(1, 30), st.none()),
        st.tuples(st.just("restart"), st.integers(0, 10), st.none()),
    ),
    max_size=60,
)


@settings(max_examples=40, deadline=None)
@given(STEPS)
def test_after_any_operations_the_events_give_the_same_tables(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, float | None]]
) -> None:
    gateway = KitchenRig(tmp_path_factory.mktemp("any"))
    minute = 0.0
    for what, amount, value in steps:
        minute += max(amount, 1)
        now = NOW + round(minute * 60_000_000)
        match what:
            case "cold":
                gateway.take([cold(minute + min(amount, 0), value)], now)
            case "weigh":
                gateway.take((weighing(minute * 60 + second, value or 0.0) for second in range(amount)), now)
            case "acknowledge":
                for alarm in gateway.kitchen.board.active[amount : amount + 1]:
                    if alarm.acknowledgement is None:
                        key = f"tap-{minute}"
                        gateway.kitchen.board.acknowledge(gateway.batch, alarm, who="siti", note=None, at=now, key=key)
            case "tick":
                gateway.kitchen.tick(gateway.batch, now)
            case _:
                gateway.commit(now)
                gateway.restart(now)
        gateway.commit(now)
    gateway.journal.close()
    with reading(gateway.path) as connection:
        assert verify_chain(connection).broken is None
        assert list(differences(connection)) == []
