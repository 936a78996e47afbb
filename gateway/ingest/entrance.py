"""The entrance for readings: from wires and from the broker, both at the same rate.

    wire    readings ──────────────► rate limit ──► kitchen
    broker  message ──► readings ──► rate limit ──► kitchen

A wire is read as it comes, so its burst is a second's worth. A broker keeps for us what came while we were away: its
burst is a day's worth, so that nothing is thinned only because it waited. What the limit holds back from the broker
goes into the transaction by whose commit the message is acknowledged: nothing that was acknowledged is in memory alone.
"""

from drivers.contract import LinkChange, MqttMessage, Readings, Trouble
from gateway.ingest.mqtt_messages import MqttMessages
from gateway.ingest.rate_limit import BROKER_BURST, WIRE_BURST, Arrived, RateLimit
from gateway.monitoring.changes import Changes
from gateway.monitoring.kitchen import Kitchen
from gateway.records.transaction import Transaction


class Entrance:
    """Lets readings into the kitchen."""

    def __init__(self, kitchen: Kitchen, messages: MqttMessages) -> None:
        self._kitchen = kitchen
        self._messages = messages
        self._wires = RateLimit(kitchen.points, WIRE_BURST)
        self._broker = RateLimit(kitchen.points, BROKER_BURST)

    def take_readings(self, transaction: Transaction, arrival: Readings) -> None:
        """Take readings from a wire."""
        for reading in arrival.readings:
            if self._wires.admits(reading, arrival.at):
                self._kitchen.take(transaction, reading, arrival.at)

    def take_message(self, transaction: Transaction, message: MqttMessage) -> None:
        """Take the readings of an MQTT message, or set it aside."""
        for reading in self._messages.open(transaction, message):
            if self._broker.admits(reading, message.at):
                self._kitchen.take(transaction, reading, message.at)

    def set_aside(self, transaction: Transaction, trouble: Trouble) -> None:
        """Count what was no reading."""
        self._messages.set_aside(transaction, trouble)

    def link_changed(self, transaction: Transaction, change: LinkChange) -> None:
        """Begin anew with a broker that is back."""
        self._messages.link_changed(transaction, change)

    def tick(self, transaction: Transaction, now: int) -> None:
        """Let in what the limit held back of the wires and may pass by now."""
        self._admit(transaction, self._wires.tick(now))
        self._kitchen.counters.thinned = self._wires.thinned + self._broker.thinned
        self._messages.tick(now)

    def complete(self, transaction: Transaction, _changes: Changes, _now: int) -> None:
        """Let in what is held back of the broker: with this transaction its message is acknowledged."""
        self._admit(transaction, self._broker.release())

    def rebase(self, offset: int) -> None:
        """Go on by a clock that was set by `offset` microseconds."""
        self._wires.rebase(offset)
        self._broker.rebase(offset)

    def _admit(self, transaction: Transaction, arrived: list[Arrived]) -> None:
        for reading, at in arrived:
            self._kitchen.take(transaction, reading, at)
