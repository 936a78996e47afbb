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

from gateway.journal.errors import BackupError, JournalTooNewError
from gateway.journal.folder import FILE, journal_in, single_writer
from gateway.journal.schema import newest
from gateway.journal.verify import Chain, verify_chain
from gateway.journal.verify_chunks import Sealed, verify_chunks

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
        sqlite3.Error, OSError: it cannot be read or written.
    """
    source = journal_in(data)
    if target.exists():
        raise BackupError(f"{target} is there already: choose another name, nothing is overwritten")
    partial = target.with_name(target.name + PARTIAL)
    partial.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            connection.execute("VACUUM INTO ?", (str(partial),))
        checked = check(partial, even_if_broken=even_if_broken)
        _settle(partial, target)
    finally:
        partial.unlink(missing_ok=True)
    return checked


def restore(copy: Path, data: Path, *, even_if_broken: bool = False) -> tuple[Checked, Path | None]:
    """Put a checked copy in the journal's place; returns where the old journal went, if there was one.

    Raises:
        NoJournalError: `copy` is not there.
        BackupError: it is not what it should be; the journal stays as it was.
        JournalInUseError: the gateway runs.
        sqlite3.Error, OSError: something cannot be read or written.
    """
    copy = journal_in(copy)
    log = copy.with_name(f"{copy.name}-wal")
    if log.exists() and log.stat().st_size:
        raise BackupError(f"{copy} is a journal in use, not a copy: `mbg-gateway backup` makes one")
    checked = check(copy, even_if_broken=even_if_broken)
    data.mkdir(parents=True, exist_ok=True)
    with single_writer(data):
        partial = data / (FILE + PARTIAL)
        shutil.copyfile(copy, partial)
        aside = _set_aside(data)
        _settle(partial, data / FILE)
    return checked, aside


def check(path: Path, *, even_if_broken: bool = False) -> Checked:
    """Whether every page, the chain and the sealed hours of a journal file hold.

    Raises:
        BackupError: they do not, and that is not to be borne; or it is no journal.
        JournalTooNewError: a newer version wrote it.
    """
    uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            faults = list(islice(_faults(connection), MOST_SAID if even_if_broken else 1))
            if faults and not even_if_broken:
                raise BackupError(f"{path}: {faults[0]}; {REMEDY}")
            return Checked(verify_chain(connection), faults)
    except sqlite3.DatabaseError as error:
        raise BackupError(f"{path} is no journal, or is damaged: {error}") from error


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
    """Give a file its name once it is on the disk, so that a power cut leaves all of it or nothing."""
    _sync(partial)
    partial.rename(target)
    _sync(target.absolute().parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
