"""A command: a person asks, it is checked against the live state, and answered after the commit."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.records.shape import Shape
from gateway.records.transaction import Event, Transaction

LONGEST_NOTE = 500


Json = dict[str, Any]
Result = Shape | Json
"""What a command answers with."""


class RefusedError(Exception):
    """A command that cannot be obeyed: a word for the program, a sentence for the person."""

    def __init__(self, error: str, message: str) -> None:
        super().__init__(message)
        self.error = error


@dataclass(frozen=True, slots=True)
class CommandCall:
    """One command as a function gets it. `key` is what its event is called, so that it cannot be stored twice."""

    args: Mapping[str, object]
    key: str
    now: int

    @property
    def event_key(self) -> str:
        return f"command:{self.key}"

    def text(self, name: str, otherwise: str | None = None) -> str:
        """An argument that must be text.

        Raises:
            RefusedError: it is missing or something else.
        """
        value = self.args.get(name, otherwise)
        if isinstance(value, str) and value.strip():
            return value.strip()
        raise RefusedError("bad_request", f"{name!r} must be given, as text")

    def note(self, name: str = "note") -> str | None:
        """A free text that may be left out; None when it is empty.

        Raises:
            RefusedError: it is no text.
        """
        value = self.args.get(name)
        if value is None or isinstance(value, str):
            return (value or "").strip()[:LONGEST_NOTE] or None
        raise RefusedError("bad_request", f"{name!r} is text")

    def event(self, kind: str, subject: str, facts: Json) -> Event:
        """The command as an event, by whoever gave it, if it says."""
        who = self.args.get("who")
        person = who if isinstance(who, str) else None
        return Event(key=self.event_key, kind=kind, subject=subject, at=self.now, person=person, body=facts)

    def person(self, kitchen: Any, name: str = "who") -> str:
        """Id of a person of the kitchen.

        Raises:
            RefusedError: nobody of that id.
        """
        who = self.text(name)
        if who not in {person.id for person in kitchen.config.kitchen.people}:
            raise RefusedError("unknown_person", f"{who!r} is nobody of kitchen.people in kitchen.yaml")
        return who


@dataclass(frozen=True, slots=True)
class Procedure:
    """A command: `obey` does it and returns its result, `again` tells how things stand when it was done before."""

    obey: Callable[[Any, Transaction, CommandCall], Result]
    again: Callable[[Any, CommandCall], Result]
