"""Where everything that happens meets: one bounded queue that the pipeline empties.

Links stop reading while it is `full`, so a burst waits in the broker and in the cables, not in memory. What people and
deliveries send is never held back: it is small, and an acknowledgement must get through in a flood.
"""

import threading
from collections import deque
from typing import Generic, Protocol, TypeVar

LIMIT = 4_000
"""Arrivals that wait at most, give or take what one link has in hand when the queue fills."""

Item = TypeVar("Item")
Put_contra = TypeVar("Put_contra", contravariant=True)


class Puts(Protocol[Put_contra]):
    """Where something is put that the pipeline takes."""

    def put(self, arrival: Put_contra, /) -> None:
        """Take it; never waits. Safe from any thread."""


class BoundedQueue(Generic[Item]):
    """A queue from many threads to one."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._queue: deque[Item] = deque()
        self._something = threading.Event()

    def __len__(self) -> int:
        return len(self._queue)

    @property
    def full(self) -> bool:
        """Links stop reading."""
        return len(self._queue) >= self._limit

    @property
    def half_empty(self) -> bool:
        """A link that disconnected since the queue stayed full may come back."""
        return len(self._queue) * 2 <= self._limit

    def put(self, arrival: Item) -> None:
        """Take it; never waits. Safe from any thread."""
        self._queue.append(arrival)
        if not self._something.is_set():
            self._something.set()

    def take(self, most: int, wait: float) -> list[Item]:
        """Up to `most` arrivals in their order; waits up to `wait` real seconds for the first."""
        self._something.clear()
        if not self._queue:
            self._something.wait(wait)
        return [self._queue.popleft() for _ in range(min(most, len(self._queue)))]
