"""The command desk: finds the command, reads its arguments, knows the person and the repetition, has it obeyed.

A command is checked against the live state, drawn up in the transaction, and answered when the journal has that. Given
twice with the same key, by a finger or by a network, it is done once, and the second time answered with how things
stand.
"""

from collections.abc import Callable, Collection, Iterable
from typing import Protocol

import msgspec

from gateway.records.commands import BoundProcedure, Call, Json, RefusedError, Result
from gateway.records.transaction import Transaction
from gateway.server.arguments import read
from gateway.server.requests import Command

REMEMBERED = 1_000
"""Keys of commands that are known again although the journal may be away."""


class Answers(Protocol):
    """The control socket, which carries answers to the clients that asked."""

    def send(self, client: int, line: bytes) -> None: ...


class CommandDesk:
    """Takes the commands of all clients, one after the other."""

    def __init__(
        self,
        procedures: Iterable[BoundProcedure],
        *,
        people: Collection[str],
        is_stored: Callable[[str], bool],
        clients: Answers,
    ) -> None:
        """Begin with nothing asked.

        Args:
            procedures: every command that people may give.
            people: ids of those who may give it.
            is_stored: whether the journal has an event of this key.
            clients: where answers go.
        """
        self._procedures = {procedure.asked.command: procedure for procedure in procedures}
        self._people = people
        self._is_stored = is_stored
        self._clients = clients
        self._obeyed: dict[str, None] = {}
        self._waiting: list[tuple[int, Json]] = []

    def obey(self, transaction: Transaction, command: Command, now: int) -> None:
        """Have a command obeyed; a refusal is answered at once, all else by `answer`."""
        reply: Json = {"type": "reply", "key": command.key}
        try:
            result = self._result(transaction, command, now)
        except RefusedError as refused:
            self._send(command.client, reply | {"ok": False, "error": refused.error, "message": str(refused)})
        else:
            self._waiting.append((command.client, reply | {"ok": True, "result": result}))

    def answer(self, _: object = None) -> None:
        """Answer what was obeyed: it is committed."""
        for client, reply in self._waiting:
            self._send(client, reply)
        self._waiting.clear()

    def _send(self, client: int, reply: Json) -> None:
        self._clients.send(client, msgspec.json.encode(reply) + b"\n")

    def _result(self, transaction: Transaction, command: Command, now: int) -> Result:
        procedure = self._procedures.get(command.name)
        if procedure is None:
            known = ", ".join(self._procedures)
            raise RefusedError("bad_request", f"no command is called {command.name[:40]!r}; there are: {known}")
        call = Call(read(procedure.asked, command.args), command.key, now)
        if call.asked.who not in self._people:
            raise RefusedError("unknown_person", f"{call.asked.who!r} is nobody of kitchen.people in kitchen.yaml")
        if call.event_key in self._obeyed or self._is_stored(call.event_key):
            return procedure.again(call)
        result = procedure.obey(transaction, call)
        self._remember(call.event_key)
        return result

    def _remember(self, key: str) -> None:
        self._obeyed[key] = None
        if len(self._obeyed) > REMEMBERED:
            del self._obeyed[next(iter(self._obeyed))]
