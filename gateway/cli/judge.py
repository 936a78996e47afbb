"""`mbg-gateway judge FILE|-` or `--jsonl FILE`: apply the food-safety rules to a trace, offline.

The input is a JSON object with a `control`, a `trace` (or `traces`, `marks`) and one or several profiles; docs/judge.md
describes it. `--table` prints a table for people instead of JSON. Exit status 0 when answered, whatever the verdict; 2
for input that cannot be used, with the place of the mistake.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from gateway.cli.offline import command
from gateway.cli.offline.answer import answer
from gateway.cli.offline.table import table
from gateway.haccp.limits.fields import Fields, InputError, parse


def main(argv: Sequence[str]) -> int:
    """Judge one input, or one a line."""
    parser = argparse.ArgumentParser(
        prog="mbg-gateway judge", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    command.add_sources(parser)
    parser.add_argument("--table", action="store_true", help="of one FILE: a table for people instead of JSON")
    typed = parser.parse_args(argv)
    if typed.table:
        if typed.file is None:
            parser.error("--table shows one FILE")
        return _show(parser.prog, typed.file)
    return command.run(parser.prog, answer, typed.file, typed.jsonl)


def _show(prog: str, name: str) -> int:
    try:
        text = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        command.say(table(answer(Fields(parse(text), folder=Path() if name == "-" else Path(name).parent))))
    except OSError as error:
        return command.refused(prog, f"{name}: {error.strerror}")
    except InputError as error:
        return command.refused(prog, str(error))
    return 0
