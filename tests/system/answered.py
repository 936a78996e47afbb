"""A proxy before InfluxDB that ends the gateway between the server's answer and the commit of the cursor, or is slow.

    with Answered(server.url) as between:
        between.url                          # what kitchen.yaml names
        between.strike(kill, told=True)      # returns when `kill` has been called
        between.slow(2.0)                    # from now on each answer takes so many seconds

InfluxDB has stored the readings when `kill` is called; the gateway has read that answer (`told`) or never gets it.
"""

import gzip
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import SimpleQueue
from types import TracebackType
from typing import Self

import urllib3
from rig import PATIENCE

READ_IT = 0.002
"""Seconds between an answer that is passed on and the strike: it is read by then, and commits come slower."""


class Answered:
    """Passes requests on to one server. Of use to one test at a time."""

    def __init__(self, url: str) -> None:
        self._server = _Proxy(url)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def strike(self, kill: Callable[[], None], *, told: bool) -> None:
        """Call `kill` once the server has answered that it stored some of our readings."""
        self._server.struck.clear()
        self._server.blows.put((kill, told))
        assert self._server.struck.wait(PATIENCE), "no reading was stored"

    def slow(self, seconds: float) -> None:
        """Keep each answer back for so long."""
        self._server.delay = seconds


class _Proxy(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, url: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.upstream = url
        self.blows: SimpleQueue[tuple[Callable[[], None], bool]] = SimpleQueue()
        self.struck = threading.Event()
        self.delay = 0.0


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Proxy

    def do_GET(self) -> None:
        self._answer(self._pass_on("GET", b""))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        answer = self._pass_on("POST", body)
        time.sleep(self.server.delay)
        if answer.status != 204 or not gzip.decompress(body).startswith(b"reading,") or self.server.blows.empty():
            self._answer(answer)
            return
        kill, told = self.server.blows.get()
        if told:
            self._answer(answer)
            time.sleep(READ_IT)
        kill()
        self.close_connection = True
        self.server.struck.set()

    def _pass_on(self, method: str, body: bytes) -> urllib3.BaseHTTPResponse:
        headers = {name: value for name, value in self.headers.items() if name != "Host"}
        return urllib3.request(method, self.server.upstream + self.path, body=body, headers=headers, retries=False)

    def _answer(self, answer: urllib3.BaseHTTPResponse) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            if name in {"X-Influxdb-Version", "Content-Type"}:
                self.send_header(name, value)
        if answer.status != 204:
            self.send_header("Content-Length", str(len(answer.data)))
        self.end_headers()
        self.wfile.write(answer.data)

    def log_message(self, *_: object) -> None:
        """The gateway's log says what matters."""
