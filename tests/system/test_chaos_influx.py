"""What InfluxDB has after the gateway is killed at the worst moment: the readings stored, the cursor not yet."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from answered import Answered
from brokers import Broker, mosquitto
from chaos_report import SHARE, Delivered
from influx_servers import DATABASE, PASSWORD, USER, Influxd, influxd
from load import Publisher, plan, settle
from rig import Rig

from gateway.journal.schema import migrate

pytestmark = [pytest.mark.system, pytest.mark.timeout(900)]

KILLS = max(2, round(50 * SHARE))
DELIVERY = (
    "delivery: {{influxdb: {{api: v1, url: '{url}', database: {database}, username: {user}, "
    "password_file: {secret}}}}}\n"
)
COUNT_STORED = 'SELECT count("quality") FROM "reading"'
BEHIND_CURSOR = "SELECT count(*) FROM reading WHERE seq <= (SELECT coalesce(max(cursor), 0) FROM sink)"
CURSOR = "SELECT coalesce(max(cursor), 0) FROM sink"
SEALED = "SELECT coalesce(sum(count), 0) FROM chunk WHERE in_rows = 0"
SEALED_HOURS = "SELECT count(*) FROM event WHERE kind = 'hour_sealed'"
STORED = "SELECT point.name, measured_at, value FROM reading JOIN point ON point.id = point"
LIVE = "SELECT count(*) FROM reading JOIN point ON point.id = point WHERE name = 'timed'"
LATENCY = """SELECT recorded_at - measured_at FROM reading JOIN point ON point.id = point
    WHERE name = 'timed' AND value >= 0 AND recorded_at BETWEEN ? AND ? ORDER BY 1"""

HOUR = 3_600_000_000
WEEK = 168 * HOUR
SPAN = WEEK if SHARE == 1 else 4 * HOUR
"""From the first reading that waits to the last: a week at full count."""
ARREARS = round(600_000 * SHARE)
"""Readings that wait in the journal."""
LIVE_RATE = 50
"""Messages a second while they are delivered."""
LATE = 2.0
"""Seconds from a probe's measuring to the journal, at the most, while a week is delivered on two busy cores."""
GROWTH = 64 * 1024
"""KiB that the gateway may grow by while it delivers: a few pages of 5,000 readings and sealed hours."""


def stored_by(server: Influxd) -> int:
    """Readings in InfluxDB."""
    found = server.query(COUNT_STORED)
    return int(found[0]["values"][0][1]) if found else 0  # type: ignore[index]


@contextmanager
def servers(folder: Path) -> Iterator[tuple[Broker, Influxd]]:
    """A broker and an InfluxDB."""
    (folder / "influx").mkdir()
    with mosquitto(folder / "broker") as broker, influxd(folder / "influx") as server:
        yield broker, server


def delivering(folder: Path, broker: Broker, url: str) -> Rig:
    """A kitchen that delivers to `url`."""
    secret = folder / "secret"
    secret.write_text(PASSWORD)
    delivery = DELIVERY.format(url=url, database=DATABASE, user=USER, secret=secret)
    return Rig(folder, plan(broker.port) + delivery)


