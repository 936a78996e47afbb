"""Pages that listen: python -m bench.streams PORT STREAMS SECONDS.

Opens streams as pages do, says `ready` when each has its snapshot, and listens for so long. Then prints a line for each
alarm that was raised and each stream that told it, in order: number of the stream, point, epoch seconds. The streams
are only cut into events while they come, and read when all is over: the listener is not what is measured.
"""

import json
import re
import selectors
import socket
import sys
import time
from collections.abc import Iterator

DATA = re.compile(rb"\ndata: (.*)")
SNAPSHOT = b"event: snapshot\n"
TOLD = b'"alarms":[{'


class Stream:
    """One open page."""

    def __init__(self, port: int) -> None:
        self.connection = socket.create_connection(("127.0.0.1", port))
        host = f"127.0.0.1:{port}"
        self.connection.sendall(
            f"GET /api/stream HTTP/1.1\r\nHost: {host}\r\nAccept: text/event-stream\r\n\r\n".encode()
        )
        self.snapshots = 0
        self.told: list[tuple[float, bytes]] = []
        self._unread = b""

    def read(self) -> None:
        chunk, now = self.connection.recv(1 << 20), time.time()
        if not chunk:
            raise SystemExit("a stream ended")
        *events, self._unread = (self._unread + chunk).split(b"\n\n")
        self.snapshots += sum(SNAPSHOT in event for event in events)
        self.told += [(now, event) for event in events if TOLD in event]

    def raised(self) -> Iterator[tuple[str, float]]:
        """The point of each critical alarm, and when it was told first: by then it may be over again."""
        known: set[tuple[str, str]] = set()
        for now, event in self.told:
            found = DATA.search(event)
            for alarm in json.loads(found[1])["alarms"] if found else ():
                which = alarm["id"], alarm["raised_at"]
                if alarm["level"] == "critical" and which not in known:
                    known.add(which)
                    yield alarm["point"], now


def listen(port: int, count: int, seconds: float) -> list[Stream]:
    """Count streams, after so many seconds from the last one's snapshot."""
    streams = [Stream(port) for _ in range(count)]
    with selectors.DefaultSelector() as selector:
        for stream in streams:
            selector.register(stream.connection, selectors.EVENT_READ, stream)
        until = None
        while until is None or time.monotonic() < until:
            for key, _ in selector.select(0.1):
                key.data.read()
            if until is None and all(stream.snapshots for stream in streams):
                until = time.monotonic() + seconds
                print("ready", flush=True)
    return streams


if __name__ == "__main__":
    for number, stream in enumerate(listen(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))):
        for point, now in stream.raised():
            print(f"{number} {point} {now:.6f}")
