"""Many people looking at one kitchen: every event is made once and put into each one's bounded queue.

A client that reads too slowly loses its queue and gets the newest snapshot instead, so that it is never shown an
old kitchen and never costs more memory than its queue.
"""

import asyncio
from collections.abc import AsyncIterator

import msgspec

from api.live.board import Live
from api.live.render import Json

QUEUE = 64  # events: six seconds at the ten changes a second that the gateway sends at most
RETRY_MS = 1_000


def event(name: str, body: bytes) -> bytes:
    """One server-sent event; JSON has no line break of its own."""
    return b"event: %b\ndata: %b\n\n" % (name.encode(), body)


class Hub:
    """Where events come in and streams go out. It belongs to the event loop."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._queues: set[asyncio.Queue[bytes | None]] = set()
        self._closed = False

    @property
    def clients(self) -> int:
        """How many streams are open."""
        return len(self._queues)

    def publish(self, name: str, body: Json) -> None:
        """Hand an event to every stream; never waits."""
        chunk = event(name, msgspec.json.encode(body))
        for queue in self._queues:
            self._offer(queue, chunk)

    def publish_snapshot(self) -> None:
        """Send every stream the newest snapshot in place of what it has not read yet."""
        for queue in self._queues:
            self._restart(queue)

    def close(self) -> None:
        """End every stream, so that a shutdown need not wait for browsers."""
        self._closed = True
        for queue in self._queues:
            self._restart(queue)

    async def stream(self) -> AsyncIterator[bytes]:
        """One client's events: the snapshot (or that the gateway is away) first."""
        queue: asyncio.Queue[bytes | None] = asyncio.Queue(QUEUE)
        self._queues.add(queue)
        try:
            yield b"retry: %d\n\n" % RETRY_MS + self._opening()
            while not self._closed:
                chunk = await queue.get()
                if not self._closed:
                    yield chunk or self._opening()
        finally:
            self._queues.discard(queue)

    def _opening(self) -> bytes:
        if self._live.known:
            return event("snapshot", self._live.view("snapshot"))
        return event("gateway", msgspec.json.encode(self._live.gateway()))

    def _offer(self, queue: asyncio.Queue[bytes | None], chunk: bytes) -> None:
        if queue.full():
            self._restart(queue)
        else:
            queue.put_nowait(chunk)

    def _restart(self, queue: asyncio.Queue[bytes | None]) -> None:
        """Empty the queue; None stands for the snapshot as it will be when it is read."""
        while not queue.empty():
            queue.get_nowait()
        queue.put_nowait(None)
