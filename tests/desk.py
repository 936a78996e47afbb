"""A person at the command desk: gives a command as JSON, and has its answer, or the refusal, in hand."""

import json
from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from gateway.records.commands import BoundProcedure, RefusedError
from gateway.records.shape import Shape
from gateway.records.transaction import Transaction
from gateway.server.command_desk import CommandDesk
from gateway.server.requests import Command

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
PERSON = 7
"""The connection by which the person asks."""


def iso(at: int) -> str:
    """UTC microseconds as commands have them."""
    return (EPOCH + timedelta(microseconds=at)).isoformat()


class Person:
    """Gives commands to a desk of its own. `is_stored`: whether the journal has an event of this key."""

    def __init__(
        self,
        procedures: Collection[BoundProcedure],
        *,
        people: Iterable[str] = ("siti", "dedi"),
        is_stored: Callable[[str], bool] = lambda _: False,
    ) -> None:
        self.desk = CommandDesk(procedures, people=set(people), is_stored=is_stored, clients=self)
        self.replies: list[dict[str, Any]] = []
        self._answers = {procedure.asked.command: procedure.answers for procedure in procedures}

    def send(self, client: int, line: bytes) -> None:
        assert client == PERSON
        assert line.endswith(b"\n")
        self.replies.append(json.loads(line))

    def give(self, transaction: Transaction, name: str, args: dict[str, Any], *, key: str, now: int) -> dict[str, Any]:
        """The result, as if the journal had it at once.

        Raises:
            RefusedError: as the desk says.
        """
        as_sent = msgspec.json.decode(msgspec.json.encode(args))
        self.desk.obey(transaction, Command(PERSON, key, name, as_sent), now)
        self.desk.answer()
        reply = self.replies.pop()
        assert not self.replies
        assert (reply["type"], reply["key"]) == ("reply", key)
        if not reply["ok"]:
            raise RefusedError(reply["error"], reply["message"])
        result: dict[str, Any] = reply["result"]
        shapes = self._answers[name]
        assert not shapes or any(_is(shape, result) for shape in shapes), f"{name} answered with none of {shapes}"
        return result


def _is(shape: type[Shape], result: dict[str, Any]) -> bool:
    try:
        msgspec.convert(result, shape)
    except msgspec.ValidationError:
        return False
    return True
