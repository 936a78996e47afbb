"""Threads that are started, watched and stopped together.

A thread that does not turn any more cannot be helped from inside: the process ends, and whoever started it starts it
again; the journal and the broker's session hold what was under way.
"""

import logging
import signal
import threading
import time
from collections.abc import Sequence
from typing import Protocol

SILENT_TOO_LONG = 60.0
"""Seconds without a beat after which a thread is taken for dead: a TLS handshake or a slow disk takes 15."""
LOOK_EVERY = 1.0
STOPPED = 10.0
"""Seconds between two looks from which on the whole process stood still (SIGSTOP, a computer without memory)."""
STOP_WITHIN = 5.0

log = logging.getLogger("gateway")


class Runs(Protocol):
    """Something with a thread of its own."""

    def run(self) -> None: ...

    def stop(self) -> None: ...


class Beats(Runs, Protocol):
    """Its thread turns at least once a second; `last_beat` is the real time.monotonic() of the last turn."""

    @property
    def last_beat(self) -> float: ...


def keep_running(watched: Sequence[Beats], *, unwatched: Sequence[Runs]) -> int:
    """Start a thread each, wait until a signal comes or one of them is dead, stop all, the last one last.

    A delivery is not `watched`: it may hang on a network for as long as that likes.

    Returns:
        0 after a signal, 70 when a thread was dead.
    """
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    runners: list[Runs] = [*unwatched, *watched]
    threads = [threading.Thread(target=runner.run, name=type(runner).__name__, daemon=True) for runner in runners]
    for thread in threads:
        thread.start()
    looked_at = went_on_at = time.monotonic()
    while not over.wait(LOOK_EVERY):
        now = time.monotonic()
        if now - looked_at > STOPPED:
            went_on_at = now
        looked_at = now
        dead = [thread.name for thread in threads if not thread.is_alive()]
        dead += [
            type(runner).__name__ for runner in watched if now - max(runner.last_beat, went_on_at) > SILENT_TOO_LONG
        ]
        if dead:
            log.critical("%s does not turn any more: the gateway ends, to be started anew", ", ".join(dead))
            return 70
    for runner, thread in zip(runners, threads, strict=True):
        runner.stop()
        thread.join(STOP_WITHIN)
    return 0
