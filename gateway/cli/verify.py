"""`mbg-gateway verify DATA`: check that the journal was not changed since it was written, offline and without a key.

Checks every page of the file, then recomputes the chain of events and names the first link that does not hold, then
every sealed hour. Damaged pages may cause all later messages. `--head HASH`: a head that was noted before must be one
of the links, so that nobody rewrote the chain. `--refold`: the tables of alarms, movements, balances and batches must
be what follows from the events.

Exit status 0 when everything holds, 1 when something does not, 2 when there is no journal that can be read.
"""

import argparse
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from gateway.cli.verify_refold import differences
from gateway.journal.errors import JournalError
from gateway.journal.files.folder import reading
from gateway.journal.verify.chain import verify_chain
from gateway.journal.verify.chunks import Sealed, verify_chunks
from gateway.journal.verify.rollups import verify_rollups

MOST_PRINTED = 20
"""Faults; one mistake may have changed thousands of rows."""


def main(argv: Sequence[str]) -> int:
    """Verify one journal."""
    parser = argparse.ArgumentParser(
        prog="mbg-gateway verify", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, metavar="DATA", help="the data folder of `run`, or a journal file")
    parser.add_argument(
        "--head", type=_hash, metavar="HASH", help="a head that was noted before, 64 hexadecimal digits"
    )
    parser.add_argument("--refold", action="store_true", help="compute the tables from the events and compare them")
    typed = parser.parse_args(argv)
    try:
        with reading(typed.data) as connection:
            # Damaged text must be reported, not end the program.
            connection.text_factory = lambda text: text.decode(errors="replace")
            faults = list(islice(_faults(connection, typed.head, refold=typed.refold), MOST_PRINTED + 1))
    except (JournalError, OSError) as error:
        sys.stderr.write(f"{parser.prog}: {error}\n")
        return 2
    except sqlite3.Error as error:
        faults = [f"{typed.data} is damaged: {error}"]
    for fault in faults[:MOST_PRINTED]:
        sys.stderr.write(f"{fault}\n")
    if len(faults) > MOST_PRINTED:
        sys.stderr.write("… and more\n")
    return 1 if faults else 0


def _hash(text: str) -> bytes:
    try:
        head = bytes.fromhex(text)
    except ValueError:
        head = b""
    if len(head) != 32:
        raise argparse.ArgumentTypeError(f"{text!r} is no hash: 64 hexadecimal digits")
    return head


def _faults(connection: sqlite3.Connection, head: bytes | None, *, refold: bool) -> Iterator[str]:
    (result,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    if result != "ok":
        yield f"the file is damaged: {' '.join(result.split())}"
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
