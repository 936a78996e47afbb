"""Publish on the kitchen's broker: alarms for sirens and lamps, and everything for Home Assistant."""

from drivers.contract import MqttMessage
from gateway.delivery.alarm_topics import AlarmTopics
from gateway.delivery.home_assistant.publisher import HomeAssistantPublisher
from gateway.delivery.home_assistant.topics import ONLINE, ROOT, status_topic
from gateway.delivery.mqtt_publisher import MqttPublisher
from gateway.monitoring.changes import Committed
from gateway.monitoring.kitchen import Kitchen


class BrokerPublications:
    """Publish what the broker holds of this kitchen. Without a broker nothing is published."""

    def __init__(self, kitchen: Kitchen, publisher: MqttPublisher | None) -> None:
        self._kitchen = kitchen
        self._publisher = publisher
        self._alarms = None if publisher is None else AlarmTopics(kitchen, publisher)
        self._home_assistant = None if publisher is None else _home_assistant(kitchen, publisher)

    def begin(self, now: int) -> None:
        """Publish everything: a broker that was away may have lost it."""
        if self._publisher is not None:
            self._publisher.publish(status_topic(self._kitchen.config.kitchen.id), ONLINE, retain=True)
        if self._alarms is not None:
            self._alarms.begin(now)
        if self._home_assistant is not None:
            self._home_assistant.begin()

    def publish(self, committed: Committed) -> None:
        """Publish what a commit changed."""
        changes = committed.changes
        if self._alarms is not None:
            self._alarms.publish(changes.alarms.values(), committed.now)
        if self._home_assistant is not None:
            if changes.alarms:
                self._home_assistant.publish_alarms(changes.alarms.values())
            self._home_assistant.publish_points(changes.points.values(), committed.moment)

    def receive(self, message: MqttMessage) -> bool:
        """Handle a message on a topic of these publications; return whether it was one."""
        if self._alarms is not None and self._alarms.receive(message):
            return True
        if message.topic.startswith(f"{ROOT}/{self._kitchen.config.kitchen.id}/"):
            return True  # our own states, announced to Home Assistant: no device of somebody else
        if self._home_assistant is None or message.topic != self._home_assistant.status_topic:
            return False
        self._home_assistant.receive_status(message.payload)
        return True


def _home_assistant(kitchen: Kitchen, publisher: MqttPublisher) -> HomeAssistantPublisher | None:
    prefix = None if kitchen.config.mqtt is None else kitchen.config.mqtt.home_assistant
    return None if prefix is None else HomeAssistantPublisher(kitchen, publisher, prefix=prefix)
