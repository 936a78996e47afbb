"""Hand acknowledgements, publications and subscriptions from other threads to the link's thread."""

from collections import deque
from collections.abc import Sequence

from drivers.links.mqtt.connection import Connection
from drivers.links.waker import Waker


class Orders:
    """Work that other threads give to the link's thread; waiting in the order in which it came."""

    def __init__(self) -> None:
        self.waker = Waker()
        self._acknowledged: deque[Sequence[tuple[int, int]]] = deque()
        self._publications: deque[tuple[str, bytes, bool]] = deque()
        self._additions: deque[tuple[str, ...]] = deque()

    def acknowledge(self, pairs: Sequence[tuple[int, int]]) -> None:
        self._acknowledged.append(pairs)
        self.waker.wake()

    def publish(self, topic: str, payload: bytes, *, retain: bool) -> None:
        self._publications.append((topic, payload, retain))
        self.waker.wake()

    def subscribe(self, filters: Sequence[str]) -> None:
        self._additions.append(tuple(filters))
        self.waker.wake()

    def forget_publications(self) -> None:
        """Drop publications that were meant for an earlier connection."""
        self._publications.clear()

    def carry_out(self, connection: Connection, filters: tuple[str, ...]) -> tuple[str, ...]:
        """Carry out all orders on a connection, and return the filters with the new ones."""
        while self._acknowledged:
            pairs = self._acknowledged.popleft()
            connection.acknowledge([mid for number, mid in pairs if mid and number == connection.number])
        while self._additions:
            added = [each for each in self._additions.popleft() if each not in filters]
            filters += tuple(added)
            if added and connection.welcomed:
                connection.subscribe(added)
        while self._publications:
            topic, payload, retain = self._publications.popleft()
            if connection.welcomed:
                connection.publish(topic, payload, retain=retain)
        return filters
