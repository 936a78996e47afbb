"""What the chaos tests publish at a steady rate, and what became of it in the journal.

    timed      tells when it measured; each value once
    clockless  does not; each value once
    steady     does not, and always measures the same

with Publisher(broker.port, ["timed", "steady"]) as load:
    …
fates(rig, [load])
"""

import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Sequence
from contextlib import closing
from types import TracebackType
from typing import NamedTuple, Self

import paho.mqtt.client as paho
from rig import PATIENCE, Rig

from gateway.journal.files.read_only import open_read_only
from gateway.journal.history.readings import FOR_EVER, rows_of

RATE = 1_000
"""Messages a second."""
STEP = 0.01
MOST_WAITING = 20_000
"""Messages without their PUBACK. They have 65,535 packet ids (MQTT 5.0 §2.2.1); paho refuses what would need one more,
and says so in the return code alone. The rest is left for what is sent again."""
STEADY_VALUE = 3.4
LAST_VALUE = -1.0
KINDS = ("timed", "clockless", "steady", "careful")
PLAN = """
kitchen: {{id: k1, name: Dapur, people: [{{id: siti, name: Siti}}]}}
mqtt: {{port: {port}}}
devices:
"""
DEVICE = "  - {{id: {kind}, driver: senml-json}}\n"
POINT = "  - {{id: {kind}, name: {kind}, device: {kind}, channel: temperature, quantity: temperature, interval: 10m}}\n"


def plan(port: int) -> str:
    """kitchen.yaml with a point for each kind of probe."""
    devices = "".join(DEVICE.format(kind=kind) for kind in KINDS)
    return PLAN.format(port=port) + devices + "points:\n" + "".join(POINT.format(kind=kind) for kind in KINDS)


class Sent(NamedTuple):
    kind: str
    value: float
    payload: bytes
    at: float


class Publisher:
    """A stock paho client with QoS 1: it sends again what was not acknowledged when its connection broke."""

    def __init__(self, port: int, kinds: Sequence[str], *, rate: int = RATE, repeats: float = 0.0) -> None:
        """`repeats`: seconds; what was sent within so long is sent again after every reconnection."""
        self.accepted: dict[str, list[float]] = {kind: [] for kind in kinds}
        self.sent = 0
        self.refused = 0
        """Messages that never left the publisher; they would look like lost ones."""
        self._kinds = kinds
        self._rate = rate
        self._repeats = repeats
        self._memory: deque[Sent] = deque()
        self._waiting: dict[int, Sent | None] = {}
        """By packet id; None is what was sent again, which counts once, and must be accepted like the rest."""
        self._acknowledged: deque[int] = deque()
        self._client = paho.Client(paho.CallbackAPIVersion.VERSION2, f"publisher-{'-'.join(kinds)}")
        self._client.max_inflight_messages_set(1_000)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_connect = self._send_again
        self._client.on_publish = lambda _, __, mid, *___: self._acknowledged.append(mid)
        self._client.connect("127.0.0.1", port)
        self.held = threading.Event()
        """While it is set, nothing new is published."""
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._client.loop_start()
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self._stopping.set()
        self._thread.join()
        deadline = time.monotonic() + PATIENCE
        while self._waiting and kind is None and time.monotonic() < deadline:
            time.sleep(STEP)
            self._note_accepted()
        self._client.disconnect()
        self._client.loop_stop()
        assert kind is not None or not self._waiting, "the broker never accepted some messages"
        assert kind is not None or not self.refused, f"the publisher never sent {self.refused} messages"

    @property
    def first_open(self) -> float:
        """The lowest value that the broker may not have accepted yet; without any, that of the next message."""
        waiting = [sent.value for sent in list(self._waiting.values()) if sent is not None]
        return min(waiting, default=self.sent / 1_000)

    def _run(self) -> None:
        began = time.monotonic()
        while not self._stopping.wait(STEP):
            if self.held.is_set():
                began = time.monotonic() - self.sent / self._rate
            # A broker that is slower than the rate has it later: as many as may wait for it, and no more.
            due = int((time.monotonic() - began) * self._rate) - self.sent
            for _ in range(min(due, MOST_WAITING - len(self._waiting))):
                self._publish()
            self._note_accepted()

    def _publish(self) -> None:
        kind = self._kinds[self.sent % len(self._kinds)]
        sent = message(kind, self.sent)
        self._waiting[self._hand_over(sent)] = sent
        self.sent += 1
        if self._repeats:
            self._memory.append(sent)
            while self._memory[0].at < sent.at - self._repeats:
                self._memory.popleft()

    def _hand_over(self, sent: Sent) -> int:
        """The packet id by which it is acknowledged."""
        handed = self._client.publish(topic(sent.kind), sent.payload, 1)
        self.refused += handed.rc == paho.MQTT_ERR_QUEUE_SIZE
        return handed.mid

    def _note_accepted(self) -> None:
        while self._acknowledged:
            sent = self._waiting.pop(self._acknowledged.popleft(), None)
            if sent is not None:
                self.accepted[sent.kind].append(sent.value)

    def _send_again(self, *_: object) -> None:
        for sent in list(self._memory):
            self._waiting[self._hand_over(sent)] = None


def topic(kind: str) -> str:
    return f"mbg/k1/{kind}/temperature"


def message(kind: str, number: int) -> Sent:
    """Our own SenML (RFC 8428)."""
    at = time.time()
    value = STEADY_VALUE if kind == "steady" else number / 1_000
    when = b"" if kind in {"clockless", "steady"} else b',"t":%.6f' % at
    payload = b'[{"bn":"%s/","n":"temperature","u":"Cel","v":%.3f%s}]' % (kind.encode(), value, when)
    return Sent(kind, value, payload, at)


class Fate(NamedTuple):
    """What became of one kind's messages: `lost` and `doubled` are those that are missing and those too many."""

    kind: str
    accepted: int
    stored: int
    lost: int
    doubled: int
    lost_values: frozenset[float] = frozenset()


def settle(rig: Rig, port: int) -> None:
    """Wait for a message behind all others: the broker delivers in order, so nothing comes after it."""
    client = paho.Client(paho.CallbackAPIVersion.VERSION2, "last")
    client.connect("127.0.0.1", port)
    client.loop_start()
    last = b'[{"bn":"timed/","n":"temperature","u":"Cel","v":%.1f}]' % LAST_VALUE
    client.publish(topic("timed"), last, 1).wait_for_publish(10)
    client.disconnect()
    client.loop_stop()
    rig.until("the last is stored", lambda: rig.count("SELECT count(*) FROM reading WHERE value < 0"))


def fates(rig: Rig, loads: Iterable[Publisher]) -> list[Fate]:
    """Compare what was acknowledged to the publishers with what is in the journal, sealed or not."""
    stored: dict[str, dict[float, int]] = defaultdict(dict)
    with closing(open_read_only(rig.data / "journal.db")) as journal:
        for number, kind in journal.execute("SELECT id, name FROM point").fetchall():
            values = (row.value for row in rows_of(journal, number, since=0, until=FOR_EVER))
            stored[kind] = Counter(value for value in values if value is not None and value >= 0)
    return [fate(kind, accepted, stored[kind]) for load in loads for kind, accepted in load.accepted.items()]


def fate(kind: str, accepted: Sequence[float], stored: dict[float, int]) -> Fate:
    """`stored`: how often each value is in the journal."""
    wanted, found = Counter(accepted), Counter(stored)
    lost, doubled = wanted - found, found - wanted
    return Fate(kind, len(accepted), found.total(), lost.total(), doubled.total(), frozenset(lost))
