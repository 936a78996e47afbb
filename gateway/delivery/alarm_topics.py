"""Publish alarms on the kitchen's broker: a siren or a lamp there needs no network but the kitchen's.

An active alarm is retained on `mbg/<kitchen>/alarm/<id>`, as JSON in the API's form with the key `sound`, which is true
until a person acknowledges the alarm. The retained message is deleted when the alarm is normal again.
"""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from drivers.contract import MqttMessage
from gateway.alarms.alarm import Alarm, AlarmState
from gateway.delivery.mqtt_publisher import MqttPublisher
from gateway.monitoring.kitchen import Kitchen
from gateway.monitoring.snapshot import alarm_now

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class AlarmTopics:
    """Publish the alarms of one kitchen as retained messages."""

    def __init__(self, kitchen: Kitchen, publisher: MqttPublisher) -> None:
        self._kitchen = kitchen
        self._publisher = publisher
        self._prefix = f"mbg/{kitchen.config.kitchen.id}/alarm/"

    def begin(self, now: int) -> None:
        """Publish every active alarm: a broker that was away may have none of them."""
        self.publish(self._kitchen.board.active, now)

    def publish(self, alarms: Iterable[Alarm], now: int) -> None:
        """Publish the present state of alarms."""
        for alarm in alarms:
            payload = self._payload(alarm, now) if alarm.active else b""
            self._publisher.publish(self._prefix + alarm.id, payload, retain=True)

    def receive(self, message: MqttMessage) -> bool:
        """Delete a retained alarm that is over; return whether the message is on one of these topics."""
        if not message.topic.startswith(self._prefix):
            return False
        is_over = self._kitchen.board.get(message.topic.removeprefix(self._prefix)) is None
        if message.retain and message.payload and is_over:
            self._publisher.publish(message.topic, b"", retain=True)
        return True

    def _payload(self, alarm: Alarm, now: int) -> bytes:
        shown = alarm_now(alarm, self._kitchen.config, now, self._kitchen.product_of(alarm))
        for name in ("raised_at", "known_at", "returned_at", "acknowledged_at"):
            shown[name] = None if shown[name] is None else iso(shown[name])
        shown["sound"] = alarm.state is AlarmState.UNACKNOWLEDGED
        return json.dumps(shown, ensure_ascii=False).encode()


def iso(at: int) -> str:
    """Return UTC microseconds as ISO 8601 with milliseconds."""
    return (EPOCH + timedelta(microseconds=at)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
