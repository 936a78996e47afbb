"""The whole gateway as it is assembled for a kitchen, on a real journal, with fakes for clock, broker and clients.

No thread runs: the test puts arrivals, has time pass, and turns the pipeline.
"""

import json
import sqlite3
import weakref
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import uuid4

from fakes import SECOND, FakeBroker, FakeClients, FakeMachine

from drivers.contract import LinkChange, MqttMessage, Readings
from drivers.reading import Reading
from gateway.config import parse
from gateway.ingest.links import Links
from gateway.ingest.queue import BoundedQueue
from gateway.ingest.topic_routes import routes_of
from gateway.runtime.arrivals import Arrival
from gateway.runtime.assembly import assemble
from gateway.runtime.clock import pace
from gateway.runtime.clock.clock import GatewayClock
from gateway.server.requests import Command, Watch

MINUTE = 60 * SECOND
NOW = 1_795_500_000_000_000
PLAN = """
kitchen: {id: k1, name: Dapur, people: [{id: siti, name: Siti}]}
mqtt: {}
journal: {commit_every: 250ms}
devices: [{id: c1, driver: senml-json}, {id: s1, driver: csv-st, port: /dev/scale}]
points:
  - {id: c1-air, name: Chiller, device: c1, channel: temperature, quantity: temperature, interval: 1m}
  - {id: s1-weight, name: Rice, device: s1, channel: weight, quantity: weight, interval: 10s}
control_points:
  - {id: ccp-c1, kind: cold_holding, point: c1-air, critical_limit: 5, on_delay: 5m}
stock: {items: [{id: rice, name: Rice}], scales: [{point: s1-weight, item: rice}]}
"""
TOPIC = "mbg/k1/c1/temperature"


class GatewayRig:
    """One assembled gateway. `happened`: what it told to whom, in order."""

    def __init__(self, folder: Path, plan: str = PLAN, *, now: int = NOW) -> None:
        self.config = parse(plan, Path("kitchen.yaml"))
        self.path = folder / "journal.db"
        self.machine = FakeMachine(now)
        self.mid = 0
        self.start()

    def start(self) -> None:
        self.happened: list[str] = []
        self.broker, self.clients = FakeBroker(self.happened), FakeClients(self.happened)
        self.arrivals: BoundedQueue[Arrival] = BoundedQueue()

        def begin(machine: pace.Machine) -> pace.Pace:
            return pace.begin(machine, last_known=0, same_boot=False)

        clock = GatewayClock(self.machine, boot="b1", is_trusted=lambda: True, begin=begin)
        self.gateway = assemble(
            self.config,
            self.path,
            clock=clock,
            arrivals=self.arrivals,
            links=Links(routes_of(self.config), self.broker, [], {}),  # type: ignore[arg-type]
            clients=self.clients,
            facts={},
            monotonic=self.machine.monotonic,
        )
        weakref.finalize(self, self.gateway.journal.close)

    def restart(self) -> None:
        """As after SIGKILL: what was committed is there, nothing else."""
        self.gateway.journal.close()
        self.start()

    # What arrives

    def publish(self, payload: Any, *, topic: str = TOPIC, mid: int | None = None, **flags: Any) -> int:
        """Have the broker deliver a message with QoS 1; returns its packet id."""
        self.mid = (self.mid % 65_535) + 1
        mid = self.mid if mid is None else mid
        raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        facts = {"qos": 1, "dup": False, "retain": False, "connection": 1} | flags
        self.arrivals.put(MqttMessage(topic=topic, payload=raw, at=self.machine.now(), mid=mid, **facts))
        return mid

    def measure(self, value: float, *, dated: bool = True, **flags: Any) -> int:
        """Have the chiller's probe publish what it measures now."""
        record: dict[str, object] = {"bn": "c1/", "n": "temperature", "u": "Cel", "v": value}
        if dated:
            record["t"] = self.machine.now() / SECOND
        return self.publish([record], **flags)

    def weigh(self, *readings: Reading) -> None:
        """Have the scale's wire bring readings."""
        self.arrivals.put(Readings("s1", list(readings), self.machine.now()))

    def link(self, name: str = "mqtt", *, up: bool, session: bool = True) -> None:
        """Have a link be lost or back."""
        self.arrivals.put(LinkChange(link=name, up=up, text="", at=self.machine.now(), session=session))

    def command(self, name: str, *, key: str | None = None, client: int = 7, **args: object) -> str:
        """Have a person ask for something; returns the command's key."""
        key = key or str(uuid4())
        self.arrivals.put(Command(client, key, name, {"who": "siti", **args}))
        return key

    def watch(self, client: int = 1) -> None:
        """Have a client of the control socket ask for the snapshot and what changes."""
        self.arrivals.put(Watch(client))

    # Time

    def turn(self, seconds: float = 0.0) -> None:
        """Have so much time pass, then turn the pipeline once."""
        self.machine.wait(round(seconds * SECOND))
        self.gateway.pipeline.turn(0.0)

    def run(self, seconds: float, step: float = 0.25) -> None:
        """Have time pass in steps, and fold what is late."""
        for _ in range(round(seconds / step)):
            self.turn(step)
            self.gateway.refolder.turn()

    # What became of it

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask the journal's file, as another program would."""
        with closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)) as connection:
            return connection.execute(sql).fetchall()

    def values(self, point: str = "c1-air") -> list[float | None]:
        """The values of a point in the journal, in the order in which they came."""
        sql = "SELECT value FROM reading JOIN point ON point.id = reading.point WHERE name = '{}' ORDER BY seq"
        return [value for (value,) in self.rows(sql.format(point))]
