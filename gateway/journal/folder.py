"""The data folder: whose it is, and opening its journal to read it, as commands do while the gateway may be running."""

import fcntl
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO

from gateway.journal.errors import JournalInUseError, JournalTooNewError, JournalTooOldError, NoJournalError
from gateway.journal.readings import open_read_only
from gateway.journal.schema import check, newest

FILE = "journal.db"


def journal_in(data: Path) -> Path:
    """The journal's file: `data` itself, or in that folder.

    Raises:
        NoJournalError: it is not there.
    """
    path = data / FILE if data.is_dir() else data
    if not path.is_file():
        raise NoJournalError(path)
    return path


@contextmanager
def reading(data: Path) -> Iterator[sqlite3.Connection]:
    """A read-only connection to a journal of this version's schema.

    Raises:
        NoJournalError: there is none.
        JournalTooNewError, JournalTooOldError: another version's.
        sqlite3.Error: it is damaged or cannot be read.
    """
    with closing(open_read_only(journal_in(data))) as connection:
        (found,) = connection.execute("PRAGMA user_version").fetchone()
        known = newest()
        if found > known:
            raise JournalTooNewError(found=found, known=known)
        if found < known:
            raise JournalTooOldError(found=found, known=known)
        check(connection)
        yield connection


def single_writer(folder: Path) -> IO[str]:
    """Hold the folder for this process.

    Raises:
        JournalInUseError: another gateway has it.
    """
    lock = (folder / "gateway.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise JournalInUseError(folder) from None
    return lock
