"""Buffer a socket for paho-mqtt, so that it reads and writes once a turn of the loop, with TLS or without.

paho reads one byte, then one byte, then the rest, and writes every packet by itself. Here one system call reads up to
64 KiB, and one sends everything that was written. paho is granted whole packets only, one at a time; it does not see
the others.
"""

import socket
import ssl

CHUNK = 65_536
"""Bytes in one read: some 500 readings."""

_NOT_NOW = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class BufferedSocket:
    """A connected socket, buffered on both sides. Belongs to one thread."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        # Packets are collected here; the kernel must not delay them as well.
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received = b""
        """Bytes that are neither dropped nor granted."""
        self._granted = b""
        self._unsent = bytearray()
        self._to_skip = 0
        self._failure: OSError | None = None
        self.ended = False
        """True when no more bytes will arrive; paho learns it at its next read."""

    # The loop's side

    def fill(self) -> None:
        """Read the bytes that have arrived."""
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
        """Drop the first `count` bytes, including those that have not arrived yet."""
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
        """Send what was written, as much as the kernel accepts now."""
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
        """Error that ended the connection; None when the other side closed it."""
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
        # paho closes right after its DISCONNECT, which must not stay in this buffer.
        self.flush()
        self._socket.close()
