"""Knowing a message again that the broker sends twice.

A message without a usable device time has nothing in itself that tells it from the next equal one. MQTT resends what
was not acknowledged with the DUP flag and its packet id (MQTT 5.0 §4.4); so packet id and content of the newest
messages are kept, and asked for a message that says it may be a repetition.
"""

from collections import deque
from collections.abc import Iterable
from hashlib import blake2b

from gateway.journal.writing.writer import INBOX_KEPT


def inbox_key(mid: int, topic: str, payload: bytes) -> bytes:
    """Packet id and a 64-bit hash of topic and payload."""
    return mid.to_bytes(2, "big") + blake2b(payload, digest_size=8, key=topic.encode()[:64]).digest()


class Inbox:
    """The keys of the newest messages of one session."""

    def __init__(self, keys: Iterable[bytes] = ()) -> None:
        self._order: deque[bytes] = deque()
        self._known: set[bytes] = set()
        for key in keys:
            self.add(key)

    def __contains__(self, key: bytes) -> bool:
        return key in self._known

    def add(self, key: bytes) -> None:
        if key in self._known:
            return
        self._order.append(key)
        self._known.add(key)
        if len(self._order) > INBOX_KEPT:
            self._known.discard(self._order.popleft())

    def clear(self) -> None:
        """The broker begins a new session: its packet ids mean nothing of the old one."""
        self._order.clear()
        self._known.clear()
