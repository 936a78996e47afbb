"""The command desk on fakes: what it refuses by itself, whom it asks once, and when it answers."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any, ClassVar

import msgspec
import pytest
from desk import Person, iso
from msgspec import Meta

from gateway.records.commands import Asked, Call, Celsius, Json, Name, PastMoment, Procedure, RefusedError, question
from gateway.records.transaction import Transaction
from gateway.runtime.commands import COMMANDS
from gateway.server.arguments import allowed, read
from gateway.server.command_desk import REMEMBERED
from gateway.server.requests import Command

NOW = 1_764_000_000_000_000
Count = Annotated[int, Meta(ge=1, le=9, description="a whole number from 1 to 9")]


class Ring(Asked, frozen=True, kw_only=True):
    """Ring a bell."""

    command = "ring"
    bell: Name
    times: Count = 1
    loud: bool = False
    at: PastMoment | None = None
    heat: Celsius | None = None

    def __post_init__(self) -> None:
        if self.loud and self.times > 3:
            raise ValueError("'times' is at most 3 when it is loud")


class Listen(Asked, frozen=True, kw_only=True):
    """Ask how often the bells have rung."""

    command: ClassVar[str] = "listen"


class Bells:
    """What the commands act on."""

    def __init__(self) -> None:
        self.rung: list[str] = []


def ring(bells: Bells, transaction: Transaction, call: Call[Ring]) -> Json:
    if call.asked.bell == "cracked":
        raise RefusedError("not_allowed", "it is cracked")
    bells.rung.append(call.asked.bell)
    transaction.events.append(call.event("rung", call.asked.bell, {}))
    return {"rung": len(bells.rung)}


def rung(bells: Bells, _: Call[Asked]) -> Json:
    return {"rung": len(bells.rung), "again": True}


TABLE = (Procedure(Ring, ring, rung), question(Listen, rung))


@pytest.fixture
def bells() -> Bells:
    return Bells()


def person(bells: Bells, *, is_stored: Callable[[str], bool] = lambda _: False) -> Person:
    return Person([procedure.bind(bells) for procedure in TABLE], people={"siti"}, is_stored=is_stored)


def refusal(bells: Bells, name: str = "ring", /, **args: Any) -> tuple[str, str]:
    transaction = Transaction()
    with pytest.raises(RefusedError) as refused:
        person(bells).give(transaction, name, args, key="k", now=NOW)
    assert (bells.rung, transaction) == ([], Transaction()), "a refused command leaves nothing behind"
    return refused.value.error, str(refused.value)


def test_a_command_is_obeyed_with_its_event_and_the_person_who_gave_it(bells: Bells) -> None:
    transaction = Transaction()
    answer = person(bells).give(transaction, "ring", {"who": "siti", "bell": " big "}, key="k-1", now=NOW)
    assert (answer, bells.rung) == ({"rung": 1}, ["big"])
    [event] = transaction.events
    assert (event.key, event.kind, event.subject, event.person, event.at) == ("command:k-1", "rung", "big", "siti", NOW)


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        ({"bell": "big"}, "'who' must be given: the id of a person of the kitchen"),
        ({"who": "  ", "bell": "big"}, "'who' must be given: the id of a person of the kitchen"),
        ({"who": "siti"}, "'bell' must be given: a text of at most 200 characters"),
        ({"who": "siti", "bell": 3}, "'bell' is a text of at most 200 characters"),
        ({"who": "siti", "bell": "b" * 201}, "'bell' is a text of at most 200 characters"),
        ({"who": "siti", "bell": "big", "times": 10}, "'times' is a whole number from 1 to 9"),
        ({"who": "siti", "bell": "big", "times": 10**40}, "'times' is a whole number from 1 to 9"),
        ({"who": "siti", "bell": "big", "times": True}, "'times' is a whole number from 1 to 9"),
        ({"who": "siti", "bell": "big", "loud": "yes"}, "'loud' is true or false"),
        ({"who": "siti", "bell": "big", "heat": 10**400}, "'heat' is a number in °C, from -60 to 300"),
        ({"who": "siti", "bell": "big", "at": NOW}, "'at' is a moment such as 2026-11-24T03:12:00+07:00"),
        (
            {"who": "siti", "bell": "big", "at": "2026-11-24T03:12:00"},
            "'at' is a moment such as 2026-11-24T03:12:00+07:00",
        ),
        (
            {"who": "siti", "bell": "big", "tone": "c"},
            "'tone' is no argument of ring; there are: who, bell, times, loud, at, heat",
        ),
        ({"who": "siti", "bell": "big", "loud": True, "times": 4}, "'times' is at most 3 when it is loud"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name_with_what_is_allowed(
    bells: Bells, args: dict[str, Any], sentence: str
) -> None:
    assert refusal(bells, **args) == ("bad_request", sentence)


def test_null_and_blank_text_are_left_out(bells: Bells) -> None:
    args = {"who": "siti", "bell": "big", "times": None, "at": "", "heat": " "}
    assert person(bells).give(Transaction(), "ring", args, key="k", now=NOW) == {"rung": 1}


def test_a_stranger_gives_no_command(bells: Bells) -> None:
    assert refusal(bells, who="budi", bell="big") == (
        "unknown_person",
        "'budi' is nobody of kitchen.people in kitchen.yaml",
    )


def test_a_command_that_there_is_not_is_refused_with_those_that_there_are(bells: Bells) -> None:
    assert refusal(bells, "dance", who="siti") == (
        "bad_request",
        "no command is called 'dance'; there are: ring, listen",
    )


def test_what_the_live_state_forbids_is_told_in_its_own_words(bells: Bells) -> None:
    assert refusal(bells, who="siti", bell="cracked") == ("not_allowed", "it is cracked")


def test_a_command_given_twice_is_obeyed_once_also_while_the_journal_is_away(bells: Bells) -> None:
    siti = person(bells)
    args = {"who": "siti", "bell": "big"}
    assert siti.give(Transaction(), "ring", args, key="k-1", now=NOW) == {"rung": 1}
    assert siti.give(Transaction(), "ring", args, key="k-1", now=NOW) == {"rung": 1, "again": True}
    assert siti.give(Transaction(), "ring", args, key="k-2", now=NOW) == {"rung": 2}


def test_a_command_of_before_the_restart_is_known_by_the_journal(bells: Bells) -> None:
    siti = person(bells, is_stored={"command:k-1"}.__contains__)
    assert siti.give(Transaction(), "ring", {"who": "siti", "bell": "big"}, key="k-1", now=NOW)["again"]
    assert bells.rung == []


def test_a_refused_command_may_be_given_again_with_its_key(bells: Bells) -> None:
    siti = person(bells)
    with pytest.raises(RefusedError):
        siti.give(Transaction(), "ring", {"who": "siti", "bell": "cracked"}, key="k", now=NOW)
    assert siti.give(Transaction(), "ring", {"who": "siti", "bell": "big"}, key="k", now=NOW) == {"rung": 1}


def test_only_so_many_keys_are_remembered(bells: Bells) -> None:
    siti = person(bells)
    for number in range(REMEMBERED + 1):
        siti.give(Transaction(), "ring", {"who": "siti", "bell": "big"}, key=f"k-{number}", now=NOW)
    assert "again" in siti.give(Transaction(), "ring", {"who": "siti", "bell": "big"}, key="k-1", now=NOW)
    assert "again" not in siti.give(Transaction(), "ring", {"who": "siti", "bell": "big"}, key="k-0", now=NOW)


def test_a_question_changes_nothing(bells: Bells) -> None:
    transaction = Transaction()
    answer = person(bells).give(transaction, "listen", {"who": "siti"}, key="k", now=NOW)
    assert (answer, transaction) == ({"rung": 0, "again": True}, Transaction())


def test_a_refusal_is_answered_at_once_and_what_was_obeyed_after_the_commit(bells: Bells) -> None:
    siti = person(bells)
    for number, bell in enumerate(("big", "cracked", "small")):
        siti.desk.obey(Transaction(), Command(7, f"k-{number}", "ring", {"who": "siti", "bell": bell}), NOW)
    assert [(reply["key"], reply["ok"]) for reply in siti.replies] == [("k-1", False)]
    siti.desk.answer()
    assert [(reply["key"], reply["ok"]) for reply in siti.replies[1:]] == [("k-0", True), ("k-2", True)]
    siti.desk.answer()
    assert len(siti.replies) == 3


def test_a_moment_of_the_future_or_too_long_ago_is_refused() -> None:
    call = Call(Listen(who="siti"), "k", NOW)
    assert call.moment(None, earliest=0) == NOW
    assert call.moment(datetime.fromisoformat(iso(NOW - 1)), earliest=NOW - 1) == NOW - 1
    for at, sentence in ((NOW + 1, "'at' lies in the future"), (NOW - 2, "'at' lies too far back")):
        with pytest.raises(RefusedError, match=sentence):
            call.moment(datetime.fromisoformat(iso(at)), earliest=NOW - 1)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (bool, "true or false"),
        (Count | None, "a whole number from 1 to 9"),
        (Annotated[Name | None, Meta(description="the bell")], "a text of at most 200 characters"),
        (date, ""),
    ],
)
def test_what_is_allowed_is_said_by_the_type(kind: object, words: str) -> None:
    assert allowed(kind) == words


@pytest.mark.parametrize("name", COMMANDS)
def test_every_argument_of_every_command_says_what_is_allowed(name: str) -> None:
    asked = COMMANDS[name].asked
    with pytest.raises(RefusedError, match=r"must be given|is no argument"):
        read(asked, {"nonsense": 1})
    fields = {field.encode_name: field.type for field in msgspec.structs.fields(asked)}
    assert [field for field, kind in fields.items() if not allowed(kind)] == []
