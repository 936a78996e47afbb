"""A kitchen that delivers to a real InfluxDB, and what became of its readings there: counted reading by reading."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from brokers import Broker, mosquitto
from chaos_report import Delivered
from influx_servers import DATABASE, PASSWORD, USER, Influxd, influxd
from load import RATE, Publisher, plan, settle
from rig import Rig, Watcher

from gateway.delivery.influxdb.line_protocol import line
from gateway.journal.sql.schema import migrate

MINUTE = 60_000_000
HOUR = 60 * MINUTE
DELIVERY = (
    "delivery: {{influxdb: {{api: v1, url: '{url}', database: {database}, username: {user}, "
    "password_file: {secret}}}}}\n"
)
COUNT_STORED = 'SELECT count("quality") FROM "reading"'
CURSOR = "SELECT coalesce(max(cursor), 0) FROM sink"
STORED = "SELECT point.name, measured_at, value FROM reading JOIN point ON point.id = point"
REFUSED = "SELECT raw FROM dead_letter WHERE source = 'influxdb'"
LIVE = "SELECT count(*) FROM reading JOIN point ON point.id = point WHERE name = 'timed'"
LATENCY = """SELECT recorded_at - measured_at FROM reading JOIN point ON point.id = point
    WHERE name = 'timed' AND value >= 0 AND recorded_at BETWEEN ? AND ? ORDER BY 1"""

Reading = tuple[str, int, float]
"""Point, UTC microseconds and value."""


def stored_by(server: Influxd) -> int:
    """Readings in InfluxDB."""
    found = server.query(COUNT_STORED)
    return int(found[0]["values"][0][1]) if found else 0  # type: ignore[index]


@contextmanager
def servers(folder: Path) -> Iterator[tuple[Broker, Influxd]]:
    """A broker and an InfluxDB."""
    (folder / "influx").mkdir(exist_ok=True)
    with mosquitto(folder / "broker") as broker, influxd(folder / "influx") as server:
        yield broker, server


def delivering(folder: Path, broker: Broker, url: str) -> Rig:
    """A kitchen that delivers to `url`."""
    secret = folder / "secret"
    secret.write_text(PASSWORD)
    delivery = DELIVERY.format(url=url, database=DATABASE, user=USER, secret=secret)
    return Rig(folder, plan(broker.port) + delivery)


def measure(data: Path, count: int, *, since: int, until: int) -> None:
    """Have `count` readings of one point wait in the journal, each value once."""
    data.mkdir(exist_ok=True)
    times = [since + n * (until - since) // count for n in range(count)]
    with closing(sqlite3.connect(data / "journal.db")) as journal, journal:
        migrate(journal)
        into = "INSERT OR IGNORE INTO point (id, name, quantity, unit) VALUES (1, 'clockless', 'temperature', 'Cel')"
        journal.execute(into)
        journal.executemany(
            "INSERT INTO reading (point, measured_at, recorded_at, value, quality) VALUES (1, ?, ?, ?, 2)",
            ((at, at, float(n)) for n, at in enumerate(times)),
        )


def as_line(point: str, measured_at: int, value: float) -> bytes:
    return line("k1", point, measured_at=measured_at, value=value, quality=2).encode()


def memory(rig: Rig) -> int:
    """KiB that the gateway has had at the most since it was last asked."""
    process = Path(f"/proc/{rig.processes['gateway'].pid}")
    lines = (process / "status").read_text().splitlines()
    peak = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    (process / "clear_refs").write_text("5")  # begins a new peak; proc(5)
    return peak


class Late(NamedTuple):
    """Seconds from a probe's measuring to the journal."""

    median: float
    latest: float

    def __str__(self) -> str:
        times = f"{self.median:.2f} s after measuring (median), {self.latest:.2f} s (latest)"
        return f"live readings were in the journal {times}"


def live_readings(rig: Rig, since: int) -> Late:
    """How late live readings came into the journal since then, UTC microseconds."""
    late = [microseconds / 1e6 for (microseconds,) in rig.rows(LATENCY, since, rig.now())]
    return Late(late[len(late) // 2], late[-1])


class Live:
    """Live readings beside a delivery; when they have ended, `stored` and `late` say what became of them."""

    stored: list[Reading]
    late: Late

    def __init__(self, rig: Rig, server: Influxd, watcher: Watcher, load: Publisher) -> None:
        self.watcher = watcher
        self.load = load
        self._rig = rig
        self._server = server

    def until_delivered(self, waiting: int) -> float:
        """Wait until InfluxDB has as many readings as waited in the journal; the seconds that it took."""
        began = time.monotonic()
        self._rig.until("what waited is delivered", lambda: stored_by(self._server) >= waiting, self.watcher)
        return time.monotonic() - began

    def until_sent(self, count: int) -> None:
        """Wait until so many more have been published."""
        until = self.load.sent + count
        self._rig.until("readings go on", lambda: self.load.sent >= until, self.watcher)

    def account(self, fault: str, note: str, *, waited: int = 0) -> Delivered:
        """Compare journal, InfluxDB and dead letters; what is named in a dead letter is not lost."""
        readings = self._server.readings().items()
        delivered = [(point, at // 1_000, value) for point, rows in readings for at, value, _ in rows]
        letters = {bytes(raw) for (raw,) in self._rig.rows(REFUSED)}
        refused = [each for each in self.stored if as_line(*each) in letters]
        assert len(refused) == len(letters), "each dead letter is a reading of ours"
        accepted = waited + len(self.load.accepted["timed"]) + 1  # the one that says that all have come
        return Delivered.compare(
            fault, accepted=accepted, stored=self.stored, delivered=delivered, refused=refused, note=note
        )


@contextmanager
def live(rig: Rig, broker: Broker, server: Influxd, *, rate: int = RATE, refused: int = 0) -> Iterator[Live]:
    """Start the gateway and publish meanwhile; then wait until all is stored, and delivered but for `refused`."""
    rig.start_gateway()
    watcher, since = rig.watch_connected(), rig.now()
    with Publisher(broker.port, ["timed"], rate=rate) as load:
        run = Live(rig, server, watcher, load)
        yield run
    settle(rig, broker.port)
    run.stored = rig.rows(STORED)
    assert len(load.accepted["timed"]) + 1 <= len(run.stored)
    rig.until("all is delivered", lambda: stored_by(server) >= len(run.stored) - refused)
    rig.until("the cursor is stored", lambda: rig.count(CURSOR) >= len(run.stored))
    run.late = live_readings(rig, since)
