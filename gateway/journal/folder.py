"""Opening the journal of a data folder to read it, as commands do; the gateway may be running."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from gateway.journal.errors import JournalTooNewError, JournalTooOldError, NoJournalError
from gateway.journal.readings import open_read_only
from gateway.journal.schema import newest

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
        yield connection
