"""Define how deliveries publish on the kitchen's broker."""

from typing import Protocol


class MqttPublisher(Protocol):
    """The MQTT link, as far as deliveries use it."""

    def publish(self, topic: str, payload: bytes, *, retain: bool) -> None:
        """Publish a message; never waits for the broker."""
