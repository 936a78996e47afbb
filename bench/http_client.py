"""Request one path repeatedly over one connection: python -m bench.http_client PORT PATH SECONDS.

A bare socket, so that only the server is measured. Prints answers a second and the size of one.
"""

import socket
import sys
import time
from collections.abc import Iterable


def ask(client: socket.socket, request: bytes) -> int:
    """Send a request and read the whole answer; return the size of its body. SystemExit for anything but 200."""
    client.sendall(request)
    data = b""
    while b"\r\n\r\n" not in data:
        data += _more(client)
    head, _, body = data.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise SystemExit(head.decode())
    (length,) = (int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    got = len(body)
    while got < length:
        got += len(_more(client))
    return length


def _more(client: socket.socket) -> bytes:
    if not (data := client.recv(1 << 18)):
        raise SystemExit("the server closed the connection")
    return data


def opened(port: int) -> socket.socket:
    client = socket.create_connection(("127.0.0.1", port))
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return client


def get(port: int, path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()


def delays(port: int, paths: Iterable[str]) -> list[float]:
    """Request the paths one after the other; return the milliseconds to each whole answer."""
    milliseconds = []
    with opened(port) as client:
        for path in paths:
            began = time.perf_counter()
            ask(client, get(port, path))
            milliseconds.append((time.perf_counter() - began) * 1_000)
    return milliseconds


def rate(port: int, path: str, seconds: float) -> tuple[float, int]:
    """Return answers a second, and the bytes of one."""
    request = get(port, path)
    with opened(port) as client:
        size = ask(client, request)
        count, began = 0, time.monotonic()
        while (lived := time.monotonic() - began) < seconds:
            ask(client, request)
            count += 1
    return count / lived, size


if __name__ == "__main__":
    answers, size = rate(int(sys.argv[1]), sys.argv[2], float(sys.argv[3]))
    print(f"{answers:.1f} {size}")
