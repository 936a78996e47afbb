"""The link to an MQTT broker: a kept session, QoS 1, acknowledged when the journal has it.

The session outlives us: what was not acknowledged comes again (OASIS MQTT 5.0 §4.1, §4.4), on the next connection or
in the next process with the same client id. That is promised for MQTT 5 and a broker that keeps its sessions, such as
mosquitto; a broker that speaks 3.1.1 only is used as well, and the log says what that means.
"""

import logging
import random
import select
import ssl
import threading
import time
from collections import deque
from collections.abc import Sequence

from drivers.contract import ArrivalQueue, Clock, LinkChange
from drivers.errors import ConfigurationError, LinkError
from drivers.links.mqtt.connection import ANSWER_FIRST_WITHIN, ANSWER_WITHIN, Connection, MqttSettings, Refusals
from drivers.links.mqtt.disconnect_causes import (
    CLOSED,
    NO_ANSWER,
    NOT_SPOKEN,
    SILENT,
    UNRESPONSIVE,
    DisconnectCause,
    cause_of_error,
)
from drivers.links.mqtt.waker import Waker

__all__ = ["MqttLink", "MqttSettings", "tls_context"]

FIRST_DELAY = 0.2
"""Seconds before the first new attempt: a broker that is restarted is back at once."""
LONGEST_DELAY = 4.0
"""Seconds between attempts in the end: no burden for a broker, and soon enough for the person who waits."""

_TURN = 1.0  # seconds without news after which the loop turns anyway: keep-alive, watchdog
_FULL_TURN = 0.05  # the same while the intake is full, so as to read on soon
_DICE = random.SystemRandom()

_log = logging.getLogger(__name__)


