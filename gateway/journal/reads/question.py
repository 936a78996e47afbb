"""Asking a journal that may be out of reach: each question names the answer that stands in for the file's."""

import sqlite3
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from gateway.journal.writing.database import Database
from gateway.journal.writing.file import JournalFile

Params = ParamSpec("Params")
Answer = TypeVar("Answer")
Otherwise = TypeVar("Otherwise")


class Questions:
    """Questions to the file that is open at the time."""

    def __init__(self, file: JournalFile) -> None:
        self._file = file

    @property
    def _database(self) -> Database:
        if self._file.writer is None:
            raise sqlite3.OperationalError("the journal is not open")
        return self._file.writer.database

    def _rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        return self._database.connection.execute(sql, values).fetchall()

    def _row(self, sql: str, *values: object) -> tuple[Any, ...] | None:
        row: tuple[Any, ...] | None = self._database.connection.execute(sql, values).fetchone()
        return row


Asker = TypeVar("Asker", bound=Questions)
Question = Callable[Concatenate[Asker, Params], Answer]


def otherwise(
    stand_in: Otherwise,
) -> Callable[[Question[Asker, Params, Answer]], Question[Asker, Params, Answer | Otherwise]]:
    """Have a question answered with `stand_in` when the file cannot be read; damage that shows is noted."""

    def decorate(question: Question[Asker, Params, Answer]) -> Question[Asker, Params, Answer | Otherwise]:
        @wraps(question)
        def asked(self: Asker, /, *args: Params.args, **kwargs: Params.kwargs) -> Answer | Otherwise:
            if self._file.writer is None:
                return stand_in
            try:
                return question(self, *args, **kwargs)
            except (sqlite3.Error, OSError) as error:
                self._file.cannot_be_read(error)
                return stand_in

        return asked

    return decorate
