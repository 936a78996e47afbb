"""A kitchen that delivers to a real InfluxDB, and what became of its readings there: counted reading by reading."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from brokers import Broker, mosquitto
from chaos_report import Delivered
from influx_servers import DATABASE, PASSWORD, USER, Influxd, influxd
from load import Publisher, plan, settle
from rig import Rig

from gateway.delivery.line_protocol import line
from gateway.journal.schema import migrate

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


def settled(rig: Rig, broker: Broker, server: Influxd, load: Publisher, *, refused: int = 0) -> list[Reading]:
    """Wait until all that was published is stored, and delivered but for what is refused; what the journal has."""
    settle(rig, broker.port)
    stored = rig.rows(STORED)
    assert len(load.accepted["timed"]) + 1 <= len(stored)  # and the one that says that all have come
    rig.until("all is delivered", lambda: stored_by(server) >= len(stored) - refused)
    rig.until("the cursor is stored", lambda: rig.count(CURSOR) >= len(stored))
    return stored


def account(fault: str, rig: Rig, server: Influxd, *, accepted: int, stored: list[Reading], note: str) -> Delivered:
    """Compare journal, InfluxDB and dead letters; what is named in a dead letter is not lost."""
    delivered = [(point, at // 1_000, value) for point, rows in server.readings().items() for at, value, _ in rows]
    letters = {bytes(raw) for (raw,) in rig.rows(REFUSED)}
    refused = [each for each in stored if as_line(*each) in letters]
    assert len(refused) == len(letters), "each dead letter is a reading of ours"
    return Delivered.compare(fault, accepted=accepted, stored=stored, delivered=delivered, refused=refused, note=note)


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
