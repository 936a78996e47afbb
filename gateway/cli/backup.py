"""`mbg-gateway backup DATA FILE` and `mbg-gateway restore FILE DATA`: copy the journal into one file, and back.

backup copies the journal while the gateway runs and checks the copy: every page, the chain of events, every sealed
hour. restore checks the copy again and puts it in the journal's place while the gateway is stopped; the replaced
journal is kept beside it. Nothing is ever overwritten. A broken journal or copy is refused; with `--even-if-broken` its
faults are printed, and it is copied or put in place anyway.

Exit status 0 when done, 1 when a copy is broken, 2 when something is missing or in use.
"""

import argparse
import sqlite3
import sys
from collections.abc import Sequence
from pathlib import Path

from gateway.journal.errors import BackupError, JournalError
from gateway.journal.files.backup import Checked, backup, restore


def main_backup(argv: Sequence[str]) -> int:
    """Copy a journal."""
    parser = _parser("backup")
    parser.add_argument("data", type=Path, metavar="DATA", help="the data folder of `run`")
    parser.add_argument("file", type=Path, metavar="FILE", help="the copy; it must not be there")
    typed = parser.parse_args(argv)
    try:
        checked = backup(typed.data, typed.file, even_if_broken=typed.even_if_broken)
    except (JournalError, sqlite3.Error, OSError) as error:
        return _failed(parser, error)
    size, chain, result = typed.file.stat().st_size, checked.chain, _result(checked)
    sys.stdout.write(f"{typed.file}: {size} bytes, {chain.events} events, {result}; head {chain.head.hex()}\n")
    return 0


def main_restore(argv: Sequence[str]) -> int:
    """Replace a journal by a copy."""
    parser = _parser("restore")
    parser.add_argument("file", type=Path, metavar="FILE", help="made by `backup`")
    parser.add_argument("data", type=Path, metavar="DATA", help="the data folder of `run`, which is stopped")
    typed = parser.parse_args(argv)
    try:
        checked, aside = restore(typed.file, typed.data, even_if_broken=typed.even_if_broken)
    except (JournalError, sqlite3.Error, OSError) as error:
        return _failed(parser, error)
    replaced = "" if aside is None else f"; the journal that stood there is {aside}"
    sys.stdout.write(f"{typed.data}: restored from {typed.file}, {_result(checked)}{replaced}\n")
    return 0


def _result(checked: Checked) -> str:
    """Return a word for the result of the checks; print the faults on standard error."""
    for fault in checked.faults:
        sys.stderr.write(f"{fault}\n")
    return "BROKEN as said" if checked.faults else "checked"


def _parser(name: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"mbg-gateway {name}", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--even-if-broken", action="store_true", help="print the faults, and copy anyway")
    return parser


def _failed(parser: argparse.ArgumentParser, error: Exception) -> int:
    sys.stderr.write(f"{parser.prog}: {error}\n")
    return 1 if isinstance(error, BackupError) else 2
