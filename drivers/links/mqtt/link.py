"""Link the gateway to an MQTT broker: a kept session, QoS 1, and acknowledgements once the journal has a message.

The session outlives us. A message that was not acknowledged is sent again (OASIS MQTT 5.0 §4.1, §4.4), on the next
connection or to the next process with the same client id. MQTT 5 promises this, with a broker that keeps sessions, such
as mosquitto. A broker that speaks 3.1.1 only is used as well, and the log states what is then not promised.
"""

import random
import select
import threading
import time
from collections.abc import Sequence

from drivers.contract import ArrivalQueue, Clock
from drivers.errors import LinkError
from drivers.links.mqtt.access import Refusals
from drivers.links.mqtt.backpressure import Backpressure
from drivers.links.mqtt.broker_reports import BrokerReports
from drivers.links.mqtt.connection import Attempt, Connection
from drivers.links.mqtt.disconnect_causes import (
    CLOSED,
    NO_ANSWER,
    NOT_SPOKEN,
    SILENT,
    UNRESPONSIVE,
    DisconnectCause,
    cause_of_error,
)
from drivers.links.mqtt.orders import Orders
from drivers.links.mqtt.settings import MqttSettings

FIRST_DELAY = 0.2
"""Seconds before the first new attempt: a broker that is restarted is back at once."""
LONGEST_DELAY = 4.0
"""Seconds between later attempts: no burden for a broker, and soon enough for a person who waits."""
ANSWER_WITHIN = 10.0
"""Seconds from CONNECT to CONNACK: a small computer that has just started is slow, but not slower."""
ANSWER_FIRST_WITHIN = 2.0
"""The same while we do not know whether the broker knows MQTT 5. A broker that does not may wait for ever for the rest
of what it takes for a longer CONNECT of 3.1.1 (amqtt 0.12 does)."""

_TURN = 1.0  # seconds without bytes after which the loop turns anyway, for keep-alive and watchdog
_FULL_TURN = 0.05  # the same while the queue is full, to read on soon
_DICE = random.SystemRandom()


