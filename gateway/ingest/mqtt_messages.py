"""Open MQTT messages: a message becomes readings of kitchen.yaml's devices, or is set aside with its reason."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from drivers.contract import LinkChange, MqttMessage, RejectedRecord, Trouble
from drivers.errors import DecodeError
from drivers.formats.sparkplug.sparkplug import Sparkplug
from drivers.reading import Flag, Reading
from gateway.delivery.publications import BrokerPublications
from gateway.ingest.discovery import Discovery
from gateway.ingest.redelivery import Inbox, inbox_key
from gateway.ingest.topic_routes import Route, Routes
from gateway.monitoring.communication_loss import device_is_gone
from gateway.monitoring.kitchen import Kitchen
from gateway.records.quality import AHEAD, FAR_AHEAD, plausible_time
from gateway.records.transaction import DeadLetter, Transaction

RAW_KEPT = 4_096
"""Bytes of a message that was no reading; enough to see what it is."""


class Broker(Protocol):
    """The broker's link."""

    def publish(self, topic: str, payload: bytes, *, retain: bool) -> None: ...

    def subscribe(self, filters: Sequence[str]) -> None: ...


class MqttMessages:
    """Opens what the broker delivers."""

    def __init__(
        self,
        kitchen: Kitchen,
        *,
        routes: Routes,
        discovery: Discovery,
        inbox: Inbox,
        publications: BrokerPublications,
        broker: Broker | None,
        session: str,
    ) -> None:
        """`session`: the client id by which the broker knows us."""
        self._kitchen = kitchen
        self._routes = routes
        self._discovery = discovery
        self._inbox = inbox
        self._publications = publications
        self._broker = broker
        self._session = session

    def open(self, transaction: Transaction, message: MqttMessage) -> Sequence[Reading]:
        """Decode a message; what is no reading is set aside, and what it repeats is counted.

        Returns:
            the readings of the kitchen's devices, under their ids of kitchen.yaml.
        """
        if self._publications.receive(message):
            return ()
        if message.dup and self._key(message) in self._inbox:
            self._kitchen.counters.duplicates += 1
            return ()
        readings: list[Reading] = []
        known_by_time = True
        for route in self._routes.of(message.topic):
            self._note_status(transaction, route, message)
            try:
                results = route.read(message)
            except DecodeError as error:
                if route.configured:
                    self._set_message_aside(transaction, message, error.reason, str(error))
                    known_by_time = False
                continue
            readings += self._sorted(transaction, route, results, message)
        known_by_time = known_by_time and all(self._has_own_time(reading, message.at) for reading in readings)
        if message.qos and not known_by_time:
            key = self._key(message)
            self._inbox.add(key)
            transaction.inbox.append((self._session, key))
        return readings

    def _note_status(self, transaction: Transaction, route: Route, message: MqttMessage) -> None:
        """Take a device that says it is gone at its word."""
        if message.topic.endswith("/status") and route.driver.status(message.topic, message.payload) is False:
            device = message.topic.split("/")[-2]
            device_is_gone(self._kitchen, transaction, route.devices.get(device, device), at=message.at)

    def _sorted(
        self, transaction: Transaction, route: Route, results: Sequence[Reading | RejectedRecord], message: MqttMessage
    ) -> Iterator[Reading]:
        """Yield the readings of our devices; note those of strangers, and set aside what is none."""
        for result in results:
            if isinstance(result, RejectedRecord):
                if route.configured:
                    self._set_message_aside(transaction, message, result.reason, result.text)
            elif route.knows(result.device):
                yield result
            else:
                self._discovery.note(route.name, result, message.at)
                if route.configured:
                    self._kitchen.unknown(result, message.at)

    def _has_own_time(self, reading: Reading, arrived_at: int) -> bool:
        """Whether the reading carries a time by which it is known again."""
        ahead = AHEAD if self._kitchen.clock_known else FAR_AHEAD
        return plausible_time(reading.measured_at, arrived_at, ahead) and not reading.flags & Flag.RELATIVE

    def _key(self, message: MqttMessage) -> bytes:
        return inbox_key(message.mid, message.topic, message.payload)

    def _set_message_aside(self, transaction: Transaction, message: MqttMessage, reason: str, text: str) -> None:
        device = message.topic.split("/")[2] if message.topic.count("/") > 1 else message.topic
        trouble = Trouble(
            device=device, kind=reason, text=text, at=message.at, raw=message.payload, topic=message.topic
        )
        self.set_aside(transaction, trouble)

    def set_aside(self, transaction: Transaction, trouble: Trouble) -> None:
        """Count what was no reading; a message is kept with its reason, line noise is not."""
        self._kitchen.counters.trouble(trouble.device, trouble.kind, trouble.text, trouble.at)
        if trouble.topic:
            raw = trouble.raw[:RAW_KEPT]
            transaction.dead_letters.append(
                DeadLetter(trouble.device, trouble.topic, raw, trouble.kind, trouble.text, trouble.at)
            )

    def link_changed(self, transaction: Transaction, change: LinkChange) -> None:
        """Begin anew with a broker that is back: a new session knows nothing of the old one's packet ids."""
        if change.link != "mqtt" or not change.up:
            return
        if not change.session:
            self._inbox.clear()
            transaction.empty_inbox()
        self._publications.begin(change.at)

    def tick(self, now: int) -> None:
        """Ask nodes whose birth was missed to tell it again; listen to what has been announced since."""
        if self._broker is None:
            return
        for route in self._routes:
            if isinstance(route.driver, Sparkplug):
                for topic, payload in route.driver.rebirths(now):
                    self._broker.publish(topic, payload, retain=False)
        if grown := self._routes.grown():
            self._broker.subscribe(grown)
