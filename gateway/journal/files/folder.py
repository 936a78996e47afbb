"""The data folder: whose it is, and opening its journal to read it, as commands do while the gateway may be running."""

import fcntl
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO

from gateway.journal.errors import (
    JournalInUseError,
    JournalTooNewError,
    JournalTooOldError,
    NoJournalError,
    NotAJournalError,
    OutOfReachError,
)
from gateway.journal.files.read_only import open_read_only
from gateway.journal.sql.schema import check, newest

FILE = "journal.db"
_OUT_OF_REACH = ("SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_BUSY", "SQLITE_PERM")


def journal_in(data: Path) -> Path:
    """The journal's file: `data` itself, or in that folder.

    Raises:
        NoJournalError: it is not there.
        OutOfReachError: this user may not look.
    """
    try:
        path = data / FILE if data.is_dir() else data
        if not path.is_file():
            raise NoJournalError(path)
    except PermissionError as error:
        raise OutOfReachError(data, error) from error
    return path


def log_of(path: Path) -> Path:
    """Where the newest of a journal in use stands, what is not in the file yet."""
    return path.with_name(f"{path.name}-wal")


def opened(path: Path, *, changing: bool = True) -> sqlite3.Connection:
    """A read-only connection to a journal's file, wherever it lies; not `changing`: nobody writes to it meanwhile.

    SQLite reads a journal only where it may write beside it, or where somebody has it open. One that is complete
    without its log, on a medium or in a folder that is read-only, is taken as what nobody writes meanwhile.

    Raises:
        OutOfReachError: this user cannot read it.
        sqlite3.Error: it is damaged.
    """
    try:
        try:
            return open_read_only(path, changing=changing)
        except sqlite3.OperationalError as error:
            if not _is_out_of_reach(error) or (log_of(path).exists() and log_of(path).stat().st_size):
                raise
            return open_read_only(path, changing=False)
    except sqlite3.OperationalError as error:
        if not _is_out_of_reach(error):
            raise
        raise OutOfReachError(path, error) from error


def _is_out_of_reach(error: sqlite3.Error) -> bool:
    return error.sqlite_errorname.startswith(_OUT_OF_REACH)


@contextmanager
def reading(data: Path) -> Iterator[sqlite3.Connection]:
    """A read-only connection to a journal of this version's schema.

    Raises:
        NoJournalError: there is none.
        NotAJournalError: it is another program's.
        OutOfReachError: this user cannot read it.
        JournalTooNewError, JournalTooOldError: another version's.
        sqlite3.Error: it is damaged.
    """
    path = journal_in(data)
    with closing(opened(path)) as connection:
        (found,) = connection.execute("PRAGMA user_version").fetchone()
        known = newest()
        if found == 0:
            raise NotAJournalError(path)
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
