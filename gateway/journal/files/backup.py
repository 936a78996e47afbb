"""A copy of a running journal, checked before it is called one; and a checked copy put in a journal's place.

`VACUUM INTO` gives one moment of the file, whatever is written meanwhile (SQLite documentation, "VACUUM", section 4).
"""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from gateway.journal.errors import BackupError, JournalTooNewError, NotAJournalError
from gateway.journal.files.folder import FILE, journal_in, log_of, opened, single_writer
from gateway.journal.sql.schema import newest
from gateway.journal.verify.chain import Chain, verify_chain
from gateway.journal.verify.chunks import Sealed, verify_chunks

PARTIAL = ".partial"
MOST_SAID = 20
REMEDY = "`--even-if-broken` takes it as it is and says all that does not hold"


class Checked(NamedTuple):
    """A journal file as it was found: its chain as far as it holds, and what does not hold, a sentence each."""

    chain: Chain
    faults: list[str]


def backup(data: Path, target: Path, *, even_if_broken: bool = False) -> Checked:
    """Copy the journal of a data folder into the file `target`.

    `even_if_broken`: a copy in which something does not hold is kept, too.

    Raises:
        NoJournalError: there is none.
        BackupError: `target` is there already, or the copy is not what it should be; nothing is left of it then.
        OutOfReachError, NotAJournalError, JournalTooNewError: the journal cannot be read.
        OSError: the copy cannot be written.
    """
    source = journal_in(data)
    if target.exists():
        raise BackupError(f"{target} is there already: choose another name, nothing is overwritten")
    partial = target.with_name(target.name + PARTIAL)
    partial.unlink(missing_ok=True)
    try:
        _copy(source, partial)
        checked = check(partial, called=source, even_if_broken=even_if_broken)
        _sync(partial)
        _settle(partial, target)
    finally:
        partial.unlink(missing_ok=True)
    return checked


def _copy(source: Path, target: Path) -> None:
    try:
        with closing(opened(source)) as connection:
            connection.execute(
                "PRAGMA query_only = 0"
            )  # as it would forbid the copy; the file is open to be read alone
            connection.execute("VACUUM INTO ?", (str(target),))
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorname.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
            raise BackupError(f"{source} is no journal, or is damaged: a copy of it cannot be made") from error
        raise OSError(f"{source} cannot be copied to {target}: {error}") from error


def restore(copy: Path, data: Path, *, even_if_broken: bool = False) -> tuple[Checked, Path | None]:
    """Put a checked copy in the journal's place; returns where the old journal went, if there was one.

    Raises:
        NoJournalError: `copy` is not there.
        BackupError: it is not what it should be; the journal stays as it was.
        JournalInUseError: the gateway runs.
        sqlite3.Error, OSError: something cannot be read or written.
    """
    copy = journal_in(copy)
    log = log_of(copy)
    if log.exists() and log.stat().st_size:
        raise BackupError(f"{copy} is a journal in use, not a copy: `mbg-gateway backup` makes one")
    checked = check(copy, called=copy, even_if_broken=even_if_broken)
    data.mkdir(parents=True, exist_ok=True)
    with single_writer(data):
        partial = data / (FILE + PARTIAL)
        try:
            shutil.copyfile(copy, partial)
            _sync(partial)
            # From here on nothing is written any more but names: a full disk leaves the journal where it was.
            aside = _set_aside(data)
            _settle(partial, data / FILE)
        finally:
            partial.unlink(missing_ok=True)
    return checked, aside


def check(path: Path, *, called: Path, even_if_broken: bool = False) -> Checked:
    """Whether every page, the chain and the sealed hours of a journal file hold; `called`: its name for people.

    Raises:
        BackupError: they do not, and that is not to be borne; or it is damaged beyond that.
        NotAJournalError: it is another program's.
        OutOfReachError: this user cannot read it.
        JournalTooNewError: a newer version wrote it.
    """
    try:
        with closing(opened(path, changing=False)) as connection:
            if connection.execute("PRAGMA user_version").fetchone() == (0,):
                raise NotAJournalError(called)
            faults = list(islice(_faults(connection), MOST_SAID if even_if_broken else 1))
            if faults and not even_if_broken:
                raise BackupError(f"{called}: {faults[0]}; {REMEDY}")
            return Checked(verify_chain(connection), faults)
    except sqlite3.DatabaseError as error:
        raise BackupError(f"{called} is no journal, or is damaged: {error}") from error


def _faults(connection: sqlite3.Connection) -> Iterator[str]:
    (told,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    if told != "ok":
        yield told
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    if found > newest():
        raise JournalTooNewError(found=found, known=newest())
    broken = verify_chain(connection).broken
    if broken is not None:
        yield broken
        return
    if found == newest():  # an older one may have no sealed hours; its first start brings it up to date
        yield from verify_chunks(connection, Sealed())


def _set_aside(data: Path) -> Path | None:
    """The journal that stands there is kept, with its log; a number makes its new name free."""
    path = data / FILE
    if not path.exists():
        return None
    numbers = (data / f"{FILE}.replaced-{number}" for number in range(1, 1_000_000))
    aside = next(name for name in numbers if not name.exists())
    for suffix in ("", "-wal", "-shm"):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(aside.with_name(aside.name + suffix))
    return aside


def _settle(partial: Path, target: Path) -> None:
    """Give a file that is on the disk its name, so that a power cut leaves all of it or nothing."""
    partial.rename(target)
    _sync(target.absolute().parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
