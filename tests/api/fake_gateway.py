"""A fake gateway for the tests of the API: it speaks the control socket's protocol and decides nothing.

It hands out the snapshot that the test wrote, sends the changes that the test says, keeps the commands that came and
answers them as a script says. Arguments that the real gateway would not read are refused by the same sentence. What
the real gateway does besides is tested in tests/gateway and tests/system.
"""

from __future__ import annotations

import json
import socketserver
import threading
from contextlib import suppress
from functools import partial
from socket import SHUT_RDWR
from typing import TYPE_CHECKING, Any

from shapes import made

from gateway.monitoring.batches.snapshot import PlanNow
from gateway.records.commands import RefusedError
from gateway.records.shape import moment
from gateway.runtime.commands import COMMANDS
from gateway.server.arguments import read
from gateway.stock.catalogue_snapshot import CatalogueNow
from gateway.stock.records import MovementRecord
from gateway.stock.snapshot import StockNow

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Json = dict[str, Any]
SECOND = 1_000_000
MINUTE = 60 * SECOND
NIGHT = 1_772_482_680 * SECOND  # 2026-03-02T20:18:00Z, 03.18 in Cimahi


PLAN = {"profile": "mbg-strict", "profile_hash": "p", "hash": "h", "overrides": [], "batch_controls": ()}


def text(both: str, english: str | None = None) -> Json:
    return {"id": both, "en": english or both}


def reading(value: float | None, at: int, **more: Any) -> Json:
    plain = {"quality": "good", "reason": None, "measured_at": at, "stable": None, "net": None}
    return {"value": value, **plain, **more}


def point(name: str, shown: Json, value: float | None, *, now: int = NIGHT, **more: Any) -> Json:
    temperature = {"quantity": "temperature", "unit": "Cel", "place": None, "device": name, "controls": []}
    pace = {
        "interval": 10 * SECOND,
        "reports": "interval",
        "max_gap": 120 * SECOND,
        "stale_after": 30 * SECOND,
        "state": "normal",
        "since": now - 3600 * SECOND,
    }
    return {"id": name, "name": shown, **temperature, **pace, "reading": reading(value, now - 2 * SECOND), **more}


def device(name: str, **more: Any) -> Json:
    return {"id": name, "driver": "modbus-rtu", "map": None, "port": None, "slave": None, "sensor": None, **more}


def stranger(name: str, *, now: int = NIGHT) -> Json:
    value = {"channel": "T", "quantity": "temperature", "unit": "Cel", "value": 21.5, "quality": "good", "reason": None}
    paste = f'devices:\n  - {{id: {name}, driver: tasmota, sensor: "{name}"}}'
    times = {"first_at": now - 60 * SECOND, "last_at": now - SECOND}
    return {"format": "tasmota", "sensor": name, **times, "points": [value], "paste": paste}


def control(name: str, kind: str, of: str, limit: float, warning: float | None = None) -> Json:
    delays = {"on_delay": 1800 * SECOND, "warning_on_delay": 900 * SECOND, "off_delay": 60 * SECOND, "deadband": 0.5}
    side = "below" if kind == "hot_holding" else "above"
    limits = {"side": side, "critical_limit": limit, "warning_limit": warning, "filter": None}
    return {"id": name, "control": name, "kind": kind, "point": of, **limits, **delays}


def alarm(name: str, *, now: int = NIGHT, **more: Any) -> Json:
    about = {"control": "ccp-chiller-2", "point": "chiller-2-air", "kind": "limit", "level": "critical"}
    times = {"raised_at": now - 720 * SECOND, "known_at": now - 720 * SECOND, "returned_at": None}
    acknowledged = {"acknowledged_at": None, "acknowledged_by": None, "note": None}
    values = {"value": 7.1, "limit": 5.0, "worst": 8.7, "late": False}
    words = text("Suhu 7,1 °C di atas batas 5 °C", "7.1 °C is above the limit of 5 °C")
    state = {"priority": "high", "state": "UNACKNOWLEDGED", "message": words}
    return {"id": name, **about, **state, **times, **acknowledged, **values, **more}


def level(name: str, shown: Json, on_hand: str | None, **more: Any) -> Json:
    """What is on hand of an item that nobody uses."""
    stock = {"unit": "kg", "state": "ok", "scales": [], "reserved": "0", "used_today": "0", "low": False, "lots": 0}
    stock |= {"on_hand": on_hand, "shown": on_hand, "available": on_hand, "updated_at": moment(NIGHT), "soonest": []}
    return made(StockNow, item=name, name=shown, **stock | more)


def movement(name: str, kind: str, quantity: str, before: str, after: str, *, now: int = NIGHT) -> Json:
    way = {"kind": kind, "item": "rice", "lot": "", "source": "supplier", "destination": "stores", "entry": "scale"}
    weights = {"quantity": quantity, "before": before, "after": after, "scale": "rice-scale-weight"}
    times = {"at": moment(now - 300 * SECOND), "recorded_at": moment(now - 299 * SECOND), "while_offline": False}
    return made(MovementRecord, id=name, **way | weights | times)


