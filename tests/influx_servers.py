"""Real time-series servers for tests: Debian's influxd 1.6.7 with authentication, and its victoria-metrics.

    with influxd(tmp_path) as server:
        server.url; server.kill(); server.start(); server.readings()

A missing program skips the test, and fails it under CI=true. Both listen on free loopback ports, keep their data in
the folder that they are given, and can be killed and started again on the same port with the same data.
"""

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import urllib3
from brokers import free_port, need_program

ADMIN = {"u": "admin", "p": "admin-secret"}
DATABASE = "mbg"
USER, PASSWORD = "gateway", "gateway-secret"
START_SECONDS = 20.0

INFLUXD_CONFIG = """
reporting-disabled = true
bind-address = "127.0.0.1:{rpc}"
[meta]
  dir = "{folder}/meta"
[data]
  dir = "{folder}/data"
  wal-dir = "{folder}/wal"
  query-log-enabled = false
[http]
  bind-address = "127.0.0.1:{http}"
  auth-enabled = true
  log-enabled = false
[monitor]
  store-enabled = false
"""

Stored = tuple[int, float | None, float]
"""Nanoseconds, value, quality."""


class RealServer:
    """One server process on a port of its own."""

    def __init__(self, command: list[str], *, port: int, ready: str, log: Path) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._command = command
        self._ready = ready
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self.http = urllib3.PoolManager(retries=False, timeout=10.0)

    def start(self) -> None:
        """Start it, and wait until it answers."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log)
        until = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"{self._command[0]} did not start:\n{self._log.read_text()[-2000:]}")
            time.sleep(0.05)

    def kill(self) -> None:
        """SIGKILL: what it had not written down is lost to it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._process = None
        self.http.clear()

    def restart(self) -> None:
        self.kill()
        self.start()

    def _answers(self) -> bool:
        try:
            return self.http.request("GET", self.url + self._ready).status < 300
        except urllib3.exceptions.HTTPError:
            return False


class Influxd(RealServer):
    """InfluxDB 1.6.7 with database `mbg` and user `gateway`, who may write to it."""

    def set_up(self) -> None:
        self.query(f"CREATE USER admin WITH PASSWORD '{ADMIN['p']}' WITH ALL PRIVILEGES")
        self.query(f"CREATE DATABASE {DATABASE}")
        self.query(f"CREATE USER {USER} WITH PASSWORD '{PASSWORD}'")
        self.query(f"GRANT WRITE ON {DATABASE} TO {USER}")

    def query(self, influxql: str) -> list[dict[str, object]]:
        """The series that an InfluxQL statement returns, as the administrator."""
        query = urlencode({**ADMIN, "db": DATABASE, "epoch": "ns", "q": influxql})
        response = self.http.request("POST", f"{self.url}/query?{query}")
        (result,) = json.loads(response.data)["results"]
        if "error" in result:
            raise RuntimeError(f"{influxql}: {result['error']}")
        return result.get("series", [])

    def write(self, lines: str) -> int:
        """Write line protocol as the administrator; the HTTP status."""
        query = urlencode({**ADMIN, "db": DATABASE, "precision": "ns"})
        return self.http.request("POST", f"{self.url}/write?{query}", body=lines.encode()).status

    def readings(self) -> dict[str, list[Stored]]:
        """Every stored reading: point → its readings in order of time."""
        found = self.query('SELECT "value", "quality" FROM "reading" GROUP BY "point"')
        return {series["tags"]["point"]: [tuple(row) for row in series["values"]] for series in found}  # type: ignore[index,attr-defined]


class VictoriaMetrics(RealServer):
    """VictoriaMetrics, which speaks the v2 write path and keeps milliseconds."""

    def samples(self, metric: str) -> dict[str, list[tuple[int, float]]]:
        """Every stored sample of a metric: point → (milliseconds, value) in order of time."""
        self.http.request("GET", f"{self.url}/internal/force_flush")
        # reduce_mem_usage=1 would return them as stored, before deduplication
        response = self.http.request("GET", f"{self.url}/api/v1/export?match[]={metric}")
        found: dict[str, list[tuple[int, float]]] = {}
        for line in response.data.splitlines():
            series = json.loads(line)
            samples = zip(series["timestamps"], series["values"], strict=True)
            found.setdefault(series["metric"]["point"], []).extend(samples)
        return {point: sorted(samples) for point, samples in found.items()}


@contextmanager
def influxd(folder: Path) -> Iterator[Influxd]:
    """A running influxd, set up."""
    program = need_program("influxd")
    http, rpc = free_port(), free_port()
    config = folder / "influxd.conf"
    config.write_text(INFLUXD_CONFIG.format(folder=folder, http=http, rpc=rpc))
    server = Influxd([program, "-config", str(config)], port=http, ready="/ping", log=folder / "influxd.log")
    try:
        server.start()
        server.set_up()
        yield server
    finally:
        server.kill()


@contextmanager
def victoria_metrics(folder: Path) -> Iterator[VictoriaMetrics]:
    """A running victoria-metrics that keeps a point sent twice once."""
    port = free_port()
    command = [
        need_program("victoria-metrics"),
        f"-httpListenAddr=127.0.0.1:{port}",
        f"-storageDataPath={folder / 'victoria'}",
        "-dedup.minScrapeInterval=1ms",
        "-retentionPeriod=100y",
        "-memory.allowedPercent=5",
    ]
    server = VictoriaMetrics(command, port=port, ready="/health", log=folder / "victoria.log")
    try:
        server.start()
        yield server
    finally:
        server.kill()
