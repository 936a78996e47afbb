"""End a select() from another thread, by a pipe."""

import os
import threading


class Waker:
    """A pipe to register for reading; `wake` is safe from any thread."""

    def __init__(self) -> None:
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._reader, False)
        os.set_blocking(self._writer, False)
        self._lock = threading.Lock()
        self._open = True
        self._woken = False

    def fileno(self) -> int:
        return self._reader

    def wake(self) -> None:
        """End the current select, or the next one."""
        with self._lock:
            if self._open and not self._woken:
                self._woken = True
                os.write(self._writer, b"\0")

    def clear(self) -> None:
        """Accept the next `wake`. Call it before taking the work, so that later work wakes again."""
        with self._lock:
            self._woken = False
            os.read(self._reader, 1)

    def close(self) -> None:
        with self._lock:
            self._open = False
            os.close(self._reader)
            os.close(self._writer)
