"""The SQL that stands in files of its own: every statement fits the tables, has a caller, and every caller finds it."""

import ast
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from gateway.journal import sql
from gateway.journal.sql import statements
from gateway.journal.sql.schema import migrate

FOLDER = Path(sql.__file__).parent
SUBJECTS = sorted(path.stem for path in FOLDER.glob("*.sql"))
ROOT = FOLDER.parents[2]


class Anything(dict[str, object]):
    def __missing__(self, name: str) -> int:
        return 0


@pytest.fixture(scope="module")
def journal() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:")) as connection:
        migrate(connection)
        yield connection


@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_statement_fits_the_tables_of_the_newest_journal(journal: sqlite3.Connection, subject: str) -> None:
    assert statements(subject)
    for text in statements(subject).values():
        values = [0] * text.count("?") if "?" in text else Anything()
        journal.execute(f"EXPLAIN {text}", values)


@pytest.mark.parametrize("subject", SUBJECTS)
def test_no_two_statements_of_a_file_have_one_name(subject: str) -> None:
    names = [line for line in (FOLDER / f"{subject}.sql").read_text().splitlines() if line.endswith(" --")]
    assert len(names) == len(statements(subject))


def used_in(path: Path) -> Iterator[tuple[str, str | None]]:
    """Subject and name of each statement that a module asks for; no name where it asks for all of a subject."""
    tree = ast.parse(path.read_text())
    subjects = {}
    for node in ast.walk(tree):
        match node:
            case ast.Assign([ast.Name(variable)], ast.Call(ast.Name("statements"), [ast.Constant(subject)])):
                subjects[variable] = subject
            case ast.Subscript(ast.Call(ast.Name("statements"), [ast.Constant(subject)]), ast.Constant(name)):
                yield subject, name
    for node in ast.walk(tree):
        match node:
            case ast.Subscript(ast.Name(variable), ast.Constant(name)) if variable in subjects:
                yield subjects[variable], name
            case ast.Subscript(ast.Name(variable), _) if variable in subjects:
                yield subjects[variable], None


def test_every_statement_has_a_caller_and_every_caller_a_statement() -> None:
    used = {each for room in ("api", "gateway") for path in (ROOT / room).rglob("*.py") for each in used_in(path)}
    by_table = {subject for subject, name in used if name is None}
    assert by_table == {"write"}, "a transaction names the stock's tables that it writes"
    wanted = {each for each in used if each[1] is not None}
    there = {(subject, name) for subject in SUBJECTS for name in statements(subject)}
    stock = {"lot", "holding", "weighing_session", "stock_plan", "school_delivery", "stock_item", "stock_container"}
    assert wanted <= there
    assert there - wanted == {("write", table) for table in stock}
