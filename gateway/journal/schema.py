"""Numbered SQL files bring any older journal up to the newest schema; `user_version` says where a file stands."""

import sqlite3
from importlib import resources
from importlib.resources.abc import Traversable

from gateway.journal.errors import JournalTooNewError


def migrate(connection: sqlite3.Connection) -> None:
    """Apply, each in a transaction of its own, the migrations that this file lacks.

    Raises:
        JournalTooNewError: the file was written by a newer version of the gateway.
    """
    scripts = _scripts()
    (stands_at,) = connection.execute("PRAGMA user_version").fetchone()
    if stands_at > len(scripts):
        raise JournalTooNewError(found=stands_at, known=len(scripts))
    for number, script in enumerate(scripts, start=1):
        if number > stands_at:
            connection.executescript(
                f"BEGIN IMMEDIATE;\n{script.read_text()}\nPRAGMA user_version = {number};\nCOMMIT;"
            )


def newest() -> int:
    """The schema that this version writes."""
    return len(_scripts())


def _scripts() -> list[Traversable]:
    entries = resources.files("gateway.journal.sql").iterdir()
    return sorted((entry for entry in entries if entry.name.endswith(".sql")), key=lambda entry: entry.name)
