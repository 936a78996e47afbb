"""Stand-ins for what the gateway's rooms talk to, for tests without threads, ports and a broker.

    FakeMachine   the machine's clock, which the test turns
    FakeBroker    the broker's link: keeps what is published, subscribed and acknowledged
    FakeClients   the control socket: keeps what is sent to whom
    FakeSink      a delivery's thread: keeps when it is woken and sent back

Each keeps what happened in one list of the rig, `happened`, so that a test can tell what came first.
"""

import json
from collections.abc import Sequence
from typing import Any

SECOND = 1_000_000


class FakeMachine:
    """A machine's clock (gateway.runtime.clock.clock.MachineClock): the test sets it, or has time pass."""

    speed = 1.0

    def __init__(self, now: int) -> None:
        self.time = now
        self.passed = 0

    def now(self) -> int:
        return self.time

    def monotonic(self) -> float:
        return self.passed / SECOND

    def wait(self, duration: int) -> None:
        self.time += duration
        self.passed += duration


class FakeBroker:
    """The broker's link (drivers.links.mqtt.link.MqttLink), connected for ever."""

    def __init__(self, happened: list[str]) -> None:
        self.retained: dict[str, bytes] = {}
        self.acknowledged: list[tuple[int, int]] = []
        self.subscribed: list[str] = []
        self._happened = happened

    def publish(self, topic: str, payload: bytes, *, retain: bool) -> None:
        self._happened.append(f"published {topic}")
        if retain:
            self.retained[topic] = payload

    def subscribe(self, filters: Sequence[str]) -> None:
        self.subscribed += filters

    def acknowledge(self, pairs: Sequence[tuple[int, int]]) -> None:
        self._happened.append("acknowledged")
        self.acknowledged += pairs


class FakeClients:
    """The control socket (gateway.server.socket.ControlSocket), whose clients read everything at once."""

    def __init__(self, happened: list[str]) -> None:
        self.lines: list[dict[str, Any]] = []
        self.replies: dict[int, list[dict[str, Any]]] = {}
        self._happened = happened

    def send(self, client: int, line: bytes, **_watches: bool) -> None:
        told = json.loads(line)
        self._happened.append(f"sent {told['type']}")
        self.replies.setdefault(client, []).append(told)

    def tell(self, line: bytes) -> None:
        told = json.loads(line)
        self._happened.append(f"told {told['type']}")
        self.lines.append(told)

    def changes(self, key: str) -> list[Any]:
        """All that was told of one kind, oldest first."""
        return [each for line in self.lines if line["type"] == "change" for each in line.get(key, ())]


class FakeSink:
    """A delivery (gateway.delivery.influxdb.sink.InfluxSink) that delivers nothing."""

    def __init__(self) -> None:
        self.woken = 0
        self.sent_back: list[tuple[int, int]] = []

    def wake(self) -> None:
        self.woken += 1

    def send_again(self, cursor: int, number: int) -> None:
        self.sent_back.append((cursor, number))
