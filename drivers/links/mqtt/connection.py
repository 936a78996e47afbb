"""Run one connection to an MQTT broker, from its CONNECT to its end.

paho-mqtt connects, subscribes, pings and publishes. PUBLISH in and PUBACK out bypass it (packets.py), over a socket
that reads and writes once a turn (buffered_socket.py): this makes a message cheap.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from drivers.contract import ArrivalQueue, Clock, MqttMessage, Trouble
from drivers.links.mqtt.access import Publications, PublishCheck, Refusals
from drivers.links.mqtt.buffered_socket import BufferedSocket
from drivers.links.mqtt.disconnect_causes import SILENT, UNRESPONSIVE, DisconnectCause, cause_of_reason
from drivers.links.mqtt.packets import cut_messages, encode_acknowledgements, packet_length
from drivers.links.mqtt.paho_client import build_client
from drivers.links.mqtt.settings import MqttSettings

MISC_EVERY = 1.0  # seconds between looks at the keep-alive


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt to connect.

    Attributes:
        number: of the connection; acknowledgements carry it.
        v5: MQTT 5, else 3.1.1.
        answer_within: seconds from CONNECT to CONNACK.
    """

    number: int
    v5: bool
    answer_within: float


class Connection:
    """A connection. Belongs to the link's thread.

    Attributes:
        welcomed: the broker has accepted us.
        cause: why the connection ended, as far as known.
        received_at: UTC microseconds of the last bytes from the broker; None before the first.
    """

    def __init__(
        self,
        settings: MqttSettings,
        filters: Sequence[str],
        intake: ArrivalQueue,
        clock: Clock,
        *,
        attempt: Attempt,
        refusals: Refusals,
        on_welcome: Callable[[bool], None],
    ) -> None:
        self.welcomed = False
        self.cause: DisconnectCause | None = None
        self.received_at: int | None = None
        self._settings = settings
        self._filters = filters if settings.check is None else [*filters, settings.check]
        self._intake = intake
        self._clock = clock
        self._attempt = attempt
        self._on_welcome = on_welcome
        self._announcement: Callable[[], None] | None = None
        self._check = PublishCheck(settings.check)
        self._client = build_client(settings, v5=attempt.v5)
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_publish = self._on_publish
        self._publications = Publications(self._client, refusals)
        self._opened_at = self._misc_at = time.monotonic()

    def open(self) -> None:
        """Connect, and send the CONNECT.

        Raises:
            OSError: no connection, or TLS failed.
        """
        self._client.reconnect()
        self._opened_at = self._misc_at = time.monotonic()

    def close(self) -> None:
        """Send what is waiting, the will, and a DISCONNECT that keeps the session."""
        if self.welcomed and self.socket and self._settings.will is not None:
            # A DISCONNECT makes the broker forget the will (§3.14.4).
            self._client.publish(*self._settings.will, qos=0, retain=True)
        self._client.disconnect()

    @property
    def number(self) -> int:
        """Number of the connection; acknowledgements carry it."""
        return self._attempt.number

    @property
    def socket(self) -> BufferedSocket | None:
        """None when the connection has ended."""
        return self._client.buffered_socket

    def acknowledge(self, mids: Sequence[int]) -> None:
        # paho would make a packet, a record and three locks for each; flow control is the broker's task here.
        if self.socket:
            self.socket.send(encode_acknowledgements(mids))

    def publish(self, topic: str, payload: bytes, *, retain: bool) -> None:
        """Publish with QoS 1, unless the broker has lately refused the topic."""
        self._publications.publish(topic, payload, retain=retain)

    def subscribe(self, filters: Sequence[str]) -> None:
        """Subscribe to further filters."""
        self._client.subscribe([(each, 1) for each in filters])

    def read(self) -> None:
        """Queue all messages that have arrived. Other packets go to paho one at a time, so that order is kept.

        Raises:
            OSError, LinkError: the connection broke, or the broker sends nonsense.
        """
        if (sock := self.socket) is None:
            return
        sock.fill()
        now = self._clock.now()
        if sock.received:
            self.received_at = now
            self._client.note_traffic()
        while sock.received:
            cut = cut_messages(sock.received, properties=self._attempt.v5, connection=self.number, at=now)
            if cut.arrivals:
                self._announce()
                self._queue(cut.arrivals)
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

    def _queue(self, arrivals: Sequence[MqttMessage | Trouble]) -> None:
        self._check.message_arrived()
        for arrival in arrivals:
            if arrival.topic == self._check.topic:
                if arrival.mid:
                    self.acknowledge([arrival.mid])
                self._check.take(arrival)
            else:
                self._intake.put(arrival)

    def idle(self) -> None:
        """Report a failed check. Call it when the broker has sent nothing."""
        if self._check.fails():
            self._report_refusal(f"what we publish on {self._check.topic}", "it does not come back")

    def write(self) -> None:
        """Send acknowledgements and publications, and keep the connection alive."""
        now = time.monotonic()
        if now - self._misc_at >= MISC_EVERY:
            self._misc_at = now
            self._client.loop_misc()
            if not self.welcomed and now - self._opened_at > self._attempt.answer_within:
                self.cause = SILENT
                self.close()
        if self._client.want_write():
            self._client.loop_write()
        if self.socket:
            self.socket.flush()

    # Called by paho within loop_read and loop_misc. An exception would pass through paho, so they only take notes.

    def _on_connect(
        self, client: paho.Client, _: Any, flags: paho.ConnectFlags, reason: ReasonCode, __: Properties | None
    ) -> None:
        if reason.is_failure:
            self.cause = cause_of_reason(reason.value, reason.getName())
            return
        self.welcomed = True
        # At each connection: the session may be gone, and the retained messages are wanted again.
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
            self._report_refusal(f"subscribing to {each}", str(reason))
        topic = self._check.topic
        if topic is not None and self._publications.allows(topic) and not refused:
            self._check.sent()
            self.publish(topic, self._check.payload, retain=False)

    def _on_publish(self, _: paho.Client, __: Any, mid: int, reason: ReasonCode, ___: Properties | None) -> None:
        if not reason.is_failure:
            self._publications.done(mid)
            return
        topic = self._publications.refused(mid)
        if topic == self._check.topic:
            self._check.cancel()
        self._report_refusal(f"publishing on {topic}", str(reason))

    def _announce(self) -> None:
        """Report the connection once it is subscribed, or at the first message: before that, messages are missed."""
        if self._announcement is not None:
            self._announcement()
            self._announcement = None

    def _report_refusal(self, action: str, answer: str) -> None:
        user = self._settings.username
        who = f'the user "{user}"' if user else "users without a name"
        text = (
            f"the MQTT broker {self._settings.host}:{self._settings.port} refuses {action} ({answer}): let {who} read "
            "and write there in the broker's access list, then make it read the list again"
        )
        self._intake.put(Trouble(device="mqtt", kind="refused", text=text, at=self._clock.now()))
