"""Simulate a serial line by a pseudo-terminal in raw mode, under a name that stays.

The name is like `/dev/serial/by-id/…`: a link to the current device node. It is gone while unplugged, and points to
another node after replugging.
"""

import asyncio
import os
import pty
import tty
from collections.abc import Callable
from pathlib import Path


class PtyLine:
    """The device's end of a serial line; `on_chunk` is called with the bytes that the other end writes."""

    def __init__(self, link: Path, on_chunk: Callable[[bytes], None]) -> None:
        self.link = link
        self._on_chunk = on_chunk
        self._master: int | None = None
        self._slave: int | None = None

    @property
    def plugged(self) -> bool:
        return self._master is not None

    def plug(self) -> None:
        """Make a new device node. Needs a running event loop."""
        if self.plugged:
            return
        self._master, self._slave = pty.openpty()
        # The slave side stays open here: a line that nobody has opened is silent, not hung up.
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.link.unlink(missing_ok=True)
        self.link.symlink_to(os.ttyname(self._slave))
        asyncio.get_running_loop().add_reader(self._master, self._read)

    def unplug(self) -> None:
        """Remove the device node; a program that has the line open sees it hang up."""
        if self._master is None or self._slave is None:
            return
        asyncio.get_running_loop().remove_reader(self._master)
        self.link.unlink(missing_ok=True)
        os.close(self._slave)
        os.close(self._master)
        self._master = self._slave = None

    def write(self, chunk: bytes) -> bool:
        """Send. False when unplugged, or when nobody reads and the line is full: then the bytes are lost."""
        if self._master is None:
            return False
        try:
            return os.write(self._master, chunk) == len(chunk)
        except BlockingIOError:
            return False

    def _read(self) -> None:
        if self._master is not None:
            self._on_chunk(os.read(self._master, 256))
