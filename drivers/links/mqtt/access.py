"""Notice what the broker's access list forbids: refused publications, and messages that vanish without a word."""

import math
import secrets
import time

from drivers.contract import MqttMessage, Trouble
from drivers.links.mqtt.paho_client import BufferedClient

CHECK_WITHIN = 5.0
"""Seconds after which a check message that has not come back never will, if no other message arrived either."""
CHECK_BEHIND = 15.0
"""Seconds since the last message after which it never will. The check message waits behind our backlog, and the broker
sends on only when we acknowledge, which a slow disk delays for up to 10."""
TRY_AGAIN_AFTER = 600.0
"""Seconds after a refusal: somebody may have corrected the access list."""


class Refusals:
    """Topics on which the broker has lately refused our publications.

    A broker may disconnect whoever it refuses, as Debian's mosquitto 2.0.11 does with `max_queued_messages 0`. Trying
    again and again would keep readings from arriving.
    """

    def __init__(self) -> None:
        self._until: dict[str, float] = {}

    def add(self, topic: str) -> None:
        now = time.monotonic()
        self._until = {each: until for each, until in self._until.items() if until > now}
        self._until[topic] = now + TRY_AGAIN_AFTER

    def __contains__(self, topic: str) -> bool:
        return self._until.get(topic, 0) > time.monotonic()


class Publications:
    """Publishes with QoS 1, except on topics that the broker has lately refused."""

    def __init__(self, client: BufferedClient, refusals: Refusals) -> None:
        self._client = client
        self._refusals = refusals
        self._topics: dict[int, str] = {}

    def publish(self, topic: str, payload: bytes, *, retain: bool) -> None:
        if self.allows(topic):
            self._topics[self._client.publish(topic, payload, qos=1, retain=retain).mid] = topic

    def allows(self, topic: str) -> bool:
        """Return whether the broker has not refused this topic lately."""
        return topic not in self._refusals

    def done(self, mid: int) -> None:
        """Note that the broker accepted a publication."""
        self._topics.pop(mid, None)

    def refused(self, mid: int) -> str:
        """Note that the broker refused a publication, and return its topic."""
        topic = self._topics.pop(mid, "")
        self._refusals.add(topic)
        return topic


class PublishCheck:
    """Checks that a message which we publish on a topic of our own comes back."""

    def __init__(self, topic: str | None) -> None:
        self.topic = topic
        self.payload = secrets.token_hex(8).encode()
        self._sent_at: float | None = None
        self._message_at = -math.inf

    def sent(self) -> None:
        """Note that the check message was published."""
        self._sent_at = time.monotonic()

    def message_arrived(self) -> None:
        """Note that some message arrived: the check message may wait behind others."""
        self._message_at = time.monotonic()

    def take(self, arrival: MqttMessage | Trouble) -> None:
        """Take a message on the topic of the check, and end the check if it is ours."""
        if isinstance(arrival, MqttMessage) and arrival.payload == self.payload:
            self.cancel()

    def cancel(self) -> None:
        self._sent_at = None

    def fails(self) -> bool:
        """Return, once, that the check message has not come back in time."""
        if self._sent_at is None:
            return False
        if time.monotonic() <= max(self._sent_at + CHECK_WITHIN, self._message_at + CHECK_BEHIND):
            return False
        self.cancel()
        return True