class MqttLink:
    """Puts the broker's messages into the queue, and acknowledges them on request.

    Order in the queue: a LinkChange up, that connection's messages, a LinkChange down. `run` is the target of a thread;
    `acknowledge`, `publish`, `subscribe` and `stop` may be called from any.

    Attributes:
        last_beat: `time.monotonic()` of the loop's last turn, for a watchdog. It turns at least once a second, but a
            name service or a TLS handshake may take 15 seconds.
    """

    def __init__(
        self, settings: MqttSettings, filters: Sequence[str], intake: ArrivalQueue, clock: Clock, *, name: str = "mqtt"
    ) -> None:
        self.last_beat = time.monotonic()
        self._settings = settings
        self._filters = tuple(filters)
        self._intake = intake
        self._clock = clock
        self._orders = Orders()
        self._reports = BrokerReports(name, f"MQTT broker {settings.host}:{settings.port}", intake, clock)
        self._backpressure = Backpressure(intake, settings.keepalive / 2)
        self._refusals = Refusals()
        self._stopping = threading.Event()
        self._connections = 0
        self._v5 = True
        self._protocol_known = False

    # Any thread

    def acknowledge(self, pairs: Sequence[tuple[int, int]]) -> None:
        """Acknowledge messages by (connection, mid), in the order of their arrival; mid 0 needs none.

        Messages of an earlier connection are left out: the broker sends them again.
        """
        self._orders.acknowledge(pairs)

    def publish(self, topic: str, payload: bytes, *, retain: bool) -> None:
        """Publish with QoS 1. Dropped without a connection, or when it breaks before the broker has the message."""
        self._orders.publish(topic, payload, retain=retain)

    def subscribe(self, filters: Sequence[str]) -> None:
        """Subscribe to further filters, on this connection and on every later one."""
        self._orders.subscribe(filters)

    def stop(self) -> None:
        """Make `run` disconnect and return."""
        self._stopping.set()
        self._orders.waker.wake()

    # The link's own thread

    def run(self) -> None:
        """Connect, deliver, and reconnect after a loss, until `stop`."""
        delay = FIRST_DELAY
        while not self._stopping.is_set():
            began = time.monotonic()
            connection = self._connect_and_serve()
            cause = self._cause_to_report(connection)
            if cause is None:
                continue
            # A dead connection is noticed up to two keep-alives late: messages are missing since the last bytes.
            since = connection.received_at if connection.cause is UNRESPONSIVE else None
            self._reports.down(cause, since=since)
            # A broker that accepts and disconnects us in turn is no reason to hurry.
            if time.monotonic() - began > LONGEST_DELAY:
                delay = FIRST_DELAY
            self._rest(delay * _DICE.uniform(0.5, 1.0))
            delay = min(2 * delay, LONGEST_DELAY)
        self._orders.waker.close()

    def _connect_and_serve(self) -> Connection:
        """Run one connection from beginning to end."""
        self._connections += 1
        self._orders.forget_publications()
        self._backpressure.reset()
        patient = self._protocol_known or not self._v5
        connection = Connection(
            self._settings,
            self._filters,
            self._intake,
            self._clock,
            attempt=Attempt(
                number=self._connections,
                v5=self._v5,
                answer_within=ANSWER_WITHIN if patient else ANSWER_FIRST_WITHIN,
            ),
            refusals=self._refusals,
            on_welcome=self._welcomed,
        )
        try:
            connection.open()
            self._serve(connection)
        except (OSError, LinkError) as error:
            connection.cause = cause_of_error(error)
        finally:
            connection.close()
        return connection

    def _serve(self, connection: Connection) -> None:
        waker = self._orders.waker
        while (sock := connection.socket) is not None and not self._stopping.is_set():
            self.last_beat = time.monotonic()
            reading = not self._backpressure.holds()
            wanted = [waker.fileno(), sock.fileno()] if reading else [waker.fileno()]
            writing = [sock.fileno()] if sock.unsent else []
            readable, _, _ = select.select(wanted, writing, [], _TURN if reading else _FULL_TURN)
            if waker.fileno() in readable:
                waker.clear()
                self._filters = self._orders.carry_out(connection, self._filters)
            if sock.fileno() in readable:
                connection.read()
            elif reading:
                connection.idle()
            connection.write()
        # Messages that were stored before the end are acknowledged before the DISCONNECT.
        self._filters = self._orders.carry_out(connection, self._filters)

    def _cause_to_report(self, connection: Connection) -> DisconnectCause | None:
        """Why a connection ended; None when there is nothing to report."""
        if self._stopping.is_set():
            return None
        if connection.welcomed:
            return connection.cause or CLOSED
        if self._falls_back(connection.cause):
            return None
        return NO_ANSWER if connection.cause in {None, CLOSED} else connection.cause

    def _falls_back(self, cause: DisconnectCause | None) -> bool:
        """Switch the protocol after a failed attempt; True when 3.1.1 is worth trying at once.

        A broker that does not know MQTT 5 has to say so (§3.1.2.2), but some just close or stay silent. The protocol of
        the first accepted connection is kept.
        """
        unexplained = cause in {None, CLOSED, SILENT}
        if self._protocol_known or not (unexplained or (cause and cause.code == NOT_SPOKEN)):
            return False
        self._v5 = not self._v5
        return not self._v5

    def _rest(self, seconds: float) -> None:
        """Wait before the next attempt; after an overrun at least until the queue is half empty."""
        until = time.monotonic() + seconds
        while not self._stopping.is_set():
            self.last_beat = time.monotonic()
            left = until - self.last_beat
            if left <= 0 and self._backpressure.may_connect():
                break
            self._stopping.wait(left if left > 0 else _FULL_TURN)

    def _welcomed(self, session: bool) -> None:
        warning = (
            ""
            if self._v5 or self._protocol_known
            else " (MQTT 3.1.1 only: when a connection breaks or the broker restarts, it may lose messages that were "
            "on their way; for records without loss use mosquitto)"
        )
        self._protocol_known = True
        self._reports.up(self._settings.client_id, session=session, warning=warning)
