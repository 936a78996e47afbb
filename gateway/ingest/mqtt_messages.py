"""Messages in and alarms out, by way of the kitchen's broker.

Alarms that are not normal stand retained on `mbg/<kitchen>/alarm/<id>`, so a siren or lamp on the broker needs no
network but the kitchen's; the message is emptied when the alarm is normal again.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

from drivers.contract import LinkChange, MqttMessage, RejectedRecord, Trouble
from drivers.errors import DecodeError
from drivers.formats.sparkplug.sparkplug import Sparkplug
from drivers.reading import Flag, Reading
from gateway.alarms.alarm import Alarm, AlarmState
from gateway.delivery.home_assistant.publisher import Announcer
from gateway.delivery.home_assistant.topics import ONLINE, status_topic
from gateway.ingest.discovery import Discovery
from gateway.ingest.redelivery import Inbox, inbox_key
from gateway.ingest.topic_routes import Route, Routes
from gateway.monitoring.communication_loss import device_is_gone
from gateway.monitoring.kitchen import Kitchen
from gateway.monitoring.snapshot import alarm_now
from gateway.records.quality import plausible_time
from gateway.records.transaction import DeadLetter, Transaction

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
RAW_KEPT = 4_096
"""Bytes of a message that was no reading; enough to see what it is."""


class Publisher(Protocol):
    """The broker's link."""

    def publish(self, topic: str, payload: bytes, *, retain: bool) -> None: ...

    def subscribe(self, filters: Sequence[str]) -> None: ...


