"""The control socket: people's commands in, the live state and its changes out (JSON, a line each).

A client sends `{"op": "watch"}` once and is told everything from then on, or sends commands and gets one reply each.
One thread serves all clients; the pipeline answers. A client that does not read is cut off: it may come back and begins
with a fresh snapshot.
"""

import json
import logging
import os
import selectors
import socket
import time
from collections import deque
from pathlib import Path

import msgspec

from drivers.links.waker import Waker
from gateway.ingest.queue import Puts
from gateway.server.requests import Command, Watch

LONGEST_LINE = 64 * 1024
MOST_UNREAD = 4 * 1024 * 1024
"""Bytes that wait for one client."""
TURN = 1.0
"""Seconds after which the thread turns even if nothing comes: its sign of life."""
LONGEST_PATH = 107
"""Of a Unix socket's address (unix(7))."""

log = logging.getLogger(__name__)


class Client:
    """One connection."""

    def __init__(self, number: int, connection: socket.socket) -> None:
        self.number = number
        self.connection = connection
        self.unread = bytearray()
        self.unsent = bytearray()
        self.watches = False


class ControlSocket:
    """One thread's work: `run` until `stop`. `send` and `tell` may be called from any thread."""

    def __init__(self, path: Path, intake: Puts[Command | Watch]) -> None:
        """Listen at `path`.

        Raises:
            OSError: the path is too long or the folder cannot be written.
        """
        if len(os.fsencode(path)) > LONGEST_PATH:
            raise OSError(f"{path} is too long for a socket (over {LONGEST_PATH} bytes): give a shorter --data folder")
        path.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(path))
        path.chmod(0o600)
        self._listener.listen(16)
        self._listener.setblocking(False)
        self._path = path
        self._intake = intake
        self._clients: dict[int, Client] = {}
        self._count = 0
        self._outgoing: deque[tuple[int | None, bytes, bool]] = deque()
        self._waker = Waker()
        self._stopping = False
        self.last_beat = time.monotonic()

    def send(self, client: int, line: bytes, *, watches: bool = False) -> None:
        """Answer one client; nothing happens when it has gone. From an answer that `watches` on it is told all."""
        self._outgoing.append((client, line, watches))
        self._waker.wake()

    def tell(self, line: bytes) -> None:
        """Tell all that watch."""
        self._outgoing.append((None, line, False))
        self._waker.wake()

    def stop(self) -> None:
        self._stopping = True
        self._waker.wake()

    def run(self) -> None:
        """Serve until `stop`."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._listener, selectors.EVENT_READ)
            selector.register(self._waker, selectors.EVENT_READ)
            while not self._stopping:
                self.last_beat = time.monotonic()
                for key, events in selector.select(TURN):
                    if key.fileobj is self._listener:
                        self._accept(selector)
                    elif key.fileobj is self._waker:
                        self._waker.clear()
                    else:
                        self._serve(selector, key.data, events)
                self._distribute(selector)
            for client in list(self._clients.values()):
                self._drop(selector, client)
        self._listener.close()
        self._path.unlink(missing_ok=True)

    def _accept(self, selector: selectors.BaseSelector) -> None:
        connection, _ = self._listener.accept()
        connection.setblocking(False)
        self._count += 1
        client = self._clients[self._count] = Client(self._count, connection)
        selector.register(connection, selectors.EVENT_READ, client)

    def _serve(self, selector: selectors.BaseSelector, client: Client, events: int) -> None:
        try:
            if events & selectors.EVENT_READ and not self._read(client):
                self._drop(selector, client)
                return
            if events & selectors.EVENT_WRITE:
                self._write(selector, client)
        except OSError:
            self._drop(selector, client)

    def _read(self, client: Client) -> bool:
        chunk = client.connection.recv(LONGEST_LINE)
        client.unread += chunk
        *lines, rest = client.unread.split(b"\n")
        client.unread = rest
        for line in lines:
            self._understand(client, bytes(line))
        return bool(chunk) and len(rest) <= LONGEST_LINE

    def _understand(self, client: Client, line: bytes) -> None:
        try:
            match msgspec.json.decode(line):
                case {"op": "watch"}:
                    self._intake.put(Watch(client.number))
                    return
                case {"op": "command", "key": str(key), "name": str(name), "args": dict(args)}:
                    self._intake.put(Command(client.number, key, name, args))
                    return
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            pass
        wrong = {"type": "reply", "key": None, "ok": False, "error": "bad_request"}
        wrong["message"] = 'send {"op": "watch"} or {"op": "command", "key": …, "name": …, "args": {…}}'
        self._outgoing.append((client.number, json.dumps(wrong).encode() + b"\n", False))

    def _distribute(self, selector: selectors.BaseSelector) -> None:
        while self._outgoing:
            number, line, watches = self._outgoing.popleft()
            for client in self._clients.values():
                if client.number == number or (number is None and client.watches):
                    client.unsent += line
                    client.watches = client.watches or watches
        for client in list(self._clients.values()):
            if len(client.unsent) > MOST_UNREAD:
                self._drop(selector, client)
            elif client.unsent:
                self._write(selector, client)

    def _write(self, selector: selectors.BaseSelector, client: Client) -> None:
        try:
            del client.unsent[: client.connection.send(client.unsent)]
        except BlockingIOError:
            pass
        except OSError:
            self._drop(selector, client)
            return
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if client.unsent else 0)
        selector.modify(client.connection, wanted, client)

    def _drop(self, selector: selectors.BaseSelector, client: Client) -> None:
        selector.unregister(client.connection)
        client.connection.close()
        del self._clients[client.number]
