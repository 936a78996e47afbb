"""A link to a broker under test, and the intake that it fills.

with link_to(pile, port) as link:
    until(lambda: is_up(pile))
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from drivers.contract import Arrival, LinkChange, MqttMessage
from drivers.links.mqtt.link import MqttLink
from drivers.links.mqtt.settings import MqttSettings

Kind = TypeVar("Kind")


class Clock:
    def now(self) -> int:
        return 1_764_000_000_000_000

    def monotonic(self) -> float:
        return 0.0


class Pile:
    """An intake that the test empties."""

    def __init__(self, limit: int = 1_000_000) -> None:
        self.arrivals: list[Arrival] = []
        self.limit = limit

    @property
    def full(self) -> bool:
        return len(self.arrivals) >= self.limit

    @property
    def half_empty(self) -> bool:
        return len(self.arrivals) * 2 <= self.limit

    def put(self, arrival: Arrival) -> None:
        self.arrivals.append(arrival)

    def of(self, kind: type[Kind]) -> list[Kind]:
        return [each for each in list(self.arrivals) if isinstance(each, kind)]

    @property
    def messages(self) -> list[MqttMessage]:
        return self.of(MqttMessage)

    @property
    def changes(self) -> list[tuple[bool, str]]:
        return [(each.up, each.text) for each in self.of(LinkChange)]


@contextmanager
def link_to(pile: Pile, port: int, *, filters: Sequence[str] = ("mbg/#",), **settings: object) -> Iterator[MqttLink]:
    """A link that runs, with these further settings."""
    link = MqttLink(MqttSettings(**{"client_id": "gateway", "port": port} | settings), filters, pile, Clock())
    thread = threading.Thread(target=link.run)
    thread.start()
    try:
        yield link
    finally:
        link.stop()
        thread.join(10)
        assert not thread.is_alive()


def until(condition: Callable[[], object], *, within: float = 20) -> None:
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.005)


def is_up(pile: Pile) -> bool:
    changes = pile.changes
    return bool(changes) and changes[-1][0]
