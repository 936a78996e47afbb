"""Simulate a probe that publishes on a broker: SenML (RFC 8428) under `mbg/<kitchen>/<device>/<quantity>`.

QoS 1, not retained, each record with the device's own time. Measurements that cannot be sent are kept in memory, in
order. When the network is back, the newest is sent first, as data loggers do. `…/status` is `online` or, by the last
will, `offline` (both retained).

Each probe has a network thread of its own; a method of another thread touches only the outbox and the two switches.
"""

import json
import sys
import threading
import time
from collections import deque
from dataclasses import dataclass

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from simulators.clock import SECOND

KEEP_ALIVE = 15  # seconds, so that a will after a cut cable comes soon
RETRY = 0.5  # seconds between two attempts to connect
ANSWER = 2.0  # seconds from CONNECT to CONNACK; amqtt, which has no v5, waits for ever in one with a will
IN_FLIGHT = 100  # enough to send a backlog of an hour in a moment
HANDED_OVER = 10_000  # below the 65,535 packet ids: paho refuses more without an error
TURN = 0.05  # seconds for which a measurement may wait for the network thread


def senml(*, device: str, name: str, unit: str, value: float, at: int) -> bytes:
    """Encode one record as a pack; `at` is in UTC microseconds."""
    record = {"bn": f"{device}/", "n": name, "u": unit, "v": value, "t": at / SECOND}
    return json.dumps([record], separators=(",", ":")).encode()


@dataclass(frozen=True, kw_only=True)
class BrokerAddress:
    """Address of the broker. Every probe logs in under its own id; all have one password."""

    host: str
    port: int
    password: str | None = None


class SimulatedProbe:
    """One device with its own connection and last will."""

    def __init__(self, *, kitchen: str, device: str, broker: BrokerAddress) -> None:
        self.published = 0
        self.acknowledged = 0
        self._device = device
        self._topic = f"mbg/{kitchen}/{device}"
        self._broker = broker
        self._outbox: deque[tuple[str, bytes]] = deque()
        self._unacknowledged: set[int] = set()
        self._powered = threading.Event()
        self._powered.set()
        self._stopping = threading.Event()
        self._answered = self._connected = False
        self._client = self._build(MQTTProtocolVersion.MQTTv5)
        self._thread = threading.Thread(target=self._network, name=device, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def publish(self, *, name: str, unit: str, value: float, at: int) -> None:
        """Put a measurement into the outbox."""
        self.published += 1
        self._outbox.append(
            (f"{self._topic}/{name}", senml(device=self._device, name=name, unit=unit, value=value, at=at))
        )

    def cut(self) -> None:
        """Cut the network (or the power) without a DISCONNECT; the broker publishes the last will."""
        self._powered.clear()

    def restore(self) -> None:
        """Restore the network: the newest measurement is sent first, then the backlog in order."""
        if not self._powered.is_set():
            self._outbox.rotate(1)
            self._powered.set()

    def stop(self) -> None:
        """Send the outbox, disconnect and end the thread; `join` waits for it."""
        self._stopping.set()

    def join(self, patience: float) -> None:
        """Wait up to `patience` seconds until the thread has ended."""
        self._thread.join(patience)

    def _build(self, version: MQTTProtocolVersion) -> paho.Client:
        client = paho.Client(CallbackAPIVersion.VERSION2, client_id=f"sim-{self._device}", protocol=version)
        client.username = self._device if self._broker.password is not None else None
        client.password = self._broker.password
        client.max_inflight_messages = IN_FLIGHT
        client.will_set(f"{self._topic}/status", b"offline", qos=1, retain=True)
        client.on_connect = self._on_connect
        client.on_publish = self._on_publish
        client.connect_async(self._broker.host, self._broker.port, keepalive=KEEP_ALIVE)
        return client

    def _on_connect(
        self,
        client: paho.Client,
        _userdata: object,
        _flags: paho.ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        self._answered = True
        self._connected = not reason.is_failure
        if self._connected:
            client.publish(f"{self._topic}/status", b"online", qos=1, retain=True)
        else:
            sys.stderr.write(f"simulators: the broker refused {self._device}: {reason}\n")

    def _on_publish(
        self, _client: paho.Client, _userdata: object, mid: int, reason: ReasonCode, _properties: Properties
    ) -> None:
        if reason.is_failure:
            sys.stderr.write(f"simulators: the broker refused a message of {self._device}: {reason}\n")
        if mid in self._unacknowledged:
            self._unacknowledged.remove(mid)
            self.acknowledged += not reason.is_failure

    def _network(self) -> None:
        """Stay connected while there is power; after `stop`, until the outbox is sent."""
        while not self._stopping.is_set():
            if self._powered.wait(TURN):
                self._session()
                self._stopping.wait(RETRY if self._powered.is_set() else 0)

    def _session(self) -> None:
        self._answered = self._connected = False
        try:
            self._client.reconnect()
        except OSError:
            return
        patience = time.monotonic() + ANSWER
        while self._powered.is_set() and self._client.loop(TURN) == MQTTErrorCode.MQTT_ERR_SUCCESS:
            self._hand_over()
            done = self._stopping.is_set() and not self._outbox and not self._unacknowledged
            if done or (not self._answered and time.monotonic() > patience):
                break
        self._leave()

    def _hand_over(self) -> None:
        while self._connected and self._outbox and len(self._unacknowledged) < HANDED_OVER:
            topic, pack = self._outbox.popleft()
            self._unacknowledged.add(self._client.publish(topic, pack, qos=1).mid)

    def _leave(self) -> None:
        """Disconnect when stopping, else hang up. A broker that does not answer v5 is tried with 3.1.1."""
        connection = self._client.socket()
        if self._stopping.is_set() and self._connected:
            self._client.publish(f"{self._topic}/status", b"offline", qos=1, retain=True)
            self._client.loop(TURN)
            self._client.disconnect()
            return
        if connection is not None:
            connection.close()
        if not self._answered and self._powered.is_set():
            self._client = self._build(MQTTProtocolVersion.MQTTv311)
