"""What can go wrong with the journal.

JournalError
├── JournalTooNewError   the file was written by a newer gateway
├── JournalTooOldError   it was written by an older one, and is only to be read
├── JournalInUseError    another gateway writes into this folder
├── NoJournalError       there is none
├── NotAJournalError     another program's file, or an empty one
├── OutOfReachError      it is there, and this user cannot read it
└── BackupError          a copy is not what it should be, or has no place
"""

from pathlib import Path


class JournalError(Exception):
    """Root of the journal's errors."""


class JournalTooNewError(JournalError):
    """The file's schema is newer than this program."""

    def __init__(self, *, found: int, known: int) -> None:
        super().__init__(
            f"the journal has schema {found}, this version of mbg-gateway knows up to {known}: install the newer one"
        )
        self.found = found


class JournalInUseError(JournalError):
    """There is one writer a journal, and it is another process."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"{folder}: another gateway writes here; stop it first, or give another --data folder")
        self.folder = folder


class NoJournalError(JournalError):
    """There is no journal where one was looked for."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path}: no journal is here; give the --data folder of `mbg-gateway run`, or a journal file")
        self.path = path


class NotAJournalError(JournalError):
    """The file is another program's, or empty."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is no journal of a gateway: give the --data folder of `mbg-gateway run`, or a copy")
        self.path = path


class OutOfReachError(JournalError):
    """The journal is there, and cannot be opened from here."""

    def __init__(self, path: Path, why: Exception) -> None:
        super().__init__(
            f"{path} cannot be read ({why}): be the user whose it is, or copy the whole folder and read that"
        )
        self.path = path


class JournalTooOldError(JournalError):
    """An older version wrote the file, and nothing that only reads may change it."""

    def __init__(self, *, found: int, known: int) -> None:
        super().__init__(
            f"the journal has schema {found}, this version of mbg-gateway reads {known}: start the gateway with it once"
        )
        self.found = found


class BackupError(JournalError):
    """A copy of a journal is not what it should be, or has no place."""