class MqttLink:
    """Puts what the broker delivers into the intake; acknowledges it when told to.

    Order in the intake: a LinkChange up, that connection's messages, a LinkChange down. `run` is the target of a
    thread; `acknowledge`, `publish` and `stop` may be called from any.

    Attributes:
        last_beat: `time.monotonic()` of the loop's last turn, for a watchdog. It turns at least once a second, but a
            name service or a TLS handshake may keep it for 15.
    """

    def __init__(
        self, settings: MqttSettings, filters: Sequence[str], intake: ArrivalQueue, clock: Clock, *, name: str = "mqtt"
    ) -> None:
        self.last_beat = time.monotonic()
        self._settings = settings
        self._filters = tuple(filters)
        self._intake = intake
        self._clock = clock
        self._name = name
        self._where = f"MQTT broker {settings.host}:{settings.port}"
        self._acknowledged: deque[Sequence[tuple[int, int]]] = deque()
        self._publications: deque[tuple[str, bytes, bool]] = deque()
        self._additions: deque[tuple[str, ...]] = deque()
        self._stopping = threading.Event()
        self._waker = Waker()
        self._refusals = Refusals()
        self._connections = 0
        self._v5 = True
        self._protocol_known = False
        self._up = False
        self._said: set[DisconnectCause] = set()
        self._full_since: float | None = None
        self._overrun = False
        self._lost_at: int | None = None

    # Any thread

    def acknowledge(self, pairs: Sequence[tuple[int, int]]) -> None:
        """Acknowledge messages by (connection, mid), in the order in which they came; mid 0 needs none.

        Those of an earlier connection are left out: the broker sends them again.
        """
        self._acknowledged.append(pairs)
        self._waker.wake()

    def publish(self, topic: str, payload: bytes, *, retain: bool) -> None:
        """Publish with QoS 1. Forgotten when there is no connection, or when it breaks before the broker has it."""
        self._publications.append((topic, payload, retain))
        self._waker.wake()

    def subscribe(self, filters: Sequence[str]) -> None:
        """Listen to these as well, on this connection and on every later one."""
        self._additions.append(tuple(filters))
        self._waker.wake()

    def stop(self) -> None:
        """Let `run` say goodbye to the broker and return."""
        self._stopping.set()
        self._waker.wake()

    # The link's own thread

    def run(self) -> None:
        """Connect, deliver, come back after a loss, until `stop`."""
        delay = FIRST_DELAY
        while not self._stopping.is_set():
            began = time.monotonic()
            cause = self._connect_and_serve()
            if cause is None:
                continue
            self._say_down(cause)
            # A broker that welcomes and throws out in turn is no reason to hurry.
            if time.monotonic() - began > LONGEST_DELAY:
                delay = FIRST_DELAY
            self._rest(delay * _DICE.uniform(0.5, 1.0))
            delay = min(2 * delay, LONGEST_DELAY)
        self._waker.close()

    def _connect_and_serve(self) -> DisconnectCause | None:
        """One connection from beginning to end. Returns why it ended, None when nobody needs to hear of it."""
        self._connections += 1
        self._publications.clear()
        self._full_since = None
        connection = Connection(
            self._settings,
            self._filters,
            self._intake,
            self._clock,
            number=self._connections,
            v5=self._v5,
            answer_within=ANSWER_WITHIN if self._protocol_known or not self._v5 else ANSWER_FIRST_WITHIN,
            refusals=self._refusals,
            on_welcome=self._say_up,
        )
        try:
            connection.open()
            self._serve(connection)
        except (OSError, LinkError) as error:
            connection.cause = cause_of_error(error)
        finally:
            connection.close()
        self._lost_at = connection.heard_at if connection.cause is UNRESPONSIVE else None
        if self._stopping.is_set():
            return None
        if connection.welcomed:
            return connection.cause or CLOSED
        if self._falls_back(connection.cause):
            return None
        return NO_ANSWER if connection.cause in {None, CLOSED} else connection.cause

    def _serve(self, connection: Connection) -> None:
        while (sock := connection.socket) is not None and not self._stopping.is_set():
            self.last_beat = time.monotonic()
            reading = not self._held_up()
            wanted = [self._waker.fileno(), sock.fileno()] if reading else [self._waker.fileno()]
            writing = [sock.fileno()] if sock.unsent else []
            readable, _, _ = select.select(wanted, writing, [], _TURN if reading else _FULL_TURN)
            if self._waker.fileno() in readable:
                self._waker.clear()
                self._take_orders(connection)
            if sock.fileno() in readable:
                connection.read()
            elif reading:
                connection.idle()
            connection.write()
        # What was stored before the end is acknowledged before the goodbye.
        self._take_orders(connection)

    def _held_up(self) -> bool:
        """True while the intake is full.

        Raises:
            LinkError: for so long that the broker will soon take us for dead; it is better to leave in good order.
        """
        if not self._intake.full:
            self._full_since = None
            return False
        self._full_since = self._full_since or time.monotonic()
        if time.monotonic() - self._full_since > self._settings.keepalive / 2:
            self._overrun = True
            raise LinkError("left until what has arrived is stored; it keeps what comes meanwhile")
        return True

    def _take_orders(self, connection: Connection) -> None:
        while self._acknowledged:
            pairs = self._acknowledged.popleft()
            connection.acknowledge([mid for number, mid in pairs if mid and number == connection.number])
        while self._additions:
            fresh = [each for each in self._additions.popleft() if each not in self._filters]
            self._filters += tuple(fresh)
            if fresh and connection.welcomed:
                connection.subscribe(fresh)
        while self._publications:
            topic, payload, retain = self._publications.popleft()
            if connection.welcomed:
                connection.publish(topic, payload, retain=retain)

    def _falls_back(self, cause: DisconnectCause | None) -> bool:
        """After no welcome: True when 3.1.1 is worth trying at once.

        A broker that does not know MQTT 5 has to say so (§3.1.2.2), but some just close or say nothing. Whichever was
        once welcomed is kept.
        """
        says_nothing = cause in {None, CLOSED, SILENT}
        if self._protocol_known or not (says_nothing or (cause and cause.code == NOT_SPOKEN)):
            return False
        self._v5 = not self._v5
        return not self._v5

    def _rest(self, seconds: float) -> None:
        """Wait before the next attempt; after an overrun at least until the intake is half empty."""
        until = time.monotonic() + seconds
        while not self._stopping.is_set():
            self.last_beat = time.monotonic()
            left = until - self.last_beat
            if left <= 0 and not (self._overrun and not self._intake.half_empty):
                break
            self._stopping.wait(left if left > 0 else _FULL_TURN)
        self._overrun = False

    # One line when it is lost, one when it is back

    def _say_up(self, session: bool) -> None:
        text = f"{self._where}: connected as {self._settings.client_id}, session {'kept' if session else 'new'}"
        if self._v5 or self._protocol_known:
            _log.info("%s", text)
        else:
            text += (
                " (MQTT 3.1.1 only: when a connection breaks or the broker restarts, it may lose messages that were "
                "on their way; for records without loss use mosquitto)"
            )
            _log.warning("%s", text)
        self._up, self._protocol_known = True, True
        self._said.clear()
        self._change(text, up=True, session=session)

    def _say_down(self, cause: DisconnectCause) -> None:
        # Lost already: only what a person has to mend is worth another line, once.
        if not self._up and self._said and (cause in self._said or not cause.lasting):
            return
        self._up = False
        self._said.add(cause)
        text = f"{self._where}: {cause.text}"
        _log.warning("%s", text)
        # A dead connection is noticed up to two keep-alives late; lost is what came since it was last heard.
        self._change(text, up=False, at=self._lost_at)

    def _change(self, text: str, *, up: bool, session: bool = True, at: int | None = None) -> None:
        at = self._clock.now() if at is None else at
        self._intake.put(LinkChange(link=self._name, up=up, text=text, at=at, session=session))


def tls_context(ca: str | None = None, cert: str | None = None, key: str | None = None) -> ssl.SSLContext:
    """TLS for MqttSettings from PEM files: who signed the broker's certificate (None: the system's CAs), and ours.

    Raises:
        ConfigurationError: a file cannot be read or is none of these.
    """
    try:
        context = ssl.create_default_context(cafile=ca)
        if cert is not None:
            context.load_cert_chain(cert, key)
    except (OSError, ssl.SSLError) as error:
        files = ", ".join(each for each in (ca, cert, key) if each)
        raise ConfigurationError(f"mqtt.tls: {files}: {error}; each must be a readable PEM file") from error
    return context
