"""A server that repeats in its error whatever it was sent, the credentials too, as badly configured proxies do.

with echo() as server:
    server.url; server.statuses = [500]     # one a request, the last for ever; 204 takes what it gets
"""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote


class EchoServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.statuses = [500]
        self.requests = 0

    def status(self) -> int:
        self.requests += 1
        return self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # header and body in one packet: in two the second waits 40 ms for the first one's ACK
    server: EchoServer

    def do_GET(self) -> None:
        self._repeat()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self._repeat()

    def _repeat(self) -> None:
        status = 204 if self.path.startswith("/ping") else self.server.status()
        sent = self.headers.get("Authorization", "")
        words = sent.partition(" ")[2]
        if sent.startswith("Basic "):
            words = base64.b64decode(words).decode()
        password = words.rpartition(":")[2]
        said = f"{sent} is {words} at http://{words}@host{self.path}&p={quote(password)}&token={password} {password!r}"
        body = b"" if status == 204 else json.dumps({"error": said, "message": said}, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("X-Influxdb-Version", "0-echo")
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def echo() -> Iterator[EchoServer]:
    """A running one."""
    with EchoServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
