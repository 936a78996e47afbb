"""A socket for paho-mqtt that reads and writes once a turn of the loop, TLS or not.

paho asks a socket for one byte, then for one byte, then for the rest, and writes every packet by itself. Here one
system call fetches up to 64 KiB and one sends all that was written. paho is granted whole packets only, one at a time;
what it is not granted, it does not see.
"""

import socket
import ssl

CHUNK = 65_536
"""Bytes asked for in one read: some 500 readings."""

_NOT_NOW = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class BufferedSocket:
    """A connected socket, buffered on both sides. Belongs to one thread."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        # Packets are gathered here; the kernel must not hold them back as well.
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received = b""
        """Read, neither dropped nor granted."""
        self._granted = b""
        self._unsent = bytearray()
        self._to_skip = 0
        self._failure: OSError | None = None
        self.ended = False
        """True when nothing will come any more; paho is told at its next read."""

    # The loop's side

    def fill(self) -> None:
        """Read what has come."""
        chunk = self._read()
        # TLS may hold decrypted bytes that select() does not know of.
        while isinstance(self._socket, ssl.SSLSocket) and self._socket.pending():
            chunk += self._read()
        if self._to_skip:
            skipped = min(self._to_skip, len(chunk))
            self._to_skip -= skipped
            chunk = chunk[skipped:]
        self.received = self.received + chunk if self.received else chunk

    def drop(self, count: int) -> None:
        """Forget the first `count` bytes, those that are still to come included."""
        self._to_skip += max(0, count - len(self.received))
        self.received = self.received[count:]

    def grant(self, count: int) -> None:
        """Let paho read the first `count` bytes."""
        self._granted += self.received[:count]
        self.received = self.received[count:]

    @property
    def unsent(self) -> bool:
        return bool(self._unsent)

    def flush(self) -> None:
        """Send what was written, as far as the kernel takes it now."""
        try:
            while self._unsent:
                del self._unsent[: self._socket.send(self._unsent)]
        except _NOT_NOW:
            return
        except OSError as error:
            self._end(error)
            self._unsent.clear()

    def _read(self) -> bytes:
        try:
            chunk = self._socket.recv(CHUNK)
        except _NOT_NOW:
            return b""
        except OSError as error:
            self._end(error)
            return b""
        if not chunk:
            self._end(None)
        return chunk

    def _end(self, failure: OSError | None) -> None:
        self.ended = True
        self._failure = self._failure or failure

    @property
    def failure(self) -> OSError | None:
        """Why it ended; None when the other side closed it."""
        return self._failure

    # paho's side: the methods of a non-blocking socket

    def recv(self, count: int) -> bytes:
        data, self._granted = self._granted[:count], self._granted[count:]
        if data:
            return data
        if self.ended:
            return b""
        raise BlockingIOError

    def send(self, data: bytes | bytearray) -> int:
        self._unsent += data
        return len(data)

    def pending(self) -> int:
        return len(self._granted)

    def fileno(self) -> int:
        return self._socket.fileno()

    def setblocking(self, flag: bool) -> None:
        self._socket.setblocking(flag)

    def close(self) -> None:
        # paho closes right behind its DISCONNECT, which must not be lost in here.
        self.flush()
        self._socket.close()
