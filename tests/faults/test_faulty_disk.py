"""The shim does to SQLite what a dying disk does: what the tests of the journal stand on."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from faults.disk import ErrnoName, FaultyDisk, faulty_disk

ERRNO_NAMES: list[ErrnoName] = ["EIO", "EROFS", "ENOSPC"]
# One connection as the journal has it; each line on stdin is a question, each line on stdout its answer.
WRITER = """
import sqlite3, sys
def connect():
    connection = sqlite3.connect(sys.argv[1], isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    return connection
def commit():
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute("INSERT INTO reading VALUES (1)")
        connection.execute("COMMIT")
        return "committed"
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
connection = connect()
connection.execute("CREATE TABLE IF NOT EXISTS reading (value)")
for question in sys.stdin:
    try:
        match question.strip():
            case "commit":
                print(commit(), flush=True)
            case "count":
                print(connection.execute("SELECT count(*) FROM reading").fetchone()[0], flush=True)
            case "reopen":
                connection.close()
                connection = connect()
                print("open", flush=True)
    except sqlite3.Error as error:
        print(error.sqlite_errorname, flush=True)
"""


class Writer:
    def __init__(self, disk: FaultyDisk, journal: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", WRITER, journal],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
            env=os.environ | disk.env,
        )
        self.ask("count")  # its table is made

    def ask(self, question: str) -> str:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(question + "\n")
        return self.process.stdout.readline().strip()

    def kill(self) -> None:
        self.process.kill()
        with self.process:
            pass


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[FaultyDisk]:
    with faulty_disk(tmp_path) as disk:
        yield disk


@pytest.fixture
def start(tmp_path: Path, disk: FaultyDisk) -> Iterator[Callable[[], Writer]]:
    started: list[Writer] = []

    def start() -> Writer:
        started.append(Writer(disk, tmp_path / "journal.db"))
        return started[-1]

    yield start
    for writer in started:
        writer.kill()


@pytest.mark.parametrize(
    ("errno_name", "error"),
    [("EIO", "SQLITE_IOERR_WRITE"), ("EROFS", "SQLITE_IOERR_WRITE"), ("ENOSPC", "SQLITE_FULL")],
)
def test_a_commit_fails_while_the_disk_does_and_works_again_on_the_same_connection(
    disk: FaultyDisk, start: Callable[[], Writer], errno_name: ErrnoName, error: str
) -> None:
    writer = start()
    assert writer.ask("commit") == "committed"

    disk.fail(errno_name)
    assert [writer.ask("commit"), writer.ask("commit"), writer.ask("count")] == [error, error, "1"]

    disk.heal()
    assert [writer.ask("commit"), writer.ask("count")] == ["committed", "2"]


def test_a_connection_opened_on_a_read_only_disk_stays_read_only_after_it(
    disk: FaultyDisk, start: Callable[[], Writer]
) -> None:
    writer = start()
    disk.fail("EROFS")
    assert [writer.ask("reopen"), writer.ask("commit")] == ["open", "SQLITE_READONLY"]
    disk.heal()
    assert [writer.ask("commit"), writer.ask("reopen"), writer.ask("commit")] == [
        "SQLITE_READONLY",
        "open",
        "committed",
    ]


def test_a_commit_that_could_not_be_synced_comes_back_when_the_writer_is_killed(
    disk: FaultyDisk, start: Callable[[], Writer]
) -> None:
    """So what a failed batch held must be recognised when it is written again."""
    writer = start()
    disk.fail("EIO", only="sync")
    assert [writer.ask("commit"), writer.ask("count")] == ["SQLITE_IOERR_FSYNC", "0"]
    writer.kill()

    disk.heal()
    assert start().ask("count") == "1"


@pytest.mark.parametrize("errno_name", ERRNO_NAMES)
def test_files_of_another_name_are_not_touched(tmp_path: Path, disk: FaultyDisk, errno_name: ErrnoName) -> None:
    disk.fail(errno_name)
    write = "import sys; open(sys.argv[1], 'w').write('x')"
    for name, succeeds in (("other.txt", True), ("journal.db", False)):
        command = [sys.executable, "-c", write, tmp_path / name]
        done = subprocess.run(command, env=os.environ | disk.env, capture_output=True, check=False)
        assert (done.returncode == 0) is succeeds
