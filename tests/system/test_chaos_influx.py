"""What InfluxDB has after the gateway is killed at the worst moment: the readings stored, the cursor not yet."""

import time
from functools import partial
from pathlib import Path

import pytest
from answered import Answered
from chaos_report import SHARE, Delivered
from deliveries import (
    CURSOR,
    HOUR,
    LIVE,
    delivering,
    live,
    live_readings,
    measure,
    memory,
    servers,
    stored_by,
)
from load import Publisher, settle
from rig import Rig

pytestmark = [pytest.mark.system, pytest.mark.timeout(900)]

FULL = SHARE == 1
KILLS = 50 if FULL else 2
BEHIND_CURSOR = "SELECT count(*) FROM reading WHERE seq <= (SELECT coalesce(max(cursor), 0) FROM sink)"
SEALED = "SELECT coalesce(sum(count), 0) FROM chunk WHERE in_rows = 0"
SEALED_HOURS = "SELECT count(*) FROM event WHERE kind = 'hour_sealed'"

WEEK = 168 * HOUR
SPAN = WEEK if FULL else 4 * HOUR
"""From the first reading that waits to the last: a week at full count."""
ARREARS = 600_000 if FULL else 20_000
"""Readings that wait in the journal."""
LIVE_RATE = 50
"""Messages a second while they are delivered."""
LATE = 2.0
"""Seconds from a probe's measuring to the journal, at the most, while a week is delivered on two busy cores."""
GROWTH = 64 * 1024
"""KiB that the gateway may grow by while it delivers: a few pages of 5,000 readings and sealed hours."""


def test_a_gateway_killed_between_influxdbs_answer_and_the_cursor_delivers_every_reading_once(
    tmp_path: Path, deliveries: list[Delivered]
) -> None:
    hits = {True: 0, False: 0}
    with (
        servers(tmp_path) as (broker, server),
        Answered(server.url) as between,
        delivering(tmp_path, broker, between.url) as rig,
    ):
        with live(rig, broker, server) as run:
            for number in range(KILLS):
                told = number % 2 == 0
                between.strike(lambda: rig.kill("gateway"), told=told)
                hits[told] += stored_by(server) > rig.count(BEHIND_CURSOR)
                rig.start_gateway()
        found = run.account(
            f"SIGKILL of the gateway between InfluxDB's answer and the cursor's commit, {KILLS} times",
            f"the readings were in InfluxDB and not behind the cursor {hits[True]} times after the gateway had "
            f"the answer, {hits[False]} times before",
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
        # Rows stay for seven days when InfluxDB is behind: of half of a week's readings only the sealed hours are left.
        began = (rig.now() - WEEK - SPAN // 2) // HOUR * HOUR
        measure(rig.data, ARREARS, since=began, until=began + SPAN)
        rig.start_gateway()
        rig.watch_connected()
        if FULL:
            wait_for_sealing(rig)
        with Publisher(broker.port, ["timed"], rate=LIVE_RATE) as load:
            rig.until("it is live", lambda: rig.count(LIVE) > 0)
            before = memory(rig)
            server.start()
            rig.until("the sink has noticed", lambda: rig.count(CURSOR) > 0)
            since, watch, reached = rig.now(), time.monotonic(), rig.count(CURSOR)
            rig.until("the week is delivered", lambda: rig.count(CURSOR) >= ARREARS)
            took, more = time.monotonic() - watch, rig.count(LIVE) + LIVE_RATE
            rig.until("live readings go on", lambda: rig.count(LIVE) >= more)
            late, after = live_readings(rig, since), memory(rig)
        settle(rig, broker.port)
        live = len(load.accepted["timed"]) + 1
        rig.until("all is delivered", lambda: stored_by(server) >= ARREARS + live)
        delivered = stored_by(server)
        (week,) = server.query("""SELECT sum("value") FROM "reading" WHERE "point" = 'clockless'""")
        stored = rig.count(f"SELECT (SELECT count(*) FROM reading) + ({SEALED})")
    pace = f"{(ARREARS - reached) / took:,.0f} readings a second" if reached < ARREARS else "delivered at once"
    deliveries.append(
        Delivered(
            f"InfluxDB away for {SPAN // HOUR} hours, {ARREARS:,} readings wait",
            ARREARS + live,
            stored,
            delivered,
            0,
            stored - delivered,
            max(0, delivered - stored),
            f"{pace}; {late}, {LIVE_RATE} a second; the gateway's memory "
            f"was {before / 1024:.0f} MiB before and {after / 1024:.0f} MiB at most meanwhile",
        )
    )
    assert ARREARS + live == stored == delivered
    assert week["values"][0][1] == ARREARS * (ARREARS - 1) / 2  # type: ignore[index]
    assert late.latest < LATE
    assert after - before < GROWTH


def has_rows(rig: Rig, query: str, least: float) -> bool:
    return rig.count(query) >= least


def wait_for_sealing(rig: Rig) -> None:
    for hours in range(10, SPAN // HOUR, 10):  # rows go when all hours are sealed
        rig.until("more hours are sealed", partial(has_rows, rig, SEALED_HOURS, hours))
    for share in (0.1, 0.2, 0.3, 0.4):
        rig.until("more is sealed only", partial(has_rows, rig, SEALED, ARREARS * share))
