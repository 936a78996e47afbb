"""Hours that are over become chunks, and what is too old goes: drawn up on a thread that reads, written by the pipeline
(journal.sealing). The same thread checks the file when it starts.

One thing is under way at a time: the next is drawn up when the file has the last one. While nothing is recorded nothing
is sealed.
"""

import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from drivers.contract import Clock
from gateway.ingest.queue import Puts
from gateway.journal.files.read_only import open_read_only
from gateway.journal.history.clock import old_by
from gateway.journal.sealing.retire import Keeping, retire
from gateway.journal.sealing.seal import DoubtfulChunkError, Due, due, is_written, rows_to_go, seal, sealed_upkeep
from gateway.journal.writing.file import is_corrupt
from gateway.records.time_units import HOUR
from gateway.records.transaction import Upkeep
from gateway.runtime.arrivals import JournalDamaged

TURN = 1.0
"""Real seconds between two looks, as long as there is nothing to do."""
SOON = 0.2
"""Real seconds until the file is asked whether it has what was drawn up; the pipeline's work in between comes first."""
REST = 0.005
"""Real seconds after each point of an hour: its chunk takes 8 ms at a reading each 5 s."""
STEPS_A_BEAT = 100_000
"""Of SQLite's machine: some ten milliseconds."""
DRAW_AGAIN = 60.0
"""Real seconds after which what was drawn up counts as lost: the disk may have died under it."""

log = logging.getLogger(__name__)


class Sealer:
    """One thread's work: `run` until `stop`."""

    def __init__(
        self,
        journal: Path,
        results: Puts[Upkeep | JournalDamaged],
        clock: Clock,
        *,
        is_recording: Callable[[], bool],
        keeping: Keeping | None = None,
    ) -> None:
        self._journal = journal
        self._results = results
        self._clock = clock
        self._is_recording = is_recording
        self._keeping = keeping or Keeping()
        self._stopping = threading.Event()
        self._due: Due | None = None
        self._looked_at = 0
        self._under_way: Upkeep | None = None
        self._drawn_at = 0.0
        self._doubtful: set[int] = set()
        self._trouble = ""
        self._told_of = 0
        self.last_beat = time.monotonic()

    def stop(self) -> None:
        self._stopping.set()

    def run(self) -> None:
        """Check the file, then turn until `stop`."""
        self.check()
        while not self._stopping.wait(TURN if self._under_way is None else SOON):
            self.last_beat = time.monotonic()
            if self._is_recording():
                self.turn(self._clock.now(), self.last_beat)

    def check(self) -> None:
        """Whether the file is damaged; a large one on a card takes a minute, in which all else goes on."""
        file = self._file()
        try:
            with closing(open_read_only(self._journal)) as connection:
                connection.set_progress_handler(self._beat, STEPS_A_BEAT)
                (told,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        except sqlite3.DatabaseError as error:
            if not is_corrupt(error):
                return  # it cannot be read now: what waits to be written says so
            told = str(error)
        if told != "ok":
            self._tell_damage(told, file)

    def _file(self) -> int | None:
        """Which file is about to be looked at: the pipeline may set it aside meanwhile, and another takes its place."""
        try:
            return self._journal.stat().st_ino
        except FileNotFoundError:
            return None

    def _tell_damage(self, text: str, file: int | None) -> None:
        """Once a file: the pipeline may not have come to it yet."""
        if file is not None and file != self._told_of:
            self._told_of = file
            self._results.put(JournalDamaged(text, file))

    def turn(self, now: int, moment: float) -> None:
        """Draw up what comes next. `moment`: real seconds that only grow."""
        file = self._file()
        try:
            with closing(open_read_only(self._journal)) as connection:
                upkeep = self._next(connection, now, moment)
        except DoubtfulChunkError as error:
            self._doubtful.add(error.chunk)
            log.error("%s; its rows stay, `mbg-gateway verify` says more", error)  # noqa: TRY400 - for a person
            return
        except (sqlite3.Error, OSError) as error:
            if is_corrupt(error):
                self._tell_damage(str(error), file)
                return
            self._say(f"hours wait to be sealed: {self._journal} cannot be read ({error})")
            return
        self._say("")
        if upkeep is not None:
            self._under_way, self._drawn_at = upkeep, moment
            self._results.put(upkeep)

    def _next(self, connection: sqlite3.Connection, now: int, moment: float) -> Upkeep | None:
        if self._under_way is not None and not is_written(connection, self._under_way):
            if moment - self._drawn_at < DRAW_AGAIN:
                return None
            self._due = None
        self._under_way = None
        if self._due is None or now // HOUR != self._looked_at:
            self._due, self._looked_at = due(connection, now), now // HOUR
        while self._due.hours:
            upkeep = seal(connection, self._due.hours.pop(0), rest=self._rest)
            if upkeep is not None:
                return upkeep
        return (
            sealed_upkeep(connection, self._due)
            or rows_to_go(connection, now, but=self._doubtful)
            or retire(connection, old_by(connection, now), self._keeping)
        )

    def _beat(self) -> bool:
        self.last_beat = time.monotonic()
        return self._stopping.is_set()

    def _rest(self) -> None:
        self.last_beat = time.monotonic()
        self._stopping.wait(REST)

    def _say(self, trouble: str) -> None:
        if trouble and trouble != self._trouble:
            log.warning("%s", trouble)
        self._trouble = trouble
