"""An InfluxDB that refuses, is full or slow, under live readings: what is delivered in the end, counted one by one."""

import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from answered import Answered
from chaos_report import SHARE, Delivered
from deliveries import LIVE, MINUTE, Late, delivering, live, measure, memory, servers, stored_by
from influx_servers import DATABASE, USER
from rig import Rig, Watcher

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

FULL = SHARE == 1
only_full = pytest.mark.skipif(not FULL, reason="make chaos; tests/contract has each refusal once")
WAITING = round(60_000 * SHARE)
"""Readings of the last half hour that wait in the journal."""
TOO_OLD = round(300 * SHARE)
"""Readings that are older than InfluxDB keeps, so that it refuses each for ever.

They share no hour with those that wait: InfluxDB takes an old point of a request that opens its shard for a newer one,
and refuses the same point alone.
"""
SLOW = 3.0 if FULL else 0.5
"""Seconds that each answer takes."""
LIVE_RATE = 50
FIVE_SECONDS = 5 * LIVE_RATE
"""Of live readings."""
SET_ASIDE = "SELECT count(*) FROM dead_letter WHERE source = 'influxdb'"
LATE = 2.0
"""Seconds from a probe's measuring to the journal, at the most: nothing of this is the journal's business."""


def wait_half_an_hour(rig: Rig) -> None:
    now = rig.now()
    measure(rig.data, WAITING, since=now - 40 * MINUTE, until=now - 10 * MINUTE)


def is_held(watcher: Watcher) -> bool:
    """Whether the alarm about a refusal stands."""
    states = [alarm["state"] for alarm in watcher.state["alarms"].values() if alarm["level"] == "influxdb_refused"]
    return any(state in {"UNACKNOWLEDGED", "ACKNOWLEDGED"} for state in states)


def check(found: Delivered, late: Late) -> None:
    assert (found.lost, found.doubled) == (0, 0)
    assert found.accepted == found.stored == found.delivered + found.refused
    assert late.latest < LATE


def test_readings_that_influxdb_refuses_are_set_aside_by_name_and_all_others_arrive(
    tmp_path: Path, deliveries: list[Delivered]
) -> None:
    """InfluxDB keeps an hour here; what is older it refuses with 400 and takes the others of the request."""
    with servers(tmp_path) as (broker, server), delivering(tmp_path, broker, server.url) as rig:
        server.query(f"CREATE RETENTION POLICY short ON {DATABASE} DURATION 1h REPLICATION 1 DEFAULT")
        wait_half_an_hour(rig)
        now = rig.now()
        measure(rig.data, TOO_OLD, since=now - 155 * MINUTE, until=now - 105 * MINUTE)
        with live(rig, broker, server, rate=LIVE_RATE, refused=TOO_OLD) as run:
            rig.until("all of those are set aside", lambda: rig.count(SET_ASIDE) >= TOO_OLD)
            rig.until("it is live", lambda: rig.count(LIVE) > 0)
        found = run.account(
            f"InfluxDB refuses {TOO_OLD} of {WAITING + TOO_OLD:,} readings for ever",
            f"each stands in `dead_letter` with what was sent and what InfluxDB said; {run.late}",
            waited=WAITING + TOO_OLD,
        )
    deliveries.append(found)
    assert found.refused == TOO_OLD
    check(found, run.late)


def test_a_slow_influxdb_delays_its_own_readings_alone(tmp_path: Path, deliveries: list[Delivered]) -> None:
    with (
        servers(tmp_path) as (broker, server),
        Answered(server.url) as between,
        delivering(tmp_path, broker, between.url) as rig,
    ):
        between.slow(SLOW)
        wait_half_an_hour(rig)
        with live(rig, broker, server, rate=LIVE_RATE) as run:
            rig.until("it is live", lambda: rig.count(LIVE) > 0)
            before = memory(rig)
            run.until_delivered(WAITING)
            after = memory(rig)
        found = run.account(
            f"each answer of InfluxDB takes {SLOW:g} s, {WAITING:,} readings wait",
            f"{run.late}; the gateway's memory was {before >> 10} MiB and {after >> 10} MiB at most meanwhile",
            waited=WAITING,
        )
    deliveries.append(found)
    check(found, run.late)


@only_full
def test_a_token_that_is_refused_holds_everything_until_the_right_one_is_in_its_file(
    tmp_path: Path, deliveries: list[Delivered]
) -> None:
    with servers(tmp_path) as (broker, server), delivering(tmp_path, broker, server.url) as rig:
        wait_half_an_hour(rig)
        server.query(f"SET PASSWORD FOR {USER} = 'another-secret'")
        with live(rig, broker, server, rate=LIVE_RATE) as run:
            rig.until("the refusal is an alarm", lambda: is_held(run.watcher), run.watcher)
            delivered = stored_by(server)
            run.until_sent(FIVE_SECONDS)
            assert stored_by(server) == delivered
            (tmp_path / "secret").write_text("another-secret")
            took = run.until_delivered(WAITING)
            rig.until("the alarm is over", lambda: not is_held(run.watcher), run.watcher)
        found = run.account(
            f"InfluxDB refuses the password (401), {WAITING:,} readings wait",
            f"an alarm says so; all delivered {took:.1f} s after the right one was in its file; {run.late}",
            waited=WAITING,
        )
    deliveries.append(found)
    check(found, run.late)


@only_full
def test_a_database_that_is_missing_holds_everything_until_it_is_created(
    tmp_path: Path, deliveries: list[Delivered]
) -> None:
    with servers(tmp_path) as (broker, server), delivering(tmp_path, broker, server.url) as rig:
        wait_half_an_hour(rig)
        server.query(f"DROP DATABASE {DATABASE}")
        with live(rig, broker, server, rate=LIVE_RATE) as run:
            rig.until("the refusal is an alarm", lambda: is_held(run.watcher), run.watcher)
            server.query(f"CREATE DATABASE {DATABASE}")
            server.query(f"GRANT ALL ON {DATABASE} TO {USER}")
            took = run.until_delivered(WAITING)
        found = run.account(
            f"InfluxDB has no such database (404), {WAITING:,} readings wait",
            f"an alarm says so; all delivered {took:.1f} s after it was created; {run.late}",
            waited=WAITING,
        )
    deliveries.append(found)
    check(found, run.late)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 64 megabytes for InfluxDB, where this machine lets us mount one."""
    folder = tmp_path / "influx"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("no file system may be mounted here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@only_full
def test_an_influxdb_whose_disk_is_full_gets_everything_when_there_is_room(
    tmp_path: Path, small_disk: Path, deliveries: list[Delivered]
) -> None:
    """InfluxDB 1.6 answers 500 from then on, and writes again only when it is started anew."""
    with servers(tmp_path) as (broker, server), delivering(tmp_path, broker, server.url) as rig:
        with suppress(OSError), (small_disk / "filler").open("wb", buffering=0) as filler:
            while True:
                filler.write(bytes(4_096))
        wait_half_an_hour(rig)
        with live(rig, broker, server, rate=LIVE_RATE) as run:
            rig.until("InfluxDB says so", lambda: "no space left on device" in rig.log.read_text())
            run.until_sent(FIVE_SECONDS)
            (small_disk / "filler").unlink()
            server.restart()
            took = run.until_delivered(WAITING)
        server.restart()  # what it acknowledged is on its disk
        found = run.account(
            f"InfluxDB's disk is full, {WAITING:,} readings wait",
            f"all delivered {took:.1f} s after it had room and was started anew; {run.late}",
            waited=WAITING,
        )
    deliveries.append(found)
    check(found, run.late)
