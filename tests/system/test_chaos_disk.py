"""The journal's disk under load: it refuses and recovers, its file is damaged, a reader does not end. Counted as in
test_chaos.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from brokers import Broker, mosquitto
from chaos_report import DISK, SHARE, Finding
from faults.disk import ErrnoName, faulty_disk
from load import Publisher, fates, plan, settle
from rig import Rig

pytestmark = [
    pytest.mark.system,
    pytest.mark.timeout(300),
    pytest.mark.skipif(SHARE < 1, reason="make chaos; test_disk_dies and test_sealing have each fault once"),
]

TIMES = max(1, round(10 * SHARE))
SECONDS = max(2.0, 60 * SHARE)
FAULTS: list[tuple[ErrnoName, str]] = [
    ("ENOSPC", "disk full and freed again"),
    ("EROFS", "disk read-only and writable again"),
    ("EIO", "disk with I/O errors and well again"),
]
STORED = "SELECT count(*) FROM reading"
GAPS = "SELECT count(*) FROM event WHERE kind = 'gap' AND json_extract(body, '$.reason') = ?"
DAMAGED = "SELECT json_extract(body, '$.readings') FROM event WHERE json_extract(body, '$.reason') = 'damaged'"
PAGE = 4_096


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with mosquitto(tmp_path / "broker") as broker:
        yield broker


def has_sent(load: Publisher, count: int) -> bool:
    return load.sent >= count


def wait_for_more(rig: Rig, many: int = 1) -> None:
    stored = rig.count(STORED)
    rig.until("more is stored", lambda: rig.count(STORED) >= stored + many)


@pytest.mark.parametrize(("errno_name", "fault"), FAULTS)
def test_a_disk_that_refuses_and_is_well_again_costs_nothing(
    errno_name: ErrnoName, fault: str, broker: Broker, tmp_path: Path, findings: list[Finding]
) -> None:
    slowest = 0.0
    with faulty_disk(tmp_path) as disk, Rig(tmp_path, plan(broker.port)) as rig:
        rig.start_gateway(env=disk.env)
        watcher = rig.watch_connected()
        with Publisher(broker.port, ["timed", "clockless"]) as load:
            for _ in range(TIMES):
                wait_for_more(rig)
                disk.fail(errno_name)
                began = time.monotonic()
                rig.until("memory takes over", lambda: not watcher.state["health"]["recording"], watcher)
                slowest = max(slowest, time.monotonic() - began)
                rig.until("more is published", partial(has_sent, load, load.sent + 500), watcher)
                disk.heal()
                rig.until("it is recorded again", lambda: watcher.state["health"]["recording"], watcher)
        settle(rig, broker.port)
        found = fates(rig, [load])
        gaps = rig.count(GAPS, "disk")
    note = f"people were told {slowest:.1f} s after the fault at the latest; {gaps} gaps are named"
    findings.append(Finding(f"{fault}, {TIMES} times" if TIMES > 1 else fault, found, [note], section=DISK))
    assert [(fate.lost, fate.doubled) for fate in found] == [(0, 0)] * 2
    assert gaps == TIMES


def test_what_a_damaged_file_holds_is_named_and_what_comes_after_it_is_stored(
    broker: Broker, tmp_path: Path, findings: list[Finding]
) -> None:
    with Rig(tmp_path, plan(broker.port)) as rig:
        rig.start_gateway()
        rig.watch_connected()
        with Publisher(broker.port, ["timed", "clockless"]) as load:
            wait_for_more(rig, 2_000)
            rig.kill("gateway")
            damage(rig.data / "journal.db")
            rig.start_gateway()
            rig.until("it is set aside", lambda: list(rig.data.glob("journal.db.corrupt-*")))
            rig.until("a gap says so", lambda: rig.count(GAPS, "damaged") == 1)
            wait_for_more(rig, 500)
        settle(rig, broker.port)
        found = fates(rig, [load])
        ((named,),) = rig.rows(DAMAGED)
    note = f"what is lost stands in the file that was set aside, for which the gap names {named:,} readings"
    findings.append(Finding("journal damaged in the middle, then a start", found, [note], section=DISK))
    assert [fate.doubled for fate in found] == [0, 0]
    assert 0 < sum(fate.lost for fate in found) <= named


def damage(path: Path) -> None:
    """A tenth of the file, behind its middle: the tables' first pages are whole."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    pages = path.stat().st_size // PAGE
    with path.open("r+b") as file:
        file.seek(pages * 3 // 4 * PAGE)
        file.write(b"\x5a" * (max(pages // 10, 1) * PAGE))


def test_a_reader_that_does_not_end_costs_room_and_no_reading(
    broker: Broker, tmp_path: Path, findings: list[Finding]
) -> None:
    with Rig(tmp_path, plan(broker.port)) as rig:
        rig.start_gateway()
        rig.watch_connected()
        log = rig.data / "journal.db-wal"
        with Publisher(broker.port, ["timed", "clockless"]) as load:
            wait_for_more(rig)
            with closing(sqlite3.connect(rig.data / "journal.db", isolation_level=None)) as reader:
                reader.execute("BEGIN")
                (seen,) = reader.execute(STORED).fetchone()
                time.sleep(SECONDS)
                largest = log.stat().st_size
                assert reader.execute(STORED).fetchone() == (seen,)
            wait_for_more(rig)
        settle(rig, broker.port)
        found = fates(rig, [load])
    note = f"the log grew to {largest / 1e6:.0f} MB"
    findings.append(Finding(f"a reader that holds the journal for {SECONDS:g} s", found, [note], section=DISK))
    assert [(fate.lost, fate.doubled) for fate in found] == [(0, 0)] * 2
