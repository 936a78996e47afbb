"""A TCP proxy on 127.0.0.1 as a network that can be cut: what it no longer forwards, it does not close either.

with Cut(broker.port) as network:
    network.port; network.cut(); network.heal(); network.strand()
"""

import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self


class Cut:
    """Forwards between those who connect and one server, until it is told not to."""

    def __init__(self, port: int, *, swallows: bytes = b"") -> None:
        """`port`: the server's, on 127.0.0.1; `swallows`: what the server says and nobody hears."""
        self._target = port
        self._swallows = swallows
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._is_cut = False
        self._gates: list[threading.Event] = []
        self._stranded: list[threading.Event] = []
        self._waiting: list[socket.socket] = []
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        self._begin(threading.Thread(target=self._accept))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        # A socket in whose `accept` or `recv` a thread waits has to be shut down before it is closed.
        for each in [self._listener, *self._sockets, *self._waiting]:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        for gate in [*self._gates, *self._stranded]:
            gate.set()
        for thread in self._threads:
            thread.join(10)
        for each in [self._listener, *self._sockets, *self._waiting]:
            each.close()

    def cut(self) -> None:
        """From now on nothing passes, neither bytes nor the end of a connection; new ones get no answer."""
        self._is_cut = True
        for gate in self._gates:
            gate.clear()

    def heal(self) -> None:
        """All goes on where it stopped, as TCP would; who tried to connect meanwhile has to try again."""
        self._is_cut = False
        for each in self._waiting:
            each.close()
        self._waiting.clear()
        for gate in self._gates:
            gate.set()

    def strand(self) -> None:
        """The connections of now are dead for ever without an end, as when a router forgets them; new ones pass."""
        for gate in self._gates:
            gate.clear()
        self._stranded += self._gates
        self._gates = []

    def _begin(self, thread: threading.Thread) -> None:
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):  # the end of the listener is the end of this
            while True:
                near, _ = self._listener.accept()
                if self._is_cut:
                    self._waiting.append(near)
                else:
                    self._join(near)

    def _join(self, near: socket.socket) -> None:
        try:
            far = socket.create_connection(("127.0.0.1", self._target))
        except OSError:
            near.close()
            return
        gate = threading.Event()
        gate.set()
        self._gates.append(gate)
        self._sockets += [near, far]
        self._begin(threading.Thread(target=_pump, args=(near, far, gate, b"")))
        self._begin(threading.Thread(target=_pump, args=(far, near, gate, self._swallows)))


def _pump(source: socket.socket, target: socket.socket, gate: threading.Event, swallows: bytes) -> None:
    with suppress(OSError):
        while chunk := source.recv(65_536):
            gate.wait()
            target.sendall(chunk.replace(swallows, b"") if swallows else chunk)
    gate.wait()
    for each in (source, target):
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
