"""`mbg-gateway verify DATA`: whether the journal says what it said when it was written, offline and without a key.

Checks every page of the file, recomputes the chain of events and names the first link that does not hold, then every
sealed hour. Where pages are damaged, what is said after that may come of it. `--head HASH`: a
head that was handed out before must be one of its links, so that nobody wrote the chain anew. `--refold`: the tables of
alarms, movements and what lies where must be what follows from the events.

Exit status 0 when all of it holds, 1 when something does not, 2 when there is no journal that can be read.
"""

import argparse
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from gateway.cli.verify_refold import differences
from gateway.journal.errors import JournalError
from gateway.journal.folder import reading
from gateway.journal.verify import verify_chain
from gateway.journal.verify_chunks import Sealed, verify_chunks
from gateway.journal.verify_rollups import verify_rollups

MOST_SAID = 20
"""Differences of the tables; one mistake may have touched thousands of rows."""


def main(argv: Sequence[str]) -> int:
    """Verify one journal."""
    parser = argparse.ArgumentParser(
        prog="mbg-gateway verify", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, metavar="DATA", help="the data folder of `run`, or a journal file")
    parser.add_argument("--head", type=_hash, metavar="HASH", help="a head that was handed out, 64 hexadecimal digits")
    parser.add_argument("--refold", action="store_true", help="fold the events again and compare the tables")
    typed = parser.parse_args(argv)
    try:
        with reading(typed.data) as connection:
            # A text that was damaged is to be found, not to be a crash.
            connection.text_factory = lambda text: text.decode(errors="replace")
            faults = list(islice(_faults(connection, typed.head, refold=typed.refold), MOST_SAID + 1))
    except (JournalError, OSError) as error:
        sys.stderr.write(f"{parser.prog}: {error}\n")
        return 2
    except sqlite3.Error as error:
        faults = [f"{typed.data} is damaged: {error}"]
    for fault in faults[:MOST_SAID]:
        sys.stderr.write(f"{fault}\n")
    if len(faults) > MOST_SAID:
        sys.stderr.write("… and more\n")
    return 1 if faults else 0


def _hash(text: str) -> bytes:
    try:
        found = bytes.fromhex(text)
    except ValueError:
        found = b""
    if len(found) != 32:
        raise argparse.ArgumentTypeError(f"{text!r} is no hash: 64 hexadecimal digits")
    return found


def _faults(connection: sqlite3.Connection, head: bytes | None, *, refold: bool) -> Iterator[str]:
    (told,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    if told != "ok":
        yield f"the file is damaged: {' '.join(told.split())}"
    chain = verify_chain(connection, known_head=head)
    if chain.broken is not None:
        yield chain.broken
        return
    sys.stdout.write(f"{chain.events} events, the chain holds; head {chain.head.hex()}\n")
    sealed = Sealed()
    yield from verify_chunks(connection, sealed)
    gone = f"; {sealed.gone} more have gone as events say" if sealed.gone else ""
    sys.stdout.write(f"{sealed.chunks} sealed chunks with {sealed.readings} readings{gone}\n")
    yield from verify_rollups(connection)
    if refold:
        yield from differences(connection)
