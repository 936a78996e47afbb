"""Run an offline command: one JSON file, or one JSON object a line."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from gateway.haccp.limits.fields import Fields, InputError, parse

Answer = Callable[[Fields], object]
"""Answers one input; raises InputError if it cannot be used."""

_STDIN = "-"


def add_sources(parser: ArgumentParser) -> None:
    """Add the arguments that say where the input is."""
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("file", nargs="?", metavar="FILE", help="one JSON object; - is standard input")
    source.add_argument("--jsonl", metavar="FILE", help="one JSON object a line, one answer a line")


def run(prog: str, answer: Answer, file: str | None, jsonl: str | None) -> int:
    """Answer the input that `add_sources` named; return 0 if answered, 2 for input that cannot be used."""
    name = file if file is not None else str(jsonl)
    try:
        if name == _STDIN:
            return _answer(prog, answer, sys.stdin.buffer, Path(), one=file is not None)
        with Path(name).open("rb") as stream:
            return _answer(prog, answer, stream, Path(name).parent, one=file is not None)
    except OSError as error:
        return refused(prog, f"{name}: {error.strerror}")


def _answer(prog: str, answer: Answer, stream: BinaryIO, folder: Path, *, one: bool) -> int:
    if not one:
        for line in answers(answer, stream, folder):
            say(line)
        return 0
    try:
        say(ask(answer, stream.read(), folder))
    except InputError as error:
        return refused(prog, str(error))
    return 0


def ask(answer: Answer, text: bytes, folder: Path) -> str:
    """Return the answer to one input as JSON.

    Raises:
        InputError: the input cannot be used.
    """
    return told(answer(Fields(parse(text), folder=folder)))


def told(given: object) -> str:
    """Return an answer as JSON.

    Raises:
        InputError: JSON has no such number.
    """
    try:
        return json.dumps(given, ensure_ascii=False, allow_nan=False)
    except ValueError:
        raise InputError("", "the answer to these numbers is not finite") from None


def answers(answer: Answer, lines: Sequence[bytes] | BinaryIO, folder: Path) -> Iterator[str]:
    """Return one answer a line, or an error in its place; an empty line is no input."""
    for line in lines:
        if line.strip():
            try:
                yield ask(answer, line, folder)
            except InputError as error:
                yield json.dumps({"error": "unusable_input", "message": str(error)}, ensure_ascii=False)


def say(line: str) -> None:
    """Write a line to standard output."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def refused(prog: str, text: str) -> int:
    """Write a line to standard error; return the exit status."""
    sys.stderr.write(f"{prog}: {text}\n")
    return 2
