"""Commands: what a person asks, typed once; obeyed in one transaction, and answered when the journal has it.

    Asked      the arguments of one command: a subclass beside the function that obeys it
    Call       these arguments, with the key of the command and the time
    Procedure  a row in the table of a room: the arguments, and the functions that obey and repeat

gateway/server/command_desk.py reads the arguments, finds the procedure and has it obeyed.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated, Any, ClassVar, Generic, TypeVar, get_args, get_type_hints

import msgspec
from msgspec import Meta

from gateway.records.shape import Shape
from gateway.records.transaction import Event, Transaction

Json = dict[str, Any]
Result = Shape | Json
"""What a command answers with."""

Name = Annotated[str, Meta(max_length=200, description="a text of at most 200 characters")]
Note = Annotated[str, Meta(max_length=500, description="a text of at most 500 characters")]
PersonId = Annotated[str, Meta(max_length=200, description="the id of a person of the kitchen")]
Celsius = Annotated[float, Meta(ge=-60, le=300, description="a number in °C, from -60 to 300")]
"""What any probe or hand thermometer may show."""
PastMoment = Annotated[datetime, Meta(tz=True, description="a moment such as 2026-11-24T03:12:00+07:00")]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
KEY_LENGTH = 200
"""Characters of a command's key at most."""


class RefusedError(Exception):
    """A command that cannot be obeyed: a word for the program, a sentence for the person."""

    def __init__(self, error: str, message: str) -> None:
        super().__init__(message)
        self.error = error


class Asked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The arguments of one command. The description of an argument's type says what is allowed: a refusal quotes it."""

    command: ClassVar[str]
    who: PersonId


A = TypeVar("A", bound=Asked)
A_co = TypeVar("A_co", bound=Asked, covariant=True)
S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Call(Generic[A_co]):
    """One command as its function gets it. The same `key` is the same command; `now` is UTC microseconds."""

    asked: A_co
    key: str
    now: int

    @property
    def event_key(self) -> str:
        """Key of the command's event, by which the journal knows a repetition."""
        return f"command:{self.key}"

    def event(self, kind: str, subject: str, body: Json) -> Event:
        """The event that says who gave the command."""
        return Event(key=self.event_key, kind=kind, subject=subject, at=self.now, person=self.asked.who, body=body)

    def moment(
        self, at: datetime | None, *, earliest: int, too_early: str = "lies too far back", name: str = "at"
    ) -> int:
        """UTC microseconds of an argument that says when; now when it is left out.

        Raises:
            RefusedError: it lies in the future, or before `earliest`.
        """
        if at is None:
            return self.now
        moment = microseconds(at)
        if earliest <= moment <= self.now:
            return moment
        raise RefusedError("bad_request", f"{name!r} {'lies in the future' if moment > self.now else too_early}")


def microseconds(moment: datetime) -> int:
    """UTC microseconds of an aware moment."""
    return (moment - EPOCH) // timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class BoundProcedure:
    """A command of this kitchen: `obey` draws up what it changes, `again` answers how things stand by now."""

    asked: type[Asked]
    answers: tuple[type[Shape], ...]
    obey: Callable[[Transaction, Call[Any]], Result]
    again: Callable[[Call[Any]], Result]


class Procedure(Generic[S]):
    """A command of a table: its arguments, the function that obeys it, and the one that answers a repetition.

    S is the part of the kitchen that the functions act on; `bind` hands it to them.
    """

    def __init__(
        self,
        asked: type[A],
        obey: Callable[[S, Transaction, Call[A]], Result],
        again: Callable[[S, Call[A]], Result],
    ) -> None:
        self.asked: type[Asked] = asked
        self.obey: Callable[[S, Transaction, Call[Any]], Result] = obey
        self.again: Callable[[S, Call[Any]], Result] = again

    @property
    def answers(self) -> tuple[type[Shape], ...]:
        """The shapes that it may answer with, as its functions say."""
        hints = (get_type_hints(function).get("return") for function in (self.obey, self.again))
        kinds = dict.fromkeys(kind for hint in hints for kind in (get_args(hint) or (hint,)))
        return tuple(kind for kind in kinds if isinstance(kind, type) and issubclass(kind, Shape))

    def bind(self, subject: S) -> BoundProcedure:
        """Let it act on one part of a kitchen."""
        return BoundProcedure(self.asked, self.answers, partial(self.obey, subject), partial(self.again, subject))


def question(asked: type[A], answer: Callable[[S, Call[A]], Result]) -> Procedure[S]:
    """A command that changes nothing."""
    return Procedure(asked, lambda subject, _, call: answer(subject, call), answer)


def bind(procedures: Iterable[Procedure[S]], subject: S) -> list[BoundProcedure]:
    """Let all commands of a table act on one part of a kitchen."""
    return [procedure.bind(subject) for procedure in procedures]
