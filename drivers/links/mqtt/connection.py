"""One connection to an MQTT broker, from its CONNECT to its end.

paho-mqtt connects, subscribes, pings and publishes. PUBLISH in and PUBACK out go past it (mqtt_packets.py), over a
socket that reads and writes once a turn (mqtt_socket.py): that is what makes a message cheap.
"""

import math
import secrets
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import msgspec
import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from drivers.contract import ArrivalQueue, Clock, MqttMessage, Trouble
from drivers.links.mqtt.buffered_socket import BufferedSocket
from drivers.links.mqtt.disconnect_causes import SILENT, UNRESPONSIVE, DisconnectCause, cause_of_reason
from drivers.links.mqtt.packets import cut_messages, encode_acknowledgements, packet_length

KEEPALIVE = 20
"""Seconds: a connection that is dead but not closed is left within a minute, and the next attempt is soon enough for a
network that was away for one."""
SESSION_EXPIRY = 30 * 24 * 3600
"""Seconds that the broker keeps our session while we are away: longer than a school holiday."""
RECEIVE_MAXIMUM = 2_000
"""Messages in flight: half of the intake. Brokers exceed it."""
CONNECT_WITHIN = 5.0
"""Seconds for the TCP connection, and again for the handshake of TLS."""
ANSWER_WITHIN = 10.0
"""Seconds from CONNECT to CONNACK; a small computer that has just started is slow, but not that slow."""
ANSWER_FIRST_WITHIN = 2.0
"""The same while we do not know whether the broker knows MQTT 5: one that does not may wait for ever for the rest of
what it takes for a longer CONNECT of 3.1.1 (amqtt 0.12 does)."""

CHECK_WITHIN = 5.0
"""Seconds after which a check that has not come back never will, when nothing else came either."""
CHECK_BEHIND = 15.0
"""The same since the last message: it stands behind what waits for us, and the broker sends on when we have
acknowledged, which a slow disk puts off for 10."""
TRY_AGAIN_AFTER = 600.0
"""Seconds after a refusal: somebody may have mended the access list."""

_LOOK_AFTER = 1.0  # seconds between looks at the keep-alive


class MqttSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where the broker is and who we are.

    Attributes:
        client_id: names the session; two programs must not share it.
        host, port: the broker.
        username, password: None for neither.
        tls: None for none.
        keepalive: seconds; a broker that says nothing for two of them is taken for lost.
        will: topic and payload that stand retained when we are gone, whether we left or were lost; None for none.
        check: a topic of our own. At each connection we publish on it and wait until that comes back, for a broker's
            access list may forbid without a word; what stands on this topic is never handed on. None for no check.
    """

    client_id: str
    host: str = "127.0.0.1"
    port: int = 1883
    username: str | None = None
    password: str | None = None
    tls: ssl.SSLContext | None = None
    keepalive: int = KEEPALIVE
    will: tuple[str, bytes] | None = None
    check: str | None = None


class Refusals:
    """Topics on which the broker has refused us to publish lately.

    A broker may hang up on whoever it refuses, as Debian's mosquitto 2.0.11 does with `max_queued_messages 0`: what is
    tried again and again would keep readings from coming.
    """

    def __init__(self) -> None:
        self._until: dict[str, float] = {}

    def add(self, topic: str) -> None:
        now = time.monotonic()
        self._until = {each: until for each, until in self._until.items() if until > now}
        self._until[topic] = now + TRY_AGAIN_AFTER

    def __contains__(self, topic: str) -> bool:
        return self._until.get(topic, 0) > time.monotonic()


class Connection:
    """A connection. Belongs to the link's thread.

    Attributes:
        number: of this connection; acknowledgements carry it.
        welcomed: the broker has accepted us.
        cause: why it ended, as far as known.
        heard_at: UTC microseconds at which the broker last sent something; None before the first.
    """

    def __init__(
        self,
        settings: MqttSettings,
        filters: Sequence[str],
        intake: ArrivalQueue,
        clock: Clock,
        *,
        number: int,
        v5: bool,
        answer_within: float,
        refusals: Refusals,
        on_welcome: Callable[[bool], None],
    ) -> None:
        self.number = number
        self.welcomed = False
        self.cause: DisconnectCause | None = None
        self.heard_at: int | None = None
        self._settings = settings
        self._filters = filters if settings.check is None else [*filters, settings.check]
        self._intake = intake
        self._clock = clock
        self._v5 = v5
        self._answer_within = answer_within
        self._refusals = refusals
        self._on_welcome = on_welcome
        self._announcement: Callable[[], None] | None = None
        self._topics: dict[int, str] = {}
        self._check = secrets.token_hex(8).encode()
        self._check_sent: float | None = None
        self._heard = -math.inf
        self._client = _client(settings, v5=v5)
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_publish = self._on_publish
        self._opened = self._looked_after = time.monotonic()

    def open(self) -> None:
        """Connect and send the CONNECT.

        Raises:
            OSError: no connection, or TLS failed.
        """
        self._client.reconnect()
        self._opened = self._looked_after = time.monotonic()

    def close(self) -> None:
        """Send what is waiting, the will, and a DISCONNECT that keeps the session."""
        if self.welcomed and self.socket and self._settings.will is not None:
            # A DISCONNECT makes the broker forget the will (§3.14.4).
            self._client.publish(*self._settings.will, qos=0, retain=True)
        self._client.disconnect()

    @property
    def socket(self) -> BufferedSocket | None:
        """None when the connection has ended."""
        return self._client.buffered_socket

    def acknowledge(self, mids: Sequence[int]) -> None:
        # paho would make a packet, a record of it and three locks of each; flow control is the broker's here.
        if self.socket:
            self.socket.send(encode_acknowledgements(mids))

    def publish(self, topic: str, payload: bytes, *, retain: bool) -> None:
        if topic in self._refusals:
            return
        self._topics[self._client.publish(topic, payload, qos=1, retain=retain).mid] = topic

    def subscribe(self, filters: Sequence[str]) -> None:
        """Listen to these as well."""
        self._client.subscribe([(each, 1) for each in filters])

    def read(self) -> None:
        """Hand on all messages that have come; other packets go to paho one at a time, so that order is kept.

        Raises:
            OSError, LinkError: the connection broke, or the broker sends nonsense.
        """
        if (sock := self.socket) is None:
            return
        sock.fill()
        now = self._clock.now()
        if sock.received:
            self.heard_at = now
            self._client.heard()
        while sock.received:
            cut = cut_messages(sock.received, properties=self._v5, connection=self.number, at=now)
            if cut.arrivals:
                self._announce()
                self._hand_on(cut.arrivals)
            sock.drop(cut.end)
            length = packet_length(sock.received)
            if length is None:
                break
            sock.grant(length)
            if self._client.loop_read() != MQTTErrorCode.MQTT_ERR_SUCCESS:
                return
        if sock.failure:
            raise sock.failure
        if sock.ended:
            self._client.loop_read()

    def _hand_on(self, arrivals: Sequence[MqttMessage | Trouble]) -> None:
        self._heard = time.monotonic()
        for arrival in arrivals:
            if arrival.topic == self._settings.check:
                self._take_check(arrival)
            else:
                self._intake.put(arrival)

    def _take_check(self, arrival: MqttMessage | Trouble) -> None:
        if arrival.mid:
            self.acknowledge([arrival.mid])
        if isinstance(arrival, MqttMessage) and arrival.payload == self._check:
            self._check_sent = None

    def idle(self) -> None:
        """To be called when the broker has nothing for us: say so when our check should be back by now."""
        if self._check_sent is None:
            return
        if time.monotonic() > max(self._check_sent + CHECK_WITHIN, self._heard + CHECK_BEHIND):
            self._check_sent = None
            self._refused(f"what we publish on {self._settings.check}", "it does not come back")

    def write(self) -> None:
        """Send what was acknowledged and published, and look after the keep-alive."""
        now = time.monotonic()
        if now - self._looked_after >= _LOOK_AFTER:
            self._looked_after = now
            self._client.loop_misc()
            if not self.welcomed and now - self._opened > self._answer_within:
                self.cause = SILENT
                self.close()
        if self._client.want_write():
            self._client.loop_write()
        if self.socket:
            self.socket.flush()

    # Called by paho within loop_read and loop_misc. What they raise goes through it, so they only note.

    def _on_connect(
        self, client: paho.Client, _: Any, flags: paho.ConnectFlags, reason: ReasonCode, __: Properties | None
    ) -> None:
        if reason.is_failure:
            self.cause = cause_of_reason(reason.value, reason.getName())
            return
        self.welcomed = True
        # Each time: the session may be gone, and the retained messages are wanted anew.
        self._announcement = partial(self._on_welcome, flags.session_present)
        if self._filters:
            client.subscribe([(each, 1) for each in self._filters])
        else:
            self._announce()

    def _on_disconnect(
        self, _: paho.Client, __: Any, flags: paho.DisconnectFlags, reason: ReasonCode, ___: Properties | None
    ) -> None:
        if self.cause is None and flags.is_disconnect_packet_from_server:
            self.cause = cause_of_reason(reason.value, reason.getName())
        elif self.cause is None and reason == "Keep alive timeout":
            self.cause = UNRESPONSIVE

    def _on_subscribe(
        self, _: paho.Client, __: Any, ___: int, reasons: list[ReasonCode], ____: Properties | None
    ) -> None:
        self._announce()
        refused = {each: reason for each, reason in zip(self._filters, reasons, strict=False) if reason.is_failure}
        for each, reason in refused.items():
            self._refused(f"subscribing to {each}", str(reason))
        if self._settings.check is not None and self._settings.check not in self._refusals and not refused:
            self._check_sent = time.monotonic()
            self.publish(self._settings.check, self._check, retain=False)

    def _on_publish(self, _: paho.Client, __: Any, mid: int, reason: ReasonCode, ___: Properties | None) -> None:
        topic = self._topics.pop(mid, "")
        if not reason.is_failure:
            return
        if topic == self._settings.check:
            self._check_sent = None
        self._refusals.add(topic)
        self._refused(f"publishing on {topic}", str(reason))

    def _announce(self) -> None:
        """Say that we are connected: once subscribed, for only then is nothing missed; or at the first message."""
        if self._announcement is not None:
            self._announcement()
            self._announcement = None

    def _refused(self, what: str, answer: str) -> None:
        user = self._settings.username
        who = f'the user "{user}"' if user else "users without a name"
        text = (
            f"the MQTT broker {self._settings.host}:{self._settings.port} refuses {what} ({answer}): let {who} read "
            "and write there in the broker's access list, then make it read the list again"
        )
        self._intake.put(Trouble(device="mqtt", kind="refused", text=text, at=self._clock.now()))


class _Client(paho.Client):
    """paho over our socket; the version is pinned for the sake of its private method and attribute."""

    settings: MqttSettings
    _buffered: BufferedSocket | None = None

    def _create_socket(self) -> BufferedSocket:
        self._buffered = BufferedSocket(_connected(self.settings))
        return self._buffered

    def heard(self) -> None:
        """The broker has sent something that paho does not see: it lives, and its answer to our ping comes in its turn.

        Behind a night's backlog that is a minute, and leaving would have the broker send all of it again.
        """
        with self._msgtime_mutex:
            self._last_bytes_received = time.monotonic()

    @property
    def buffered_socket(self) -> BufferedSocket | None:
        """None before a connection and after it."""
        return self._buffered if self.socket() is not None else None


def _connected(settings: MqttSettings) -> socket.socket:
    plain = socket.create_connection((settings.host, settings.port), timeout=CONNECT_WITHIN)
    if settings.tls is None:
        return plain
    try:
        return settings.tls.wrap_socket(plain, server_hostname=settings.host)
    except OSError:
        plain.close()
        raise


def _client(settings: MqttSettings, *, v5: bool) -> _Client:
    client = _Client(
        CallbackAPIVersion.VERSION2,
        settings.client_id,
        clean_session=None if v5 else False,
        protocol=MQTTProtocolVersion.MQTTv5 if v5 else MQTTProtocolVersion.MQTTv311,
        reconnect_on_failure=False,
        manual_ack=True,
    )
    client.settings = settings
    if settings.username is not None:
        client.username_pw_set(settings.username, settings.password)
    if settings.will is not None:
        client.will_set(*settings.will, qos=1, retain=True)
    properties = None
    if v5:
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho's omission
        properties.SessionExpiryInterval = SESSION_EXPIRY
        properties.ReceiveMaximum = RECEIVE_MAXIMUM
    client.connect_async(settings.host, settings.port, settings.keepalive, clean_start=False, properties=properties)
    return client
