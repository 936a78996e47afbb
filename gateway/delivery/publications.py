"""All that is published on the kitchen's broker: alarms for sirens, and the kitchen for Home Assistant."""

from drivers.contract import MqttMessage
from gateway.delivery.alarm_topics import AlarmTopics, Publisher
from gateway.delivery.home_assistant.publisher import Announcer
from gateway.delivery.home_assistant.topics import ONLINE, status_topic
from gateway.monitoring.changes import Committed
from gateway.monitoring.kitchen import Kitchen


class Publications:
    """What the broker holds of this kitchen. Without a broker nothing is published."""

    def __init__(self, kitchen: Kitchen, publisher: Publisher | None) -> None:
        self._kitchen = kitchen
        self._publisher = publisher
        self._alarms = None if publisher is None else AlarmTopics(kitchen, publisher)
        mqtt = kitchen.config.mqtt
        prefix = None if mqtt is None else mqtt.home_assistant
        wanted = publisher is not None and prefix is not None
        self._announcer = Announcer(kitchen, publisher, prefix=prefix) if wanted and publisher and prefix else None

    def begin(self, now: int) -> None:
        """Publish everything: a broker that was away may know nothing of it."""
        if self._publisher is not None:
            self._publisher.publish(status_topic(self._kitchen.config.kitchen.id), ONLINE, retain=True)
        if self._alarms is not None:
            self._alarms.begin(now)
        if self._announcer is not None:
            self._announcer.begin()

    def publish(self, committed: Committed) -> None:
        """Publish what a commit changed."""
        changes = committed.changes
        if self._alarms is not None:
            self._alarms.publish(changes.alarms.values(), committed.now)
        if self._announcer is not None:
            if changes.alarms:
                self._announcer.tell_alarms(changes.alarms.values())
            self._announcer.tell_points(changes.points.values(), committed.moment)

    def receive(self, message: MqttMessage) -> bool:
        """Answer a message that is about what is published; returns whether it was one."""
        if self._alarms is not None and self._alarms.receive(message):
            return True
        if self._announcer is None or message.topic != self._announcer.greeting:
            return False
        self._announcer.hear(message.payload)
        return True
