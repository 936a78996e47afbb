"""What stands around a sink in its tests: a server in memory, a small journal, the pipeline's queue, a still clock."""

import json
import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from gateway.delivery.influxdb.decision import ServerAnswer
from gateway.delivery.influxdb.progress import SinkCondition, SinkDeadLetter, SinkProgress, SinkReport, SinkState
from gateway.journal.sql.schema import migrate

START = 1_764_000_000_000_000
"""UTC microseconds of the first reading."""

OK = ServerAnswer(204)


@dataclass
class FakeServer:
    """Keeps lines as InfluxDB 1.x does: the last of a series and time stands, a refused line leaves the others stored.

    Attributes:
        answers: given first, one a write, without storing anything.
        refused: which lines are refused with 400.
        largest: lines a request; more are answered with 413.
        gives_back: whether it answers queries.
    """

    name: str = "http://influx.test:8086"
    answers: list[ServerAnswer] = field(default_factory=list)
    refused: Callable[[str], bool] = lambda _: False
    largest: int = 1_000_000
    points: dict[tuple[str, int], str] = field(default_factory=dict)
    requests: list[int] = field(default_factory=list)
    greetings: int = 0
    gives_back: bool = False

    def greet(self) -> str:
        self.greetings += 1
        return "InfluxDB 0-fake"

    def write(self, lines: str) -> ServerAnswer:
        parts = lines.split("\n")
        self.requests.append(len(parts))
        if self.answers:
            return self.answers.pop(0)
        if len(parts) > self.largest:
            return ServerAnswer(413, "Request Entity Too Large")
        bad = [line for line in parts if self.refused(line)]
        for line in parts:
            if line not in bad:
                series, values, time = line.rsplit(" ", 2)
                self.points[series, int(time)] = values
        return ServerAnswer(400, f"partial write: {len(bad)} dropped") if bad else OK

    def select(self, influxql: str, /) -> tuple[ServerAnswer, bytes]:
        """Gives the heartbeat back and counts readings, if it is one that answers queries."""
        if not self.gives_back:
            return ServerAnswer(404, "404 page not found"), b""
        if found := re.search(r'"heartbeat" WHERE time = (\d+)', influxql):
            groups = [{"name": "heartbeat", "values": [[int(found[1]), 1]]}]
        else:
            since, until = map(int, re.findall(r"time (?:>=|<) (-?\d+)", influxql))
            points = Counter(key[0].rpartition("=")[2] for key in self.readings() if since <= key[1] < until)
            groups = [{"name": "reading", "tags": {"point": p}, "values": [[since, n]]} for p, n in points.items()]
        return ServerAnswer(200), json.dumps({"results": [{"series": groups}]}).encode()

    def forget(self, since: int, until: int) -> None:
        """Lose the readings of a span, UTC microseconds."""
        self.points = {key: v for key, v in self.points.items() if not since * 1_000 <= key[1] < until * 1_000}

    def readings(self) -> dict[tuple[str, int], str]:
        return {key: values for key, values in self.points.items() if key[0].startswith("reading,")}

    def close(self) -> None:
        """Nothing to let go of."""


class Queue:
    """The pipeline's queue, kept."""

    def __init__(self) -> None:
        self.reports: list[SinkReport] = []

    def put(self, report: SinkReport, /) -> None:
        self.reports.append(report)

    @property
    def cursors(self) -> list[int]:
        return [each.cursor for each in self.reports if isinstance(each, SinkProgress)]

    @property
    def cursor(self) -> int:
        return max(self.cursors, default=0)

    @property
    def states(self) -> list[SinkState]:
        return [each for each in self.reports if isinstance(each, SinkState)]

    @property
    def condition(self) -> SinkCondition:
        return self.states[-1].state if self.states else SinkCondition.OK

    @property
    def dead_letters(self) -> list[SinkDeadLetter]:
        return [each for each in self.reports if isinstance(each, SinkDeadLetter)]


class StillClock:
    """A clock that stands, until it is set."""

    def __init__(self, at: int = START) -> None:
        self.at = at

    def now(self) -> int:
        return self.at

    def monotonic(self) -> float:
        return 0.0


@dataclass(frozen=True)
class Settings:
    """`delivery.influxdb`."""

    api: str = "v1"
    url: str = "http://influx.test:8086"
    database: str | None = "mbg"
    bucket: str | None = None
    org: str | None = None
    username: str | None = None
    password_env: str | None = None
    password_file: Path | None = None
    token_env: str | None = None
    token_file: Path | None = None


class SmallJournal:
    """A journal with our schema, written as the pipeline writes it; nothing stays open between calls."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with self._writing() as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            migrate(connection)

    def add(self, point: str, rows: Iterable[tuple[int, float | None, int]]) -> None:
        """Readings of a point: (measured_at, value, quality)."""
        with self._writing() as connection, connection:
            connection.execute(
                "INSERT OR IGNORE INTO point (name, quantity, unit) VALUES (?, 'temperature', 'Cel')", (point,)
            )
            ((number,),) = connection.execute("SELECT id FROM point WHERE name = ?", (point,))
            connection.executemany(
                "INSERT INTO reading (point, measured_at, recorded_at, value, quality) VALUES (?, ?, ?, ?, ?)",
                [(number, at, at, value, quality) for at, value, quality in rows],
            )

    def add_walk(self, point: str, count: int, *, start: int = START) -> None:
        """`count` good readings, a millisecond apart."""
        self.add(point, [(start + n * 1_000, n / 10, 2) for n in range(count)])

    def refuse(self, line: str, at: int) -> None:
        """What a sink set aside at `at`."""
        with self._writing() as connection, connection:
            row = ("influxdb", "", line.encode(), "400", "no", at)
            connection.execute(
                "INSERT INTO dead_letter (source, topic, raw, reason, text, at) VALUES (?,?,?,?,?,?)", row
            )

    def store_cursor(self, cursor: int) -> None:
        with self._writing() as connection, connection:
            connection.execute("INSERT INTO sink VALUES ('influxdb', ?, 'ok', NULL, 0)", (cursor,))

    def emptied_wal(self) -> bool:
        """Whether no reader keeps the WAL from being emptied."""
        with self._writing() as connection:
            return connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone() == (0, 0, 0)

    def _writing(self) -> closing[sqlite3.Connection]:
        return closing(sqlite3.connect(self.path))
