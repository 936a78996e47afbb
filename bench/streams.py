"""Read event streams as open pages do: python -m bench.streams PORT STREAMS SECONDS.

Opens the streams, prints `ready` when each has its snapshot, and reads for so long. Then prints a line for each alarm
on each stream, in order: number of the stream, point, epoch seconds. While streams arrive they are only split into
events; they are parsed afterwards, so that the reader costs little.
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
ALARMS = b'"alarms":[{'


class Stream:
    """Read the stream of one open page."""

    def __init__(self, port: int) -> None:
        self.connection = socket.create_connection(("127.0.0.1", port))
        host = f"127.0.0.1:{port}"
        self.connection.sendall(
            f"GET /api/stream HTTP/1.1\r\nHost: {host}\r\nAccept: text/event-stream\r\n\r\n".encode()
        )
        self.snapshots = 0
        self.alarms: list[tuple[float, bytes]] = []
        self._unread = b""

    def read(self) -> None:
        chunk, now = self.connection.recv(1 << 20), time.time()
        if not chunk:
            raise SystemExit("a stream ended")
        *events, self._unread = (self._unread + chunk).split(b"\n\n")
        self.snapshots += sum(SNAPSHOT in event for event in events)
        self.alarms += [(now, event) for event in events if ALARMS in event]

    def raised(self) -> Iterator[tuple[str, float]]:
        """Yield the point of each critical alarm and when it first arrived; by then it may be over again."""
        seen: set[tuple[str, str]] = set()
        for now, event in self.alarms:
            data = DATA.search(event)
            for alarm in json.loads(data[1])["alarms"] if data else ():
                key = alarm["id"], alarm["raised_at"]
                if alarm["level"] == "critical" and key not in seen:
                    seen.add(key)
                    yield alarm["point"], now


def listen(port: int, count: int, seconds: float) -> list[Stream]:
    """Open `count` streams and read them for so many seconds after the last one's snapshot."""
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
