"""Numbered SQL files bring any older journal up to the newest schema; `user_version` says where a file stands."""

import sqlite3
from contextlib import closing
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable

from gateway.journal.errors import JournalTooNewError
from gateway.journal.sql import statements

_SQL = statements("schema")


class SchemaDamagedError(sqlite3.DatabaseError):
    """What the file says of its tables is not what any version of ours has written there."""

    sqlite_errorname = "SQLITE_CORRUPT_SCHEMA"


def load(connection: sqlite3.Connection) -> None:
    """Have the file's schema read, which any first statement would do.

    Raises:
        SchemaDamagedError: it cannot be; SQLite's own words for that may be no error of damage, or not even text.
        sqlite3.Error: the file is damaged elsewhere, or out of reach.
    """
    try:
        connection.execute(_SQL["is_readable"]).fetchone()
    except UnicodeDecodeError as error:
        raise SchemaDamagedError("the schema of the journal is damaged") from error
    except sqlite3.OperationalError as error:
        if error.sqlite_errorname == "SQLITE_ERROR":
            raise SchemaDamagedError(f"the schema of the journal is damaged: {error}") from error
        raise


def check(connection: sqlite3.Connection) -> None:
    """Whether a file of the newest schema has all of its columns.

    Raises:
        SchemaDamagedError: it has not.
    """
    lost = _columns_of_newest() - _columns(connection)
    if lost:
        raise SchemaDamagedError(f"the schema of the journal is damaged: it has no {min(lost).decode()}")


@cache
def _columns_of_newest() -> frozenset[bytes]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as fresh:
        migrate(fresh)
        return _columns(fresh)


def _columns(connection: sqlite3.Connection) -> frozenset[bytes]:
    return frozenset(name for (name,) in connection.execute(_SQL["columns"]))


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
                f"BEGIN IMMEDIATE;\n{script.read_text(encoding='utf-8')}\nPRAGMA user_version = {number};\nCOMMIT;"
            )


def newest() -> int:
    """The schema that this version writes."""
    return len(_scripts())


def _scripts() -> list[Traversable]:
    entries = resources.files("gateway.journal.sql.migrations").iterdir()
    return sorted((entry for entry in entries if entry.name.endswith(".sql")), key=lambda entry: entry.name)