def test_a_gateway_killed_between_influxdbs_answer_and_the_cursor_delivers_every_reading_once(
    tmp_path: Path, deliveries: list[Delivered]
) -> None:
    hits = {True: 0, False: 0}
    with (
        servers(tmp_path) as (broker, server),
        Answered(server.url) as between,
        delivering(tmp_path, broker, between.url) as rig,
    ):
        rig.start_gateway()
        rig.watch_connected()
        with Publisher(broker.port, ["timed"]) as load:
            for number in range(KILLS):
                told = number % 2 == 0
                between.strike(lambda: rig.kill("gateway"), told=told)
                hits[told] += stored_by(server) > rig.count(BEHIND_CURSOR)
                rig.start_gateway()
        settle(rig, broker.port)
        stored = rig.rows(STORED)
        rig.until("all is delivered", lambda: stored_by(server) >= len(stored))
        delivered = [(point, at // 1_000, value) for point, rows in server.readings().items() for at, value, _ in rows]
    found = Delivered.compare(
        f"SIGKILL of the gateway between InfluxDB's answer and the cursor's commit, {KILLS} times",
        accepted=len(load.accepted["timed"]) + 1,  # and the one that says that all have come
        stored=stored,
        delivered=delivered,
        note=f"the readings were in InfluxDB and not behind the cursor {hits[True]} times after the gateway had the "
        f"answer, {hits[False]} times before",
    )
    deliveries.append(found)
    assert sum(hits.values()) >= 0.8 * KILLS, "the window was hit"
    assert (found.lost, found.doubled) == (0, 0)
    assert found.accepted == found.stored == found.delivered


def test_a_week_without_influxdb_is_delivered_beside_live_readings_in_bounded_memory(
    tmp_path: Path, deliveries: list[Delivered]
) -> None:
    with servers(tmp_path) as (broker, server), delivering(tmp_path, broker, server.url) as rig:
        server.kill()
        # Rows stay for seven days when InfluxDB is behind: of half of these readings only the sealed hours are left.
        measure_a_week(rig.data, (rig.now() - WEEK - SPAN // 2) // HOUR * HOUR)
        rig.start_gateway()
        rig.watch_connected()
        for hours in range(10, SPAN // HOUR, 10):  # rows go when all hours are sealed
            rig.until("more hours are sealed", lambda: rig.count(SEALED_HOURS) >= hours)  # noqa: B023
        for share in (0.1, 0.2, 0.3, 0.4):
            rig.until("more is sealed only", lambda: rig.count(SEALED) >= ARREARS * share)  # noqa: B023
        with Publisher(broker.port, ["timed"], rate=LIVE_RATE) as load:
            rig.until("it is live", lambda: rig.count(LIVE) > 0)
            before = memory(rig)
            server.start()
            rig.until("the sink has noticed", lambda: rig.count(CURSOR) > 0)
            since, watch, reached = rig.now(), time.monotonic(), rig.count(CURSOR)
            rig.until("the week is delivered", lambda: rig.count(CURSOR) >= ARREARS)
            took = time.monotonic() - watch
            until, after = rig.now(), memory(rig)
        settle(rig, broker.port)
        live = len(load.accepted["timed"]) + 1
        rig.until("all is delivered", lambda: stored_by(server) >= ARREARS + live)
        late = [seconds / 1e6 for (seconds,) in rig.rows(LATENCY, since, until)]
        delivered = stored_by(server)
        (week,) = server.query("""SELECT sum("value") FROM "reading" WHERE "point" = 'clockless'""")
        stored = rig.count(f"SELECT (SELECT count(*) FROM reading) + ({SEALED})")
    rate = (ARREARS - reached) / took
    deliveries.append(
        Delivered(
            f"InfluxDB away for {SPAN // HOUR} hours, {ARREARS:,} readings wait",
            ARREARS + live,
            stored,
            delivered,
            stored - delivered,
            max(0, delivered - stored),
            f"{rate:,.0f} readings a second; live readings, {LIVE_RATE} a second, were in the journal "
            f"{late[len(late) // 2]:.2f} s after measuring (median), {late[-1]:.2f} s (latest); the gateway's memory "
            f"was {before / 1024:.0f} MiB before and {after / 1024:.0f} MiB at most meanwhile",
        )
    )
    assert ARREARS + live == stored == delivered
    assert week["values"][0][1] == ARREARS * (ARREARS - 1) / 2  # type: ignore[index]
    assert late[-1] < LATE
    assert after - before < GROWTH


def measure_a_week(data: Path, began: int) -> None:
    """A journal as it stands after a week without InfluxDB: one point's readings, each value once."""
    data.mkdir(exist_ok=True)
    step = SPAN // ARREARS
    with closing(sqlite3.connect(data / "journal.db")) as journal, journal:
        migrate(journal)
        journal.execute("INSERT INTO point (id, name, quantity, unit) VALUES (1, 'clockless', 'temperature', 'Cel')")
        journal.executemany(
            "INSERT INTO reading (point, measured_at, recorded_at, value, quality) VALUES (1, ?, ?, ?, 2)",
            ((began + n * step, began + n * step, float(n)) for n in range(ARREARS)),
        )


def memory(rig: Rig) -> int:
    """KiB that the gateway has had at the most since it was last asked."""
    process = Path(f"/proc/{rig.processes['gateway'].pid}")
    lines = (process / "status").read_text().splitlines()
    peak = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    (process / "clear_refs").write_text("5")  # begins a new peak; proc(5)
    return peak
