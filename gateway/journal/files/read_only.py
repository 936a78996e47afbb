"""A connection that reads the journal while the gateway may be writing it."""

import sqlite3
from pathlib import Path

from gateway.journal.sql.schema import load


def open_read_only(path: Path, *, changing: bool = True) -> sqlite3.Connection:
    """A connection that cannot write, not even by mistake. Not `changing`: nobody else writes to the file either.

    Raises:
        sqlite3.Error: the file is damaged, or out of reach.
    """
    address = f"{path.absolute().as_uri()}?mode=ro{'' if changing else '&immutable=1'}"
    connection = sqlite3.connect(address, uri=True, isolation_level=None, check_same_thread=False)
    try:
        load(connection)
        connection.execute("PRAGMA query_only = 1")
    except BaseException:
        connection.close()
        raise
    return connection
