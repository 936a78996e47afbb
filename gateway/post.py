"""Messages in and alarms out, by way of the kitchen's broker.

Alarms that are not normal stand retained on `mbg/<kitchen>/alarm/<id>`, so a siren or lamp on the broker needs no
network but the kitchen's; the message is emptied when the alarm is normal again.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Protocol

from drivers.contract import LinkChange, Message, MessageDriver, Trouble
from drivers.errors import DecodeError
from drivers.reading import Flag, Reading
from gateway.alarms import Alarm, AlarmState
from gateway.inbox import Inbox, inbox_key
from gateway.journal.records import Batch, DeadLetter
from gateway.kitchen import Kitchen
from gateway.quality import plausible_time
from gateway.snapshot import alarm_now

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
RAW_KEPT = 4_096
"""Bytes of a message that was no reading; enough to see what it is."""


class Publisher(Protocol):
    """The broker's link."""

    def publish(self, topic: str, payload: bytes, *, retain: bool) -> None: ...


class Post:
    """Opens what the broker delivers, and publishes the alarms."""

    def __init__(
        self,
        kitchen: Kitchen,
        *,
        formats: Mapping[str, MessageDriver],
        inbox: Inbox,
        publisher: Publisher | None,
        session: str,
    ) -> None:
        """`formats`: topic prefix → driver; `session`: the client id by which the broker knows us."""
        self._kitchen = kitchen
        self._formats = tuple(formats.items())
        self._inbox = inbox
        self._publisher = publisher
        self._session = session
        self._alarms = f"mbg/{kitchen.config.kitchen.id}/alarm/"

    def open(self, batch: Batch, message: Message) -> None:
        """Turn a message into readings, or set it aside."""
        if message.topic.startswith(self._alarms):
            self._seen_on_alarm_topic(message)
            return
        if message.dup and self._key(message) in self._inbox:
            self._kitchen.counters.duplicates += 1
            return
        driver = self._driver(message.topic)
        if driver is None:
            return
        online = driver.status(message.topic, message.payload)
        if online is not None:
            self._kitchen.device_said(batch, message.topic.split("/")[2], online=online, at=message.at)
            return
        try:
            results = driver.decode(message.topic, message.payload, retain=message.retain, at=message.at)
        except DecodeError as error:
            self._set_message_aside(batch, message, error.reason, str(error))
            self._remember(batch, message)
            return
        known_by_time = True
        for result in results:
            if isinstance(result, Reading):
                self._kitchen.take(batch, result, message.at)
                known_by_time = known_by_time and has_own_time(result, message.at)
            else:
                self._set_message_aside(batch, message, result.reason, result.text)
        if not known_by_time:
            self._remember(batch, message)

    def _driver(self, topic: str) -> MessageDriver | None:
        for prefix, driver in self._formats:
            if topic.startswith(prefix):
                return driver
        return None

    def _key(self, message: Message) -> bytes:
        return inbox_key(message.mid, message.topic, message.payload)

    def _remember(self, batch: Batch, message: Message) -> None:
        if message.qos:
            key = self._key(message)
            self._inbox.add(key)
            batch.inbox.append((self._session, key))

    def _set_message_aside(self, batch: Batch, message: Message, reason: str, text: str) -> None:
        device = message.topic.split("/")[2] if message.topic.count("/") > 1 else message.topic
        self.set_aside(
            batch,
            Trouble(device=device, kind=reason, text=text, at=message.at, raw=message.payload, topic=message.topic),
        )

    def set_aside(self, batch: Batch, trouble: Trouble) -> None:
        """Count what was no reading; a message is kept with its reason, line noise is not."""
        self._kitchen.counters.trouble(trouble.device, trouble.kind, trouble.text, trouble.at)
        if trouble.topic:
            raw = trouble.raw[:RAW_KEPT]
            batch.dead_letters.append(
                DeadLetter(trouble.device, trouble.topic, raw, trouble.kind, trouble.text, trouble.at)
            )

    def link_changed(self, batch: Batch, change: LinkChange) -> None:
        """A new session knows nothing of the old one's packet ids; a new connection is told all alarms."""
        if change.link != "mqtt" or not change.up:
            return
        if not change.session:
            self._inbox.clear()
            batch.empty_inbox()
        self.publish(self._kitchen.board.active, change.at)

    def publish(self, alarms: Iterable[Alarm], now: int) -> None:
        """Publish alarms as they are now."""
        if self._publisher is None:
            return
        for alarm in alarms:
            payload = self._payload(alarm, now) if alarm.active else b""
            self._publisher.publish(self._alarms + alarm.id, payload, retain=True)

    def _seen_on_alarm_topic(self, message: Message) -> None:
        gone = self._kitchen.board.get(message.topic.removeprefix(self._alarms)) is None
        if message.retain and message.payload and gone and self._publisher is not None:
            self._publisher.publish(message.topic, b"", retain=True)

    def _payload(self, alarm: Alarm, now: int) -> bytes:
        told = alarm_now(alarm, self._kitchen.config, now)
        for name in ("raised_at", "known_at", "returned_at", "acknowledged_at"):
            told[name] = None if told[name] is None else iso(told[name])
        told["sound"] = alarm.state is AlarmState.UNACKNOWLEDGED
        return json.dumps(told, ensure_ascii=False).encode()


def has_own_time(reading: Reading, arrived_at: int) -> bool:
    """Whether the reading carries a time by which it is known again."""
    return plausible_time(reading.measured_at, arrived_at) and not reading.flags & Flag.RELATIVE


def iso(at: int) -> str:
    """UTC microseconds as ISO 8601 with milliseconds."""
    return (EPOCH + timedelta(microseconds=at)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
