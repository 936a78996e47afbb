"""A kitchen for the system tests: real broker, real processes, a folder of its own.

with Rig(tmp_path, plan) as rig:
    rig.start_gateway(); rig.start_api(); rig.until("…", lambda: …)
"""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import urllib3
from brokers import free_port

PATIENCE = 60.0
"""Real seconds that a test waits for what must come; it is a bound, not a measurement."""


class Watcher:
    """A client of the control socket: the live state as it was told, and commands."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(0.2)
        try:
            self._socket.connect(str(path))
        except OSError:
            self._socket.close()
            raise
        self._rest = b""
        self.replies: dict[str, Any] = {}
        self.state: dict[str, Any] = {}
        self.changes: list[dict[str, Any]] = []
        self._send({"op": "watch"})

    def _send(self, line: dict[str, Any]) -> None:
        self._socket.sendall(json.dumps(line).encode() + b"\n")

    def listen(self) -> None:
        """Take what has been told since."""
        try:
            chunk = self._socket.recv(1 << 20)
        except TimeoutError:
            return
        if not chunk:
            raise ConnectionError("the gateway has closed the control socket")
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        for line in lines:
            self._understand(json.loads(line))

    def _understand(self, told: dict[str, Any]) -> None:
        match told.pop("type"):
            case "snapshot":
                self.state = told
                self.state["alarms"] = {alarm["id"]: alarm for alarm in told["alarms"]}
                self.state["points"] = {point["id"]: point for point in told["points"]}
            case "change":
                self.changes.append(told)
                for name in ("alarms", "points"):
                    for one in told.pop(name, []):
                        self.state[name].setdefault(one["id"], {}).update(one)
                self.state["movements"] = told.pop("movements", []) + self.state["movements"]
                self.state |= told
            case "reply":
                self.replies[told["key"]] = told
            case "heartbeat":
                self.state |= told

    def command(self, name: str, *, key: str | None = None, **args: Any) -> dict[str, Any]:
        """Give a command and wait for its reply."""
        key = key or str(uuid.uuid4())
        self.replies.pop(key, None)
        self._send({"op": "command", "key": key, "name": name, "args": args})
        deadline = time.monotonic() + PATIENCE
        while key not in self.replies and time.monotonic() < deadline:
            self.listen()
        return self.replies[key]

    def close(self) -> None:
        self._socket.close()


class Rig:
    """One kitchen's processes. The clock of all of them runs `speed` times as fast from 02:00 in Jakarta on."""

    def __init__(self, folder: Path, plan: str, *, speed: float = 1.0) -> None:
        # A Unix socket's path has 107 bytes; pytest's folders are longer than that.
        self.short = tempfile.TemporaryDirectory(prefix="mbg-")
        self.data = Path(self.short.name)
        self.folder = folder
        self.plan = folder / "kitchen.yaml"
        self.plan.write_text(plan)
        self.port = free_port()
        self.log = folder / "gateway.log"
        self.origin = time.time()
        self.speed = speed
        self.boot: str | None = None
        """Another run of the machine than this one: `set_clock` says how its clock is."""
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.http = urllib3.PoolManager(retries=False, timeout=10.0)
        self.watchers: list[Watcher] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        for watcher in self.watchers:
            watcher.close()
        for name in list(self.processes):
            self.kill(name)
        self.http.clear()
        if kind is not None and self.log.exists():
            pass
        self.short.cleanup()

    @property
    def clock(self) -> list[str]:
        if self.speed == 1.0 and self.boot is None:
            return []
        start = "2026-11-24T02:00:00+07:00"
        faults: list[str] = []
        if self.boot is not None:
            start = datetime.fromtimestamp(self.origin, UTC).isoformat()
            off, synced = self.folder / "clock-off", self.folder / "clock-synced"
            faults = ["--clock-off", str(off), "--clock-synced", str(synced), "--clock-boot", self.boot]
        return [
            *("--clock-start", start, "--clock-speed", str(self.speed), "--clock-origin", f"{self.origin:.6f}"),
            *faults,
        ]

    def set_clock(self, *, off: float = 0.0, synced: bool = True) -> None:
        """By how many seconds the machine's clock is wrong from now on, and whether the kernel says that it is set."""
        self.boot = self.boot or "first"
        fresh = self.folder / "clock-off.new"
        fresh.write_text(str(off))
        fresh.rename(self.folder / "clock-off")
        (self.folder / "clock-synced").touch() if synced else (self.folder / "clock-synced").unlink(missing_ok=True)

    def now(self) -> int:
        """The kitchen's time, UTC microseconds."""
        if self.speed == 1.0:
            return time.time_ns() // 1_000
        start = datetime.fromisoformat("2026-11-24T02:00:00+07:00").timestamp()
        return round((start + (time.time() - self.origin) * self.speed) * 1_000_000)

    def start(self, name: str, *arguments: object, env: dict[str, str] | None = None) -> None:
        """Start `python -m …` in the background, its output in a log."""
        with self.log.open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", *map(str, arguments)],
                stdout=log,
                stderr=log,
                env=os.environ | (env or {}),
            )

    def start_gateway(self, env: dict[str, str] | None = None) -> None:
        self.start("gateway", "gateway", "--config", self.plan, "--data", self.data, *self.clock, env=env)

    def start_api(self) -> None:
        self.start("api", "api", "--data", self.data, "--port", self.port)
        self.until("the API answers", lambda: self.get("/api/health") is not None)

    def kill(self, name: str) -> None:
        """SIGKILL, as a power cut would."""
        process = self.processes.pop(name)
        process.kill()
        process.wait()

    def stop(self, name: str) -> int:
        """SIGTERM; the exit status."""
        process = self.processes.pop(name)
        process.send_signal(signal.SIGTERM)
        return process.wait(20)

    def watch(self) -> Watcher:
        """Join the control socket as soon as there is one."""
        watchers = len(self.watchers)

        def joined() -> bool:
            try:
                self.watchers.append(Watcher(self.data / "control.sock"))
            except OSError:
                return False
            return True

        self.until("the control socket answers", joined)
        watcher = self.watchers[watchers]
        self.until("the snapshot has come", lambda: watcher.state, watcher)
        return watcher

    def watch_connected(self) -> Watcher:
        """As `watch`, when the broker knows us too: what was published before that is for nobody."""
        watcher = self.watch()

        def is_up() -> bool:
            return any(link["name"] == "mqtt" and link["up"] for link in watcher.state["links"])

        self.until("the broker is connected", is_up, watcher)
        return watcher

    def until(self, what: str, true: Callable[[], object], watcher: Watcher | None = None) -> None:
        """Wait until it is true, listening meanwhile."""
        deadline = time.monotonic() + PATIENCE
        while not true():
            assert time.monotonic() < deadline, f"not within {PATIENCE:g} s: {what}"
            if watcher is None:
                time.sleep(0.05)
            else:
                watcher.listen()

    def get(self, path: str) -> Any:
        """An answer of the API; None while there is none. Asked twice, for an idle connection may have been closed."""
        try:
            answer = self.http.request("GET", f"http://127.0.0.1:{self.port}{path}", retries=1)
        except urllib3.exceptions.HTTPError:
            return None
        return json.loads(answer.data) if answer.status == 200 else None

    def post(self, path: str, body: dict[str, Any]) -> Any:
        answer = self.http.request("POST", f"http://127.0.0.1:{self.port}{path}", json=body)
        return answer.status, json.loads(answer.data)

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Ask the journal."""
        connection = sqlite3.connect(f"file:{self.data / 'journal.db'}?mode=ro", uri=True)
        try:
            return connection.execute(sql, values).fetchall()
        finally:
            connection.close()

    def count(self, sql: str, *values: object) -> int:
        """The one number that a question to the journal gives; 0 while there is no journal."""
        try:
            return int(self.rows(sql, *values)[0][0])
        except sqlite3.Error:
            return 0