class Post:
    """Opens what the broker delivers, and publishes the alarms."""

    def __init__(
        self,
        kitchen: Kitchen,
        *,
        routes: Routes,
        discovery: Discovery,
        inbox: Inbox,
        publisher: Publisher | None,
        session: str,
        announcer: Announcer | None = None,
    ) -> None:
        """`session`: the client id by which the broker knows us."""
        self._kitchen = kitchen
        self._routes = routes
        self._discovery = discovery
        self._inbox = inbox
        self._publisher = publisher
        self._session = session
        self._announcer = announcer
        self._alarms = f"mbg/{kitchen.config.kitchen.id}/alarm/"

    def open(self, transaction: Transaction, message: MqttMessage) -> None:
        """Turn a message into readings, or set it aside."""
        if message.topic.startswith(self._alarms):
            self._seen_on_alarm_topic(message)
            return
        if self._announcer is not None and message.topic == self._announcer.greeting:
            self._announcer.hear(message.payload)
            return
        if message.dup and self._key(message) in self._inbox:
            self._kitchen.counters.duplicates += 1
            return
        known_by_time = True
        for route in self._routes.of(message.topic):
            known_by_time = self._read(transaction, route, message) and known_by_time
        if not known_by_time:
            self._remember(transaction, message)

    def _read(self, transaction: Transaction, route: Route, message: MqttMessage) -> bool:
        """Take what one format makes of it; whether each reading would be known again by its time."""
        if message.topic.endswith("/status") and route.driver.status(message.topic, message.payload) is False:
            device = message.topic.split("/")[-2]
            device_is_gone(self._kitchen, transaction, route.devices.get(device, device), at=message.at)
        try:
            results = route.read(message)
        except DecodeError as error:
            if route.configured:
                self._set_message_aside(transaction, message, error.reason, str(error))
            return not route.configured
        own_times = [self._take(transaction, route, result, message) for result in results]
        return all(own_times)

    def _take(
        self, transaction: Transaction, route: Route, result: Reading | RejectedRecord, message: MqttMessage
    ) -> bool:
        if not isinstance(result, Reading):
            if route.configured:
                self._set_message_aside(transaction, message, result.reason, result.text)
            return True
        if route.knows(result.device):
            self._kitchen.take(transaction, result, message.at)
            return has_own_time(result, message.at, self._kitchen.ahead)
        self._discovery.note(route.name, result, message.at)
        if route.configured:
            self._kitchen.unknown(result, message.at)
        return True

    def _key(self, message: MqttMessage) -> bytes:
        return inbox_key(message.mid, message.topic, message.payload)

    def _remember(self, transaction: Transaction, message: MqttMessage) -> None:
        if message.qos:
            key = self._key(message)
            self._inbox.add(key)
            transaction.inbox.append((self._session, key))

    def _set_message_aside(self, transaction: Transaction, message: MqttMessage, reason: str, text: str) -> None:
        device = message.topic.split("/")[2] if message.topic.count("/") > 1 else message.topic
        self.set_aside(
            transaction,
            Trouble(device=device, kind=reason, text=text, at=message.at, raw=message.payload, topic=message.topic),
        )

    def set_aside(self, transaction: Transaction, trouble: Trouble) -> None:
        """Count what was no reading; a message is kept with its reason, line noise is not."""
        self._kitchen.counters.trouble(trouble.device, trouble.kind, trouble.text, trouble.at)
        if trouble.topic:
            raw = trouble.raw[:RAW_KEPT]
            transaction.dead_letters.append(
                DeadLetter(trouble.device, trouble.topic, raw, trouble.kind, trouble.text, trouble.at)
            )

    def link_changed(self, transaction: Transaction, change: LinkChange) -> None:
        """A new session knows nothing of the old one's packet ids; a new connection is told all alarms."""
        if change.link != "mqtt" or not change.up:
            return
        if not change.session:
            self._inbox.clear()
            transaction.empty_inbox()
        if self._publisher is not None:
            self._publisher.publish(status_topic(self._kitchen.config.kitchen.id), ONLINE, retain=True)
        self.publish(self._kitchen.board.active, change.at)
        if self._announcer is not None:
            self._announcer.begin()

    def publish(self, alarms: Iterable[Alarm], now: int) -> None:
        """Publish alarms as they are now."""
        if self._publisher is None:
            return
        for alarm in alarms:
            payload = self._payload(alarm, now) if alarm.active else b""
            self._publisher.publish(self._alarms + alarm.id, payload, retain=True)

    def tell(self, alarms: Sequence[Alarm], now: int, moment: float) -> None:
        """What changed with this commit, for sirens and for Home Assistant."""
        self.publish(alarms, now)
        if self._announcer is not None:
            if alarms:
                self._announcer.tell_alarms(alarms)
            self._announcer.tell_points(self._kitchen.changed.values(), moment)

    def tick(self, now: int) -> None:
        """Ask nodes whose birth was missed to tell it again; listen to what has been announced since."""
        if self._publisher is None:
            return
        for route in self._routes:
            if isinstance(route.driver, Sparkplug):
                for topic, payload in route.driver.rebirths(now):
                    self._publisher.publish(topic, payload, retain=False)
        if grown := self._routes.grown():
            self._publisher.subscribe(grown)

    def _seen_on_alarm_topic(self, message: MqttMessage) -> None:
        gone = self._kitchen.board.get(message.topic.removeprefix(self._alarms)) is None
        if message.retain and message.payload and gone and self._publisher is not None:
            self._publisher.publish(message.topic, b"", retain=True)

    def _payload(self, alarm: Alarm, now: int) -> bytes:
        told = alarm_now(alarm, self._kitchen.config, now, self._kitchen.product_of(alarm))
        for name in ("raised_at", "known_at", "returned_at", "acknowledged_at"):
            told[name] = None if told[name] is None else iso(told[name])
        told["sound"] = alarm.state is AlarmState.UNACKNOWLEDGED
        return json.dumps(told, ensure_ascii=False).encode()


def has_own_time(reading: Reading, arrived_at: int, ahead: int) -> bool:
    """Whether the reading carries a time by which it is known again."""
    return plausible_time(reading.measured_at, arrived_at, ahead) and not reading.flags & Flag.RELATIVE


def iso(at: int) -> str:
    """UTC microseconds as ISO 8601 with milliseconds."""
    return (EPOCH + timedelta(microseconds=at)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
