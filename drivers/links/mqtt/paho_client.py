"""Build a paho-mqtt client that reads and writes through a `BufferedSocket`."""

import socket
import time

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from drivers.links.mqtt.buffered_socket import BufferedSocket
from drivers.links.mqtt.settings import MqttSettings

SESSION_EXPIRY = 30 * 24 * 3600
"""Seconds for which the broker keeps our session while we are away: longer than a school holiday."""
RECEIVE_MAXIMUM = 2_000
"""Messages in flight: half of the queue. Brokers exceed it."""
CONNECT_WITHIN = 5.0
"""Seconds for the TCP connection, and again for the TLS handshake."""


class BufferedClient(paho.Client):
    """A paho client over our socket. Its version is pinned, since a private method and attribute are overridden."""

    settings: MqttSettings
    _buffered: BufferedSocket | None = None

    def _create_socket(self) -> BufferedSocket:
        self._buffered = BufferedSocket(_connected(self.settings))
        return self._buffered

    def note_traffic(self) -> None:
        """Tell paho that bytes arrived which it does not see: the broker lives, and its PINGRESP will follow.

        Behind a night's backlog the PINGRESP takes a minute. Leaving would make the broker send all of it again.
        """
        with self._msgtime_mutex:
            self._last_bytes_received = time.monotonic()

    @property
    def buffered_socket(self) -> BufferedSocket | None:
        """None before a connection and after it."""
        return self._buffered if self.socket() is not None else None


def build_client(settings: MqttSettings, *, v5: bool) -> BufferedClient:
    """Build a client that keeps its session, for MQTT 5 or 3.1.1."""
    client = BufferedClient(
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


def _connected(settings: MqttSettings) -> socket.socket:
    plain = socket.create_connection((settings.host, settings.port), timeout=CONNECT_WITHIN)
    if settings.tls is None:
        return plain
    try:
        return settings.tls.wrap_socket(plain, server_hostname=settings.host)
    except OSError:
        plain.close()
        raise