def kitchen(now: int = NIGHT) -> Json:
    """A snapshot: two chillers, of which one is too warm, a bain-marie, humidity, a rice scale."""
    return {
        "now": now,
        "kitchen": {
            "id": "sppg-cimahi-03",
            "name": "Dapur SPPG Cimahi 03",
            "zone": "Asia/Jakarta",
            "language": "id",
            "people": [{"id": "siti", "name": "Siti Rahayu"}, {"id": "budi", "name": "Budi Santoso"}],
        },
        "clock": {"speed": 1.0},
        "demonstration": False,
        "broker": {"kind": "mosquitto"},
        "devices": [device("chiller-1-air", map="xy-md02", port="/dev/ttyUSB0", slave=1), device("chiller-2-air")],
        "points": [
            point("chiller-1-air", text("Chiller 1"), 3.5, now=now, controls=["ccp-chiller-1"]),
            point("chiller-2-air", text("Chiller 2"), 4.2, now=now, controls=["ccp-chiller-2"]),
            point("bainmarie-1-core", text("Bain-marie nasi"), 67.8, now=now, controls=["ccp-bainmarie-1"]),
            point("chiller-1-humidity", text("Kelembapan"), 81.0, now=now, quantity="humidity", unit="%RH"),
        ],
        "controls": [
            control("ccp-chiller-1", "cold_holding", "chiller-1-air", 5.0, 4.0),
            control("ccp-chiller-2", "cold_holding", "chiller-2-air", 5.0),
            control("ccp-bainmarie-1", "hot_holding", "bainmarie-1-core", 60.0),
        ],
        "alarms": [],
        "stock": [level("rice", text("Beras", "Rice"), "25.00", weight="25.00", stable=True)],
        "benches": [],
        "sessions": [],
        "plans": [],
        "catalogue": made(CatalogueNow, items=[], stores=[], containers=[], recipes=[], schools=[], suppliers=[]),
        "movements": [movement("m-1", "receipt", "25.00", "0.00", "25.00", now=now)],
        "batches": [],
        "haccp": made(PlanNow, **PLAN),
        "links": [{"name": "mqtt", "up": True, "text": "connected", "since": now}],
        "troubles": [],
        "discovered": [],
        "health": {"recording": True, "recording_since_lost": None, "counters": {"at": {"now": 3}}}
        | {"readings": 120, "duplicates": 0, "late": 0, "queue": 0, "influxdb": None},
    }


class _Connection(socketserver.StreamRequestHandler):
    """One client."""

    def __init__(self, gateway: FakeGateway, *args: Any) -> None:
        self.gateway = gateway
        self.watches = False
        super().__init__(*args)

    def handle(self) -> None:
        self.gateway.opened(self)
        try:
            for line in self.rfile:
                self.gateway.hear(json.loads(line), self)
        finally:
            self.gateway.closed(self)

    def say(self, body: Json) -> None:
        """A client that has just gone hears nothing."""
        with suppress(OSError, ValueError):
            self.wfile.write(json.dumps(body).encode() + b"\n")


class FakeGateway:
    """Listens on a control socket. `answer` is the script for commands: args → the result, or (error, message)."""

    def __init__(self, socket: Path, snapshot: Json) -> None:
        self.snapshot = snapshot
        self.now = snapshot["now"]
        self.silent = False
        self.commands: list[Json] = []
        self.answer: Callable[[Json], Json | tuple[str, str]] = lambda args: args
        self._path = socket
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._connections: set[_Connection] = set()
        self._server: socketserver.ThreadingUnixStreamServer | None = None

    def start(self) -> None:
        self._server = socketserver.ThreadingUnixStreamServer(str(self._path), partial(_Connection, self))
        self._server.daemon_threads = True
        self._stopping.clear()
        for target in (partial(self._server.serve_forever, 0.01), self._beat):
            threading.Thread(target=target, daemon=True).start()

    def stop(self) -> None:
        """As if the process died: nobody listens, every connection breaks."""
        if self._server is None:
            return
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._server = None
        self._path.unlink()
        with self._lock:
            for connection in self._connections:
                connection.request.shutdown(SHUT_RDWR)

    def send(self, kind: str, **body: Any) -> None:
        """Send a change or a heartbeat to every watcher."""
        with self._lock:
            for connection in self._connections:
                if connection.watches:
                    connection.say({"type": kind, **body})

    def _beat(self) -> None:
        """A gateway's sign of life; its clock stands still unless the test turns it."""
        while not self._stopping.wait(1.0):
            if not self.silent:
                self.send("heartbeat", now=self.now)

    def opened(self, connection: _Connection) -> None:
        with self._lock:
            self._connections.add(connection)

    def closed(self, connection: _Connection) -> None:
        with self._lock:
            self._connections.discard(connection)

    def hear(self, asked: Json, connection: _Connection) -> None:
        if asked["op"] == "watch":
            with self._lock:
                connection.say({"type": "snapshot", **self.snapshot})
                connection.watches = True
            return
        try:
            read(COMMANDS[asked["name"]].asked, asked["args"])
        except RefusedError as refused:
            said: Json | tuple[str, str] = (refused.error, str(refused))
        else:
            self.commands.append(asked)
            said = self.answer(asked["args"])
        reply = {"type": "reply", "key": asked["key"]}
        if isinstance(said, tuple):
            connection.say({**reply, "ok": False, "error": said[0], "message": said[1]})
        else:
            connection.say({**reply, "ok": True, "result": said})
